#!/usr/bin/env bash
# Feed each parser of untrusted bytes with what a fuzzer makes of its corpus, for so many seconds each (30).
# Needs a nightly toolchain and cargo-fuzz. Finds go to fuzz/artifacts; make them small (`cargo +nightly fuzz tmin`)
# and put them into fuzz/corpus/NAME, where the crates' ordinary tests replay them.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-30}
cargo +nightly fuzz --version >/dev/null || { echo "fuzz: rustup toolchain install nightly && cargo install cargo-fuzz" >&2; exit 1; }
cargo +nightly fuzz build
failed=0
for source in fuzz/fuzz_targets/*.rs; do
  name=$(basename "$source" .rs)
  # What the fuzzer finds interesting is kept apart: the committed corpus stays small.
  mkdir -p "fuzz/target/grown/$name"
  cargo +nightly fuzz run "$name" "fuzz/target/grown/$name" "fuzz/corpus/$name" -- \
    -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 >"fuzz/target/$name.log" 2>&1 ||
    { failed=1; tail -n 40 "fuzz/target/$name.log"; }
  grep -E 'DONE|SUMMARY' "fuzz/target/$name.log" | sed "s/^/$name: /"
done
exit "$failed"
