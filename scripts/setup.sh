#!/usr/bin/env bash
# Set up what the tests and the console need: Chromium, Python clients, npm packages.
# Where something may not be installed it says so; the tests that need it are then skipped and counted.
set -u
cd "$(dirname "$0")/.."
say() { printf 'setup: %s\n' "$*" >&2; }

if ! command -v cargo >/dev/null; then
  say "cargo is missing: install Rust 1.90 or newer (rustup.rs)"; exit 1
fi

need_apt=()
command -v chromium >/dev/null || need_apt+=(chromium)
command -v cc >/dev/null || need_apt+=(gcc libc6-dev)
command -v ip >/dev/null || need_apt+=(iproute2)
python3 -c 'import ensurepip' 2>/dev/null || need_apt+=(python3 python3-venv)
command -v npm >/dev/null || need_apt+=(nodejs npm)
if [ "${#need_apt[@]}" -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing ${need_apt[*]}"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${need_apt[@]}"; } >/dev/null 2>&1 ||
      say "could not install ${need_apt[*]}: tests that need them will be skipped"
  else
    say "missing: ${need_apt[*]} (sudo apt-get install ${need_apt[*]}); tests that need them will be skipped"
  fi
fi

if [ "${1:-}" != "--build-only" ] && [ ! -x .venv/bin/python ]; then
  python3 -m venv .venv 2>/dev/null || say "no Python virtual environment: tests with MAVLink clients will be skipped"
fi
if [ "${1:-}" != "--build-only" ] && [ -x .venv/bin/python ] && ! .venv/bin/python -c 'import pymavlink, mavsdk, MAVProxy, serial' 2>/dev/null; then
  say "installing the Python clients"
  { .venv/bin/pip install -q --disable-pip-version-check -r tests/real/requirements.txt &&
    .venv/bin/pip install -q --disable-pip-version-check --no-deps -r tests/real/requirements-alone.txt; } >/dev/null 2>&1 ||
    say "could not install the Python clients (tests/real/requirements*.txt): tests with them will be skipped"
fi

if command -v npm >/dev/null; then
  if [ ! -d web/node_modules ] || [ web/package-lock.json -nt web/node_modules/.package-lock.json ]; then
    say "installing the console's packages"
    (cd web && npm ci --no-audit --no-fund --loglevel=error) >&2 || say "could not install the console's packages: it will not be in the binary"
  fi
  if [ -d web/node_modules ] && { [ ! -f web/dist/index.html ] || [ -n "$(find web/src web/index.html web/package.json web/vite.config.ts -newer web/dist/index.html 2>/dev/null | head -n 1)" ]; }; then
    say "building the console"
    (cd web && npm run -s build) >&2 || say "the console did not build"
  fi
else
  say "npm is missing: the console will not be in the binary"
fi
