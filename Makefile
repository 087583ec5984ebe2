# make demo: from an area to a map, with simulated aircraft. make test: everything that must hold.
.PHONY: demo build test check setup clean
build: ; scripts/setup.sh --build-only && cargo build --release --locked
demo: build ; target/release/whimbrel demo $(ARGS)
test: ; scripts/test.sh
check: ; cargo fmt --all --check && cargo clippy -q --workspace --all-targets --locked -- -D warnings && cargo xtask tidy
setup: ; scripts/setup.sh
clean: ; cargo clean && rm -rf web/dist
