#!/usr/bin/env bash
# Installs what the tests need beside Rust, on Debian: git, Go with golang.org/x/mod, Python 3, and for the crash suite strace,
# FUSE 3 and the mount tools, and for the fuzzers a C++ compiler. Does nothing where they are there.
set -euo pipefail

need=()
command -v git >/dev/null || need+=(git)
command -v go >/dev/null || need+=(golang-go)
[ -d /usr/share/gocode/src/golang.org/x/mod/sumdb ] || need+=(golang-golang-x-mod-dev)
command -v python3 >/dev/null || need+=(python3)
command -v strace >/dev/null || need+=(strace)
command -v fusermount3 >/dev/null || need+=(fuse3)
command -v mount >/dev/null || need+=(mount)
command -v unshare >/dev/null || need+=(util-linux)
command -v c++ >/dev/null || need+=(g++)

if [ "${#need[@]}" -gt 0 ]; then
  as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  echo "installing ${need[*]}" >&2
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
fi
for tool in git go python3 strace fusermount3 mount unshare c++; do
  command -v "$tool" >/dev/null || { echo "$tool is still missing" >&2; exit 1; }
done
