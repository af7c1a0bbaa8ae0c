#!/usr/bin/env bash
# Builds the Debian package. Usage: scripts/package.sh [FOLDER]     (default build/package); prints its path.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(realpath -m "${1:-build/package}")
mkdir -p "$folder"
{ cmake --preset package && cmake --build --preset package; } >"$folder/build.log" 2>&1 || {
  tail -40 "$folder/build.log" >&2
  exit 1
}
cd build/package
cpack -G DEB -B "$folder" >"$folder/cpack.log" 2>&1 || {
  cat "$folder/cpack.log" >&2
  exit 1
}
sed -n 's/^CPack: - package: \(.*\) generated\.$/\1/p' "$folder/cpack.log"
