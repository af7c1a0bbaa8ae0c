#!/usr/bin/env python3
"""Every relative link of the README and of docs/ leads to a file, and its #part to a heading."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def anchors(path):
    headings = re.findall(r"^#+ (.*)$", path.read_text(), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def main():
    wrong, count = [], 0
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", page.read_text(), flags=re.S)):
            if "://" in target:
                continue
            count += 1
            name, _, part = target.partition("#")
            path = (page.parent / name).resolve() if name else page
            if not path.exists() or part and part not in anchors(path):
                wrong.append(f"{page.relative_to(ROOT)}: {target} leads nowhere")
    print("\n".join(wrong) or f"{count} links lead somewhere")
    return 1 if wrong or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
