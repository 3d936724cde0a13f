"""A vendor's code misbehaves in the real binary: it costs its own run, by name, and the rest of the bridge goes on.

The bad adapters are programs in Python (docs/wire.md) made here, and, where g++ is installed, libraries of tests/bad_plugins.
"""
import ctypes
import json
import os
import shutil
import struct
import subprocess
import unittest

from bridge import ACTIVITY, REPO, SETTINGS, Case, Daemon, Failed, run, write_json

SPEAKER = """#!/usr/bin/python3
import json, os, socket, struct, sys
host = socket.socket(fileno=3)
def take(n):
    data = b""
    while len(data) < n:
        part = host.recv(n - len(data))
        if not part: raise SystemExit
        data += part
    return data
def receive():
    length, call, kind = struct.unpack("<IIB", take(9))
    return kind, call, json.loads(take(length))
def send(kind, call, body):
    data = json.dumps(body).encode()
    host.sendall(struct.pack("<IIB", len(data), call, kind) + data)
def misdeed():
    {misdeed}
while True:
    kind, call, body = receive()
    if kind == 2:
        send(16, call, {{"adapters": [{{"id": "{id}", "name": "Bad", "vendor": "T", "version": "1", "config_schema": {{"type": "object"}}}}]}})
    elif kind == 5:
        try:
            misdeed()
            send(17, call, {{"class": "internal", "user": "it worked", "log": ""}})
        except OSError as e:
            send(17, call, {{"class": "internal", "user": "prevented: " + type(e).__name__, "log": ""}})
    else:
        send(16, call, {{"wire": "bridge-wire/1"}})
"""
MISDEEDS = {
    "connects": ('socket.create_connection(("127.0.0.1", 1))', "prevented: PermissionError"),
    "reads": ('open("/etc/passwd").read()', "prevented: PermissionError"),
    "reads.data": ('open("DATA/bridge.db", "rb").read()', "prevented: "),
    "writes": ('open("/tmp/capbridge-was-here", "w")', "prevented: PermissionError"),
    "forks": ("os.fork()", "prevented: PermissionError"),
    "crashes": ("os.abort()", "SIGABRT"),
    "leaves": ("os._exit(0)", "exit code 0"),
    "babbles": ('host.sendall(b"\\xee" * 4096); take(1)', "1 MiB"),
    "leaks": ('all = [bytearray(b"x") * (8 << 20) for _ in range(1000)]', "MiB"),
}


class Sandbox(Case):
    def setUp(self):
        super().setUp()
        self.plugins = self.world.root / "plugins"
        self.plugins.mkdir()
        os.environ["CAPBRIDGE_PLUGINS"] = str(self.plugins)
        self.addCleanup(os.environ.pop, "CAPBRIDGE_PLUGINS")

    def program(self, name, misdeed):
        file = self.plugins / f"{name}.adapter"
        file.write_text(SPEAKER.format(misdeed=misdeed.replace("DATA", str(self.world.data)), id=f"bad.{name}"))
        file.chmod(0o755)

    def source(self, adapter):
        settings = self.world.root / "empty.json"
        settings.write_text("{}")
        self.world.ask("source", "add", adapter.replace(".", "-"), "--adapter", adapter, "--activity-base", "https://lms.example/", "--settings", settings)
        return adapter.replace(".", "-")

    def failed_sync(self, source):
        """All that was said when that sync failed."""
        try:
            out, err = run("sync", source, "--data", self.world.data, "--json")
        except Failed as failed:
            return failed.out + failed.err
        self.assertIn('"error"', out, "this sync should have failed")
        return out + err

    def test_programs(self):
        self.world.small()
        for name, (misdeed, _) in MISDEEDS.items():
            self.program(name, misdeed)
        for name, (_, says) in MISDEEDS.items():
            with self.subTest(name):
                said = self.failed_sync(self.source(f"bad.{name}"))
                self.assertIn(says, said)
                self.assertIn(f"bad.{name}", said)
                self.assertNotIn("it worked", said)
        self.assertFalse(os.path.exists("/tmp/capbridge-was-here"))
        counts = self.world.ask("sync", "lms")["syncs"][0]["counts"]
        self.assertEqual((counts["read"], counts["added"]), (3, 3), "the others go on")

    def test_the_python_adapter_of_the_documents(self):
        shutil.copy(REPO / "docs/examples/demo.adapter", self.plugins)
        self.world.small()
        name = self.source("org.example.demo")
        counts = self.world.ask("sync", name)["syncs"][0]["counts"]
        self.assertEqual(counts["read"], 10)
        self.assertEqual(self.world.ask("sync", name)["syncs"][0]["counts"]["read"], 0)

    def test_the_python_adapter_passes_the_kit(self):
        examples = REPO / "docs/examples"
        out, _ = run("adapter", "test", examples / "demo.adapter", "--cassette", examples / "demo-cassette")
        self.assertIn(" 0 failed", out)

    @unittest.skipUnless(shutil.which("g++"), "no g++ to build a library with")
    def test_libraries_are_locked_in_before_they_are_loaded(self):
        self.world.small()
        for name, place in (("opens_socket", "@constructor"), ("crashes", "")):
            subprocess.run(["g++", "-std=c++20", "-shared", "-fPIC", "-fvisibility=hidden", f"-I{REPO}/include",
                            REPO / f"tests/bad_plugins/{name}.cpp", "-o", self.plugins / f"{name}{place}.so"], check=True)
        out, err = run("adapter", "list", "--data", self.world.data, "--json")
        self.assertIn("bad.crashes", out)
        self.assertNotIn("bad.opens_socket", [a["id"] for a in json.loads(out)["adapters"]])
        self.assertIn("opens_socket@constructor.so", out + err)
        self.assertIn("SIGABRT", out + err, "it was prevented, and gave up")
        self.assertIn("SIGSEGV", self.failed_sync(self.source("bad.crashes")))
        self.assertEqual(self.world.ask("sync", "lms")["syncs"][0]["counts"]["added"], 3)


def without_landlock():
    """For this process and whatever it starts, the kernel has no landlock_create_ruleset: as an old one, or in an old container."""
    allow, enosys = 0x7FFF0000, 0x00050000 | 38
    program = b"".join(struct.pack("HBBI", *line) for line in ((0x20, 0, 0, 0), (0x15, 0, 1, 444), (0x06, 0, 0, enosys), (0x06, 0, 0, allow)))
    libc = ctypes.CDLL(None, use_errno=True)
    code = ctypes.create_string_buffer(program, len(program))
    whole = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code)), 16)
    if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, whole, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no filter")


class NoSandbox(Case):
    """A kernel that cannot lock adapters in. Nothing in the binary pretends it: the kernel's call is not there."""

    def setUp(self):
        super().setUp()
        self.world.small()
        self.file = self.world.root / "config.json"

    def config(self, **more):
        write_json(self.file, {"sources": [{"name": "lms", "adapter": "csv", "folder": str(self.world.drop), "activity_base": ACTIVITY,
                                            "settings": SETTINGS}], **more})
        return self.file

    def refuses(self, *args, code):
        with self.assertRaises(Failed) as caught:
            run(*args, preexec_fn=without_landlock)
        self.assertEqual(caught.exception.code, code, caught.exception)
        said = caught.exception.out + caught.exception.err
        for word in ("no adapter is loaded", "landlock", "Linux 5.13", "require_sandbox", os.uname().release):
            self.assertIn(word, said)
        return said

    def test_no_adapter_is_loaded(self):
        data = ("--data", self.world.data)
        self.refuses("sync", "lms", *data, "--json", code=1)
        self.refuses("source", "check", "lms", *data, code=1)
        self.refuses("check", "--config", self.config(), code=2)
        said = self.refuses("serve", "--config", self.file, *data, "--listen", "127.0.0.1:0", code=2)
        self.assertEqual(said.count("no adapter is loaded"), 1, "once, not at each source")
        self.refuses("check", "--config", self.config(require_sandbox=True), code=2)
        out, _ = run("source", "show", "lms", *data, preexec_fn=without_landlock)
        self.assertIn("no adapter is loaded", out)
        out, _ = run("status", *data, preexec_fn=without_landlock)
        self.assertIn("no adapter is loaded", out)
        self.assertEqual(self.world.ask("sync", "lms")["syncs"][0]["counts"]["added"], 3, "with the kernel's help all is well")

    def test_an_installation_may_do_without_and_is_told_at_each_start(self):
        self.config(require_sandbox=False)
        self.assertIn("no errors", run("check", "--config", self.file, preexec_fn=without_landlock)[0])
        daemon = self.world.daemon = Daemon(self.world.data, "--config", self.file, preexec_fn=without_landlock)
        self.assertIn("adapter_not_locked_in", daemon.text())
        self.assertIn("landlock", daemon.text())
        self.assertIn("is not locked in: landlock", run("source", "show", "lms", "--data", self.world.data)[0])
        self.assertIn("not wholly locked in: landlock", run("status", "--data", self.world.data)[0])
        self.assertEqual(self.world.ask("sync", "lms")["syncs"][0]["counts"]["added"], 3)
        daemon.stop()

    def test_a_daemon_without_a_configuration_serves_and_loads_none(self):
        daemon = self.world.daemon = Daemon(self.world.data, preexec_fn=without_landlock)
        self.assertIn("adapters_not_loaded", daemon.text())
        with self.assertRaises(Failed) as caught:
            run("sync", "lms", "--data", self.world.data, "--json")
        self.assertIn("adapter_no_sandbox", caught.exception.out + caught.exception.err)


if __name__ == "__main__":
    unittest.main()
