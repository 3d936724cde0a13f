"""The systemd unit: systemd's own judgement of it, and the daemon with an adapter's process under the system call filters that
systemd would make of it. tests/package/machine.py runs it under a real systemd."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from bridge import BINARY, REPO, Case, run  # noqa: E402
import bridge  # noqa: E402
import under_unit  # noqa: E402

UNIT = REPO / "packaging/capbridge.service"
NEEDED = unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not there: apt install systemd")


@NEEDED
class Judgement(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="capbridge-unit-")
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "etc/systemd/system").mkdir(parents=True)
        # verify wants to see the programs that a unit names.
        (self.root / "usr/bin").mkdir(parents=True)
        (self.root / "usr/bin/capbridge").symlink_to(BINARY)
        self.unit = self.root / "etc/systemd/system/capbridge.service"
        text = UNIT.read_text()
        self.unit.write_text(text.replace("/usr/bin/capbridge", BINARY))

    def analyze(self, *words):
        return subprocess.run(["systemd-analyze", "--no-pager", *words], capture_output=True, text=True, timeout=60)

    def test_it_is_at_most_2_0(self):
        done = self.analyze("security", "--offline=true", "--threshold=20", str(self.unit))
        said = re.search(r"Overall exposure level for capbridge.service: ([0-9.]+)", done.stdout)
        self.assertIsNotNone(said, done.stdout + done.stderr)
        self.assertLessEqual(float(said[1]), 2.0, done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_systemd_understands_all_of_it(self):
        done = self.analyze("verify", "--man=no", "--recursive-errors=no", str(self.unit))
        ours = [line for line in (done.stdout + done.stderr).splitlines() if "capbridge" in line]
        self.assertEqual(ours, [])

    def test_what_the_operator_counts_on(self):
        unit = under_unit.Unit(UNIT).lists
        self.assertEqual(unit["Type"], ["notify"])
        self.assertEqual(len(unit["WatchdogSec"]), 1)
        self.assertRegex(unit["WatchdogSec"][0], r"^[1-9][0-9]*(s|min)?$")  # a daemon that hangs is started again
        self.assertIn(unit["Restart"], (["on-failure"], ["on-watchdog"], ["always"]))
        self.assertEqual(unit["User"], ["capbridge"])
        self.assertEqual(unit["RestartPreventExitStatus"], ["2"])  # a bad configuration is not tried again and again
        self.assertEqual(unit["StateDirectoryMode"], ["0700"])


@NEEDED
class UnderTheFilters(Case):
    """As a user without rights, where the test may choose one."""

    def setUp(self):
        super().setUp()
        self.world.small()
        wrapper = self.world.root / "capbridge"
        wrapper.write_text(f'#!/bin/sh\nexec {sys.executable} {pathlib.Path(__file__).parent / "under_unit.py"} {UNIT} {BINARY} "$@"\n')
        wrapper.chmod(0o755)
        self.wrapper = str(wrapper)
        others_may = all(folder.stat().st_mode & 0o1 for folder in [pathlib.Path(BINARY).resolve(), *pathlib.Path(BINARY).resolve().parents])
        if os.geteuid() == 0 and others_may:
            for path in [self.world.root, *self.world.root.rglob("*")]:
                os.chown(path, 65534, 65534)
            os.environ["UNDER_UNIT_USER"] = "65534"
            self.addCleanup(os.environ.pop, "UNDER_UNIT_USER", None)

    def test_the_daemon_serves_and_reads_a_source_by_an_adapter_that_is_locked_in(self):
        plain, bridge.BINARY = bridge.BINARY, self.wrapper
        try:
            daemon = self.world.serve()
        finally:
            bridge.BINARY = plain
        status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
        self.assertRegex(status, r"Seccomp:\s+2")
        self.assertRegex(status, r"NoNewPrivs:\s+1")
        # The daemon forks, executes itself, and the child locks itself in: Landlock, seccomp, limits, capabilities.
        out, _ = run("sync", "lms", "--data", self.world.data)
        self.assertIn("3 new", out)
        sandbox = self.world.ask("status").get("sandbox") or {}
        self.assertFalse(sandbox.get("lacking"), sandbox)
        # What else the daemon does with files and memory: an encrypted backup, by the daemon itself.
        key = self.world.root / "backup.key"
        run("backup", "key", key)
        (self.world.root / "repository").mkdir()
        for path in (key, self.world.root / "repository"):
            if os.environ.get("UNDER_UNIT_USER"):
                os.chown(path, 65534, 65534)
        out, _ = run("backup", "--to", self.world.root / "repository", "--key-file", key, "--data", self.world.data)
        self.assertIn("encrypted", out)
        self.assertNotIn("not encrypted", out)
        key = self.world.ask("credential", "add", "c", "--scope", "read")
        self.assertEqual(daemon.get("/metrics", auth=(key["key"], key["secret"]))[0], 200)
        self.assertEqual(daemon.stop(signal.SIGTERM), 0, daemon.text() if not daemon.log.closed else "")
        said = (self.world.root / "daemon.log").read_text()
        self.assertNotIn("Operation not permitted", said)
        self.assertNotIn("adapters_not_loaded", said)

    def test_the_filters_hold(self):
        """Otherwise the test above would prove nothing."""
        probe = self.world.root / "probe.py"
        probe.write_text("import ctypes, os, socket\n"
                         "libc = ctypes.CDLL(None, use_errno=True)\n"
                         "print(libc.unshare(0x10000000), libc.ptrace(0, 0, 0, 0), libc.chroot(b'/'), libc.mount(b'a', b'/b', b'tmpfs', 0, 0))\n"
                         "try:\n    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)\nexcept OSError as e:\n    print(e.errno)\n"
                         "libc.mmap.restype = ctypes.c_long\nprint(libc.mmap(0, 4096, 7, 0x22, -1, 0))\n")
        os.environ.pop("UNDER_UNIT_USER", None)
        done = subprocess.run([sys.executable, pathlib.Path(__file__).parent / "under_unit.py", UNIT, sys.executable, probe],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.stdout.split(), ["-1", "-1", "-1", "-1", "97", "-1"], done.stderr)


if __name__ == "__main__":
    unittest.main()
