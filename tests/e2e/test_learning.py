"""Learning as a whole through the real binary and HTTP: triage, coverage, brief, packs, next, journeys, lint."""
import csv
import io
import json
import unittest

from bridge import ACTIVITY, MAPPING, Case, World, run, write_json

ADA = "esr-employee:demo:1001"
BEA = "esr-employee:demo:1002"


class Learning(Case):
    def setUp(self):
        super().setUp()
        self.world.small()
        self.world.ask("sync", "lms")
        self.world.export([["1001", "FIRE-1", "Fire safety", "Completed", "01/03/2026"], ["1002", "FIRE-1", "Fire safety", "Completed", "01/03/2026"],
                           ["1003", "AI-9", "AI basics", "Completed", "01/03/2026"]], "more.csv")
        self.world.ask("sync", "lms")

    def test_triage_in_bulk_is_seen_and_taken_back(self):
        listed = self.world.ask("learning", "list")
        self.assertEqual(listed["counts"]["not_yet_looked_at"], 2)
        fire = next(line for line in listed["learning"] if line["title"] == "Fire safety")
        self.assertEqual((fire["people"], fire["triage"]), (2, "not_yet_looked_at"))
        same = next(line for line in listed["learning"] if line["activities"][0]["id"] == ACTIVITY + "AI-9")
        self.assertEqual(same["same_title_as"][0]["learning_item"], "basics")

        self.assertIn("why", self.refused("learning", "triage", "irrelevant", "--pattern", "*FIRE*", "--data", self.world.data))
        self.assertIn("no statement", self.refused("learning", "triage", "relevant", "https://no.example/1", "--data", self.world.data))
        dry = self.world.ask("learning", "triage", "irrelevant", "--pattern", "*/fire-*", "--why", "not about AI", "--dry-run")
        self.assertEqual(dry["counts"]["changed"], 1)
        self.assertEqual(self.world.ask("learning", "list")["counts"]["irrelevant"], 0)
        done = self.world.ask("learning", "triage", "irrelevant", "--pattern", "*/fire-*", "--why", "not about AI")
        self.assertEqual(self.world.ask("learning", "list", "--triage", "irrelevant")["total"], 1)
        again = self.world.ask("learning", "triage", "irrelevant", "--pattern", "*/fire-*", "--why", "not about AI")
        self.assertNotIn("run", again)
        self.world.ask("run", "revert", done["run"])
        self.assertEqual(self.world.ask("learning", "list")["counts"]["not_yet_looked_at"], 2)

    def test_coverage_and_brief(self):
        coverage = self.world.ask("coverage", "--list", "all")
        by_id = {r["requirement"]: r for r in coverage["requirements"]}
        self.assertEqual(by_id["t1-ai-literacy-1"]["state"], "given")
        self.assertEqual(coverage["items"]["given"], sum(r["state"] == "given" and r["context"] is None for r in by_id.values()))
        out, _ = run("coverage", "--csv", "--data", self.world.data)
        self.assertEqual(len(list(csv.DictReader(io.StringIO(out)))), len(coverage["requirements"]))
        self.assertIn("no list", self.refused("coverage", "--list", "nonsense", "--data", self.world.data))

        brief = self.world.ask("brief", "--unit", "Radiology")
        line = next(each for each in brief["lines"] if each["requirement"] == "t1-ai-literacy-1")
        self.assertEqual((line["of_each"]["asked"], line["of_each"]["lacking"]), (2, 1))
        self.assertEqual(line["learning"][0]["id"], "basics")
        text, _ = run("brief", "--unit", "Radiology", "--data", self.world.data)
        self.assertIn("# Learning to commission: Radiology", text)
        self.assertIn("AI basics (30 min)", text)
        self.assertNotIn("Fictional", text)
        lines, _ = run("brief", "--csv", "--nothing-exists", "--data", self.world.data)
        self.assertNotIn("t1-ai-literacy-1,", lines)
        self.assertIn("no unit", self.refused("brief", "--unit", "Nowhere", "--data", self.world.data))
        self.assertIn("ahead", self.refused("brief", "--by", "2001-01-01", "--data", self.world.data))

    def test_next_learning_and_what_people_say_of_themselves(self):
        steps = self.world.ask("next", BEA)["steps"]
        self.assertEqual([s["learning_item"] for s in steps], ["basics", "safety"])
        self.assertEqual({c["requirement"] for c in steps[0]["closes"]}, {"t1-ai-literacy-1", "t1-ai-literacy-2"})
        self.assertEqual(self.world.ask("next", ADA)["steps"][0]["learning_item"], "safety")
        self.world.ask("self-assess", BEA, "t1-ai-literacy-1", "t1-ai-literacy-2")
        steps = self.world.ask("next", BEA)["steps"]
        self.assertEqual([s["learning_item"] for s in steps], ["safety", "basics"])
        self.assertIn("You say that you know", steps[1]["why"])
        unit = self.world.ask("next", "--unit", "Radiology")
        self.assertEqual(unit["people"], 2)
        self.assertEqual(unit["steps"][0]["learning_item"], "safety")
        self.assertIn("leave this out", self.refused("next", BEA, "--unit", "Radiology", "--data", self.world.data))
        self.assertIn("no such person", self.refused("next", "esr-employee:demo:9", "--data", self.world.data))

        # Having learnt it, there is nothing left to do.
        self.world.export([["1002", "AI-1", "AI basics", "Completed", "02/04/2026"], ["1002", "AI-2", "AI safety", "Passed", "02/04/2026"]], "done.csv")
        self.world.ask("sync", "lms")
        left = self.world.ask("next", BEA)
        self.assertEqual(left["steps"], [])
        self.assertGreater(left["left"]["cases"], 0)

    def test_a_journey_and_how_far_somebody_has_come(self):
        path = write_json(self.world.root / "journey.json", {"id": "start", "version": "1", "title": "A start", "steps": [
            {"learning_item": "basics"}, {"learning_item": "safety", "note": "bring a question"}]})
        self.assertTrue(self.world.ask("journey", "publish", path)["changed"])
        self.assertFalse(self.world.ask("journey", "publish", path)["changed"])
        self.assertEqual(self.world.ask("journey", "show", "start")["minutes"], 90)
        far = self.world.ask("journey", "show", "start", "--person", ADA)
        self.assertEqual([s["state"] for s in far["steps"]], ["done", "not_begun"])
        self.assertEqual((far["done"], far["needed"], far["next"]), (1, 2, "safety"))
        bad = write_json(self.world.root / "bad.json", {"id": "bad", "version": "1", "title": "Bad", "steps": [{"learning_item": "gone"}]})
        self.assertIn("no mapping in force has a learning item", self.refused("journey", "publish", bad, "--data", self.world.data))
        self.world.ask("journey", "withdraw", "start")
        self.assertEqual(self.world.ask("journey", "list")["journeys"], [])

    def test_a_pack_travels_to_another_trust(self):
        pack = self.world.root / "pack.json"
        run("mapping", "export", "demo", "-o", pack, "--data", self.world.data)
        document = json.loads(pack.read_text())
        self.assertEqual(document["origin"]["mapping"], "demo")
        other = World()
        self.addCleanup(other.close)
        other.people([["7", "Dee Fictional", "dee@other.example", "Ward", "Medical and Dental", "Consultant", "2020-01-01"]])
        self.assertIn("nothing_matches", self.refused("mapping", "import", pack, "--data", other.data))
        table = other.root / "table.csv"
        table.write_text("learning_item,activity\nAI Basics,https://other.example/course/77\nghost,https://other.example/1\n")
        dry = other.ask("mapping", "import", pack, "--table", table, "--dry-run")
        self.assertEqual(dry["learning_items"], {"all": 2, "matched": 1})
        self.assertEqual([i["learning_item"] for i in dry["left_out"]], ["safety"])
        self.assertEqual(dry["unused_rows"][0]["line"], 3)
        self.assertEqual(other.ask("mapping", "list")["mappings"], [])
        self.assertTrue(other.ask("mapping", "import", pack, "--table", table, "--id", "from-demo")["changed"])
        self.assertFalse(other.ask("mapping", "import", pack, "--table", table, "--id", "from-demo")["changed"])
        there = other.ask("mapping", "list")["mappings"]
        self.assertEqual([(m["id"], m["version"], m["learning_items"]) for m in there], [("from-demo", "1", 1)])
        again = json.loads(run("mapping", "export", "from-demo", "--data", other.data)[0])
        self.assertEqual((again["origin"]["mapping"], again["learning_items"][0]["activities"]), ("demo", ["https://other.example/course/77"]))

    def test_lint_says_what_to_do(self):
        found = self.world.ask("lint", "--each", "500")
        codes = found["by_code"]
        self.assertEqual(codes["activity_untriaged"], 2)
        self.assertEqual(sum(found["counts"].values()), sum(codes.values()))
        fire = next(f for f in found["findings"] if f["where"].endswith("FIRE-1"))
        self.assertEqual((fire["code"], fire["people"]), ("activity_untriaged", 2))
        run("lint", "--data", self.world.data)
        run("lint", "--strict", "--data", self.world.data, expect=1)
        self.world.ask("team", "publish", write_json(self.world.root / "team.json", {
            "id": "mdt", "version": "1", "name": "AI team", "members": [{"person": ADA}, {"person": "esr-employee:demo:404"}]}))
        self.assertEqual(self.world.ask("lint")["by_code"]["team_member_unknown"], 1)
        rules = write_json(self.world.root / "rules.json", {"id": "r", "version": "1", "framework": "hee-ai-confidence", "rules": [
            {"id": "doctors", "archetype": "creator", "when": {"staff_group": {"equals": ["Medical and Dental"]}}},
            {"id": "radiology", "archetype": "creator", "when": {"unit": {"equals": ["Radiology"]}}}]})
        self.world.ask("assign", "propose", "--rules", rules)
        codes = self.world.ask("lint", "--rules", rules)["by_code"]
        self.assertEqual(codes["archetype_rules_overlap"], 1)
        self.assertGreaterEqual(codes["assignment_without_yes"], 1)

    def test_over_http(self):
        daemon = self.world.serve()
        reader = self.world.ask("credential", "add", "reader", "--scope", "read")
        admin = self.world.ask("credential", "add", "admin", "--scope", "admin", "--scope", "read")

        def ask(path, expect=200, who=reader, body=None):
            status, headers, text = daemon.request("GET" if body is None else "POST", "/api/v1/" + path, body, auth=(who["key"], who["secret"]))
            self.assertEqual(status, expect, text)
            return json.loads(text) if "json" in headers["Content-Type"] else text

        self.assertEqual(ask("learning?triage=not_yet&limit=1")["total"], 2)
        self.assertIn("given", ask("coverage")["items"])
        self.assertTrue(ask("coverage?format=csv&list=all").startswith("requirement,"))
        self.assertIn("# Learning to commission", ask("brief?unit=Radiology&format=markdown"))
        self.assertEqual(ask("next?unit=Radiology&descendants=false&limit=1")["people"], 2)
        self.assertEqual(ask("brief?valid_at=2026-03-01")["as_of"], "2026-03-01")
        ask("brief?valid_at=2026-03-01&as_of=2026-03-01", expect=400)
        ask("coverage?unit=Radiology", expect=400)
        person = self.world.ask("person", BEA)["id"]
        self.assertEqual(ask(f"people/{person}/next")["steps"][0]["learning_item"], "basics")
        self.assertIn("counts", ask("lint"))
        self.assertEqual(ask("mappings/demo/pack")["pack"]["origin"]["mapping"], "demo")
        ask("learning?nonsense=1", 400)
        ask("brief?descendants=perhaps", 400)
        ask("mappings/none/pack", 404)
        body = {"activities": [ACTIVITY + "FIRE-1"], "relevance": "irrelevant", "why": "not about AI"}
        ask("learning/triage", 403, body=body)
        self.assertEqual(ask("learning/triage", who=admin, body=body)["counts"]["changed"], 1)
        journey = {"id": "start", "version": "1", "title": "A start", "steps": [{"learning_item": "basics"}]}
        self.assertTrue(ask("journeys", 201, admin, {"text": json.dumps(journey)})["changed"])
        self.assertEqual(ask(f"people/{person}/journeys/start")["needed"], 1)
        self.assertEqual(len(ask("journeys")["journeys"]), 1)
        pack = ask("mappings/demo/pack")["pack"]
        self.assertEqual(ask("mappings/import", who=admin, body={"text": json.dumps(pack), "id": "copy", "dry_run": True})["mappings"], {"all": 2, "kept": 0})


if __name__ == "__main__":
    unittest.main()
