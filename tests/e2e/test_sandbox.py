"""A vendor's code misbehaves in the real binary: it costs its own run, by name, and the rest of the bridge goes on.

The bad adapters are programs in Python (docs/wire.md) made here, and, where g++ is installed, libraries of tests/bad_plugins.
"""
import ctypes
import json
import os
import shutil
import struct
import subprocess
import time
import unittest

from bridge import ACTIVITY, REPO, SANITIZED, SETTINGS, Case, Daemon, Failed, run, write_json

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


class Plugins(Case):
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


class Sandbox(Plugins):
    @unittest.skipIf(SANITIZED, "seccomp is off")
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

    @unittest.skipIf(SANITIZED, "seccomp is off")
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


class Endless(Plugins):
    """Adapters that live, say so, and go nowhere: they hold a place among the syncs no longer than their limits."""
    LOOP = "i = 0\n    while True:\n        i += 1; send(35, 0, {}); send(50, i, {'key': 'k', 'value': str(i)}); receive(); __import__('time').sleep(0.05)"

    def test_two_that_hang_do_not_starve_the_others(self):
        self.program("hangs", self.LOOP)
        self.world.small()
        hanging = [{"name": name, "adapter": "bad.hangs", "activity_base": f"https://{name}.example/", "schedule": {"every": "PT1S"},
                    "limits": {"idle": "PT3S"}} for name in ("a-hangs", "b-hangs")]
        good = {"name": "lms", "adapter": "csv", "folder": str(self.world.drop), "activity_base": ACTIVITY, "settings": SETTINGS, "schedule": {"every": "PT1S"}}
        config = write_json(self.world.root / "config.json", {"parallel_syncs": 2, "sources": [*hanging, good]})
        self.world.serve("--config", config)
        shown, deadline = {}, time.monotonic() + 60
        while time.monotonic() < deadline and not (len(shown) == 3 and shown["lms"]["last_ok"] and all(shown[h["name"]]["error"] for h in hanging)):
            shown = {s["name"]: s for s in self.world.ask("source", "list")["sources"]}
            time.sleep(0.1)
        self.assertTrue(shown["lms"]["last_ok"], shown)
        for one in hanging:
            said = json.dumps(shown[one["name"]])
            self.assertIn("adapter_timeout", said)
            self.assertIn("brought and read nothing for 3 s", said)

    def test_a_whole_pull_has_an_end_too(self):
        self.program("drips", "while True: send(32, 0, {'kind': 'course', 'record': {'id': '1', 'title': 'One'}}); __import__('time').sleep(0.05)")
        settings = write_json(self.world.root / "empty.json", {})
        add = ("source", "add", "drips", "--adapter", "bad.drips", "--activity-base", "https://lms.example/", "--settings", settings, "--options")
        for bad in ({"pull": "P1Y"}, {"pull": "PT0S"}, {"pull": "PT9999H"}, {"idle": "soon"}, {"idle": 5}, {"nonsense": "PT5S"}):
            self.refused(*add, write_json(self.world.root / "bad.json", {"limits": bad}), "--data", self.world.data)
        self.world.ask(*add, write_json(self.world.root / "options.json", {"limits": {"pull": "PT2S"}}))
        self.assertIn("not through after 2 s", self.failed_sync("drips"))

    def test_what_is_refused_is_listed(self):
        self.world.small()
        self.program("open", "pass")
        (self.plugins / "open.adapter").chmod(0o777)
        out, err = run("adapter", "list", "--data", self.world.data)
        self.assertIn(f"refused: {self.plugins}/open.adapter: Its group or others may write", err)
        listed = self.world.ask("adapter", "list")["refused"]
        self.assertEqual([(r["path"], r["code"]) for r in listed], [(f"{self.plugins}/open.adapter", "adapter_unsafe_file")])
        said = self.refused("source", "add", "x", "--adapter", "vendor.other", "--activity-base", "https://lms.example/", "--settings",
                            write_json(self.world.root / "empty.json", {}), "--data", self.world.data)
        self.assertIn("open.adapter: Its group", said)

    def test_a_check_answers_in_json_whatever_the_adapter_says(self):
        self.program("speaks", "pass")
        file = self.plugins / "bad.speaks.adapter"
        text = (self.plugins / "speaks.adapter").read_text().replace("    elif kind == 5:", '''    elif kind == 4:
        send(34, 0, {"level": "warn", "message": "ab" + "\\u20ac" * 1000})
        send(17, call, {"class": "auth", "user": "\\x1b[31m" + "\\u00e9" * 3000 + "\\u009b", "log": ""})
    elif kind == 5:''')
        (self.plugins / "speaks.adapter").unlink()
        file.write_text(text)
        file.chmod(0o755)
        source = self.source("bad.speaks")
        out, _ = run("source", "check", source, "--data", self.world.data, "--json", expect=1)
        findings = json.loads(out)["findings"]
        self.assertEqual([f["class"] for f in findings], ["note", "auth"])
        for said in (out, *run("source", "check", source, "--data", self.world.data, expect=1)):
            self.assertNotIn("\x1b", said)
            self.assertNotIn("\x9b", said)


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
