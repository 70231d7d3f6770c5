#!/usr/bin/env bash
# Installs what the tests need beside Rust, on Debian: Go with golang.org/x/mod, and Python 3. Does nothing where they are there.
set -euo pipefail

need=()
command -v go >/dev/null || need+=(golang-go)
[ -d /usr/share/gocode/src/golang.org/x/mod/sumdb ] || need+=(golang-golang-x-mod-dev)
command -v python3 >/dev/null || need+=(python3)

if [ "${#need[@]}" -gt 0 ]; then
  as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  echo "installing ${need[*]}" >&2
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
fi
command -v go >/dev/null && command -v python3 >/dev/null || { echo "go or python3 is still missing" >&2; exit 1; }
