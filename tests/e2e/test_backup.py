"""Backup, restore and the drill through the real binary: while writing goes on, killed at any moment, encrypted, pruned, on a full disk."""
import hashlib
import json
import os
import pathlib
import random
import signal
import subprocess
import threading
import time
import unittest

from bridge import BINARY, Case, Daemon, Failed, run, write_json
from test_packages import package

XAPI = {"X-Experience-API-Version": "1.0.3"}


def statement(n):
    return {"actor": {"mbox": f"mailto:p{n % 50}@demo.example"}, "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
            "object": {"id": f"https://lms.example/course/C-{n % 20}"}}


class Backups(Case):
    def setUp(self):
        super().setUp()
        self.repository = self.world.root / "repository"
        self.scratch = self.world.root / "scratch"

    def backup(self, *more, **how):
        return json.loads(run("backup", "--data", self.world.data, "--to", self.repository, "--json", *more, **how)[0])

    def on_repository(self, *args, **how):
        return json.loads(run("backup", *args, "--from", self.repository, "--json", **how)[0])

    def restore(self, into, *more):
        return json.loads(run("restore", "--from", self.repository, "--into", into, "--json", *more)[0])

    def drill(self, *more, expect=0):
        return json.loads(run("restore", "--drill", "--from", self.repository, "--scratch", self.scratch, "--json", *more, expect=expect)[0])

    def answers(self, data):
        ask = lambda *args: json.loads(run(*args, "--data", data, "--json")[0])
        matrix = ask("matrix")
        matrix.pop("watermark")
        return matrix, ask("status")["journal"], ask("digest")["digest"]

    def filled(self):
        self.world.small()
        self.world.ask("sync", "lms")


class WhatIsRestored(Backups):
    def test_it_is_what_was_backed_up(self):
        self.filled()
        before = self.answers(self.world.data)
        made = self.backup()
        self.assertEqual(made["missing_attachments"], 0)
        again = self.backup()
        self.assertLess(again["new_bytes"], made["new_bytes"] / 4, "what did not change is there already")
        self.world.people([["1009", "Zed Fictional", "z@demo.example", "Board", "Medical and Dental", "Consultant", "2020-01-01"]], "late.csv")
        into = self.world.root / "restored"
        done = self.restore(into, made["id"])
        self.assertEqual(self.answers(into), before)
        self.assertEqual(done["digest"], made["digest"])
        audit = json.loads(run("audit", "list", "--data", into, "--json")[0])
        self.assertIn("restore", [entry["what"] for entry in audit["entries"]])
        self.assertIn("not empty", self.refused("restore", "--from", self.repository, "--into", into, code=1))
        self.assertIn("not empty", self.refused("restore", "--from", self.repository, "--into", self.world.data, code=1))

    def test_the_drill_says_what_an_auditor_files(self):
        self.filled()
        made = self.backup()
        report = self.drill()
        self.assertEqual(report["verdict"], "passed", report["checks"])
        self.assertEqual(report["backup"]["id"], made["id"])
        names = [check["name"] for check in report["checks"]]
        for wanted in ("every chunk is what was written", "last entry of the journal", "digest of the records folded again", "rows of statement",
                       "pages, indexes, references, attachments, packages, audit chain"):
            self.assertIn(wanted, names)
        self.assertEqual(list(self.scratch.iterdir()), [], "nothing is left")
        out, _ = run("restore", "--drill", "--from", self.repository, "--scratch", self.scratch)
        self.assertIn("RESTORE DRILL: PASSED", out)
        path = self.world.root / "drill.txt"
        run("restore", "--drill", "--from", self.repository, "--scratch", self.scratch, "--report", path)
        self.assertIn(made["digest"], path.read_text())

    def test_a_drill_of_a_damaged_backup_fails_and_verify_names_the_chunk(self):
        self.filled()
        made = self.backup()
        self.assertTrue(self.on_repository("verify")["ok"])
        victim = max((p for p in (self.repository / "chunks").rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)
        bytes_ = bytearray(victim.read_bytes())
        bytes_[len(bytes_) // 2] ^= 1
        victim.write_bytes(bytes_)
        verified = self.on_repository("verify", expect=1)
        self.assertEqual([(b["code"], b["file"], b["backups"]) for b in verified["broken"]], [("chunk_damaged", str(victim), [made["id"]])])
        self.assertEqual(self.drill(expect=1)["verdict"], "failed")
        into = self.world.root / "half"
        self.assertIn("chunk_damaged", self.refused("restore", "--from", self.repository, "--into", into, code=1))
        self.assertIn("did not come to its end", self.refused("matrix", "--data", into))
        self.assertIn("did not come to its end", self.refused("serve", "--data", into, "--listen", "127.0.0.1:0"))
        out, _ = run("backup", "verify", "--from", self.repository, expect=1)
        self.assertIn("what to do", out)
        self.assertEqual(self.on_repository("verify", "--set-aside", expect=1)["set_aside"], 1)
        self.backup()
        self.assertTrue(self.on_repository("verify")["ok"], "the data still had it")
        self.restore(into)
        victim.unlink()
        self.assertEqual(self.on_repository("verify", expect=1)["broken"][0]["code"], "chunk_missing")

    def test_encrypted(self):
        self.filled()
        key = self.world.root / "backup.key"
        run("backup", "key", key)
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        self.assertIn("exists", self.refused("backup", "key", key, code=1))
        made = self.backup("--key-file", key)
        self.assertTrue(made["encrypted"])
        for path in self.repository.rglob("*"):
            if path.is_file():
                for word in (b"Fictional", b"demo.example", b"SQLite format", made["digest"].encode()):
                    self.assertNotIn(word, path.read_bytes(), path)
        self.assertIn("key_needed", self.refused("backup", "list", "--from", self.repository, code=1))
        other = self.world.root / "other.key"
        other.write_text("not the passphrase at all\n")
        self.assertIn("wrong_key", self.refused("restore", "--from", self.repository, "--key-file", other, "--into", self.world.root / "no", code=1))
        self.assertIn("key_needed", self.refused("backup", "--data", self.world.data, "--to", self.repository, code=1))
        self.assertEqual(self.drill("--key-file", key)["verdict"], "passed")

    def test_erased_people_stay_erased_after_an_older_backup(self):
        self.filled()
        old = self.backup()
        person = next(p["id"] for p in self.world.ask("people", "list")["people"] if "Ada" in p["name"])
        try:
            run("person", "erase", person, "--reason", "asked for it", "--yes", "--data", self.world.data)
        except Failed as error:
            if "bad_command" in error.err:
                self.skipTest("this build has no 'person erase'")
            raise
        self.backup()
        into = self.world.root / "restored"
        done = self.restore(into, old["id"])
        self.assertEqual(done["erasures"], 1)
        names = [p["name"] for p in json.loads(run("people", "list", "--data", into, "--json")[0])["people"]]
        self.assertFalse([n for n in names if "Ada" in n], names)
        self.assertNotIn(b"Ada Fictional", (into / "capbridge.db").read_bytes())


    def test_a_ledger_that_is_named_is_read_or_refused(self):
        self.filled()
        old = self.backup()
        person = next(p["id"] for p in self.world.ask("people", "list")["people"] if "Ada" in p["name"])
        run("person", "erase", person, "--reason", "asked for it", "--yes", "--data", self.world.data)
        # The repository does not know of it: no backup was made since.
        kept = self.world.root / "kept"
        kept.mkdir()
        (self.world.data / "erasures.key").rename(kept / "erasures.key")
        (self.world.data / "erasures.jsonl").rename(kept / "of-march.jsonl")
        (kept / "notes.txt").write_text("ask the registrar\n")
        into = self.world.root / "restored"
        for named, said in ((self.world.data, "no erasures.jsonl"), (kept / "notes.txt", "no ledger"), (kept / "gone", "there is no ledger")):
            refusal = self.refused("restore", "--from", self.repository, "--into", into, "--erasures", named, old["id"], code=1)
            self.assertIn("not_found", refusal)
            self.assertIn(said, refusal)
            self.assertFalse(into.exists(), "nothing was begun")
        out, _ = run("restore", "--from", self.repository, "--into", into, "--erasures", kept / "of-march.jsonl", old["id"])
        self.assertIn(f"1 erasures were read from {kept / 'of-march.jsonl'}", out)
        names = [p["name"] for p in json.loads(run("people", "list", "--data", into, "--json")[0])["people"]]
        self.assertFalse([n for n in names if "Ada" in n], names)
        self.assertNotIn(b"Ada Fictional", (into / "capbridge.db").read_bytes())

    def erased(self, name):
        person = next(p["id"] for p in self.world.ask("people", "list")["people"] if name in p["name"])
        run("person", "erase", person, "--reason", "asked for it", "--yes", "--data", self.world.data)

    def spoil_line(self, file, number):
        lines = file.read_bytes().split(b"\n")
        lines[number - 1] = b"\x7b\x02" + lines[number - 1][2:]
        file.write_bytes(b"\n".join(lines))

    def test_a_damaged_line_of_the_ledger_is_said_and_mended(self):
        self.filled()
        old = self.backup()
        names = [p["name"] for p in self.world.ask("people", "list")["people"]][:2]
        for name in names:
            self.erased(name)
        self.backup()
        ledger = self.world.data / "erasures.jsonl"
        whole = ledger.read_bytes()
        daemon = self.world.serve()
        self.spoil_line(ledger, 2)
        said = self.refused("backup", "--data", self.world.data, "--to", self.repository, code=1)
        for word in ("bad_erasures", "line 2", str(ledger), "capbridge backup ledger"):
            self.assertIn(word, said)
        checked = self.world.ask("check-data", expect=1)
        self.assertEqual([d["code"] for d in checked["damage"]], ["bad_erasures"])
        self.assertTrue(self.on_repository("verify")["ok"])
        mend = ("backup", "ledger", "--into", self.world.data, "--from", self.repository)
        self.assertIn("store_locked", self.refused(*mend, code=1))
        self.assertIn("no_data", self.refused("backup", "ledger", "--into", self.world.root, "--from", self.repository, code=1))
        daemon.stop()
        self.assertEqual(json.loads(run(*mend, "--json")[0]), {"into": str(self.world.data), "erasures": 2, "came": 1, "set_aside": 0, "unrecognised": 0})
        self.assertEqual(sorted(ledger.read_bytes().splitlines()), sorted(whole.splitlines()))
        self.backup()
        self.assertTrue(self.world.ask("check-data")["ok"])
        self.assertEqual(self.restore(self.world.root / "restored", old["id"])["erasures"], 2)

    def test_nothing_is_added_behind_a_line_that_was_cut(self):
        self.filled()
        names = [p["name"] for p in self.world.ask("people", "list")["people"]]
        self.erased(names[0])
        ledger = self.world.data / "erasures.jsonl"
        cut = ledger.read_bytes()[:-9]
        ledger.write_bytes(cut)
        person = next(p["id"] for p in self.world.ask("people", "list")["people"] if p["name"] == names[1])
        said = self.refused("person", "erase", person, "--reason", "asked for it", "--yes", "--data", self.world.data)
        self.assertIn("bad_erasures", said)
        self.assertEqual(ledger.read_bytes(), cut, "it may be mended by hand")
        out, _ = run("backup", "ledger", "--into", self.world.data, "--set-aside")
        self.assertIn("1 lines that nobody has whole", out)
        self.erased(names[1])

    def test_a_damaged_ledger_of_the_repository(self):
        self.filled()
        key = self.world.root / "backup.key"
        run("backup", "key", key)
        plain = self.repository
        for more, name in (((), "erasures.jsonl"), (("--key-file", key), "erasures.sealed")):
            if more:
                self.repository = self.world.root / "sealed"
            old = self.backup(*more)
            if not more:
                self.erased("Ada")
            self.backup(*more)
            self.spoil_line(self.repository / name, 1)
            verified = json.loads(run("backup", "verify", "--from", self.repository, "--json", *more, expect=1)[0])
            self.assertFalse(verified["ok"])
            self.assertIn(name, verified["ledger"][0])
            drill = ("restore", "--drill", "--from", self.repository, "--scratch", self.scratch, "--json", *more)
            self.assertEqual(json.loads(run(*drill, expect=1)[0])["verdict"], "failed")
            into = self.world.root / f"restored-{name}"
            self.assertIn("--erasures", self.refused("restore", "--from", self.repository, "--into", into, *more, code=1))
            self.assertFalse(into.exists())
            restored = self.restore(into, "--erasures", self.world.data, *more)
            self.assertEqual(restored["erasures"], 1)
            self.backup(*more)
            self.assertTrue(json.loads(run("backup", "verify", "--from", self.repository, "--json", *more)[0])["ok"])
            self.assertEqual(json.loads(run(*drill)[0])["verdict"], "passed")

    def test_numbers_of_a_prune_have_bounds(self):
        self.filled()
        self.backup()
        for number in ("2147483647", "-1", "10001"):
            self.refused("backup", "prune", "--keep-last", number, "--keep-daily", "1", "--from", self.repository, code=2)

    def test_the_report_of_a_drill_is_not_lost(self):
        self.filled()
        self.backup()
        nowhere = self.world.root / "nowhere" / "drill.txt"
        said = self.refused("restore", "--drill", "--from", self.repository, "--scratch", self.scratch, "--report", nowhere, code=1)
        self.assertIn("unwritable", said)
        self.assertFalse(self.scratch.exists(), "nothing was begun")
        report = self.world.root / "drill.txt"
        report.write_text("last year\n")
        run("restore", "--drill", "--from", self.repository, "--scratch", self.scratch, "--report", report)
        self.assertIn("PASSED", report.read_text())
        # A place that goes while it is at work: what it found is printed.
        away = self.world.root / "away"
        away.mkdir()
        process = subprocess.Popen([BINARY, "restore", "--drill", "--from", str(self.repository), "--scratch", str(self.scratch), "--report", str(away / "drill.txt")],
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        while not list(self.scratch.glob("drill-*")) and process.poll() is None:
            time.sleep(0.002)
        away.rmdir()
        self.assertIn("PASSED", process.communicate()[0])
        self.assertEqual(process.returncode, 1)
        self.assertEqual(list(self.world.root.glob("drill.txt*")), [report])

    def test_a_copy_in_the_order_of_the_guide_verifies(self):
        import shutil
        self.filled()
        self.backup()
        copy = self.world.root / "copy"

        def chunks():
            for one in (self.repository / "chunks").rglob("*"):
                to = copy / one.relative_to(self.repository)
                if one.is_file() and not to.exists():
                    to.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(one, to)

        chunks()
        self.world.export([["1001", "C-1", "Anew", "Passed", "03/03/2026"]], "later.csv")
        self.world.ask("sync", "lms")
        self.backup()  # ends between the two passes
        shutil.copytree(self.repository, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns("chunks", "unfinished", "lock"))
        self.assertFalse(json.loads(run("backup", "verify", "--from", copy, "--json", expect=1)[0])["ok"], "a manifest without its chunks")
        chunks()
        self.assertTrue(json.loads(run("backup", "verify", "--from", copy, "--json")[0])["ok"])

    def test_an_erasure_while_the_repository_was_away_is_kept_when_it_is_back(self):
        self.filled()
        self.backup()
        config = write_json(self.world.root / "capbridge.json", {"backup": {"to": str(self.repository)}})
        daemon = self.world.serve("--config", config)
        person = next(p["id"] for p in self.world.ask("people", "list")["people"] if "Ada" in p["name"])
        away = self.world.root / "away"
        self.repository.rename(away)
        self.world.ask("person", "erase", person, "--reason", "asked for it", "--yes")
        deadline = time.monotonic() + 30
        while "erasures_not_kept" not in daemon.text() and time.monotonic() < deadline:
            time.sleep(0.2)
        self.assertIn("erasures_not_kept", daemon.text())
        self.assertFalse(self.repository.exists(), "nothing is made where the disk is away")
        away.rename(self.repository)
        while not (self.repository / "erasures.jsonl").exists() and time.monotonic() < deadline + 30:
            time.sleep(0.2)
        self.assertIn(person, (self.repository / "erasures.jsonl").read_text())

    def test_a_first_start_is_quiet_and_says_that_the_open_backup_was_restored(self):
        self.filled()
        self.backup()
        _, said = run("restore", "--drill", "--from", self.repository, "--scratch", self.scratch)
        for word in ("anchor_missing", "interrupted", "error"):
            self.assertNotIn(word, said)
        into = self.world.root / "restored"
        _, said = run("restore", "--from", self.repository, "--into", into)
        self.assertNotIn("interrupted", said)
        entries = json.loads(run("audit", "list", "--data", into, "--json")[0])["entries"]
        self.assertEqual([e["outcome"] for e in entries if e["what"] == "backup.run" and e["phase"] == "outcome"], ["restored"])
        self.assertNotIn("audit.anchor_missing", [e["what"] for e in entries])
        run("audit", "verify", "--data", into)


    def test_attachments_and_packages_are_in_it_and_a_lost_one_is_told(self):
        self.filled()
        certificate = b"certificate of Ada Fictional, made up\n"
        sha2 = hashlib.sha256(certificate).hexdigest()
        beside = self.world.root / "attachments"
        beside.mkdir()
        (beside / sha2).write_bytes(certificate)
        attached = {"usageType": "https://demo.example/certificate", "display": {"en": "Certificate"}, "contentType": "text/plain",
                    "length": len(certificate), "sha2": sha2}
        lines = self.world.root / "lines.jsonl"
        lines.write_text(json.dumps({**statement(1), "attachments": [attached]}) + "\n")
        self.world.ask("statements", "import", lines, "--attachments", beside)
        self.world.ask("package", "add", package(self.world.root / "course.zip"))
        made = self.backup()
        self.assertEqual(made["missing_attachments"], 0)
        self.assertEqual(self.drill()["verdict"], "passed")
        into = self.world.root / "restored"
        self.restore(into, made["id"])
        kept = lambda data: {path.relative_to(data): path.read_bytes() for folder in ("attachments", "packages") for path in (data / folder).rglob("*") if path.is_file()}  # noqa: E731
        self.assertEqual(kept(into), kept(self.world.data))
        self.assertEqual(sum(1 for bytes_ in kept(into).values() if bytes_ == certificate), 1)
        self.assertEqual(len(kept(into)), 2)
        [lost] = [path for path in (self.world.data / "attachments").rglob("*") if path.is_file()]
        lost.unlink()
        self.assertEqual(self.backup()["missing_attachments"], 1)

    @unittest.skipIf(os.geteuid() != 0, "only root can be another user")
    def test_what_root_asks_stands_in_nobodys_way(self):
        self.filled()
        data = self.world.data
        for path in (data, *data.rglob("*")):
            os.chown(path, 65534, 65534)
        run("matrix", "--known-at", "1", "--data", data)
        owners = {path.relative_to(data).as_posix(): path.stat().st_uid for path in data.rglob("*")}
        self.assertEqual(owners["scratch"], 65534)
        self.assertEqual({name: uid for name, uid in owners.items() if uid != 65534}, {}, "root left something of its own")


class WhileItWorks(Backups):
    def test_the_writer_goes_on_and_what_is_restored_is_one_moment(self):
        daemon = self.world.serve()
        made = self.world.ask("credential", "add", "tests", "--scope", "all")
        auth = (made["key"], made["secret"])
        stop, posted = threading.Event(), []

        def write(start):
            n = start
            while not stop.is_set():
                status, _, body = daemon.request("POST", "/xapi/statements", [statement(n + i) for i in range(5)], XAPI, auth)
                self.assertEqual(status, 200)
                posted.append((json.loads(body)[-1], time.monotonic()))
                n += 5

        writers = [threading.Thread(target=write, args=(k * 100000,)) for k in range(2)]
        for one in writers:
            one.start()
        time.sleep(0.5)
        began, backups = time.monotonic(), []
        while len(backups) < 5:
            backups.append(self.backup())
        during = [at for _, at in posted if at > began]
        stop.set()
        for one in writers:
            one.join()
        gaps = [b - a for a, b in zip(during, during[1:])]
        self.assertTrue(gaps and max(gaps) < 5, "writing went on")
        out, _ = run("statements", "export", "--data", self.world.data)
        whole = out.splitlines()
        for k, made in enumerate(backups):
            into = self.world.root / f"restored-{k}"
            self.restore(into, made["id"])
            out, _ = run("statements", "export", "--data", into)
            some = out.splitlines()
            self.assertEqual(some, whole[:len(some)], "a moment of the journal, nothing missing in between")
            self.assertEqual(json.loads(run("rebuild", "--data", into, "--json")[0])["digest"],
                             json.loads(run("digest", "--data", into, "--json")[0])["digest"])
        self.assertEqual(self.drill(backups[2]["id"])["verdict"], "passed")

    def test_a_second_one_at_the_same_time_is_refused(self):
        import fcntl
        self.filled()
        self.backup()
        with open(self.repository / "lock", "r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertIn("in use by", self.refused("backup", "--data", self.world.data, "--to", self.repository, code=1))
            self.assertIn("in use by", self.refused("backup", "prune", "--keep-last", "1", "--from", self.repository, code=1))
        self.backup()

    def test_by_schedule_with_catch_up_and_a_failure_that_shows(self):
        self.filled()
        config = write_json(self.world.root / "capbridge.json", {"backup": {"to": str(self.repository), "every": "PT1S", "keep": {"last": 2}}})
        self.world.serve("--config", config)
        deadline = time.monotonic() + 30
        while len(self.ids()) < 2 and time.monotonic() < deadline:
            time.sleep(0.2)
        seen = self.ids()
        self.assertGreaterEqual(len(seen), 2)
        while self.ids()[-1] == seen[-1] and time.monotonic() < deadline:
            time.sleep(0.2)
        self.assertLessEqual(len(self.ids()), 3, "old ones go")
        self.world.daemon.stop()
        (self.repository / "repository.json").rename(self.repository / "away")
        self.world.serve("--config", config)
        while "backup_failed" not in self.world.daemon.text() and time.monotonic() < deadline + 30:
            time.sleep(0.2)
        self.assertIn("backup_failed", self.world.daemon.text())
        self.assertEqual(self.world.daemon.get("/healthz")[0], 200)

    def ids(self):
        folder = self.repository / "backups"
        return sorted(p.stem for p in folder.glob("*.json")) if folder.exists() else []

    def test_the_configuration_is_checked(self):
        config = write_json(self.world.root / "capbridge.json", {"data": str(self.world.data), "backup": {"to": str(self.world.data / "backups"), "at": "02:30", "every": "P1D",
                                                                                                     "key_file": "nowhere.key"}})
        problems = self.refused("check", "--config", config)
        for wanted in ("/backup",):
            self.assertIn(wanted, problems)
        write_json(config, {"data": str(self.world.data), "backup": {"to": str(self.world.data / "backups"), "key_file": "nowhere.key"}})
        problems = self.refused("check", "--config", config)
        self.assertIn("inside the data directory", problems)
        self.assertIn("/backup/key_file", problems)


class Killed(Backups):
    """kill -9 at any moment of a backup and of a restore."""

    def many(self):
        self.world.people([[str(2000 + i), f"Person {i}", f"p{i}@demo.example", "Radiology", "Medical and Dental", "Consultant", "2020-01-01"] for i in range(200)])
        self.world.small()
        self.world.export([[str(2000 + i % 200), f"C-{i // 200}", "x", "Passed", f"{1 + i % 28:02d}/03/2026"] for i in range(4000)])
        self.world.ask("sync", "lms")

    def test_a_killed_backup_leaves_a_whole_repository(self):
        self.many()
        took = self.timed(lambda: self.backup())
        first = self.on_repository("list")["backups"][0]["id"]
        dice = random.Random(7)
        for n in range(12):
            self.world.people([[str(5000 + n), f"New {n}", f"n{n}@demo.example", "Board", "Medical and Dental", "Consultant", "2020-01-01"]], f"new{n}.csv")
            # Every other time into a repository of its own: the first backup is killed too.
            to = self.repository if n % 2 else self.world.root / f"fresh-{n}"
            process = subprocess.Popen([BINARY, "backup", "--data", str(self.world.data), "--to", str(to)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0, took))
            process.send_signal(signal.SIGKILL)
            process.wait()
            if n % 2 == 0:
                run("backup", "--data", self.world.data, "--to", to)
                self.assertTrue(json.loads(run("backup", "verify", "--from", to, "--json")[0])["ok"])
        verified = self.on_repository("verify")
        self.assertTrue(verified["ok"])
        self.assertIn(first, verified["sound"])
        self.backup()
        self.assertEqual([p for p in (self.repository / "unfinished").iterdir()], [])
        self.assertEqual([p for p in (self.world.data / "scratch").iterdir()], [])
        self.assertEqual(self.drill()["verdict"], "passed")
        self.on_repository("prune", "--keep-last", "1")
        self.assertTrue(self.on_repository("verify")["ok"])
        self.assertEqual(self.drill()["verdict"], "passed")

    def timed(self, work):
        began = time.monotonic()
        work()
        return time.monotonic() - began

    def test_a_killed_restore_is_never_taken_for_data(self):
        self.many()
        self.backup()
        into = self.world.root / "timed"
        took = self.timed(lambda: self.restore(into))
        expected = self.answers(into)
        dice, half, whole = random.Random(5), 0, 0
        for n in range(14):
            into = self.world.root / f"restored-{n}"
            process = subprocess.Popen([BINARY, "restore", "--from", str(self.repository), "--into", str(into)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(dice.uniform(0, took * 0.8))
            process.send_signal(signal.SIGKILL)
            process.wait()
            try:
                run("matrix", "--data", into, "--json")
                whole += 1
                self.assertEqual(self.answers(into)[:2], expected[:2], "readable means whole")
            except Failed as error:
                half += 1
                self.assertTrue("restore_unfinished" in error.err or "no_data" in error.err, error.err)
            if not (into / "capbridge.db").exists() or (into / "restore.unfinished").exists():
                self.restore(into)
                self.assertEqual(self.answers(into)[:2], expected[:2])
        self.assertGreater(half, 0, "some were killed before the end")

    def test_killed_in_its_first_start_it_is_begun_anew(self):
        self.many()
        self.backup()
        killed = 0
        for n in range(4):
            into = self.world.root / f"first-{n}"
            process = subprocess.Popen([BINARY, "restore", "--from", str(self.repository), "--into", str(into)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while not (into / "audit.head").exists() and process.poll() is None:
                time.sleep(0.0005)
            process.send_signal(signal.SIGKILL)
            if process.wait() != -signal.SIGKILL:
                continue
            killed += 1
            self.assertTrue((into / "restore.unfinished").exists(), "it is not through before its first start is")
            self.assertIn("restore_unfinished", self.refused("matrix", "--data", into))
            self.restore(into)
            entries = json.loads(run("audit", "list", "--data", into, "--json")[0])["entries"]
            self.assertEqual([e["outcome"] for e in entries if e["what"] == "restore"], ["ok"])
            run("audit", "verify", "--data", into)
        self.assertGreater(killed, 0)


    def test_a_killed_drill_is_removed_by_the_next_one(self):
        import fcntl
        self.many()
        self.backup()
        began = time.monotonic()
        process = subprocess.Popen([BINARY, "restore", "--drill", "--from", str(self.repository), "--scratch", str(self.scratch)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not list(self.scratch.glob("drill-*/capbridge.db*")) and process.poll() is None and time.monotonic() < began + 30:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        left = list(self.scratch.glob("drill-*"))
        self.assertEqual(len(left), 1, "it was killed in the middle")
        at_work = self.scratch / "drill-20260101T000000Z-aaaaaa-bbbbbb"
        at_work.mkdir()
        (self.scratch / "drill-photos").mkdir()
        (self.scratch / "drill-notes.txt").write_text("not ours\n")
        held = os.open(at_work, os.O_RDONLY)
        self.addCleanup(os.close, held)
        fcntl.flock(held, fcntl.LOCK_EX)
        kept = pathlib.Path(self.drill("--keep")["restored"]["directory"])
        self.assertEqual(self.drill()["verdict"], "passed")
        self.assertEqual(sorted(p.name for p in self.scratch.iterdir()), sorted([at_work.name, "drill-notes.txt", "drill-photos", kept.name]))


class FullDisk(Backups):
    def small_disk(self):
        disk = self.world.root / "disk"
        disk.mkdir()
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], capture_output=True)
        if made.returncode != 0:
            self.skipTest("no small file system can be mounted here (root and CAP_SYS_ADMIN are needed)")
        self.addCleanup(subprocess.run, ["umount", "-l", str(disk)], check=True)
        return disk

    def test_a_full_repository_is_said_and_the_earlier_backups_stay(self):
        self.filled()
        self.repository = self.small_disk() / "repository"
        self.backup()
        self.world.export([["1001", f"C-{i}", os.urandom(300).hex(), "Passed", "03/03/2026"] for i in range(9000)], "large.csv")
        self.world.ask("sync", "lms")
        said = self.refused("backup", "--data", self.world.data, "--to", self.repository, code=1)
        self.assertIn("repository_full", said)
        self.assertIn("prune", said)
        self.assertTrue(self.on_repository("verify")["ok"])
        self.assertIn("no_room", self.refused("restore", "--drill", "--from", self.repository, "--scratch", self.repository.parent / "scratch", code=1))


if __name__ == "__main__":
    unittest.main()
