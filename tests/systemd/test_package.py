"""The Debian package in a clean Debian: install, start, upgrade, remove, purge; its man pages; lintian."""
import os
import pathlib
import re
import subprocess

import pytest

from harness.daemon import run as newswired
from harness.servers import ROOT
from lab import Lab, Unit

BUILD = ROOT / "build"
# Kept between runs: what debootstrap makes is only ever read here, through an overlay.
CLEAN_ROOT = BUILD / "debian-root"
SOURCES = """deb http://deb.debian.org/debian bookworm main
deb http://deb.debian.org/debian-security bookworm-security main
"""


def shell(*command, **options):
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)
    assert result.returncode == 0, f"{command}: {result.returncode}\n{result.stdout[-2000:]}{result.stderr[-2000:]}"
    return result.stdout


@pytest.fixture(scope="session")
def packages():
    """The package, and the same as a newer version."""
    first = pathlib.Path(shell("scripts/package.sh", cwd=ROOT, timeout=600).strip())
    folder = first.parent / "newer"
    shell("cpack", "-G", "DEB", "-B", folder, "-D", "CPACK_PACKAGE_VERSION=9.9.9", cwd=BUILD / "package", timeout=120)
    return first, next(folder.glob("*.deb"))


@pytest.fixture(scope="session")
def clean_root():
    if os.geteuid() != 0:
        pytest.skip("needs root")
    if not CLEAN_ROOT.exists():
        making = CLEAN_ROOT.with_suffix(".making")
        shell("rm", "-rf", making)
        # An own mount namespace: nothing that debootstrap mounts can stay behind.
        shell("unshare", "--mount", "debootstrap", "--variant=minbase", "--include=systemd,procps,ca-certificates",
              "bookworm", making, "http://deb.debian.org/debian", timeout=900)
        (making / "etc/apt/sources.list").write_text(SOURCES)
        making.rename(CLEAN_ROOT)
    return CLEAN_ROOT


@pytest.fixture
def debian(clean_root, packages):
    lab = Lab(clean_root)
    try:
        for name, package in zip(("old.deb", "new.deb"), packages):
            shell("cp", package, lab.folder / "share" / name)
        lab.run("sh", "-c", "cat >/etc/resolv.conf", input=pathlib.Path("/etc/resolv.conf").read_text())
        lab.run("sh", "-c", "cat >/etc/hosts", input=pathlib.Path("/etc/hosts").read_text())
        for file in pathlib.Path("/etc/apt/apt.conf.d").glob("*proxy*"):
            lab.write(file, file.read_text())
        lab.run("apt-get", "update", "-qq")
        yield lab
    finally:
        lab.halt()


def install(lab, name):
    return lab.run("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-q", "--no-install-recommends",
                   f"/run/share/{name}")


def test_install_start_upgrade_remove_purge(debian, cluster, redis_server):
    redis_server.start()
    install(debian, "old.deb")
    assert debian.run("systemctl", "show", "--value", "-p", "ActiveState", "newswired").strip() == "inactive"
    assert debian.run("stat", "-c", "%U:%G %a", "/etc/newswired/credentials", "/etc/newswired/ratings").split("\n")[:2] == [
        "root:root 700", "root:newswired-data 750"]
    assert debian.run("newswired", "--version").strip() == "newswired 0.1.0"
    debian.run("newswired", "--check", "-c", "/etc/newswired/newswired.conf")

    one = Unit(debian, "newswired", cluster.bootstrap, redis_server.url)
    one.start()
    pid, settings = one.pid(), debian.read(one.config)
    output = install(debian, "new.deb")
    one.await_state("active")
    assert one.pid() != pid, output
    assert debian.read(one.config) == settings, "an edited configuration stays"
    assert "9.9.9" in debian.run("dpkg-query", "-W", "newswired")

    debian.run("apt-get", "remove", "-y", "-q", "newswired")
    assert one.show("ActiveState") == "inactive" and "stopped code=0" in one.journal()
    assert debian.read(one.config) == settings, "remove keeps the configuration"
    debian.run("apt-get", "purge", "-y", "-q", "newswired")
    left = debian.run("sh", "-c", "find /etc /usr /lib -xdev -path '*newswired*' -not -path '/etc/systemd/system/*'")
    assert left == "", "purge leaves nothing"


def test_lintian_finds_no_error(packages):
    found = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", packages[0]], capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_package_has_what_it_says(packages):
    files = shell("dpkg-deb", "-c", packages[0])
    for name in ("usr/bin/newswired", "usr/lib/systemd/system/newswired.service", "usr/lib/systemd/system/newswired@.service",
                 "usr/share/man/man8/newswired.8.gz", "usr/share/man/man5/newswired.conf.5.gz", "etc/newswired/newswired.conf",
                 "usr/share/newswired/schemas/coverage.schema.json", "usr/share/newswired/ratings.example.csv",
                 "usr/share/newswired/grafana/newswired.json", "usr/share/doc/newswired/copyright"):
        assert f"./{name}\n" in files, name
    control = shell("dpkg-deb", "-f", packages[0])
    assert "librdkafka1" in control and "libmicrohttpd" in control and "procps" in control


@pytest.mark.parametrize("page", ["newswired.8", "newswired.conf.5"])
def test_man_pages_have_no_warnings(packages, page):
    result = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", BUILD / "package" / "man" / page],
                            capture_output=True, text=True, env=dict(os.environ, LC_ALL="C.UTF-8", MANWIDTH="80"))
    assert (result.returncode, result.stderr) == (0, "")


def test_the_manual_knows_every_command_and_option():
    manual = (ROOT / "docs" / "man" / "newswired.8").read_text().replace("\\-", "-")
    usage = newswired("--help").stdout
    options = re.findall(r"^ {2,6}(?:-\w, )?(--[a-z-]+)", usage, re.M)
    commands = re.findall(r"^  ([a-z][a-z-]*) ", usage, re.M)
    assert len(options) > 15 and {"run", "lag", "replay"} <= set(commands)
    assert [name for name in options + commands if name not in manual] == []
