"""Reading the configuration anew while the daemon runs: all or nothing, by command and by SIGHUP, under load, and when it is killed."""
import base64
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fakes"))
from bridge import ACTIVITY, BINARY, MAPPING, SETTINGS, Case, Daemon, Failed, run, write_json  # noqa: E402
from lrs import Lrs, statement  # noqa: E402


def mapping(version):
    return dict(MAPPING, version=str(version))


class Reloading(Case):
    def setUp(self):
        super().setUp()
        self.file = self.world.root / "capbridge.json"
        self.map = self.world.root / "mapping.json"
        self.other = self.world.root / "other"
        self.other.mkdir()
        self.write()
        self.map.write_text(json.dumps(mapping(1)))

    def text(self, **more):
        whole = {"organisation": "First", "mappings": ["mapping.json"], "sources": [self.source()]}
        whole.update(more)
        return "// reloaded\n" + json.dumps({k: v for k, v in whole.items() if v is not None}, indent=1)

    def source(self, name="lms", folder="drop", **more):
        return dict({"name": name, "adapter": "csv", "folder": folder, "activity_base": ACTIVITY, "settings": SETTINGS}, **more)

    def write(self, text=None, **more):
        """As a careful person does: beside it, then into its place."""
        beside = self.file.with_suffix(".new")
        beside.write_text(text if text is not None else self.text(**more))
        beside.replace(self.file)

    def serve(self, *more):
        return self.world.serve("--config", self.file, *more)

    def reload(self, *more, expect=0):
        return self.world.ask("reload", *more, expect=expect)

    def in_force(self):
        """(organisation, version of the mapping, folder of the source, address of the target) as one reader sees them in one transaction."""
        with contextlib.closing(sqlite3.connect(f"file:{self.world.data}/capbridge.db?mode=ro", uri=True, timeout=30, isolation_level=None)) as db:
            db.execute("begin")
            name = db.execute("select name from organisation").fetchone()[0]
            payload = db.execute("select payload from decision where kind = 'mapping' order by seq desc limit 1").fetchone()
            folder = db.execute("select folder from source where name = 'lms'").fetchone()
            settings = db.execute("select settings from target where name = 'w'").fetchone()
            db.execute("commit")
        return (name, json.loads(payload[0])["version"] if payload else None, pathlib.Path(folder[0]).name if folder else None,
                json.loads(settings[0])["url"] if settings else None)

    @staticmethod
    def keys(path):
        """A key set that holds one fresh key."""
        key = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, check=True).stdout
        told = subprocess.run(["openssl", "rsa", "-noout", "-modulus"], input=key, capture_output=True, check=True).stdout.decode().strip()
        n = base64.urlsafe_b64encode(bytes.fromhex(told.split("=")[1])).rstrip(b"=").decode()
        write_json(path, {"keys": [{"kty": "RSA", "kid": "1", "n": n, "e": "AQAB"}]})

    def log(self):
        return self.world.daemon.text()

    def wait_for_log(self, words, count=1, seconds=20):
        deadline = time.monotonic() + seconds
        while self.log().count(words) < count:
            self.assertLess(time.monotonic(), deadline, f"'{words}' is not in the log:\n{self.log()[-3000:]}")
            time.sleep(0.02)

    def test_a_good_file_is_in_force_at_once(self):
        self.serve()
        self.assertFalse(self.reload()["changed"])
        self.map.write_text(json.dumps(mapping(2)))
        self.write(organisation="Second", cors_origins=["https://content.example.org"], sources=[self.source(folder="other"), self.source("new")])
        answer = self.reload("--dry-run")
        self.assertTrue(answer["changed"])
        self.assertEqual(("First", "1", "drop", None), self.in_force(), "a dry run changes nothing")
        self.assertIn({"pointer": "/organisation", "what": "changed", "effect": "live", "before": '"First"', "after": '"Second"'}, answer["changes"])
        self.assertIn(("/sources/lms/folder", "changed"), [(c["pointer"], c["what"]) for c in answer["changes"]])
        self.assertIn(("mapping", "demo", "changed"), [(i["kind"], i["id"], i["change"]) for i in answer["items"]])
        again = self.reload()
        self.assertEqual(answer["changes"], again["changes"])
        self.assertEqual(("Second", "2", "other", None), self.in_force())
        self.assertFalse(self.reload()["changed"])
        _, headers, _ = self.world.daemon.get("/xapi/about", headers={"Origin": "https://content.example.org"})
        self.assertEqual("https://content.example.org", headers["Access-Control-Allow-Origin"])
        self.world.ask("run", "revert", str(again["run"]))

    def test_a_bad_file_changes_nothing_and_everything_wrong_is_told(self):
        self.serve()
        before = self.in_force()
        self.write('{\n "organisation": "Other",\n "colour": 1,\n "listen": "x",\n "mappings": ["gone.json"]\n}')
        told = self.refused("reload", "--data", self.world.data)
        for words in ("capbridge.json:3: /colour", "capbridge.json:4: /listen", "capbridge.json:5: /mappings/0", "what to do: ", "Nothing was changed"):
            self.assertIn(words, told)
        self.refused("reload", "--dry-run", "--data", self.world.data)
        # What only shows when it is applied is refused as a whole, too.
        self.write(organisation="Other", token_issuers=[{"issuer": "https://i.example", "audience": "x", "keys": "keys.json", "source": "nowhere"}])
        self.keys(self.world.root / "keys.json")
        self.assertIn("nowhere", self.refused("reload", "--data", self.world.data))
        self.write("not JSON")
        self.refused("reload", "--data", self.world.data)
        self.file.unlink()
        self.refused("reload", "--data", self.world.data)
        self.assertEqual(before, self.in_force())
        self.assertEqual(200, self.world.daemon.get("/readyz")[0])
        self.write(organisation="Second")
        self.reload()
        self.assertEqual("Second", self.in_force()[0])

    def test_the_signal_does_the_same_and_tells_the_log(self):
        daemon = self.serve()
        self.write(organisation="Second")
        daemon.process.send_signal(signal.SIGHUP)
        self.wait_for_log(" reloaded ")
        self.assertEqual("Second", self.in_force()[0])
        self.write("{,}")
        daemon.process.send_signal(signal.SIGHUP)
        self.wait_for_log("reload_finding")
        self.assertIn("reload_refused", self.log())
        self.assertEqual("Second", self.in_force()[0])
        self.assertIsNone(daemon.process.poll())
        self.write(organisation="Third")
        daemon.process.send_signal(signal.SIGHUP)
        self.wait_for_log(" reloaded ", 2)
        self.assertEqual("Third", self.in_force()[0])
        self.assertEqual(0, daemon.stop())

    def audit(self, what, phase):
        entries = self.world.ask("audit", "list", "--what", what, "--limit", 100)["entries"]
        return [one for one in entries if one["phase"] == phase]

    def test_the_audit_says_who_reloaded_and_what_changed_without_its_values(self):
        daemon = self.serve()
        started = self.audit("daemon.started", "event")[0]["details"]["configuration"]
        self.assertRegex(started, "^[0-9a-f]{64}$")
        self.reload()
        self.assertEqual(self.audit("config.reload", "outcome")[0]["details"]["made"], {"configuration": started})
        self.write(organisation="Secretname", sources=[self.source(settings={**SETTINGS, "files": "*.CSV"})])
        daemon.process.send_signal(signal.SIGHUP)
        self.wait_for_log(" reloaded ", 2)
        self.assertTrue(self.audit("config.reload", "intent")[0]["who"] == "signal:SIGHUP")
        told = self.audit("config.reload", "outcome")[0]
        self.assertEqual((told["who"], told["outcome"]), ("signal:SIGHUP", "ok"))
        made = told["details"]["made"]
        self.assertNotEqual(made["configuration"], started)
        self.assertIn({"pointer": "/organisation", "what": "changed", "effect": "live"}, made["changes"])
        self.assertIn("/sources/lms/settings", [one["pointer"] for one in made["changes"]])
        self.assertNotIn("Secretname", json.dumps(told))
        self.write("{,}")
        daemon.process.send_signal(signal.SIGHUP)
        self.wait_for_log("reload_finding")
        self.assertEqual(self.audit("config.reload", "outcome")[0]["outcome"], "invalid_document")
        daemon.stop()
        self.write(organisation="Secretname", sources=[self.source(settings={**SETTINGS, "files": "*.CSV"})])
        self.serve()
        self.assertEqual(self.audit("daemon.started", "event")[0]["details"]["configuration"], made["configuration"])

    def test_a_level_set_for_a_while_outlives_a_reload_that_leaves_the_log_alone(self):
        self.serve()
        self.world.ask("log", "level", "debug", "--for", "10m")
        self.write(organisation="Second")
        self.reload()
        self.assertEqual(len(self.world.ask("log", "level")["for_now"]), 1)
        self.write(organisation="Second", log={"level": "warn"})
        self.reload()
        self.assertEqual(self.world.ask("log", "level")["for_now"], [])

    def test_what_needs_a_restart_is_named_and_left(self):
        self.serve()
        self.write(listen="127.0.0.1:1", plugins=["other"], iri_base="https://elsewhere.example", parallel_syncs=7)
        answer = self.reload()
        self.assertEqual(["/plugins"], answer["needs_restart"], "the address is the command line's")
        effects = {c["pointer"]: c["effect"] for c in answer["changes"]}
        self.assertEqual({"/listen": "command_line", "/plugins": "restart", "/iri_base": "once", "/parallel_syncs": "live"}, effects)
        self.assertEqual(["/plugins"], self.reload()["needs_restart"], "it is said again until the restart")
        out, _ = run("reload", "--data", self.world.data)
        self.assertIn("needs a restart", out)

    def test_what_the_file_no_longer_names_stays_and_is_said(self):
        self.serve()
        self.write(sources=None, mappings=None)
        answer = self.reload()
        self.assertEqual([{"kind": "source", "id": "lms"}], answer["not_named"])
        self.assertEqual(("First", "1", "drop", None), self.in_force())
        self.assertIn("source lms: the file does not name it; it stays as it is", run("reload", "--data", self.world.data)[0])

    def test_without_a_file_or_a_daemon_it_says_so(self):
        self.assertIn("No daemon runs", self.refused("reload", "--data", self.world.data, code=1))
        self.world.serve()
        self.assertIn("--config", self.refused("reload", "--data", self.world.data))
        self.assertEqual(0, self.world.daemon.stop(signal.SIGHUP), "without a file a hang-up is the end")

    def version(self, n):
        self.map.write_text(json.dumps(mapping(n)))
        return self.text(organisation=f"Trust {n}", sources=[self.source(folder=("drop", "other")[n % 2])],
                         forward=[{"name": "w", "kind": "lrs", "settings": {"url": f"https://w{n}.example/xapi"}}])

    @staticmethod
    def expected(n):
        return f"Trust {n}", str(n), ("drop", "other")[n % 2], f"https://w{n}.example/xapi"

    def test_under_load_a_reader_sees_the_old_or_the_new_never_both(self):
        self.write(self.version(1))
        daemon = self.serve()
        key, secret = (lambda made: (made["key"], made["secret"]))(self.world.ask("credential", "add", "reader", "--scope", "read"))
        over, seen, wrong, asked = threading.Event(), set(), [], [0, 0]

        def read_along():
            while not over.is_set():
                state = self.in_force()
                seen.add(state)
                if state != self.expected(int(state[1])):
                    wrong.append(state)

        def ask_along(index):
            while not over.is_set():
                status, _, body = daemon.get("/api/v1/sources" if index else "/api/v1/matrix", auth=(key, secret))
                if status not in (200, 403):
                    wrong.append((status, body))
                asked[index] += 1

        threads = [threading.Thread(target=read_along)] + [threading.Thread(target=ask_along, args=(i,)) for i in (0, 1)]
        for thread in threads:
            thread.start()
        try:
            for n in range(2, 12):
                if n % 3 == 0:
                    self.write(self.version(n).replace('"organisation"', '"organization"'))  # and a mapping that is new
                    with self.assertRaises(Failed):
                        self.reload()
                    self.assertNotEqual(self.expected(n), self.in_force())
                else:
                    self.write(self.version(n))
                    self.reload()
                    self.assertEqual(self.expected(n), self.in_force())
        finally:
            over.set()
            for thread in threads:
                thread.join()
        self.assertEqual([], wrong[:3])
        self.assertGreater(min(asked), 5)
        self.assertGreater(len(seen), 3)

    def test_killed_in_the_middle_it_is_the_old_or_the_new(self):
        self.write(self.version(1))
        dice = random.Random(7)
        self.serve()
        known = [0, 0]
        for n in range(2, int(os.environ.get("CAPBRIDGE_RELOAD_KILLS", "6")) + 2):
            before = self.in_force()
            self.write(self.version(n))
            with open(os.devnull, "w") as nowhere:
                asking = subprocess.Popen([BINARY, "reload", "--data", str(self.world.data)], stdout=nowhere, stderr=nowhere)
            time.sleep(dice.random() * 0.25)
            self.world.daemon.kill()
            asking.wait(timeout=30)
            after = self.in_force()
            self.assertIn(after, (before, self.expected(n)), "half of it")
            known[after != before] += 1
            # Started without the file, nothing finishes what was begun; started with it, the new one is in force.
            self.world.serve()
            self.assertEqual(after, self.in_force())
            self.world.daemon.stop()
            self.serve()
            self.assertEqual(self.expected(n), self.in_force())
        self.assertEqual(sum(known), n - 1)


class Rotating(Case):
    """Secrets are read when they are used: a new one in a file needs no restart and no reload; one of systemd's needs a restart."""

    OLD, NEW = "the-old-secret-of-the-store", "a-new-secret-of-the-store"

    def setUp(self):
        super().setUp()
        self.lrs = Lrs(secret=self.OLD).start()
        self.addCleanup(self.lrs.stop)
        self.secret = self.world.root / "secret"
        self.put(self.OLD)

    def put(self, text):
        beside = self.secret.with_suffix(".new")
        beside.write_text(text + "\n")
        beside.chmod(0o600)
        beside.replace(self.secret)

    def serve(self, place, schedule=None, **environment):
        file = write_json(self.world.root / "capbridge.json", {"sources": [
            {"name": "lrs", "adapter": "xapi", "settings": {"url": self.lrs.url + "/xapi"}, "http": {"auth": {"lms": {"type": "basic", "user": "key", **place}}},
             **({"schedule": schedule} if schedule else {})}]})
        self.world.daemon = Daemon(self.world.data, "--config", file, "--debug", env=dict(os.environ, **environment))

    def nothing_is_told(self):
        everything = self.world.daemon.text() + json.dumps(self.world.ask("source", "show", "lrs")) + json.dumps(self.world.ask("run", "list"))
        for path in self.world.data.rglob("*"):
            if path.is_file():
                everything += path.read_bytes().decode("latin-1")
        for secret in (self.OLD, self.NEW):
            self.assertNotIn(secret, everything)

    def rotate(self, write):
        pid = self.world.daemon.process.pid
        self.lrs.add(statement(1))
        self.world.ask("sync", "lrs")
        self.lrs.secret = self.NEW
        self.lrs.add(statement(2))
        with self.assertRaises(Failed) as refused:
            run("sync", "lrs", "--data", self.world.data)
        for secret in (self.OLD, self.NEW):
            self.assertNotIn(secret, refused.exception.out + refused.exception.err)
        write(self.NEW)
        self.world.ask("sync", "lrs")
        out, _ = run("statements", "export", "--data", self.world.data)
        self.assertIn(statement(2)["id"], out)
        self.assertEqual(pid, self.world.daemon.process.pid)
        self.assertIsNone(self.world.daemon.process.poll())
        self.nothing_is_told()

    def test_a_source_on_a_schedule_goes_on_by_itself(self):
        self.serve({"secret_file": str(self.secret)}, schedule={"every": "PT1S"})
        pid = self.world.daemon.process.pid
        show = lambda: self.world.ask("source", "show", "lrs")  # noqa: E731
        self.until(lambda: show()["last_ok"])
        self.lrs.secret = self.NEW
        self.until(lambda: show()["stopped"] == "configuration")
        self.lrs.add(statement(3))
        self.put(self.NEW)
        self.until(lambda: statement(3)["id"] in run("statements", "export", "--data", self.world.data)[0])
        self.assertIsNone(show()["stopped"])
        self.assertEqual(pid, self.world.daemon.process.pid)
        self.nothing_is_told()

    def until(self, holds, seconds=30):
        deadline = time.monotonic() + seconds
        while not holds():
            self.assertLess(time.monotonic(), deadline, self.world.daemon.text()[-2000:])
            time.sleep(0.1)

    def test_a_file(self):
        self.serve({"secret_file": str(self.secret)})
        self.rotate(self.put)

    def test_a_credential_of_systemd_is_the_one_of_this_start(self):
        """systemd reads it when it starts the service and changes nothing of it until the next start, which has a directory of its own."""
        def start(name):
            folder = self.world.root / name
            folder.mkdir()
            shutil.copy(self.secret, folder / "secret")
            (folder / "secret").chmod(0o400)
            self.serve({"secret_credential": "secret"}, CREDENTIALS_DIRECTORY=str(folder))

        start("first")
        self.lrs.add(statement(1))
        self.world.ask("sync", "lrs")
        self.lrs.secret = self.NEW
        self.lrs.add(statement(2))
        self.put(self.NEW)  # where LoadCredential= has it from
        self.assertIn("adapter_auth", self.refused("sync", "lrs", "--data", self.world.data, code=1))
        self.world.daemon.stop()
        shutil.rmtree(self.world.root / "first")
        start("second")
        self.world.ask("sync", "lrs")
        self.assertIn(statement(2)["id"], run("statements", "export", "--data", self.world.data)[0])
        self.nothing_is_told()


if __name__ == "__main__":
    unittest.main()
