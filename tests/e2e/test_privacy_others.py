"""An erasure takes nothing from anybody else: not what only looks like them, not in what comes in afterwards; and what does name them does not come back."""
import json
import unittest

from bridge import ACTIVITY, SETTINGS, Case, run, write_json

XAPI = {"X-Experience-API-Version": "1.0.3"}
WHO = "esr-employee:demo:4071"
ROLE = ["Royal Victoria Infirmary", "Nursing and Midwifery", "Nurse", "2020-01-01"]


def statement(n, actor, **more):
    return {"id": f"00000000-0000-4000-8000-{n:012d}", "actor": actor, "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
            "object": {"id": ACTIVITY + "AI-1"}, "timestamp": "2026-05-01T09:00:00Z", **more}


class Others(Case):
    def erase(self):
        return self.world.ask("person", "erase", WHO, "--reason", "asked", "--yes")

    def load(self, *statements):
        path = self.world.root / "statements.jsonl"
        path.write_text("".join(json.dumps(one) + "\n" for one in statements))
        return self.world.ask("statements", "import", path)

    def exported(self):
        return {one["id"][-3:]: one for one in map(json.loads, run("statements", "export", "--data", self.world.data)[0].splitlines())}

    def test_people_whose_names_and_addresses_contain_theirs_stay_who_they_are(self):
        w = self.world
        w.small()
        w.people([["4071", "Ann Lee", "lee@demo.example", *ROLE], ["2001", "Mary Ann Lee", "ann.lee@demo.example", *ROLE],
                  ["2002", "Ann Lee-Jones", "mary-lee@demo.example", *ROLE]], "more.csv")
        w.ask("people", "link", "account:https://lms.example:victoria", WHO)
        self.load(statement(1, {"mbox": "mailto:ann.lee@demo.example", "name": "Mary Ann Lee"}), statement(2, {"mbox": "mailto:mary-lee@demo.example"}),
                  statement(3, {"mbox": "mailto:lee@demo.example", "name": "Moodle User"}),
                  statement(4, {"mbox": "mailto:ada@demo.example"}, result={"response": "seen by Moodle User at Royal Victoria Infirmary, with Ann  Lee"}))
        people = [f"esr-employee:demo:{n}" for n in (2001, 2002, 1001)]
        before = [(w.ask("person", one), w.ask("record", one)) for one in people]
        others = {n: one for n, one in self.exported().items() if n in ("001", "002")}
        self.erase()
        for one, (person, record) in zip(people, before):
            self.assertEqual(w.ask("person", one), person)
            self.assertEqual(w.ask("record", one)["foundation"], record["foundation"])
        after = self.exported()
        self.assertEqual({n: after[n] for n in others}, others)
        self.assertRegex(after["004"]["result"]["response"], r"^seen by Moodle User at Royal Victoria Infirmary, with erased-\d-\w+$")
        # Their next statements find them.
        self.load(statement(5, {"mbox": "mailto:ann.lee@demo.example"}))
        self.assertEqual(w.ask("people", "matches")["all"]["statements"]["unresolved"], 0)

    def test_a_bad_row_with_an_erased_number_in_its_key_withdraws_nothing(self):
        w = self.world
        w.small()
        w.people([["4071", "Zebedee Quillfeather", "zq@demo.example", *ROLE]], "more.csv")
        w.ask("source", "add", "lms", "--adapter", "csv", "--folder", w.drop, "--activity-base", ACTIVITY, "--settings",
              write_json(w.root / "snapshot.json", {**SETTINGS, "snapshot": True}))
        rows = [["1001", "AI-1", "x", "Completed", "01/03/2026"], ["1002", "AI-1", "x", "Completed", "01/03/2026"],
                ["1002", "4071", "A course of that number", "Completed", "02/03/2026"]]
        w.export(rows)
        w.ask("sync", "lms")
        self.erase()
        rows[2][3] = "Nonsense"
        w.export(rows)
        done = w.ask("sync", "lms", "--full")["syncs"][0]
        self.assertEqual((done["counts"]["withdrawn"], done["counts"]["same"], done["counts"]["erased"]), (0, 2, 1))
        self.assertIn("belongs to somebody who was erased", json.dumps(done["rejected"]), "and it is told")
        self.assertIn("https://lms.example/course/4071", [one["object"]["id"] for one in self.exported().values()])

    def test_what_comes_again_is_known_and_brings_nothing_of_them(self):
        w = self.world
        w.small()
        w.people([["4071", "Zebedee Quillfeather", "zq@demo.example", *ROLE]], "more.csv")
        lines = [statement(1, {"mbox": "mailto:ada@demo.example"}, result={"response": "thanks to Zebedee Quillfeather"}),
                 statement(2, {"mbox": "mailto:zq@demo.example"})]
        self.load(*lines)
        self.erase()
        daemon = w.serve()
        made = w.ask("credential", "add", "tests", "--scope", "all")
        auth = (made["key"], made["secret"])
        fresh = statement(3, {"mbox": "mailto:zq@demo.example"}, object={"id": "https://lms.example/user/zq@demo.example/profile"},
                          verb={"id": "https://lms.example/by/zq@demo.example"})
        other = statement(4, {"mbox": "mailto:bea@demo.example"})
        self.assertEqual(daemon.request("POST", "/xapi/statements", [*lines, fresh, other], XAPI, auth)[0], 200, "a client repeats its queue")
        self.assertEqual(daemon.request("POST", "/xapi/statements", statement(4, {"mbox": "mailto:cy@demo.example"}), XAPI, auth)[0], 409, "another one is another one")
        daemon.stop()
        self.assertEqual(len([n for n in self.exported() if n in ("001", "002", "003", "004")]), 4)
        held = [path.name for path in w.data.rglob("*") if path.is_file() and (b"zq@demo" in path.read_bytes() or b"Quillfeather" in path.read_bytes())]
        self.assertEqual(held, [])

    def test_documents_of_any_type_that_is_text_lose_them(self):
        w = self.world
        w.small()
        w.people([["4071", "Zebedee Quillfeather", "zq@demo.example", *ROLE]], "more.csv")
        daemon = w.serve()
        made = w.ask("credential", "add", "tests", "--scope", "all")
        auth = (made["key"], made["secret"])
        at = "/xapi/activities/state?activityId=https://lms.example/course/AI-1&agent=%7B%22mbox%22:%22mailto:ada@demo.example%22%7D&stateId="
        bodies = {"a": ("application/xml", b"<a>Zebedee Quillfeather</a>"), "b": ("application/octet-stream", b"zq@demo.example wrote"),
                  "c": ("application/octet-stream", b"\x00\x01Zebedee Quillfeather")}
        for name, (kind, body) in bodies.items():
            self.assertEqual(daemon.request("PUT", at + name, body, {**XAPI, "Content-Type": kind}, auth)[0], 204)
        self.erase()
        seen = {name: daemon.get(at + name, headers=XAPI, auth=auth)[2] for name in "ab"}
        self.assertRegex(seen["a"], r"^<a>erased-\d-\w+</a>$")
        self.assertRegex(seen["b"], r"^erased-\d-\w+ wrote$")


if __name__ == "__main__":
    unittest.main()
