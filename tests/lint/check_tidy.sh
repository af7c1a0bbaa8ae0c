#!/usr/bin/env bash
# clang-tidy with .clang-tidy over the daemon's own files. Argument: a build folder with compile_commands.json.
cd "$(dirname "$0")/../.." || exit 1
find base articles stories coverage consumers config daemon -name '*.c' -print0 |
  xargs -0 -n 1 -P "$(nproc)" clang-tidy -p "$1" --quiet 2>&1 |
  grep -vE '^[0-9]+ warnings? (generated|treated)|^Suppressed|^Use -header-filter' | tee /dev/stderr |
  { ! grep -qE '(warning|error):'; } 2>/dev/null
