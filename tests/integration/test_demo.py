"""newswired --demo, as a user runs it: everything embedded, nothing left behind."""
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import urllib.request

from harness.daemon import binary


def start(folder, *arguments):
    return subprocess.Popen([str(binary()), "--demo", "--port", "0", *arguments], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env=dict(os.environ, TMPDIR=str(folder)))


def left_behind(folder):
    """Temporary folders and redis-server processes of a demo, after a moment for the keeper."""
    for _ in range(50):
        processes = subprocess.run(["pgrep", "-f", str(folder)], capture_output=True, text=True).stdout.split()
        entries = list(pathlib.Path(folder).iterdir())
        if not processes and not entries:
            return None
        time.sleep(0.1)
    return processes, entries


def short_folder():
    return tempfile.TemporaryDirectory(prefix="nwdemo", dir="/tmp")  # a unix socket's path is short


def test_once_ends_by_itself_with_the_stories_of_the_demo():
    with short_folder() as folder:
        process = start(folder, "--once", "--speed", "40")
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert left_behind(folder) is None
    assert "184 events are through" in out
    table = out[out.index("sources articles"):]
    # the figures of the seed page: 9 sources, 2 left, 3 center, 3 right, 1 unrated
    assert re.search(r"^ +9 +9 +1 .* 25/ 38/ 37 .*(Reyek|Karabash)", table, re.M), out
    assert re.search(r"\+\d+ source", out) and "new story" in out
    assert "\x1b" not in out  # not a terminal: plain lines
    stories, refused = map(int, re.search(r"(\d+) stories, (\d+) records refused", out).groups())
    assert stories >= 12 and refused == 8  # demo/README.md: eight bad records
    assert not re.search(r"^ +\d+ +\d+ +\d+ .* und ", table, re.M)


def test_stays_up_until_interrupted():
    with short_folder() as folder:
        process = start(folder, "--speed", "40")
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C ends" in line:
                break
        address = re.search(r"http://([^/]+)/", "".join(lines)).group(1)
        with urllib.request.urlopen(f"http://{address}/readyz", timeout=10) as answer:
            assert answer.status == 200
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.wait(15) == 0, process.stderr.read()
        assert left_behind(folder) is None


def test_nothing_is_left_behind_by_a_kill():
    with short_folder() as folder:
        process = start(folder)
        assert "newswired demo" in process.stdout.readline()
        process.kill()
        process.communicate()
        assert left_behind(folder) is None
