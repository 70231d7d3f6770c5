#!/usr/bin/env bash
# Runs the fuzz targets: tests/fuzz.sh [--runs N | --seconds S] [TARGET...]
#
# Each of the named targets, or all, begins with tests/fuzz/corpus and runs N inputs (5000 if nothing is said) or S seconds. What is new stays
# in tests/fuzz/found and is where the next run goes on; an input that breaks a promise is kept in tests/fuzz/artifacts, and the run fails when all
# have run.
#
# libFuzzer is linked without a sanitizer: Docket has no unsafe code, and the sanitizers need an unstable compiler. So the stable toolchain
# does, and no RUSTC_BOOTSTRAP: the flags that instrument the code are stable ones.
set -euo pipefail
cd "$(dirname "$0")/fuzz"

cargo_fuzz_version=0.13.2
limit=(-runs=5000)
targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --runs) limit=(-runs="${2:?--runs needs a number}"); shift 2 ;;
    --seconds) limit=(-max_total_time="${2:?--seconds needs a number}"); shift 2 ;;
    -*) echo "fuzz.sh: there is no option $1; use --runs N or --seconds S" >&2; exit 2 ;;
    *) targets+=("$1"); shift ;;
  esac
done

if ! cargo fuzz --version 2>/dev/null | grep -qx "cargo-fuzz $cargo_fuzz_version"; then
  cargo install cargo-fuzz --version "$cargo_fuzz_version" --locked --quiet
fi
# One target is built alone, several as all are.
build=("${targets[@]}")
[ ${#targets[@]} -eq 1 ] || build=()
if [ ${#targets[@]} -eq 0 ]; then
  mapfile -t targets < <(cargo fuzz list --fuzz-dir .)
fi

# Not --locked: what a crate of Docket gains later must not stop a run. What the committed lock file names is used as it stands there.
cargo fuzz build --fuzz-dir . --sanitizer none "${build[@]}"
binaries=target/$(rustc -vV | sed -n 's/^host: //p')/release

failed=0
for target in "${targets[@]}"; do
  [ -x "$binaries/$target" ] || { echo "fuzz.sh: there is no target $target" >&2; exit 2; }
  mkdir -p "found/$target" "artifacts/$target"
  printf '%s: ' "$target"
  # 64 KiB are enough for every kind of part; 10 seconds for an input are 1000 times what any takes.
  if ! log=$("$binaries/$target" "${limit[@]}" -seed=1 -max_len=65536 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
      -artifact_prefix="artifacts/$target/" "found/$target" "corpus/$target" 2>&1); then
    printf 'FAILED\n%s\n' "$(grep -vE '^ +([0-9]+:|at) ' <<<"$log" | tail -n 40)"
    echo "fuzz.sh: the input is in tests/fuzz/artifacts/$target; put it into tests/fuzz/corpus/$target, and cargo test -p docket-fuzz-targets repeats it" >&2
    failed=$((failed + 1))
    continue
  fi
  sed -n 's/^stat::number_of_executed_units: *\([0-9]*\)/\1 runs/p' <<<"$log"
done
echo "$((${#targets[@]} - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
