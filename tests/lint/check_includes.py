#!/usr/bin/env python3
"""Holds the include direction of docs/architecture and the purity of the core."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A folder may include itself and these.
MAY_INCLUDE = {
    "base": set(),
    "articles": {"base"},
    "stories": {"base", "articles"},
    "coverage": {"base", "articles", "stories"},
    "consumers": {"base", "articles", "stories", "coverage"},
    "config": {"base"},
    "daemon": {"base", "articles", "stories", "coverage", "consumers", "config"},
}
CORE = {"articles", "stories", "coverage"}
CORE_BASE = {"base/err.h", "base/guard.h", "base/alloc.h", "base/arena.h", "base/hash.h", "base/instant.h"}
IMPURE = re.compile(r"librdkafka|hiredis|curl|libconfig|microhttpd|systemd|pthread|unistd|^time\.h|sys/|fcntl|"
                    r"^base/(log|metrics|clock)")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]', re.M)


def problems():
    for folder, allowed in MAY_INCLUDE.items():
        for path in sorted((ROOT / folder).rglob("*.[ch]*")):
            if path.suffix not in (".c", ".h", ".cc"):
                continue
            for name in INCLUDE.findall(path.read_text()):
                top = name.split("/")[0]
                where = f"{path.relative_to(ROOT)} includes {name}"
                if top in MAY_INCLUDE and top != folder and top not in allowed:
                    yield f"{where}: {folder}/ may include only {sorted(allowed)}"
                elif folder in CORE and top == "base" and name not in CORE_BASE:
                    yield f"{where}: the core may include only {sorted(CORE_BASE)}"
                elif folder in CORE and IMPURE.search(name):
                    yield f"{where}: the core does no I/O and reads no clock"


found = list(problems())
print("\n".join(found) or "include direction holds")
sys.exit(1 if found else 0)
