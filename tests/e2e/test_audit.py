"""The audit: what is in it, by which door; that nothing can be changed in it unseen; that kill -9 leaves no change without its entry."""
import csv
import hashlib
import io
import json
import random
import sqlite3
import subprocess
import sys
import time
import unittest

import bridge

VERIFY = bridge.REPO / "docs/examples/verify_audit.py"


class AuditCase(bridge.Case):
    def entries(self, **filters):
        args = [x for name, value in filters.items() for x in ("--" + name, value)]
        return self.world.ask("audit", "list", "--limit", 1000, *args)["entries"]

    def verify(self, *args, code=0):
        done = subprocess.run([bridge.BINARY, "audit", "verify", "--data", self.world.data, "--json", *args], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def credential(self, *scopes):
        made = self.world.ask("credential", "add", "a client", "--scope", ",".join(scopes))
        return made["key"], made["secret"]


class Doors(AuditCase):
    def test_every_door_leaves_who_what_from_where_and_why(self):
        world = self.world
        key, secret = self.credential("admin")  # no daemon yet: the command itself owns the data
        daemon = world.serve()
        bridge.run("credential", "add", "second", "--scope", "read", "--reason", "CHG0012345", "--data", world.data)
        status, headers, _ = daemon.request("POST", "/api/v1/credentials", {"name": "third", "scopes": ["read"], "reason": "for the warehouse"},
                                            headers={"X-Request-Id": "ticket-17"}, auth=(key, secret))
        self.assertEqual(status, 201)
        self.assertEqual(headers["X-Request-Id"], "ticket-17")
        adds = [e for e in self.entries(what="credential.add") if e["phase"] == "intent"]
        self.assertEqual([(e["from"], e["why"]) for e in reversed(adds)],
                         [("cli", ""), ("socket", "CHG0012345"), ("127.0.0.1", "for the warehouse")])
        self.assertEqual(adds[0]["who"], "credential:" + key)
        self.assertEqual(adds[0]["request"], "ticket-17")
        self.assertEqual(len(self.entries(request="ticket-17")), 2)
        self.assertIn(key, [e["details"]["made"]["key"] for e in self.entries(what="credential.add") if e["phase"] == "outcome"])
        table, _ = bridge.run("audit", "list", "--data", world.data)
        for words in ("CHG0012345", "for the warehouse", "credential.add", "begins", "daemon.started"):
            self.assertIn(words, table)
        started = self.entries(what="daemon.started")
        self.assertRegex(started[0]["details"]["version"], r"^\d+\.\d+")
        daemon.stop()
        self.assertEqual(len(self.entries(what="daemon.stopped")), 1)
        self.assertTrue(self.verify()["ok"])

    def test_refusals_and_sign_ins_are_there_and_knocking_fills_nothing(self):
        world = self.world
        key, secret = self.credential("read")
        daemon = world.serve()
        for _ in range(50):
            self.assertEqual(daemon.get("/api/v1/people", auth=(key, "wrong"))[0], 401)
            self.assertEqual(daemon.get("/api/v1/people", auth=("Anna.Smith", "wrong"))[0], 401)
        self.assertEqual(daemon.request("POST", "/api/v1/credentials", {"name": "x", "scopes": ["all"]}, auth=(key, secret))[0], 403)
        self.assertEqual(daemon.get("/api/v1/audit", auth=(key, secret))[0], 403)
        self.assertEqual(daemon.get("/api/v1/people")[0], 401)
        link = world.ask("login-link")["path"]
        self.assertIn(daemon.request("POST", link, b"")[0], (200, 303))
        self.assertEqual(daemon.request("POST", link, b"")[0], 403, "it works once")
        daemon.stop()
        refused = self.entries(what="refused.credential")
        self.assertEqual(len(refused), 4, "of each kind the first, and the count of the rest")
        self.assertEqual(sum(e["details"]["count"] for e in refused), 100)
        self.assertEqual({e["subject"].get("credential") for e in refused}, {key, None}, "a name that is no key is not written")
        self.assertEqual({e["details"]["route"] for e in self.entries(what="refused.scope")}, {"/api/v1/credentials", "/api/v1/audit"})
        self.assertEqual(len(self.entries(what="login.used")), 1)
        self.assertEqual(len(self.entries(what="refused.login-link")), 1)
        text = bridge.run("audit", "export", "--data", world.data)[0]
        for never in ("Anna", secret, link.split("/")[-1], "wrong"):
            self.assertNotIn(never, text)

    def test_a_collector_reads_it_over_http_with_a_scope_of_its_own(self):
        world = self.world
        auditor = self.credential("audit")
        daemon = world.serve()
        status, _, body = daemon.get("/api/v1/audit?what=credential.add&limit=1", auth=auditor)
        self.assertEqual(status, 200, body)
        self.assertEqual(json.loads(body)["entries"][0]["outcome"], "ok")
        self.assertTrue(json.loads(daemon.get("/api/v1/audit/verify", auth=auditor)[2])["ok"])
        _, headers, lines = daemon.get("/api/v1/audit/lines?limit=2", auth=auditor)
        self.assertEqual((headers["X-Capbridge-Last"], headers["X-Capbridge-More"]), ("2", "true"))
        lines += daemon.get("/api/v1/audit/lines?after=2", auth=auditor)[2]
        export = world.root / "a.jsonl"
        export.write_text(lines)
        subprocess.run([sys.executable, VERIFY, export], check=True, capture_output=True)
        self.assertEqual(daemon.get("/api/v1/audit?surprise=1", auth=auditor)[0], 400)
        self.assertEqual(daemon.get("/api/v1/people", auth=auditor)[0], 403)

    def test_an_export_of_statements_is_noted(self):
        self.world.small()
        bridge.run("statements", "export", "--source", "lms", "--reason", "subject access 12", "--data", self.world.data)
        entry = self.entries(what="statements.export")[0]
        self.assertEqual((entry["subject"], entry["why"]), ({"source": "lms"}, "subject access 12"))


class Tampering(AuditCase):
    """Somebody with the database in hand, past the triggers."""

    def setUp(self):
        super().setUp()
        for name in ("one", "two", "three"):
            self.world.ask("credential", "add", name, "--scope", "read")
        self.head = self.world.ask("audit", "head")["head"]

    def shell(self, *statements):
        with sqlite3.connect(self.world.data / "capbridge.db") as database:
            for trigger in ("audit_is_not_changed", "audit_is_not_cut", "audit_goes_on"):
                database.execute(f"drop trigger if exists {trigger}")
            for sql, *values in statements:
                database.execute(sql, values)
        database.close()

    def row(self, n):
        with sqlite3.connect(self.world.data / "capbridge.db") as database:
            found = database.execute("select entry, hash from audit where n = ?", (n,)).fetchone()
        database.close()
        return found

    def test_the_database_itself_refuses(self):
        with sqlite3.connect(self.world.data / "capbridge.db") as database:
            for sql in ("update audit set entry = '' where n = 1", "delete from audit", "insert into audit values (99, '', x'')"):
                with self.subTest(sql), self.assertRaises(sqlite3.Error):
                    database.execute(sql)
        database.close()

    def test_any_byte_of_any_row(self):
        random.seed(7)
        for n in range(1, 7):
            entry, digest = self.row(n)
            at = random.randrange(len(entry))
            self.shell(("update audit set entry = ? where n = ?", entry[:at] + ("x" if entry[at] != "x" else "y") + entry[at + 1:], n))
            problem = self.verify(code=1)["problem"]
            self.assertEqual((problem["entry"], problem["code"]), (n, "altered"))
            at = random.randrange(32)
            self.shell(("update audit set entry = ?, hash = ? where n = ?", entry, digest[:at] + bytes([digest[at] ^ 1]) + digest[at + 1:], n))
            self.assertEqual(self.verify(code=1)["problem"]["entry"], n)
            self.shell(("update audit set hash = ? where n = ?", digest, n))
        self.assertTrue(self.verify()["ok"])

    def test_a_row_taken_out(self):
        self.shell(("delete from audit where n = 3",))
        self.assertEqual(self.verify(code=1)["problem"]["code"], "missing")
        done = subprocess.run([bridge.BINARY, "audit", "verify", "--data", self.world.data], capture_output=True, text=True, timeout=60)
        self.assertIn("entry 3", done.stdout)
        self.assertIn("What to do", done.stdout)

    def test_two_rows_change_places(self):
        self.shell(("update audit set n = -1 where n = 2",), ("update audit set n = 2 where n = 4",), ("update audit set n = 4 where n = -1",))
        self.assertEqual(self.verify(code=1)["problem"]["code"], "moved")

    def test_a_forged_row_at_the_end(self):
        n = int(self.head.split(":")[0]) + 1
        forged = json.dumps({"n": n, "who": "cli:eve", "prev": "0" * 64}, separators=(",", ":"))
        self.shell(("insert into audit values (?, ?, ?)", n, forged, hashlib.sha256(forged.encode()).digest()))
        problem = self.verify(code=1)["problem"]
        self.assertEqual((problem["entry"], problem["code"]), (n, "forged"))

    def test_a_cut_end_shows_by_the_mark_beside_it_and_by_one_elsewhere(self):
        self.shell(("delete from audit where n > 4",))
        self.assertEqual(self.verify(code=1)["problem"]["code"], "cut")
        (self.world.data / "audit.head").unlink()
        verdict = self.verify()
        self.assertIn("no audit.head", verdict["notes"][0])
        self.assertEqual(self.verify("--head", self.head, code=1)["problem"]["code"], "cut")
        self.world.ask("credential", "add", "later", "--scope", "read")  # the owner goes on, and says so
        self.assertEqual(len(self.entries(what="audit.anchor_missing")), 1)

    def test_a_cut_end_is_written_down_by_the_next_owner(self):
        self.shell(("delete from audit where n > 4",))
        self.world.ask("credential", "add", "later", "--scope", "read")
        entry = self.entries(what="audit.end_differs")[0]
        self.assertEqual(entry["details"]["kept"], self.head)
        self.assertTrue(self.verify()["ok"])
        self.assertIn("audit.end_differs", " ".join(self.verify()["notes"]))

    def test_a_mark_that_cannot_be_read_is_written_down_by_the_next_owner(self):
        (self.world.data / "audit.head").write_bytes(b"")
        self.world.ask("credential", "add", "later", "--scope", "read")
        self.assertEqual([e["details"]["kept"] for e in self.entries(what="audit.end_differs")], ["unreadable"])
        self.assertTrue(self.verify()["ok"])

    def test_an_export_verifies_elsewhere(self):
        text, _ = bridge.run("audit", "export", "--data", self.world.data)
        path = self.world.root / "audit.jsonl"

        def script(lines, *marks):
            path.write_text("".join(lines))
            return subprocess.run([sys.executable, VERIFY, path, *marks], capture_output=True, text=True, timeout=60)
        lines = text.splitlines(keepends=True)
        done = script(lines, self.head)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(self.head, done.stdout)
        self.assertEqual(script(lines[2:]).returncode, 0, "a part of a chain holds too")
        for broken in (lines[:2] + lines[3:], lines[:1] + [lines[2], lines[1]] + lines[3:], [lines[0].replace("cli:", "clj:", 1)] + lines[1:]):
            self.assertEqual(script(broken).returncode, 1)
        self.assertEqual(script(lines[:-1], self.head).returncode, 1, "the end is cut")
        rows, _ = bridge.run("audit", "export", "--format", "csv", "--data", self.world.data)
        rows = list(csv.DictReader(io.StringIO(rows)))
        self.assertEqual([row["line"] + "\n" for row in rows], lines, "each row has its line, to be verified")
        self.assertEqual(rows[0]["what"], json.loads(lines[0])["what"])
        since, _ = bridge.run("audit", "export", "--since", "2099-01-01", "--data", self.world.data)
        self.assertEqual(since, "")


class Kill(AuditCase):
    def test_kill_9_leaves_no_acknowledged_change_without_its_entries(self):
        world = self.world
        key = self.credential("admin")
        random.seed(11)
        acknowledged = set()
        for round_ in range(6):
            daemon = world.serve()
            # A child posts changes; we kill in the middle.
            script = ("import base64,json,sys,urllib.request\n"
                      "base,auth=sys.argv[1],base64.b64encode(sys.argv[2].encode()).decode()\n"
                      "i=0\n"
                      "while True:\n"
                      "    i+=1\n"
                      "    r=urllib.request.Request(base+'/api/v1/credentials',data=json.dumps({'name':'k','scopes':['read']}).encode(),method='POST',\n"
                      "        headers={'Authorization':'Basic '+auth,'Content-Type':'application/json','X-Request-Id':sys.argv[3]+'-'+str(i)})\n"
                      "    try:\n"
                      "        urllib.request.urlopen(r,timeout=10).read()\n"
                      "    except Exception:\n"
                      "        break\n"
                      "    print(sys.argv[3]+'-'+str(i),flush=True)\n")
            child = subprocess.Popen([sys.executable, "-c", script, daemon.base, ":".join(key), f"r{round_}"], stdout=subprocess.PIPE, text=True)
            time.sleep(0.2 + random.random() * 0.6)
            daemon.kill()
            out, _ = child.communicate(timeout=60)
            acknowledged |= set(out.split())
            (world.data / "address").unlink(missing_ok=True)
        world.serve().stop()
        self.assertGreater(len(acknowledged), 10)
        entries = [json.loads(line) for line in bridge.run("audit", "export", "--data", world.data)[0].splitlines()]
        outcomes = {e["request"]: e["outcome"] for e in entries if e["phase"] == "outcome" and e["what"] == "credential.add"}
        self.assertEqual({r: outcomes.get(r) for r in acknowledged}, dict.fromkeys(acknowledged, "ok"))
        intents = [e["n"] for e in entries if e["phase"] == "intent"]
        told = [e["of"] for e in entries if e["phase"] == "outcome"]
        self.assertEqual(sorted(intents), sorted(told), "each intent has one outcome, if it be 'interrupted'")
        # What is stored has its entries, whether it was acknowledged or not.
        made = len(world.ask("credential", "list")["credentials"])
        ended = [e for e in entries if e["phase"] == "outcome" and e["what"] == "credential.add"]
        self.assertLessEqual(made, len(ended))
        self.assertGreaterEqual(made, sum(e["outcome"] == "ok" for e in ended))
        self.assertTrue(self.verify()["ok"])


if __name__ == "__main__":
    unittest.main()
