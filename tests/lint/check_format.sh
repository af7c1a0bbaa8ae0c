#!/usr/bin/env bash
# Every C file is as .clang-format wants it; mend with: clang-format -i FILE
cd "$(dirname "$0")/../.." || exit 1
mapfile -t files < <(find base articles stories coverage consumers config daemon tests bench -name '*.[ch]' -o -name '*.cc' | sort)
clang-format --dry-run -Werror "${files[@]}"
