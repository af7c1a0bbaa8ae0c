"""The installed units under a real systemd: what an operator relies on."""
import re
import shutil
import subprocess
import time
import urllib.request

import pytest

from harness.events import Feed
from harness.kafka import produce
from harness.waiting import await_true
from lab import HERE, PASSWORD, Unit

SYSTEMD_DYNAMIC_UIDS = range(61184, 65520)


@pytest.fixture
def unit(lab, cluster, redis_server):
    """unit(name, **settings) -> a unit that is not yet started, Redis and Kafka being there."""
    units = []
    redis_server.start()

    def make(name="newswired", **settings):
        units.append(Unit(lab, name, cluster.bootstrap, redis_server.url, **settings))
        return units[-1]

    yield make
    for one in units:
        one.remove()


def status_of(lab, pid):
    return dict(line.split(":\t", 1) for line in lab.read(f"/proc/{pid}/status").splitlines() if ":\t" in line)


def page(unit, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{unit.port}{path}", timeout=10) as answer:
        return answer.read().decode()


def test_units_verify_without_a_word(lab):
    assert lab.run("systemd-analyze", "verify", "--man=no", "newswired.service", "newswired@a.service") == ""


@pytest.mark.parametrize("name", ["newswired.service", "newswired@.service"])
def test_exposure_is_at_most_1_2(lab, name):
    path = lab.run("systemctl", "show", "--value", "-p", "FragmentPath", name.replace("@", "@a")).strip()
    lab.run("systemd-analyze", "security", "--offline=yes", "--threshold=12", path)


def test_start_waits_for_ready_and_says_what_it_does(lab, unit):
    one = unit().start()
    assert re.fullmatch(r"articles\.0 ready 4/4 partitions, lag 0; stories ready 4/4 partitions, lag 0",
                        one.show("StatusText"))
    status = status_of(lab, one.pid())
    assert int(status["Uid"].split()[0]) in SYSTEMD_DYNAMIC_UIDS
    assert (status["CapEff"], status["CapBnd"], status["NoNewPrivs"], status["Seccomp"]) == ("0" * 16, "0" * 16, "1", "2")
    assert page(one, "/readyz")
    one.ctl("stop")
    assert (one.show("Result"), one.show("ExecMainStatus")) == ("success", "0")


def test_secrets_come_as_credentials_and_show_nowhere(lab, unit):
    one = unit().start()
    pid = one.pid()
    shown = [one.ctl("show"), one.journal(), lab.read(f"/proc/{pid}/cmdline"), lab.read(f"/proc/{pid}/environ"),
             page(one, "/metrics"), page(one, "/readyz")]
    assert not any(PASSWORD in text for text in shown)
    assert lab.read(f"/proc/{pid}/limits").splitlines()[5].split()[4:6] == ["0", "0"]  # no core file


def test_a_missing_credential_is_named(lab, unit):
    one = unit(password_file="not_there")
    one.ctl("start", check=False)
    one.await_state("failed")
    assert "not_there" in one.journal() and "password_file" in one.journal()


def test_licensed_ratings_are_read_by_the_group(lab, unit):
    one = unit(ratings="ratings/licensed.csv")
    lab.write(one.config.parent / "ratings" / "licensed.csv", "source,bias\nexample.org,center\n", "0640",
              "root:newswired-data")
    one.start()
    assert "newswired_ratings_sources 1\n" in page(one, "/metrics")


def test_reload_takes_over_what_can_change(unit):
    one = unit().start()
    pid = one.pid()
    one.configure(level="debug", group="other")
    one.ctl("reload")
    one.await_log("reloaded changed=1 need_restart=1")
    assert re.search(r"setting reloaded.*log\.level", one.journal())
    assert re.search(r"needs a restart.*kafka\.group", one.journal())
    assert (one.show("ActiveState"), one.pid(), one.show("NRestarts")) == ("active", pid, "0")


def test_reload_of_a_wrong_file_changes_nothing(unit):
    one = unit().start()
    pid = one.pid()
    one.configure(level="loud")
    one.ctl("reload")
    one.await_log("configuration is wrong, nothing is changed")
    await_true("active again", lambda: one.show("ActiveState") == "active")
    assert one.pid() == pid


@pytest.mark.parametrize("thread", ["articles.0", "stories"])
def test_watchdog_restarts_when_one_loop_hangs(lab, unit, thread):
    one = unit(dropin="WatchdogSec=3\nRestartSec=2s").start()
    hung = one.pid()
    shutil.copy(HERE / "freeze_thread.py", lab.folder / "share")
    freezer = subprocess.Popen([str(HERE / "sdlab.sh"), "in", str(lab.folder), "/usr/bin/python3",
                                "/run/share/freeze_thread.py", str(hung), thread], stdout=subprocess.PIPE, text=True)
    assert freezer.stdout.readline() == "frozen\n"
    await_true("the watchdog bites", lambda: one.show("Result") == "watchdog", 30)
    assert freezer.wait(10) == 0
    one.await_state("active")
    assert one.pid() != hung and one.show("NRestarts") == "1"


def test_a_killed_daemon_is_restarted(lab, unit):
    one = unit().start()
    before = one.pid()
    one.ctl("kill", "-s", "KILL", "--kill-whom=main")
    await_true("restarted", lambda: one.show("NRestarts") == "1")
    one.await_state("active")
    assert one.pid() != before


def test_a_wrong_configuration_is_not_retried(unit):
    one = unit(level="loud")
    one.ctl("start", check=False)
    one.await_state("failed")
    assert (one.show("ExecMainStatus"), one.show("NRestarts")) == ("1", "0")
    assert f"{one.config}:7: " in one.journal()


def test_a_dependency_that_is_away_is_retried(lab, redis_server, cluster):
    one = Unit(lab, "newswired", cluster.bootstrap, redis_server.url, start_timeout_ms=1000)
    try:
        one.ctl("start", "--no-block")
        await_true("restarted twice", lambda: int(one.show("NRestarts")) >= 2)
        redis_server.start()
        one.await_state("active")
    finally:
        one.remove()


def test_a_slow_start_asks_for_more_time(lab, redis_server, cluster):
    one = Unit(lab, "newswired", cluster.bootstrap, redis_server.url, dropin="TimeoutStartSec=2")
    try:
        one.ctl("start", "--no-block")
        time.sleep(5)  # longer than the manager's own patience
        assert (one.show("ActiveState"), one.show("NRestarts")) == ("activating", "0"), one.journal()
        redis_server.start()
        one.await_state("active")
        assert one.show("NRestarts") == "0"
    finally:
        one.remove()


def test_stop_under_load_is_clean_and_quick(lab, unit, cluster):
    one = unit().start()
    produce(cluster.bootstrap, "articles", Feed(7).events(3000))
    await_true("under load", lambda: re.search(r"^newswired_articles_read_total [1-9]", page(one, "/metrics"), re.M))
    begin = time.monotonic()
    one.ctl("stop")
    assert time.monotonic() - begin < 5
    assert (one.show("Result"), one.show("ExecMainStatus")) == ("success", "0")
    assert "stopped code=0" in one.journal()


def test_two_instances_share_the_work(lab, unit, cluster):
    first, second = unit("newswired@first"), unit("newswired@second")
    first.ctl("start", "--no-block")
    second.start()
    first.await_state("active")

    def owned(one):
        found = re.search(r"stories ready (\d)/(\d) partitions", one.show("StatusText"))
        return int(found.group(2)) if found else 0
    await_true("partitions are split", lambda: (owned(first), owned(second)) == (2, 2), 40)
    # One user for all instances, yet each sees its own secrets only.
    assert lab.run("nsenter", "-t", str(first.pid()), "-m", "ls", "/run/credentials") == "newswired@first.service\n"
    first.ctl("stop")
    await_true("the other has them all", lambda: owned(second) == 4, 40)
