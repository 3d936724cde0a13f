"""What goes wrong in a data directory, and what is said then: full and read-only disks, a clock that jumps, a database that somebody holds, a damaged page.
docs/operate.md, Incidents, has the same words. A silent source, an LMS that returns nonsense and a held run are in test_sync, test_adapter_http and the
engine's held_runs_test and holds_test."""
import http.server
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import threading
import time
import unittest

from bridge import ACTIVITY, BINARY, Case, Failed, needs, program, run, write_json

XAPI = {"X-Experience-API-Version": "1.0.3"}
FAKETIME = shutil.which("faketime")
MKFS = program("mkfs.ext4")


def statement(n, text=""):
    return {"actor": {"mbox": f"mailto:p{n}@demo.example"}, "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
            "object": {"id": f"https://lms.example/course/C-{n % 20}"}, "context": {"extensions": {"https://lms.example/note": text}}}


class Incidents(Case):
    def credential(self, world=None):
        made = (world or self.world).ask("credential", "add", "tests", "--scope", "all")
        return made["key"], made["secret"]

    def small_disk(self, size):
        disk = self.world.root / "disk"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)], capture_output=True).returncode != 0:
            self.skipTest("no small file system can be mounted here (root and CAP_SYS_ADMIN are needed)")
        self.addCleanup(subprocess.run, ["umount", "-l", str(disk)], check=True)
        return disk

    def readyz(self, daemon, status, seconds=15):
        deadline = time.monotonic() + seconds
        while True:
            seen = daemon.get("/readyz")
            if seen[0] == status:
                return json.loads(seen[2])
            self.assertLess(time.monotonic(), deadline, seen[2])
            time.sleep(0.2)

    def remount(self, disk, how):
        done = subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_full_disk(self):
        disk = self.small_disk("200m")
        self.world.data = disk / "data"
        daemon = self.world.serve()
        auth = self.credential()
        acknowledged, refused = [], None

        def post(n):
            status, _, body = daemon.request("POST", "/xapi/statements", statement(n, "x" * 8000), XAPI, auth)
            if status == 200:
                acknowledged.append(json.loads(body)[0])
            return status, body

        self.assertEqual(post(0)[0], 200)
        room = os.statvfs(disk)
        with open(disk / "filler", "wb") as filler:  # all but 2 MiB
            os.posix_fallocate(filler.fileno(), 0, room.f_bavail * room.f_frsize - (2 << 20))
        for n in range(1, 2000):
            refused = post(n)
            if refused[0] != 200:
                break
        self.assertGreaterEqual(refused[0], 500, "the disk was full at some time")
        self.assertIn("full", refused[1])
        self.assertEqual(daemon.get("/healthz")[0], 200, "it lives, and what it has can be read")
        self.assertEqual(daemon.get(f"/xapi/statements?statementId={acknowledged[0]}", headers=XAPI, auth=auth)[0], 200)
        ready = self.readyz(daemon, 503)
        self.assertEqual([r["code"] for r in ready["reasons"]], ["disk_full"])
        self.assertIn("nothing can be stored", ready["reasons"][0]["message"])
        (disk / "filler").unlink()
        self.readyz(daemon, 200, 45)  # nobody posts meanwhile: a load balancer sends nobody here
        self.assertEqual(post(5000)[0], 200, "room was made: no restart is needed")
        daemon.stop()
        daemon = self.world.serve()
        for one in acknowledged:
            self.assertEqual(daemon.get(f"/xapi/statements?statementId={one}", headers=XAPI, auth=auth)[0], 200)
        self.assertTrue(self.world.ask("check-data")["ok"])

    def test_read_only_disk(self):
        disk = self.small_disk("200m")
        self.world.data = disk / "data"
        self.world.small()
        self.world.ask("sync", "lms")
        matrix = self.world.ask("matrix")
        self.remount(disk, "ro")
        said = self.refused("serve", "--data", self.world.data, "--listen", "127.0.0.1:0")
        self.assertTrue("unwritable" in said or "store_io" in said, said)
        self.assertIn("ead-only", said)
        asked = self.world.ask("matrix")
        self.assertEqual((asked.pop("watermark") is None, asked["people"]), (False, matrix["people"]), "questions are answered")
        self.remount(disk, "rw")
        self.world.serve()

    def ext4(self):
        """Unlike others it can be told to stop writing as after an error of the disk, while files are open for writing."""
        image, disk = self.world.root / "disk.img", self.world.root / "disk"
        with open(image, "wb") as file:
            file.truncate(400 << 20)
        disk.mkdir()
        subprocess.run([MKFS, "-q", "-m", "0", image], check=True, capture_output=True)
        if subprocess.run(["mount", "-o", "loop", image, disk], capture_output=True).returncode != 0:
            self.skipTest("no file system can be mounted from a file here (root, CAP_SYS_ADMIN and loop devices are needed)")
        self.addCleanup(subprocess.run, ["umount", "-l", str(disk)], check=True)
        return disk

    @needs(MKFS, "mkfs.ext4 is not installed: apt-get install e2fsprogs")
    def test_the_disk_turns_read_only_under_a_daemon(self):
        disk = self.ext4()
        self.world.data = disk / "data"
        self.world.small()
        self.world.ask("sync", "lms")
        daemon = self.world.serve()
        auth = self.credential()
        self.assertEqual(daemon.request("POST", "/xapi/statements", statement(1), XAPI, auth)[0], 200)
        self.remount(disk, "abort")
        self.assertEqual(daemon.request("POST", "/xapi/statements", statement(2), XAPI, auth)[0], 503)
        reasons = {one["code"] for one in self.readyz(daemon, 503)["reasons"]}
        self.assertLessEqual(reasons, {"disk_read_only", "store_io"}, "what the kernel says of it, and what a write met")
        self.assertTrue(reasons)
        self.assertEqual(daemon.get("/xapi/statements?limit=1", headers=XAPI, auth=auth)[0], 200, "questions are answered")
        self.assertEqual(daemon.get("/api/v1/matrix", auth=auth)[0], 200)

    def test_locked_database(self):
        daemon = self.world.serve()
        auth = self.credential()
        base = sqlite3.connect(self.world.data / "capbridge.db", isolation_level=None)
        base.execute("begin immediate")
        status, _, body = daemon.request("POST", "/xapi/statements", statement(1), XAPI, auth)
        self.assertGreaterEqual(status, 500)
        self.assertIn("held by another program", body)
        reason = self.readyz(daemon, 503)["reasons"][0]
        self.assertEqual(reason["code"], "store_busy")
        self.assertIn("fuser", reason["remedy"])
        base.execute("rollback")
        base.close()
        self.readyz(daemon, 200, 45)  # although nobody has written since
        self.assertEqual(daemon.request("POST", "/xapi/statements", statement(1), XAPI, auth)[0], 200)

    def damage(self, data, pages=4):
        """Overwrites pages in the middle of the database, as a dying disk does."""
        base = sqlite3.connect(data / "capbridge.db")
        base.execute("pragma wal_checkpoint(truncate)")
        root = base.execute("select rootpage from sqlite_schema where name = 'statement'").fetchone()[0]
        size = base.execute("pragma page_size").fetchone()[0]
        base.close()
        with open(data / "capbridge.db", "r+b") as file:
            file.seek((root - 1) * size)
            file.write(os.urandom(size))

    def test_damaged_page(self):
        self.world.small()
        self.world.ask("sync", "lms")
        repository = self.world.root / "repository"
        made = json.loads(run("backup", "--data", self.world.data, "--to", repository, "--json")[0])
        self.assertTrue(self.world.ask("check-data")["ok"])
        self.damage(self.world.data)
        checked = json.loads(run("check-data", "--data", self.world.data, "--json", expect=1)[0])
        self.assertFalse(checked["ok"])
        self.assertEqual(checked["damage"][0]["code"], "damaged_page")
        out, _ = run("check-data", "--data", self.world.data, expect=1)
        self.assertIn("what to do: stop the service", out)
        said = self.refused("backup", "--data", self.world.data, "--to", repository, code=1)
        self.assertIn("damaged", said, "what is damaged is not backed up")
        into = self.world.root / "restored"
        run("restore", "--from", repository, "--into", into)
        self.assertTrue(json.loads(run("check-data", "--data", into, "--json")[0])["ok"])
        self.assertEqual(json.loads(run("digest", "--data", into, "--json")[0])["digest"], made["digest"])

    def test_damaged_attachments_and_packages(self):
        from test_packages import package
        self.world.small()
        self.world.ask("package", "add", package(self.world.root / "one.zip"))
        self.assertEqual(self.world.ask("check-data")["checked"]["packages"], 1)
        file = next(p for p in (self.world.data / "packages").rglob("*") if p.is_file())
        whole = file.read_bytes()
        file.write_bytes(whole[:-1] + b"?")
        damage = json.loads(run("check-data", "--data", self.world.data, "--json", expect=1)[0])["damage"]
        self.assertEqual([d["code"] for d in damage], ["file_damaged"])
        self.assertIn(file.name, damage[0]["what"])
        file.unlink()
        damage = json.loads(run("check-data", "--data", self.world.data, "--json", expect=1)[0])["damage"]
        self.assertEqual([d["code"] for d in damage], ["file_missing"])

    def test_what_is_no_database(self):
        self.world.data.mkdir()
        (self.world.data / "capbridge.db").write_bytes(os.urandom(8192))
        said = self.refused("serve", "--data", self.world.data, "--listen", "127.0.0.1:0")
        self.assertIn("damaged or is no capbridge database", said)
        self.assertIn("restore the latest backup", said)

    def test_an_lms_that_returns_nonsense(self):
        """A login page with status 200, half of it, numbers, nothing: no fact comes, none goes."""
        answers = [b"<!DOCTYPE html><html><body>Please sign in</body></html>", b'{"statements": [{"id": ', b"[1, 2, 3]", b"", b"\xff\xfe\x00\x01" * 500, b"{" * 5000]

        class Nonsense(http.server.BaseHTTPRequestHandler):
            asked = 0

            def do_GET(self):
                body = answers[Nonsense.asked % len(answers)]
                Nonsense.asked += 1
                self.send_response(200)
                self.send_header("Content-Type", "text/html" if body.startswith(b"<") else "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Nonsense)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        w = self.world
        w.small()
        w.ask("sync", "lms")
        before, journal = w.digest(), w.ask("status")["journal"]
        (w.root / "secret").write_text("invented\n")
        (w.root / "secret").chmod(0o600)
        w.ask("source", "add", "lrs", "--adapter", "xapi", "--settings", write_json(w.root / "xapi.json", {"url": f"http://127.0.0.1:{server.server_port}/xapi"}),
              "--options", write_json(w.root / "options.json", {"http": {"auth": {"lms": {"type": "basic", "user": "key", "secret_file": str(w.root / "secret")}}}}))
        said = set()
        for _ in answers:
            try:
                run("sync", "lrs", "--data", w.data, "--json")
            except Failed as error:
                said.add(error.out + error.err)
        self.assertTrue(said, "nonsense is a failure, not an empty delivery")
        # The export of the file source is a login page too.
        w.export([])
        (w.drop / "export.csv").write_text("<!DOCTYPE html>\n<html><head><title>Please sign in</title></head></html>\n")
        out = self.refused("sync", "lms", "--data", w.data, code=1)
        self.assertTrue(out)
        self.assertEqual(w.digest(), before)
        self.assertEqual(w.ask("status")["journal"], journal)

    @needs(FAKETIME, "faketime is not installed: apt-get install faketime")
    def test_a_folder_that_nobody_fills_any_more(self):
        def at(days, *args):
            done = subprocess.run([FAKETIME, "-f", f"{days:+d}d", BINARY, *args, "--data", str(self.world.data), "--json"], capture_output=True, text=True, timeout=120)
            return done.returncode, json.loads(done.stdout)

        w = self.world
        w.small()
        w.ask("source", "add", "lms", "--adapter", "csv", "--folder", w.drop, "--activity-base", ACTIVITY, "--settings", w.root / "settings.json",
              "--options", write_json(w.root / "options.json", {"expect_new": "P3D"}))
        w.ask("sync", "lms")
        codes = lambda status: [one["code"] for one in status["problems"]]  # noqa: E731
        self.assertNotIn("source_without_new", codes(w.ask("status")))
        self.assertEqual(at(5, "sync", "lms")[0], 0, "it is read well")
        status = at(5, "status")[1]
        self.assertIn("source_without_new", codes(status))
        [problem] = [one for one in status["problems"] if one["code"] == "source_without_new"]
        self.assertIn("nothing new for 5 days", problem["message"])
        w.export([["1002", "AI-1", "AI basics", "Completed", "09/03/2026"]], "again.csv")
        at(5, "sync", "lms")
        self.assertNotIn("source_without_new", codes(at(5, "status")[1]))

    @needs(FAKETIME, "faketime is not installed: apt-get install faketime")
    def test_clock_jumps(self):
        def at(days):
            done = subprocess.run([FAKETIME, "-f", f"{days:+d}d", BINARY, "statements", "import", "-", "--data", str(self.world.data), "--json"],
                                  input=json.dumps(statement(days + 1000)) + "\n", capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)

        self.world.small()
        for days in (0, 400, 0, -400, 0):
            at(days)
        base = sqlite3.connect(f"file:{self.world.data / 'capbridge.db'}?mode=ro", uri=True)
        stored = [row[0] for row in base.execute("select stored from statement order by seq")]
        base.close()
        self.assertEqual(len(stored), 5)
        self.assertEqual(stored, sorted(set(stored)), "`stored` never runs backwards")
        self.assertEqual(self.world.ask("rebuild")["digest"], self.world.digest())
        self.assertTrue(self.world.ask("check-data")["ok"])


class Reverting(Case):
    """A bad import of 4,000 rows is gone in seconds, and what came back is said."""

    def test_a_bad_import(self):
        w = self.world
        w.small()
        w.people([[str(20000 + i), f"Person {i}", f"p{i}@demo.example", f"Ward {i % 8}", "Nursing and Midwifery", "Nurse", "2020-01-01"] for i in range(2000)])
        assign = w.root / "nurses.csv"  # whoever has no archetype is in no row of the matrix
        assign.write_text("employee_number,archetype,state\n" + "".join(f"{20000 + i},user,confirmed\n" for i in range(2000)))
        w.ask("assign", "import", assign, "--issuer", "demo")
        rows = [[str(20000 + i % 2000), f"AI-{1 + i // 2000}", "x", "Passed" if i // 2000 else "Completed", "03/03/2026"] for i in range(4000)]
        w.export(rows[:3000])
        w.ask("sync", "lms")
        before, digest = w.ask("matrix"), w.digest()
        # Everybody failed, and a thousand are new: somebody exported the wrong column.
        w.export([[who, course, title, "Failed", "04/03/2026"] for who, course, title, _, _ in rows])
        bad = w.ask("sync", "lms")["syncs"][0]
        self.assertEqual(bad["counts"]["changed"] + bad["counts"]["added"], 4000)
        met = lambda matrix: next(row["foundation"]["met"] for row in matrix["rows"] if row["archetype"] == "user")  # noqa: E731
        self.assertEqual((met(before), met(w.ask("matrix"))), (5000, 0), "two requirements of 2,000 people, a third of 1,000")
        run_id = next(r["id"] for r in w.ask("run", "list")["runs"] if r["kind"] == "sync")
        told = w.ask("run", "revert", run_id, "--dry-run")
        began = time.monotonic()
        done = w.ask("run", "revert", run_id)
        took = time.monotonic() - began
        self.assertLess(took, 30, "seconds, also on a slow machine without optimisation")
        print(f"taking 4,000 rows back took {took:.1f} s", flush=True)
        facts = next(iter(done["facts"].values()))
        self.assertEqual((facts["restored"], facts["withdrawn"], facts["kept"]), (3000, 1000, 0))
        self.assertEqual(done["people_changed"], told["people_changed"])
        self.assertEqual(done["effects"]["states"], told["effects"]["states"])
        self.assertEqual(done["effects"]["by_unit"], told["effects"]["by_unit"])
        units = {u["unit"] for u in done["effects"]["by_unit"]}
        self.assertLessEqual({f"Ward {i}" for i in range(8)}, units)
        after = w.ask("matrix")
        for answer in (before, after):
            answer.pop("watermark")
        self.assertEqual(after, before)
        w.export(rows[:3000])
        again = w.ask("sync", "lms")["syncs"][0]["counts"]
        self.assertEqual(again["changed"] + again["added"] + again["withdrawn"], 0, "the mended export changes nothing")

    def test_what_it_prints(self):
        w = self.world
        w.small()
        w.ask("sync", "lms")
        run_id = next(r["id"] for r in w.ask("run", "list")["runs"] if r["kind"] == "sync")
        out, _ = run("run", "revert", run_id, "--data", w.data)
        for wanted in ("is taken back by run", "people touched: 3", "whose records changed", "Radiology", "from met back to none"):
            self.assertIn(wanted, out)


if __name__ == "__main__":
    unittest.main()
