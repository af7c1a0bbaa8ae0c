#!/usr/bin/env bash
# Installs what is missing, builds, and runs newswired with everything embedded: no servers to set up.
# Arguments go to `newswired --demo`: --once (ends by itself), --port N, --speed X.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-dependencies.sh
echo "building in build/release (a few minutes the first time) ..."
log=build/demo-build.log
mkdir -p build
{ cmake --preset release -DNEWSWIRED_TESTS=OFF && cmake --build --preset release; } >"$log" 2>&1 || {
  tail -40 "$log" >&2
  echo "demo: the build failed; the whole log is in $log" >&2
  exit 1
}
exec build/release/newswired --demo "$@"
