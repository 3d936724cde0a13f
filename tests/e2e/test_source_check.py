"""capbridge source check: would a sync work? With the real binary, a small Moodle with faults, and folders."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fakes"))
from bridge import ACTIVITY, BINARY, SETTINGS, Case, Failed, run, write_json  # noqa: E402
from moodle import Moodle  # noqa: E402

IDENTIFIERS = [{"field": "idnumber", "scheme": "esr-employee", "issuer": "demo"}]


class Silent:
    """Takes connections and says nothing."""

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.taken = []
        threading.Thread(target=self.take, daemon=True).start()
        return self

    def take(self):
        while True:
            try:
                self.taken.append(self.socket.accept()[0])
            except OSError:
                return

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for one in self.taken:
            one.close()


def children_of(pid):
    out = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout
    return [int(p) for p in out.split()]


def alive(pid):
    """A process that has ended and that nobody asked about yet is not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class SourceCheck(Case):
    def setUp(self):
        super().setUp()
        self.world.small()
        self.site = Moodle(users=6).start()
        self.addCleanup(self.site.stop)
        self.secret = self.world.root / "token"

    def members(self, url=None, token=None, **settings):
        """A source of a configuration, for the small Moodle."""
        self.secret.write_text(token or self.site.token)
        self.secret.chmod(0o600)
        return {"name": "moodle", "adapter": "moodle", "activity_base": "https://lms.example/course/",
                "settings": {"url": url or self.site.url, "identifiers": IDENTIFIERS, **(settings or {"report": {"id": 7, "page_size": 10}})},
                "http": {"auth": {"lms": {"type": "form_token", "parameter": "wstoken", "secret_file": str(self.secret)}}}}

    def add(self, *more, **members):
        source = self.members(**members)
        return self.world.ask("source", "add", "moodle", "--adapter", "moodle", "--activity-base", source["activity_base"], "--settings",
                              write_json(self.world.root / "moodle.json", source["settings"]), "--options",
                              write_json(self.world.root / "options.json", {"http": source["http"]}), *more)

    def findings(self, name="moodle", *more):
        """The findings of a source that would not work."""
        with self.assertRaises(Failed) as caught:
            self.world.ask("source", "check", name, *more)
        self.assertEqual(caught.exception.code, 1, caught.exception)
        answer = json.loads(caught.exception.out)
        self.assertFalse(answer["ok"])
        self.assertNotIn(self.site.token, caught.exception.out + caught.exception.err)
        return answer["findings"]

    def test_all_right(self):
        self.add()
        answer = self.world.ask("source", "check", "moodle")
        self.assertEqual((answer["ok"], answer["findings"], answer["not_tried"]), (True, [], []))
        out, _ = run("source", "check", "moodle", "--data", self.world.data)
        self.assertIn("source moodle (moodle): would work", out)
        self.assertEqual(self.world.ask("run", "list")["runs"][0]["kind"] == "sync", False, "nothing was synced")

    def test_a_wrong_token(self):
        self.add(token="another-token-of-nobody")
        found = self.findings()
        self.assertEqual([f["class"] for f in found], ["auth"])
        self.assertIn("account or token", found[0]["advice"])
        with self.assertRaises(Failed) as caught:
            run("source", "check", "moodle", "--data", self.world.data)
        self.assertIn("error [auth]", caught.exception.out)
        self.assertIn("what to do:", caught.exception.out)

    def test_a_missing_capability(self):
        self.add()
        self.site.fault("no_view", 99)
        found = self.findings()
        self.assertEqual([f["class"] for f in found], ["config"])
        self.assertIn("moodle/user:viewdetails", found[0]["message"])
        self.site.fault("no_view", 0)
        self.assertTrue(self.world.ask("source", "check", "moodle")["ok"])

    def test_a_missing_secret_and_a_site_that_is_away(self):
        self.add()
        self.secret.unlink()
        self.assertEqual([f["where"] for f in self.findings()], ["/http/auth/lms/secret_file"])
        self.add()
        self.site.stop()
        self.assertEqual([f["class"] for f in self.findings("moodle", "--timeout", "20")], ["retry"])

    def test_a_folder(self):
        self.assertTrue(self.world.ask("source", "check", "lms")["ok"])
        for file in self.world.drop.iterdir():
            file.unlink()
        answer = self.world.ask("source", "check", "lms")
        self.assertTrue(answer["ok"])
        self.assertEqual([(f["severity"], f["class"]) for f in answer["findings"]], [("warning", "note")])
        self.world.ask("source", "add", "lms", "--adapter", "csv", "--folder", self.world.drop, "--activity-base", ACTIVITY, "--settings",
                       self.world.root / "settings.json", "--options", write_json(self.world.root / "young.json", {"file_min_age_seconds": 600}))
        self.world.export([["1001", "AI-1", "AI basics", "Completed", "01/03/2026"]])
        said = " ".join(f["message"] for f in self.world.ask("source", "check", "lms")["findings"])
        self.assertIn("1 file in the folder is younger than file_min_age_seconds (600)", said)
        out, _ = run("sync", "lms", "--data", self.world.data)
        self.assertIn("0 read", out)
        self.assertIn("1 file is younger", out)
        daemon = self.world.serve()
        self.assertIn("1 file is younger", run("sync", "lms", "--data", self.world.data)[0])
        daemon.stop()
        text = (self.world.root / "daemon.log").read_text()
        self.assertRegex(text, "adapter_file_too_young .*files=1")
        self.assertNotIn("export.csv", text, "a file may be named after a person")
        for file in self.world.drop.iterdir():
            file.unlink()
        self.world.drop.rmdir()
        found = self.findings("lms")
        self.assertEqual([(f["code"], f["where"]) for f in found], [("no_folder", "/folder")])
        if os.geteuid() != 0:
            self.world.drop.mkdir(mode=0)
            self.assertEqual([f["code"] for f in self.findings("lms")], ["unreadable_folder"])

    def test_the_daemon_and_http_answer_alike(self):
        self.add(token="another-token-of-nobody")
        here = self.findings()
        daemon = self.world.serve()
        self.assertEqual(self.findings(), here)
        made = self.world.ask("credential", "add", "it", "--scope", "admin")
        status, _, text = daemon.request("POST", "/api/v1/sources/moodle/check", auth=(made["key"], made["secret"]))
        self.assertEqual((status, json.loads(text)["findings"]), (200, here))
        reader = self.world.ask("credential", "add", "page", "--scope", "read")
        self.assertEqual(daemon.request("POST", "/api/v1/sources/moodle/check", auth=(reader["key"], reader["secret"]))[0], 403)
        self.assertEqual(daemon.request("POST", "/api/v1/sources/none/check", auth=(made["key"], made["secret"]))[0], 404)
        self.assertEqual(daemon.request("POST", "/api/v1/sources/moodle/check", {"timeout_seconds": 0}, auth=(made["key"], made["secret"]))[0], 400)

    def test_a_deadline(self):
        with Silent() as silent:
            self.add(url=silent.url)
            began = time.monotonic()
            found = self.findings("moodle", "--timeout", "2")
            self.assertLess(time.monotonic() - began, 15)
        self.assertEqual([f["class"] for f in found], ["timeout"])
        self.assertIn("2 s", found[0]["message"])

    def test_ctrl_c(self):
        with Silent() as silent:
            self.add(url=silent.url)
            for serving in (False, True):
                if serving:
                    self.world.serve()
                asking = subprocess.Popen([BINARY, "source", "check", "moodle", "--data", str(self.world.data)], stdout=subprocess.PIPE,
                                          stderr=subprocess.PIPE)
                before = len(silent.taken)
                deadline = time.monotonic() + 20
                while len(silent.taken) == before and time.monotonic() < deadline:
                    time.sleep(0.02)
                children = children_of(asking.pid)
                asking.send_signal(signal.SIGINT)
                began = time.monotonic()
                asking.communicate(timeout=10)
                self.assertLess(time.monotonic() - began, 3)
                self.assertNotEqual(asking.returncode, 0)
                while any(map(alive, children)) and time.monotonic() - began < 5:
                    time.sleep(0.02)
                self.assertFalse([c for c in children if alive(c)], "its children went with it")
            began = time.monotonic()
            self.assertEqual(self.world.daemon.stop(), 0)
            self.assertLess(time.monotonic() - began, 15, "a check under way does not hold up the daemon's end")

    def test_added_only_when_it_works(self):
        with self.assertRaises(Failed) as caught:
            self.add("--check", token="another-token-of-nobody")
        self.assertIn("nothing was changed", caught.exception.err)
        self.assertIn("adapter_auth", caught.exception.err)
        self.assertEqual([s["name"] for s in self.world.ask("source", "list")["sources"]], ["lms"])
        self.assertTrue(self.add("--check")["checked"]["ok"])
        self.assertEqual([s["name"] for s in self.world.ask("source", "list")["sources"]], ["lms", "moodle"])
        self.assertNotIn("checked", self.add())

    def test_a_whole_configuration(self):
        config = {"sources": [{"name": "files", "adapter": "csv", "folder": str(self.world.drop), "activity_base": ACTIVITY,
                               "settings": SETTINGS}, self.members()]}
        file = write_json(self.world.root / "config.json", config)
        out, _ = run("check", "--config", file, "--online")
        self.assertIn("2 sources were asked, 0 would not work", out)
        self.secret.write_text("another-token-of-nobody")
        with self.assertRaises(Failed) as caught:
            run("check", "--config", file, "--online", "--json")
        self.assertEqual(caught.exception.code, 1)
        answer = json.loads(caught.exception.out)
        self.assertEqual([(s["source"], s["ok"]) for s in answer["sources"]], [("files", True), ("moodle", False)])
        run("check", "--config", file)  # asks nobody


if __name__ == "__main__":
    unittest.main()
