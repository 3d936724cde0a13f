"""Who is who, with the real binary: unknown actors, a crosswalk, rules, the review in bulk, merges."""
import json
import unittest

from bridge import ACTIVITY, Failed, World, run

LMS = "https://lms.example"


def statement(number, name, activity="AI-1"):
    return {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "actor": {"objectType": "Agent", "account": {"homePage": LMS, "name": name}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": ACTIVITY + activity},
        "timestamp": "2026-03-01T10:00:00Z",
    }


class People(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)
        self.world.small()

    def learn(self, *names):
        path = self.world.root / "statements.jsonl"
        path.write_text("".join(json.dumps(statement(i, name)) + "\n" for i, name in enumerate(names)))
        run("statements", "import", path, "--data", self.world.data)

    def attainment(self, number):
        return self.world.item(f"esr-employee:demo:{number}", "t1-ai-literacy-1")["attainment"]

    def test_unknown_actors_are_linked_in_bulk(self):
        w = self.world
        self.learn("ada", "1002", "cfict", "test01")
        self.assertEqual(w.ask("people", "review")["total"], 4)
        self.assertEqual(w.ask("people", "matches")["all"]["statements"]["unresolved"], 4)
        # A crosswalk for one, dry first.
        crosswalk = w.root / "crosswalk.csv"
        crosswalk.write_text(f"employee_number,scheme,value\n1001,account:{LMS},ada\n1003,email,ada@demo.example\n")
        dry = w.ask("people", "crosswalk", crosswalk, "--issuer", "demo", "--dry-run")
        self.assertEqual((dry["counts"]["linked"], dry["counts"]["conflicts"]), (1, 1))
        self.assertEqual(w.ask("people", "review")["total"], 4)
        done = w.ask("people", "crosswalk", crosswalk, "--issuer", "demo")
        self.assertEqual(self.attainment(1001), "met")
        # A rule for another.
        rule = ["people", "rule", "lms", "--from", "esr-employee:demo", "--to", f"account:{LMS}"]
        self.assertEqual(w.ask(*rule, "--preview")["would_resolve"], {"actors": 1, "statements": 1})
        w.ask(*rule)
        self.assertEqual(self.attainment(1002), "none")
        self.assertEqual(w.ask("people", "link", "--rule", "lms")["counts"]["linked"], 1)
        self.assertEqual(self.attainment(1002), "met")
        # The rest by hand and by pattern.
        w.ask("people", "link", f"account:{LMS}:cfict", "esr-employee:demo:1003")
        w.ask("people", "ignore", "--pattern", "test*")
        review = w.ask("people", "review")
        self.assertEqual((review["total"], review["ignored"]["actors"]), (0, 1))
        digest = w.digest()
        self.assertEqual(w.ask("rebuild")["digest"], digest)
        w.ask("run", "revert", done["run"])
        self.assertEqual(self.attainment(1001), "none")
        out, _ = run("people", "review", "--data", w.data)
        self.assertIn("1 of 1 actors", out)
        out, _ = run("people", "matches", "--data", w.data)
        self.assertIn("account:" + LMS, out)

    def test_merge_and_unmerge(self):
        w = self.world
        self.learn("ada")
        w.ask("people", "link", f"account:{LMS}:ada", "esr-employee:demo:1001")
        before = w.digest()
        ada = w.ask("person", "esr-employee:demo:1001")["id"]
        merged = w.ask("people", "merge", ada, "esr-employee:demo:1002", "--why", "one person")
        self.assertEqual(self.attainment(1002), "met")
        shown = w.ask("person", ada)
        self.assertEqual((shown["id"], shown["merged"]), (merged["person"], [ada]))
        self.assertEqual(w.ask("people", "merges")["merges"][0]["why"], "one person")
        w.ask("people", "unmerge", ada)
        self.assertEqual(w.digest(), before)
        self.assertEqual(self.attainment(1002), "none")

    def test_nothing_personal_in_the_log(self):
        w = self.world
        self.learn("qriver77")
        w.serve()
        w.ask("people", "link", f"account:{LMS}:qriver77", "esr-employee:demo:1001")
        w.ask("people", "ignore", "--pattern", "jriver*")
        w.ask("people", "merge", "esr-employee:demo:1001", "esr-employee:demo:1002", "--why", "wharfe")
        with self.assertRaises(Failed) as refused:
            w.ask("people", "link", "email:wharfe@demo.example", "esr-employee:demo:40404")
        self.assertNotIn("wharfe", refused.exception.err)
        log = w.daemon.text()
        self.assertIn("run_ended", log)
        for word in ("river", "wharfe", "Fictional", "40404", "demo.example"):
            self.assertNotIn(word, log)

    def test_bad_input(self):
        data = self.world.data
        for args in (["link", "nonsense", "esr-employee:demo:1001"], ["link"], ["ignore", "--pattern", "*"],
                     ["unmerge", "00000000-0000-4000-8000-000000000000"], ["rule", "x", "--from", "email", "--to", "email", "--value", "all"],
                     ["merge", "esr-employee:demo:1001", "esr-employee:demo:1001"], ["matches", "nosuch"]):
            run("people", *args, "--data", data, expect=2)


if __name__ == "__main__":
    unittest.main()
