"""Statements out and in: export, import elsewhere, export again; bad lines, attachments, memory, a kill in the middle."""
import csv
import hashlib
import io
import json
import os
import signal
import subprocess
import time
import unittest
import uuid

import bridge
from bridge import BINARY, SANITIZED, Case, World, run

COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
PASSED = "http://adlnet.gov/expapi/verbs/passed"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"


def statement_id(n):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"statement {n}"))


def statement(n, **more):
    return {"id": statement_id(n), "actor": {"account": {"homePage": "https://lms.example", "name": str(n % 7)}, "name": f"Fictional {n % 7} ü"},
            "verb": {"id": PASSED if n % 5 == 0 else COMPLETED, "display": {"en": "did"}},
            "object": {"id": f"https://lms.example/course/{n % 11}", "definition": {"name": {"en": f"Course {n % 11}"}}},
            "result": {"completion": True, "score": {"scaled": 0.5, "raw": 5.0}, "response": "=1+1"},
            "context": {"registration": statement_id(f"registration {n % 3}")}, "timestamp": "2026-03-01T08:30:00.120Z", **more}


def lines(statements):
    return "".join(json.dumps(s) + "\n" for s in statements)


def without_stored(text):
    out = []
    for line in text.splitlines():
        one = json.loads(line)
        assert one.pop("stored")
        out.append(one)
    return out


def peak_mib(args, **more):
    """Runs the binary to its end; the most memory that it held."""
    process = subprocess.Popen([BINARY, *map(str, args)], stderr=subprocess.DEVNULL, **more)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise AssertionError(f"{args}: exit {process.returncode}")
    return used.ru_maxrss / 1024


class Statements(Case):
    def file(self, text, name="in.jsonl"):
        path = self.world.root / name
        path.write_text(text)
        return path

    def load(self, path, *more, world=None, expect=0):
        return json.loads(run("statements", "import", path, *more, "--data", (world or self.world).data, "--json", expect=expect)[0])

    def export(self, *more, world=None):
        return run("statements", "export", *more, "--data", (world or self.world).data)[0]

    def another(self):
        world = World()
        self.addCleanup(world.close)
        return world

    def test_an_export_imported_elsewhere_exports_the_same(self):
        voiding = statement(200)
        voiding["verb"] = {"id": VOIDED}
        voiding["object"] = {"objectType": "StatementRef", "id": statement_id(3)}
        # The voiding one before what it voids, an edition 2.0 one in between, one without a timestamp, one with an authority of its own.
        odd = [voiding, statement(201, version="2.0.0"), statement(202), statement(203)]
        del odd[2]["timestamp"]
        odd[3]["authority"] = {"objectType": "Agent", "account": {"homePage": "https://other.example", "name": "key"}}
        made = self.load(self.file(lines(odd + [statement(n) for n in range(50)])))
        self.assertEqual((made["stored"], made["same"], made["rejected"]), (54, 0, 0))
        first = self.export()
        self.assertEqual(len(first.splitlines()), 54)

        other = self.another()
        self.assertEqual(self.load(self.file(first), world=other)["stored"], 54)
        second = self.export(world=other)
        self.assertEqual(without_stored(second), without_stored(first))
        again = self.load(self.file(first), world=other)
        self.assertEqual((again["stored"], again["same"], again["rejected"]), (0, 54, 0))
        rows = {r["id"]: r for r in csv.DictReader(io.StringIO(self.export("--format", "csv", world=other)))}
        self.assertEqual(rows[statement_id(3)]["voided_by"], statement_id(200))
        self.assertEqual(rows[statement_id(203)]["authority"], "account|https://other.example|key")

    def test_bad_lines_are_told_and_the_others_stored(self):
        no_actor = statement(2)
        del no_actor["actor"]
        bad_verb = statement(3)
        bad_verb["verb"]["id"] = "did it"
        path = self.file(lines([statement(1)]) + "{broken\n\n" + lines([no_actor, bad_verb, statement(4)]) + "[]\n\xff\n".encode().decode())
        with open(path, "ab") as more:
            more.write(b'{"id": "\xff"}\n' + lines([statement(5)]).encode())
        with self.assertRaises(bridge.Failed) as caught:
            run("statements", "import", path, "--data", self.world.data)
        self.assertEqual(caught.exception.code, 1)
        told = caught.exception.err
        for start in (f"{path}:2: ", f"{path}:4: /actor", f"{path}:5: /verb/id: ", f"{path}:7: ", f"{path}:8: ", f"{path}:9: "):
            self.assertIn(start, told) if start.endswith("/actor") is False else self.assertRegex(told, f"{path}:4: ")
        self.assertIn("3 new, 0 were there already, 6 bad (run ", caught.exception.args[0])
        self.assertEqual([s["id"] for s in without_stored(self.export())], [statement_id(n) for n in (1, 4, 5)])
        last = self.world.ask("run", "list")["runs"][0]
        self.assertEqual((last["kind"], last["outcome"], last["counts"]["new"], last["counts"]["rejected"]), ("import", "ok", 3, 6))

        changed = statement(1)
        changed["verb"]["id"] = PASSED
        answer = self.load(self.file(lines([changed, statement(6)])), expect=1)
        self.assertEqual((answer["stored"], answer["rejected"]), (1, 1))

    def test_nothing_is_stored_by_a_dry_run(self):
        self.load(self.file(lines([statement(1)])))
        path = self.file(lines([statement(1), statement(2)]) + "?\n")
        answer = self.load(path, "--dry-run", expect=1)
        self.assertEqual((answer["stored"], answer["same"], answer["rejected"], answer["run"]), (1, 1, 1, None))
        self.assertEqual(len(self.export().splitlines()), 1)

    def test_attachments_travel_beside(self):
        contents = [b"%PDF-1.4 \x00\xff" * 1000, "ü".encode()]
        folder = self.world.root / "beside"
        folder.mkdir()
        many = []
        for n, content in enumerate(contents + contents[:1]):
            sha2 = hashlib.sha256(content).hexdigest()
            (folder / sha2).write_bytes(content)
            many.append(statement(n, attachments=[{"usageType": "https://a.example/certificate", "display": {"en": "Certificate"},
                                                   "contentType": "application/octet-stream", "length": len(content), "sha2": sha2}]))
        path = self.file(lines(many))
        self.assertEqual(self.load(path, expect=1)["rejected"], 3)
        self.assertEqual(self.load(path, "--attachments", folder)["stored"], 3)
        out, told = run("statements", "export", "--data", self.world.data)
        self.assertIn("3 statements have attachments", told)
        kept = self.world.root / "out"
        self.assertEqual(self.export("--attachments", kept), out)
        self.assertEqual({p.name: p.read_bytes() for p in kept.iterdir()}, {p.name: p.read_bytes() for p in folder.iterdir()})
        other = self.another()
        self.assertEqual(self.load(self.file(out), "--attachments", kept, world=other)["stored"], 3)
        again = other.root / "again"
        self.assertEqual(without_stored(self.export("--attachments", again, world=other)), without_stored(out))
        self.assertEqual(len(list(again.iterdir())), 2)

        # What the file says must not lead out of the folder, and must be what it says it is.
        wrong = json.loads(lines(many[:1]))
        wrong["id"] = statement_id(99)
        wrong["attachments"][0]["sha2"] = hashlib.sha256(b"another").hexdigest()
        (folder / wrong["attachments"][0]["sha2"]).write_bytes(b"not that")
        self.assertEqual(self.load(self.file(lines([wrong])), "--attachments", folder, expect=1)["rejected"], 1)

    def test_filters_and_csv(self):
        self.load(self.file(lines([statement(n) for n in range(30)])))
        count = lambda *more: len(self.export(*more).splitlines())
        self.assertEqual(count("--verb", PASSED), 6)
        self.assertEqual(count("--activity", "https://lms.example/course/4"), 3)
        self.assertEqual(count("--agent", "account|https://lms.example|6"), 4)
        self.assertEqual(count("--agent", json.dumps({"account": {"homePage": "https://lms.example", "name": "6"}}), "--verb", PASSED), 1)
        self.assertEqual(count("--registration", statement_id("registration 0").upper()), 10)
        self.assertEqual(count("--since", "2020-01-01", "--until", "2099-01-01"), 30)
        self.assertEqual(count("--until", "2020-01-01"), 0)
        self.assertEqual(count("--limit", "7"), 7)
        self.assertEqual(count("--verb", "https://nobody.example"), 0)

        target = self.world.root / "out.csv"
        self.assertEqual(self.export("--format", "csv", "--output", target), "")
        self.assertEqual(target.stat().st_mode & 0o777, 0o600)
        with open(target, newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), 30)
        self.assertEqual(rows[5]["id"], statement_id(5))
        self.assertEqual(rows[5]["actor"], "account|https://lms.example|5")
        self.assertEqual((rows[5]["verb"], rows[5]["score_scaled"], rows[5]["completion"]), (PASSED, "0.5", "true"))
        self.assertEqual(rows[5]["response"], "'=1+1", "a spreadsheet must not run it")
        self.assertNotIn("Fictional", target.read_text())

        self.refused("statements", "export", "--format", "xml", "--data", self.world.data)
        self.assertIn("since", self.refused("statements", "export", "--since", "soon", "--data", self.world.data))
        self.assertIn("nowhere", self.refused("statements", "export", "--source", "nowhere", "--data", self.world.data))
        self.refused("statements", "export", "--data", self.world.root / "none")
        missing = self.world.root / "no" / "file"
        self.refused("statements", "export", "--output", missing, "--data", self.world.data, code=1)
        self.refused("statements", "import", missing, "--data", self.world.data)

    def test_beside_a_daemon_and_taken_back_as_one(self):
        daemon = self.world.serve()
        made = self.load(self.file(lines([statement(n) for n in range(1200)])))
        self.assertEqual(made["stored"], 1200)
        self.assertEqual(len(self.export().splitlines()), 1200)
        key = self.world.ask("credential", "add", "tests", "--scope", "statements/read")
        auth = (key["key"], key["secret"])
        get = lambda query: daemon.get("/xapi/statements?" + query, auth=auth, headers={"X-Experience-API-Version": "1.0.3"})
        self.assertEqual(json.loads(get("statementId=" + statement_id(7))[2])["id"], statement_id(7))
        self.assertEqual(self.world.ask("run", "list")["runs"][0]["counts"]["new"], 1200)
        self.assertEqual(self.world.ask("run", "revert", made["run"])["counts"]["voided"], 1200)
        self.assertEqual(get("statementId=" + statement_id(7))[0], 404)
        self.assertEqual(get("voidedStatementId=" + statement_id(7))[0], 200)

    def test_a_kill_in_the_middle_leaves_whole_batches(self):
        text = lines([statement(n) for n in range(3000)])
        process = subprocess.Popen([BINARY, "statements", "import", "-", "--data", str(self.world.data)], stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        half = text[:len(text) // 2]
        process.stdin.write(half.encode())
        process.stdin.flush()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if len(self.export("--limit", "501").splitlines()) >= 500:
                    break
            except bridge.Failed:  # no data directory yet
                pass
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdin.close()
        stored = len(self.export().splitlines())
        self.assertEqual(stored % 500, 0)
        self.assertLess(stored, 1501)
        again = self.load(self.file(text))
        self.assertEqual((again["stored"], again["same"]), (3000 - stored, stored))
        self.assertEqual([s["id"] for s in without_stored(self.export())], [statement_id(n) for n in range(3000)])

    @unittest.skipIf(SANITIZED, "memory is measured")
    def test_memory_does_not_grow_with_the_file(self):
        path = self.world.root / "many.jsonl"
        with open(path, "w") as file:
            for n in range(20000):
                file.write(json.dumps(statement(n, context={"registration": statement_id(n), "extensions": {"https://a.example/x": "x" * 400}})) + "\n")
        self.assertGreater(path.stat().st_size, 18 << 20)
        peak = peak_mib(["statements", "import", path, "--data", self.world.data], stdout=subprocess.DEVNULL)
        self.assertLess(peak, 140, "import")
        target = self.world.root / "out.jsonl"
        peak = peak_mib(["statements", "export", "--output", target, "--data", self.world.data])
        self.assertLess(peak, 80, "export")
        with open(target) as file:
            self.assertEqual(sum(1 for _ in file), 20000)


if __name__ == "__main__":
    unittest.main()
