#!/usr/bin/env python3
"""Every warning and error that the daemon can log is in docs/runbook.md, word by word up to its first colon or
full stop; and the runbook quotes no line that nobody logs. The demo's and the dump's lines tell themselves."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SELF_EXPLAINING = ("demo", "embedded", "dump_features", "event_line")
CALL = re.compile(r'log_(?:error|warn)\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)')


def logged():
    for folder in ("base", "config", "consumers", "daemon"):
        for path in sorted((ROOT / folder).glob("*.c")):
            if path.stem.startswith(SELF_EXPLAINING):
                continue
            for match in CALL.finditer(path.read_text()):
                text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', match.group(1)))
                yield path.relative_to(ROOT), text, re.split(r"[.:;,] ", text)[0]


def main():
    runbook = (ROOT / "docs" / "runbook.md").read_text()
    lines = list(logged())
    wrong = [f"docs/runbook.md lacks «{text}» of {path}" for path, text, head in lines if f"`{head}" not in runbook]
    rows = [row for row in runbook.splitlines() if row.startswith("| `")]
    section = ""
    for row in runbook.splitlines():
        section = row if row.startswith("## ") else section
        if not row.startswith("| `") or section == "## A partition is refused" or section == "## No line at all":
            continue
        for quoted in re.findall(r"`([^`]+)`", row.split("|")[1]):
            if not any(text.startswith(quoted) for _, text, _ in lines) and not any(
                    quoted in path.read_text() for path in (ROOT / "consumers").glob("*.c")):
                wrong.append(f"docs/runbook.md: nobody logs «{quoted}»")
    assert lines and rows
    print("\n".join(wrong) or f"{len(lines)} log lines are in the runbook")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
