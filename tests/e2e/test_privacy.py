"""A person leaves: everything held can be shown to them, and taken away without a trace, through the real binary.

The person planted here has something in every place of docs/privacy.md's inventory; what is looked for afterwards is bytes.
"""
import csv
import hashlib
import html.parser
import json
import re
import shutil
import signal
import subprocess
import time
import unittest
import urllib.parse

from bridge import ACTIVITY, BINARY, REPO, Case, World, run, write_json
from test_forward import Receiver, wait_for

XAPI = {"X-Experience-API-Version": "1.0.3"}
NAME, EMAIL, NUMBER, ACCOUNT = "Zebedee Quillfeather", "zebedee.quillfeather@demo.example", "4071123", "zq.lms77"
FORMER, SECOND = "z.quillfeather@old.example", "Zeb Quillfeather-Moss"
PLANTED = [NAME, EMAIL, NUMBER, ACCOUNT, FORMER, SECOND, "4071999", "moss.q@demo.example", "bookmark of Quillfeather", "a private certificate",
           "Quillfeather taught", "because Quillfeather asked"]
LMS = "https://lms.example"
OTHERS = ["Ada Fictional", "Bea Fictional", "Cy Fictional", "ada@demo.example", "bea@demo.example", "Professor Nightshade"]
WHO = f"esr-employee:demo:{NUMBER}"


def statement(n, actor, course="AI-1", **more):
    return {"id": f"00000000-0000-4000-8000-{n:012d}", "actor": actor, "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
            "object": {"id": ACTIVITY + course, "definition": {"name": {"en": course}}}, "timestamp": "2026-05-01T09:00:00Z", **more}


def sha2(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Planted(Case):
    """Zebedee, with something everywhere; Ada, Bea and Cy beside him."""

    def setUp(self):
        super().setUp()
        w = self.world
        w.small()
        rows = [["4071123", NAME, FORMER, "Radiology", "Allied Health Professionals", "Radiographer", "2020-01-01"],
                ["4071999", SECOND, "moss.q@demo.example", "Radiology", "Allied Health Professionals", "Radiographer", "2020-01-01"]]
        w.people(rows, "z1.csv")
        rows[0][2] = EMAIL
        w.people(rows, "z2.csv")
        w.ask("people", "merge", "esr-employee:demo:4071999", WHO, "--why", "because Quillfeather asked")
        w.ask("people", "link", f"account:{LMS}:{ACCOUNT}", WHO)
        assign = w.root / "z-assign.csv"
        assign.write_text(f"employee_number,archetype,state\n{NUMBER},creator,confirmed\n")
        w.ask("assign", "import", assign, "--issuer", "demo")
        w.ask("team", "publish", write_json(w.root / "team.json", {
            "id": "aimdt", "version": "1", "name": "AI MDT", "members": [{"person": WHO}, {"person": "esr-employee:demo:1001"}]}))
        import getpass
        w.ask("assessor", "publish", write_json(w.root / "assessor.json", {
            "id": "educator", "title": "Clinical educator", "credentials": [f"cli:{getpass.getuser()}"]}))
        w.ask("attest", WHO, "a4-guidelines-1", "--assessor", "educator", "--on", "2026-03-01")
        w.ask("waive", WHO, "t1-ai-literacy-1", "--why", "because Quillfeather asked")
        w.export([["1001", "AI-1", "AI basics", "Completed", "01/03/2026"], ["1002", "AI-1", "AI basics", "Started", "02/03/2026"],
                  ["1003", "AI-2", "AI safety", "Passed", "03/03/2026"], [NUMBER, "AI-1", "AI basics", "Completed", "04/03/2026"],
                  [NUMBER, "AI-2", "AI safety", "Passed", "05/03/2026"], [NUMBER, "AI-3", "Wrong", "Nonsense", "05/03/2026"]])
        w.ask("sync", "lms")
        files = w.root / "files"
        files.mkdir()

        def attached(text):
            (files / sha2(text)).write_text(text)
            return {"usageType": "https://a.example/certificate", "display": {"en": "Certificate"}, "contentType": "text/plain",
                    "length": len(text), "sha2": sha2(text)}

        account = {"account": {"homePage": LMS, "name": ACCOUNT}, "name": NAME}
        ada = {"mbox": "mailto:ada@demo.example", "name": "Ada Fictional"}
        lines = [statement(1, account, "AI-1", attachments=[attached("a private certificate"), attached("shared by both")]),
                 statement(2, ada, "AI-2", attachments=[attached("shared by both")],
                           context={"instructor": {"mbox": f"mailto:{EMAIL}", "name": NAME}}),
                 statement(3, {"mbox": f"mailto:{EMAIL}", "name": NAME}, "AI-2",
                           context={"instructor": {"mbox": "mailto:nightshade@demo.example", "name": "Professor Nightshade"}}),
                 statement(4, ada, "AI-1", result={"response": f"{NAME} taught me: Quillfeather taught well"})]
        file = w.root / "statements.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
        self.assertEqual(json.loads(run("statements", "import", file, "--attachments", files, "--data", w.data, "--json")[0])["stored"], 4)

        daemon = w.serve()
        made = w.ask("credential", "add", "planter", "--scope", "all")
        agent = {k: v for k, v in account.items() if k == "account"}
        for who, text in ((agent, "bookmark of Quillfeather"), ({"mbox": "mailto:ada@demo.example"}, f"Ada's, with {NAME}")):
            query = urllib.parse.urlencode({"activityId": ACTIVITY + "AI-1", "stateId": "place", "agent": json.dumps(who)})
            status, _, body = daemon.request("PUT", f"/xapi/activities/state?{query}", {"at": text}, XAPI, (made["key"], made["secret"]))
            self.assertEqual(status, 204, body)
        daemon.stop()
        w.daemon = None

    def held_in_bytes(self, what=PLANTED):
        """Where each of the texts stands in the data directory, byte by byte."""
        found = {}
        for path in sorted(self.world.data.rglob("*")):
            if not path.is_file():
                continue
            content = path.read_bytes().lower()
            for text in what:
                if text.lower().encode() in content:
                    found.setdefault(text, []).append(path.name)
        return found

    def erase(self, *more, who=WHO):
        return self.world.ask("person", "erase", who, "--reason", "asked for it", "--yes", *more)

    def count(self):
        return len(run("statements", "export", "--data", self.world.data)[0].splitlines())

    def records(self):
        return {n: self.world.ask("record", f"esr-employee:demo:{n}") for n in (1001, 1002, 1003)}


class Erase(Planted):
    def test_nothing_is_left_and_nobody_else_is_touched(self):
        w = self.world
        self.assertEqual(set(PLANTED) - set(self.held_in_bytes()), set(), "the test must plant what it looks for")
        before, total, digest = self.records(), self.count(), w.digest()
        uuid = w.ask("person", WHO)["id"]

        dry = w.ask("person", "erase", WHO, "--dry-run")
        self.assertEqual(dry["person"], uuid)
        self.assertEqual(w.digest(), digest, "a dry run writes nothing")
        self.assertGreaterEqual(dry["places"]["statements"], 4)

        done = self.erase()
        for place in ("statements", "facts of sources", "agents"):
            self.assertEqual(done["places"][place], dry["places"][place], place)
        self.assertTrue(done["cleaned"])
        left = self.held_in_bytes([p for p in PLANTED if p != "Quillfeather taught"])
        self.assertEqual(left, {})
        self.assertEqual(self.count(), total, "statements are counted as before")
        for number, record in self.records().items():
            self.assertEqual(json.dumps(record), json.dumps(before[number]), number)
        self.refused("person", uuid, "--data", w.data)
        self.refused("person", NAME, "--data", w.data)
        digest = w.digest()
        w.ask("rebuild")
        self.assertEqual(w.digest(), digest, "a rebuild says the same")
        self.assertEqual(w.ask("status")["unresolved_actors"] if "unresolved_actors" in w.ask("status") else 0, 0)
        self.assertTrue((w.data / "attachments" / sha2("shared by both")[:2] / sha2("shared by both")).exists())
        self.assertFalse((w.data / "attachments" / sha2("a private certificate")[:2] / sha2("a private certificate")).exists())
        self.assertIn("cannot be brought back", self.refused("run", "revert", done["run"], "--data", w.data))
        run("audit", "verify", "--data", w.data)
        ledger = (w.data / "erasures.jsonl").read_text()
        self.assertIn(uuid, ledger)
        for text in PLANTED:
            self.assertNotIn(text.lower(), ledger.lower())
        # The tombstones are valid statements: another bridge takes them.
        kept = w.root / "kept"
        out = run("statements", "export", "--attachments", kept, "--data", w.data)[0]
        other = World()
        self.addCleanup(other.close)
        file = other.root / "all.jsonl"
        file.write_text(out)
        again = json.loads(run("statements", "import", file, "--attachments", kept, "--data", other.data, "--json")[0])
        self.assertEqual(again["stored"], total)

    def test_the_next_feed_does_not_bring_them_back(self):
        w = self.world
        self.erase()
        synced = w.ask("sync", "lms", "--full")
        self.assertGreaterEqual(synced["syncs"][0]["counts"].get("erased", 0), 2, synced)
        people = w.people([["1001", "Ada Fictional", "ada@demo.example", "Radiology", "Medical and Dental", "Consultant", "2020-01-01"],
                           [NUMBER, NAME, EMAIL, "Radiology", "Allied Health Professionals", "Radiographer", "2020-01-01"]], "next.csv")
        self.assertEqual([e["code"] for e in people["exceptions"]], ["erased"])
        daemon = w.serve()
        made = w.ask("credential", "add", "client", "--scope", "all")
        posted = statement(50, {"mbox": f"mailto:{EMAIL}", "name": NAME})
        status, _, body = daemon.request("POST", "/xapi/statements", posted, XAPI, (made["key"], made["secret"]))
        self.assertEqual(status, 200, body)
        daemon.stop()
        w.daemon = None
        left = self.held_in_bytes([NAME, EMAIL, NUMBER, ACCOUNT, FORMER, SECOND])
        self.assertEqual(left, {})
        # Employed again: somebody says yes.
        self.refused("person", "readmit", "esr-employee:demo:999", "--reason", "x", "--data", w.data)
        w.ask("person", "readmit", WHO, "--reason", "employed again")
        back = w.people([[NUMBER, NAME, EMAIL, "Radiology", "Allied Health Professionals", "Radiographer", "2020-01-01"]], "again.csv")
        self.assertEqual(back["counts"]["added"], 1)
        self.assertEqual(w.ask("person", WHO)["name"], NAME)

    def test_targets_are_told(self):
        w = self.world
        receiver = Receiver()
        self.addCleanup(receiver.close)
        w.serve()
        secret = w.root / "hook-secret"
        secret.write_text("hush")
        secret.chmod(0o600)
        w.ask("forward", "add", "hook", "--kind", "webhook", "--from-start", "--settings",
              write_json(w.root / "hook.json", {"url": receiver.url, "allow_http": True, "secret_file": str(secret)}))
        wait_for(lambda: len(receiver.accepted()) >= 8)
        wait_for(lambda: w.ask("forward", "show", "hook")["behind"] == 0)
        dry = w.ask("person", "erase", WHO, "--dry-run")
        [told] = dry["told"]
        self.assertGreaterEqual(told["by_forwarding"], 4)
        self.assertEqual(told["by_hand"], 0)
        before = len(receiver.accepted())
        self.assertEqual(self.erase()["told"], dry["told"])
        wait_for(lambda: len(receiver.accepted()) >= before + told["by_forwarding"])
        voided = [s for _, body, _ in receiver.calls for s in json.loads(body)["statements"] if s["verb"]["id"].endswith("/voided")]
        self.assertEqual(len(voided), told["by_forwarding"])

    def test_a_kill_in_the_middle_is_finished_by_the_next_start(self):
        w = self.world
        keep = w.root / "keep"
        shutil.copytree(w.data, keep)
        ends = []
        for delay in [0.0, 0.02, 0.05, 0.08, 0.1, 0.12, 0.15, 0.2, 0.3, 0.5]:
            shutil.rmtree(w.data)
            shutil.copytree(keep, w.data)
            process = subprocess.Popen([BINARY, "person", "erase", WHO, "--reason", "asked", "--yes", "--data", str(w.data)],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            ledger = w.data / "erasures.jsonl"
            while process.poll() is None and not (ledger.exists() and ledger.stat().st_size):
                time.sleep(0.001)
            time.sleep(delay)
            process.send_signal(signal.SIGKILL)
            process.wait()
            ends.append(process.returncode)
            digest = w.ask("rebuild") and w.digest()  # any owner finishes it
            self.assertEqual(self.held_in_bytes([NAME, EMAIL, NUMBER, ACCOUNT, FORMER, SECOND]), {}, f"killed after {delay} s")
            w.ask("rebuild")
            self.assertEqual(w.digest(), digest)
        self.assertIn(-signal.SIGKILL, ends, "some of them must have been killed in the middle")

    def test_an_older_backup_is_erased_again(self):
        w = self.world
        keep = w.root / "keep"
        shutil.copytree(w.data, keep)
        self.erase()
        ledger = {name: (w.data / name).read_bytes() for name in ("erasures.jsonl", "erasures.key")}
        shutil.rmtree(w.data)
        shutil.copytree(keep, w.data)
        for name, content in ledger.items():
            (w.data / name).write_bytes(content)
        w.ask("rebuild")
        self.assertEqual(self.held_in_bytes([NAME, EMAIL, NUMBER, ACCOUNT, FORMER, SECOND]), {})

    def test_it_wants_a_reason_and_a_yes(self):
        self.refused("person", "erase", WHO, "--reason", "asked", "--data", self.world.data)
        self.refused("person", "erase", WHO, "--yes", "--data", self.world.data)
        self.refused("person", "erase", "nobody", "--reason", "x", "--yes", "--data", self.world.data)
        self.assertEqual(self.world.ask("person", WHO)["name"], NAME)

    def test_applying_the_rules_of_retention_wants_a_yes(self):
        w = self.world
        leavers = w.root / "gone.csv"
        leavers.write_text("employee_number,name,email,unit,staff_group,job_role,from,to\n"
                           "4071200,Gone Longago,gone@demo.example,Radiology,Medical and Dental,Consultant,2010-01-01,2015-01-01\n")
        w.ask("people", "import", leavers, "--issuer", "demo")
        gone = "esr-employee:demo:4071200"
        w.ask("retention", "publish", write_json(w.root / "rules.json", {"version": "1", "rules": [{"class": "leavers", "keep": "P6Y"}]}))
        self.assertIn("--yes", self.refused("retention", "apply", "--data", w.data))
        self.assertEqual(w.ask("person", gone)["name"], "Gone Longago")
        self.assertEqual(w.ask("retention", "apply", "--yes")["counts"], {"leavers": 1})
        self.assertEqual(self.held_in_bytes(["Gone Longago", "gone@demo.example", "4071200"]), {})
        self.assertEqual(w.ask("person", WHO)["name"], NAME)


class Text(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.text, self.tags = [], []

    def handle_data(self, data):
        self.text.append(data)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))


class Export(Planted):
    def test_it_has_everything_of_them_and_nobody_else(self):
        w = self.world
        out, _ = run("person", "export", WHO, "--format", "json", "--data", w.data)
        held = json.loads(out)
        for text in PLANTED:
            if text in ("a private certificate", "bookmark of Quillfeather", "Quillfeather taught"):
                continue
            self.assertIn(text.lower(), out.lower(), text)
        for text in OTHERS:
            self.assertNotIn(text.lower(), out.lower(), text)
        self.assertGreaterEqual(len(held["statements"]), 4)
        self.assertEqual(len(held["attestations"]), 1)
        self.assertEqual(len(held["waivers"]), 1)
        self.assertEqual(len(held["teams"]), 1)
        self.assertEqual(len(held["quarantine"]), 1)
        self.assertIn("a private certificate".encode(), [__import__("base64").b64decode(a["content_base64"]) for a in held["attachments"]])
        self.assertEqual([n["you_are"] for n in held["named_in"]], ["the instructor"])
        self.assertTrue(held["records"])
        self.assertTrue(held["not_held"])

        page = w.root / "held.html"
        run("person", "export", WHO, "--out", page, "--data", w.data)
        self.assertEqual(page.stat().st_mode & 0o777, 0o600)
        parser = Text()
        parser.feed(page.read_text())
        text = " ".join(parser.text)
        for planted in (NAME, EMAIL, NUMBER, ACCOUNT, FORMER):
            self.assertIn(planted, text)
        for other in OTHERS:
            self.assertNotIn(other, text)
        tags = [tag for tag, _ in parser.tags]
        self.assertEqual(tags.count("h1"), 1)
        self.assertFalse({"script", "link", "img", "iframe"} & set(tags), "one self-contained page")
        self.assertTrue(all(attributes.get("scope") == "col" for tag, attributes in parser.tags if tag == "th"))
        self.assertIn(("html", {"lang": "en-GB"}), parser.tags)

        folder = w.root / "tables"
        run("person", "export", WHO, "--format", "csv", "--out", folder, "--data", w.data)
        with open(folder / "identifiers.csv", newline="") as file:
            self.assertIn(EMAIL, [row["value"] for row in csv.DictReader(file)])
        self.refused("person", "export", WHO, "--format", "csv", "--out", folder, "--data", w.data)
        self.refused("person", "export", "esr-employee:demo:0", "--data", w.data)

    def test_what_is_dropped_is_what_the_document_and_the_adapter_say(self):
        held = json.loads(run("person", "export", WHO, "--format", "json", "--data", self.world.data)[0])
        document = (REPO / "docs/privacy.md").read_text()
        for row in held["not_held"]:
            self.assertIn(f"| {row['what']} | {row['why']} |", document)
        # The columns that the ESR adapter keeps, and no other.
        layout = (REPO / "plugins/esr/layout.cpp").read_text()
        kept = re.findall(r'"([a-z_]+)"', layout[layout.index("kNames"):layout.index("void index")])
        self.assertGreater(len(kept), 30)
        for column in kept:
            for dropped in ("ni_", "national", "birth", "title", "gender", "sex", "maiden", "previous_name", "ethnic", "disab", "grade",
                            "salary", "cost", "absence", "hours", "reason", "supervis", "qualif", "religio", "marital", "nationality"):
                self.assertNotIn(dropped, column)


if __name__ == "__main__":
    unittest.main()
