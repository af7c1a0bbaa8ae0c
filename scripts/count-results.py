#!/usr/bin/env python3
"""Adds up JUnit files and prints `N passed, N failed`; exits 1 when anything failed or nothing ran.

A skipped test is neither, but with CI=true a test skipped for want of Java or Maven counts as
failed: there, everything must run.
"""
import os
import pathlib
import re
import sys
import xml.etree.ElementTree as ET


def note_failure(name, folder):
    """A build that failed is a failed test of its own."""
    path = pathlib.Path(folder) / (name.replace(" ", "-") + ".xml")
    path.write_text(f'<testsuite><testcase classname="build" name="{name}"><failure/></testcase></testsuite>')


def excerpt(case, lines=25):
    """Of what a failed test printed: from its first error on, or the end."""
    parts = [case.find(tag) for tag in ("failure", "error", "system-out")]
    text = [line for part in parts if part is not None for line in (part.text or "").splitlines()]
    first = next((i for i, line in enumerate(text) if re.search(r"ERROR|FAILED|^E  |[Aa]ssert", line)), len(text) - lines)
    return text[max(first, 0) :][:lines]


def count(folder):
    """How many passed; names and excerpts of the failed; names of the skipped."""
    passed, failed, skipped = 0, {}, []
    for path in sorted(pathlib.Path(folder).glob("*.xml")):
        for case in ET.parse(path).getroot().iter("testcase"):
            name = f"{path.stem}: {case.get('classname', '')} {case.get('name')}"
            if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "fail":
                failed[name] = excerpt(case)
            elif case.find("skipped") is not None or case.get("status") in ("notrun", "disabled"):
                skipped.append(name)
            else:
                passed += 1
    return passed, failed, skipped


def main():
    if sys.argv[1] == "--note-failure":
        return note_failure(sys.argv[2], sys.argv[3])
    passed, failed, skipped = count(sys.argv[1])
    for name in skipped:
        print("SKIPPED", name)
    if os.environ.get("CI") == "true":
        failed.update({name + " (skipped, but CI=true)": [] for name in skipped})
    for name, output in failed.items():
        print("FAILED", name)
        for line in output:
            print("   ", line)
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
