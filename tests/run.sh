#!/usr/bin/env bash
# Installs what the tests need and runs all of them; the last line counts them.
set -euo pipefail
cd "$(dirname "$0")/.."
tests/setup.sh
log=$(mktemp)
trap 'rm -f "$log"' EXIT
cargo test --workspace --locked "$@" 2>&1 | tee "$log"
# A run that ran nothing is no success.
awk '/^test result:/ { passed += $4; failed += $6 } END { printf "%d passed, %d failed\n", passed, failed; exit passed == 0 }' "$log"
