"""The lab of sdlab.sh from Python: commands inside, units, what systemd says of them."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from harness.daemon import free_port
from harness.waiting import await_true

HERE = pathlib.Path(__file__).resolve().parent
PASSWORD = "correct-horse-battery-staple"

CONFIG = """
kafka: {{ brokers = "{brokers}"; group = "{group}"; create_topics = false; articles_partitions = 4;
         features_partitions = 4; session_timeout_ms = 6000; start_timeout_ms = {start_timeout_ms}; }};
redis: {{ url = "{redis}"; password_file = "{password_file}"; }};
ratings: {{ file = "{ratings}"; }};
http: {{ listen = "127.0.0.1:{port}"; }};
log: {{ level = "{level}"; }};
"""


class Lab:
    """lower: the root file system of the inside, which stays as it is."""

    def __init__(self, lower="/"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="newswired-lab-"))
        self.script("boot", env=dict(os.environ, SDLAB_LOWER=str(lower)))

    def script(self, verb, *arguments, check=True, **options):
        return subprocess.run([str(HERE / "sdlab.sh"), verb, str(self.folder), *arguments], check=check, text=True,
                              timeout=120, **options)

    def halt(self):
        try:
            self.script("halt")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *command, check=True, **options):
        """A command inside; its standard output and error together."""
        result = self.script("in", *command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             stdin=None if "input" in options else subprocess.DEVNULL, **options)
        assert not check or result.returncode == 0, f"{command}: {result.returncode}\n{result.stdout[-4000:]}"
        return result.stdout

    def write(self, path, text, mode="0644", owner="root:root"):
        self.run("install", "-D", "-m", mode, "/dev/stdin", str(path), input=text)
        self.run("chown", owner, str(path))

    def read(self, path):
        return self.run("cat", str(path))


class Unit:
    """An installed unit with a configuration of the test; everything of it is taken away again."""

    def __init__(self, lab, name, brokers, redis_url, *, dropin="", **settings):
        self.lab, self.name, self.port = lab, name, free_port()
        template = re.sub("@.*", "@", name)
        text = lab.run("systemctl", "cat", f"{template}.service")
        instance = name.partition("@")[2]
        path = re.search(r"^ExecStart=.* -c (\S+)$", text, re.M).group(1)
        self.config = pathlib.Path(path.replace("%i", instance))
        self.settings = {"brokers": brokers, "redis": redis_url, "group": "nw", "start_timeout_ms": 60000,
                         "password_file": "redis_password", "ratings": "", "port": self.port, "level": "info"}
        self.configure(**settings)
        secret = self.config.parent / "credentials" / "redis_password"
        lab.write(secret, PASSWORD + "\n", "0600")
        lab.write(f"/etc/systemd/system/{name}.service.d/test.conf",
                  f"[Service]\nLoadCredential=redis_password:{secret}\nRestartSec=100ms\n{dropin}\n")
        lab.run("systemctl", "daemon-reload")

    def configure(self, **settings):
        self.settings.update(settings)
        self.lab.write(self.config, CONFIG.format(**self.settings))

    def ctl(self, verb, *arguments, check=True):
        return self.lab.run("systemctl", verb, self.name, *arguments, check=check)

    def show(self, name):
        return self.ctl("show", "--value", "-p", name).strip()

    def journal(self):
        self.lab.run("journalctl", "--sync")
        return self.lab.run("journalctl", "-q", "-o", "cat", "-u", self.name)

    def await_state(self, state, timeout=30):
        try:
            await_true(f"{self.name} {state}", lambda: self.show("ActiveState") == state, timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.journal()[-4000:]}") from None

    def await_log(self, text, timeout=15):
        await_true(f"log of {self.name} has {text!r}", lambda: text in self.journal(), timeout)

    def start(self):
        output = self.ctl("start", check=False)
        assert self.show("ActiveState") == "active", output + self.journal()[-6000:]
        return self

    def pid(self):
        return int(self.show("MainPID"))

    def remove(self):
        self.ctl("stop", check=False)
        self.ctl("reset-failed", check=False)
        self.lab.run("rm", "-rf", f"/etc/systemd/system/{self.name}.service.d")
