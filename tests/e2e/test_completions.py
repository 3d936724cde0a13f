"""POST /api/v1/completions: without an adapter, again and again, and through a kill -9."""
import json
import unittest

from bridge import Case


def record(person, course="AI-1", what="completed"):
    return {"who": [{"scheme": "esr-employee", "issuer": "demo", "value": str(person)}], "activity": {"id": course, "title": "AI basics"},
            "key": f"{person}/{course}", "what": what, "occurred": {"value": "2026-03-01", "precision": "day", "basis": "completed"}}


class Completions(Case):
    def setUp(self):
        super().setUp()
        self.world.small()
        self.daemon = self.world.serve()
        made = self.world.ask("credential", "add", "postbacks", "--scope", "statements/write", "--source", "lms")
        self.auth = (made["key"], made["secret"])

    def post(self, body, status=200):
        got, _, text = self.daemon.request("POST", "/api/v1/completions", body, auth=self.auth)
        self.assertEqual(got, status, text)
        return json.loads(text)

    def test_what_is_posted_counts_and_the_same_again_changes_nothing(self):
        first = self.post([record(1001), record(1002, what="in_progress"), {"key": "no"}])
        self.assertEqual([one["outcome"] for one in first["results"]], ["added", "added", "rejected"])
        self.assertEqual(self.post([record(1001)])["counts"]["same"], 1)
        self.assertEqual(self.post(record(1002))["counts"]["changed"], 1)
        run = self.world.ask("run", "show", first["run"])
        self.assertEqual(run["counts"]["added"], 2)
        self.assertEqual(run["counts"]["changed"], 1)
        self.assertEqual(self.world.item("esr-employee:demo:1001", "t1-ai-literacy-1")["attainment"], "met")
        self.world.ask("run", "revert", first["run"])
        self.assertEqual(self.world.item("esr-employee:demo:1001", "t1-ai-literacy-1")["attainment"], "none")
        self.assertEqual(self.post([record(1001)])["counts"]["added"], 1)

    def test_a_source_that_is_only_posted_to_needs_no_adapter(self):
        self.world.ask("source", "add", "portal", "--adapter", "none", "--activity-base", "https://lms.example/course/")
        made = self.world.ask("credential", "add", "portal", "--scope", "statements/write", "--source", "portal")
        self.auth = (made["key"], made["secret"])
        self.assertEqual(self.post([record(1001)])["counts"]["added"], 1)
        self.assertEqual(self.world.item("esr-employee:demo:1001", "t1-ai-literacy-1")["attainment"], "met")
        self.assertIn("no_adapter", self.refused("sync", "portal", "--data", self.world.data, code=1))
        more = self.world.root / "more.json"
        more.write_text(json.dumps({"schedule": {"every": "PT1H"}}))
        self.assertIn("/schedule", self.refused("source", "add", "portal", "--adapter", "none", "--options", more, "--data", self.world.data))

    def test_a_killed_daemon_has_what_it_answered_for_and_nothing_twice(self):
        for n in range(20):
            self.assertEqual(self.post([record(1001, f"K-{n}-{i}") for i in range(50)])["counts"]["added"], 50)
        journal = self.world.ask("status")["journal"]
        self.daemon.kill()
        self.daemon = self.world.serve()
        self.assertEqual(self.world.ask("status")["journal"], journal)
        for n in range(20):
            self.assertEqual(self.post([record(1001, f"K-{n}-{i}") for i in range(50)])["counts"]["same"], 50)
        self.assertEqual(self.world.ask("status")["journal"], journal)

    def test_only_a_credential_of_a_source_may(self):
        made = self.world.ask("credential", "add", "anybody", "--scope", "all")
        self.auth = (made["key"], made["secret"])
        self.assertEqual(self.post([record(1001)], 403)["code"], "forbidden")


if __name__ == "__main__":
    unittest.main()
