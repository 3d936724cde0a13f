"""Looking back, dry runs, frozen reports, framework versions: through the real binary, and HTTP."""
import copy
import json
import pathlib
import unittest

from bridge import ACTIVITY, MAPPING, REPO, Case, run, write_json

ADA = "esr-employee:demo:1001"
CY = "esr-employee:demo:1003"
AWARE = "t1-ai-literacy-1"


class Time(Case):
    def setUp(self):
        super().setUp()
        self.world.small()
        self.world.ask("sync", "lms")

    def entry(self):
        return self.world.ask("status")["journal"]

    def mapping(self, **changes):
        document = copy.deepcopy(MAPPING)
        document.update(changes)
        return write_json(self.world.root / "mapping2.json", document)

    def verdict(self, requirement, *more, person=ADA):
        return self.world.ask("explain", "--person", person, "--requirement", requirement, *more)["verdict"]

    def test_an_earlier_entry_answers_as_it_did(self):
        seq = self.entry()
        before = self.world.ask("matrix")
        self.assertEqual(self.verdict(AWARE), "met")
        other = copy.deepcopy(MAPPING["mappings"])
        other[0]["claims"] = [{"requirements": ["t1-ai-literacy-4"]}]
        self.world.ask("mapping", "publish", self.mapping(version="2", mappings=other))
        self.world.export([["1002", "AI-1", "AI basics", "Completed", "05/03/2026"]], "later.csv")
        self.world.ask("sync", "lms")
        self.assertEqual(self.verdict(AWARE), "none")
        self.assertEqual(self.verdict(AWARE, "--known-at", seq), "met")
        self.assertEqual(self.verdict(AWARE, "--known-at", seq, "--rules", "now"), "none")
        self.assertEqual(self.verdict("t1-ai-literacy-4", "--known-at", seq, "--rules", "now"), "met")
        then = self.world.ask("matrix", "--known-at", seq, "--valid-at", before["as_of"])
        self.assertEqual(then.pop("known_at")["seq"], seq)
        self.assertEqual(then, before)
        self.assertEqual(list((self.world.data / "scratch").iterdir()), [])  # nothing is left behind
        self.assertIn("so far", self.refused("matrix", "--known-at", "999999", "--data", self.world.data))
        self.assertIn("none of these", self.refused("matrix", "--known-at", "recently", "--data", self.world.data))

    def test_a_daemon_answers_the_same_over_http(self):
        seq = self.entry()
        reader = self.world.ask("credential", "add", "reader", "--scope", "read")
        before = self.world.ask("record", ADA)
        daemon = self.world.serve()
        auth = (reader["key"], reader["secret"])
        self.world.ask("mapping", "withdraw", "demo", "--why", "it was wrong")
        person = before["person"]

        def record(query=""):
            status, _, body = daemon.get(f"/api/v1/people/{person}/record{query}", auth=auth)
            self.assertEqual(status, 200, body)
            return json.loads(body)

        self.assertNotEqual(record(), before)
        for _ in range(2):
            then = record(f"?known_at={seq}&valid_at={before['as_of']}")
            then.pop("known_at")
            self.assertEqual(then, before)
        for path in ("matrix", "people", f"people/{person}", "units"):
            status, _, body = daemon.get(f"/api/v1/{path}?known_at={seq}", auth=auth)
            self.assertEqual(status, 400 if path == "units" else 200, body)
        status, _, body = daemon.get("/api/v1/matrix?known_at=0", auth=auth)
        self.assertEqual(status, 400)
        self.assertIn("known_at", body)

    def test_dry_runs_change_nothing_and_say_who_loses(self):
        digest, seq = self.world.digest(), self.entry()
        told = self.world.ask("mapping", "withdraw", "demo", "--dry-run")
        self.assertEqual(told["people"]["losing"], 2)
        self.assertEqual(told["items"]["lost"], 4)
        self.assertEqual(told["reasons"]["lost"], {"no_learning_exists": 4})
        self.assertEqual({u["unit"] for u in told["by_unit"]}, {"Radiology", "Board"})
        path = self.mapping(version="2", mappings=MAPPING["mappings"][1:])
        told = self.world.ask("mapping", "publish", path, "--dry-run", "--list", 1)
        self.assertEqual((told["items"]["gained"], told["items"]["lost"], len(told["list"])), (0, 2, 1))
        out, _ = run("mapping", "publish", path, "--dry-run", "--data", self.world.data)
        self.assertIn("Nothing was changed", out)
        self.assertEqual((self.world.digest(), self.entry()), (digest, seq))
        # And then it does what it said.
        done = self.world.ask("mapping", "withdraw", "demo", "--why", "tests")
        self.assertEqual(self.verdict(AWARE), "none")
        self.world.ask("run", "revert", done["run"])
        self.assertEqual(self.verdict(AWARE), "met")
        self.assertIn("not_found", self.refused("mapping", "withdraw", "nothing", "--dry-run", "--data", self.world.data))

    def test_previews_over_http_need_admin(self):
        admin = self.world.ask("credential", "add", "admin", "--scope", "admin")
        reader = self.world.ask("credential", "add", "reader", "--scope", "read")
        daemon = self.world.serve()
        body = {"kind": "mapping", "id": "demo", "withdraw": True}
        status, _, _ = daemon.request("POST", "/api/v1/previews", body, auth=(reader["key"], reader["secret"]))
        self.assertEqual(status, 403)
        status, _, text = daemon.request("POST", "/api/v1/previews", body, auth=(admin["key"], admin["secret"]))
        self.assertEqual((status, json.loads(text)["items"]["lost"]), (200, 4), text)
        status, _, text = daemon.request("POST", "/api/v1/reports", {"title": "June"}, auth=(admin["key"], admin["secret"]))
        self.assertEqual(status, 201, text)
        status, _, text = daemon.request("POST", f"/api/v1/reports/{json.loads(text)['id']}/verify", {}, auth=(reader["key"], reader["secret"]))
        self.assertEqual((status, json.loads(text)["equal"]), (200, True), text)

    def test_a_report_stays_as_it_was(self):
        published = self.world.ask("report", "publish", "--title", "Spring", "--param", "unit=Radiology")
        before = self.world.ask("report", "show", published["id"])["answer"]
        self.world.ask("mapping", "withdraw", "demo", "--why", "tests")
        self.world.ask("rebuild")
        self.assertEqual(self.world.ask("report", "show", published["id"])["answer"], before)
        checked = self.world.ask("report", "verify", published["id"])
        self.assertTrue(checked["equal"] and checked["intact"], checked)
        out, _ = run("report", "verify", published["id"], "--data", self.world.data)
        self.assertIn("byte for byte", out)
        self.assertEqual([r["title"] for r in self.world.ask("report", "list")["reports"]], ["Spring"])
        self.assertIn("cannot be reported", self.refused("report", "publish", "--title", "x", "--question", "record", "--data", self.world.data, code=1))

    def framework(self, name, **changes):
        document = json.loads((REPO / "config/frameworks/hee-ai-confidence.json").read_text())
        document.pop("$schema", None)
        document["version"] = "2.0.0"
        for r in document["requirements"]:
            if r["id"] == AWARE:
                r["id"] = "ai-awareness"
            if r["id"] == "t1-ai-literacy-2":
                r["id"] = "no-successor"
        document.update(changes)
        return write_json(self.world.root / name, document)

    def test_a_new_version_of_the_framework_takes_evidence_along(self):
        former = [{"id": AWARE, "replaced_by": ["ai-awareness"], "why": "reworded"}, {"id": "t1-ai-literacy-2", "replaced_by": []}]
        path = self.framework("new.json", former=former)
        told = self.world.ask("framework", "publish", path, "--dry-run")
        change = told["requirements"]
        self.assertEqual(change["counts"], {"added": 2, "removed": 2, "replaced": 1, "lost": 1})
        gone = {r["requirement"]: r for r in change["removed"]}
        self.assertEqual(gone[AWARE]["replaced_by"], ["ai-awareness"])
        self.assertEqual(gone[AWARE]["mappings"], ["demo/m1"])
        self.assertEqual(told["out_of_force"], [])
        self.assertEqual((told["items"]["gained"], told["items"]["lost"]), (0, 1))  # what nothing replaced
        self.world.ask("framework", "publish", path)
        explained = self.world.ask("explain", "--person", ADA, "--requirement", "ai-awareness")
        self.assertEqual((explained["verdict"], explained["reason"]), ("met", "met_equivalent"))
        digest = self.world.digest()
        self.world.ask("rebuild")
        self.assertEqual(self.world.digest(), digest)
        # Without a word of what became of them, the mapping does not fit any more, and the dry run says so.
        bare = self.framework("bare.json")
        told = self.world.ask("framework", "publish", bare, "--dry-run")
        self.assertEqual(len(told["out_of_force"]), 1)
        bad = self.framework("bad.json", former=[{"id": AWARE, "replaced_by": ["nowhere"]}])
        self.assertIn("unknown requirement 'nowhere'", self.refused("framework", "check", bad))

    def test_an_upgrade_is_shown_before_it_is_made(self):
        told = self.world.ask("upgrade", "--preview")
        self.assertEqual((told["refolds"], told["people"]["changed"]), (False, 0))
        out, _ = run("upgrade", "--preview", "--data", self.world.data)
        self.assertIn("are of this version", out)
        self.assertIn("--preview", self.refused("upgrade", "--data", self.world.data))


if __name__ == "__main__":
    unittest.main()
