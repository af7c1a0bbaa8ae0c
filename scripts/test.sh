#!/usr/bin/env bash
# Installs what is missing, builds (plain, ASan+UBSan, TSan, fuzz), runs every test, and ends with one
# line "N passed, N failed" over all of them. Results in detail: build/results/*.xml, build/*.log.
# Usage: scripts/test.sh [--quick]     --quick: plain build, unit and integration tests only
set -uo pipefail
cd "$(dirname "$0")/.."
quick=${1:-}
python=/usr/bin/python3 # Debian's: the one the python3-* packages are for
results=build/results
rm -rf "$results" && mkdir -p "$results"
start=$SECONDS
say() { printf '\n== %s (%d s)\n' "$1" $((SECONDS - start)); }

say "installing what is missing"
scripts/install-dependencies.sh --tests || exit 1

build() { # preset
  say "building $1"
  { cmake --preset "$1" && cmake --build --preset "$1"; } >"build/$1.log" 2>&1 && return 0
  tail -40 "build/$1.log"
  "$python" scripts/count-results.py --note-failure "build $1" "$results"
  return 1
}
ctests() { # preset label parallel
  say "$2 tests ($1)"
  ctest --test-dir "build/$1" -L "$2" -j"$3" --output-on-failure --output-junit "$PWD/$results/$1-$2.xml" \
    >"build/$1-$2.log" 2>&1 || grep -vE '^ *[0-9]+/[0-9]+ Test .*Passed|^ +Start ' "build/$1-$2.log" | tail -80
}
pytests() { # name, pytest arguments
  say "$1"
  local name=$1
  shift
  "$python" -m pytest -q --no-header -p no:cacheprovider -o junit_family=xunit2 --junitxml="$results/$name.xml" "$@"
}

jobs=$(nproc)
side_by_side="-n 3" # they mostly wait, for groups of Kafka to form
build release && { ctests release unit "$jobs"; ctests release broker 3; ctests release lint "$jobs"; pytests integration $side_by_side tests/integration; pytests browser tests/browser; pytests systemd tests/systemd; }
if [ "$quick" != --quick ]; then
  build asan && {
    ctests asan unit "$jobs"
    NEWSWIRED_BUILD=build/asan pytests integration-asan $side_by_side tests/integration -m "not slow"
  }
  build tsan &&
    TSAN_OPTIONS="halt_on_error=1 suppressions=$PWD/tests/support/thread_sanitizer.supp" NEWSWIRED_BUILD=build/tsan \
      pytests integration-tsan $side_by_side tests/integration/test_service.py
  build fuzz && ctests fuzz fuzz "$jobs"
  pytests real-kafka tests/real_kafka
  pytests reliability tests/reliability
fi

say "done"
exec "$python" scripts/count-results.py "$results"
