#!/usr/bin/env bash
# Everything that must hold, stage by stage, with the minutes that each took.
set -u
cd "$(dirname "$0")/.."
passed=0 failed=0 skipped=0 table=""
log=$(mktemp -d); trap 'rm -rf "$log"' EXIT

stage() { # name, command...
  local name=$1 start end; shift
  printf '\n== %s\n' "$name"
  start=$(date +%s)
  "$@" > >(tee "$log/out") 2>&1
  local rc=$?
  end=$(date +%s)
  local p f s
  p=$(grep -oE 'test result: .* [0-9]+ passed' "$log/out" | grep -oE '[0-9]+ passed' | awk '{n+=$1} END {print n+0}')
  f=$(grep -oE '[0-9]+ passed; [0-9]+ failed' "$log/out" | awk '{n+=$3} END {print n+0}')
  s=$(grep -cE '^skipped: ' "$log/out")
  [ "$rc" -ne 0 ] && [ "$f" -eq 0 ] && f=1
  [ "$rc" -eq 0 ] && [ "$p" -eq 0 ] && p=1
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  table+=$(printf '| %s | %d:%02d | %d | %d | %d |' "$name" $(((end - start) / 60)) $(((end - start) % 60)) "$p" "$f" "$s")$'\n'
}

[ -x .venv/bin/python ] && export WHIMBREL_PYTHON="$PWD/.venv/bin/python"

stage "set up" scripts/setup.sh
stage "formatting" cargo fmt --all --check
stage "clippy" cargo clippy -q --workspace --all-targets --locked -- -D warnings
stage "tidy and rooms" cargo test -q --workspace --locked --no-fail-fast --exclude whimbrel -- --nocapture
stage "console" sh -c 'if [ -d web/node_modules ]; then cd web && npm run -s check && npm test -s; else echo "skipped: the console (npm packages are missing)"; fi'
stage "real clients" cargo test -q --locked --no-fail-fast -p whimbrel -- --nocapture --test-threads=1

printf '\n| stage | min:s | passed | failed | skipped |\n|---|---|---|---|---|\n%s' "$table"
printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
