"""The matrix by scope, teams and archetypes in bulk, through the real binary and HTTP."""
import csv
import io
import json
import unittest

from bridge import Case, run, write_json

ADA, BEA, CY = (f"esr-employee:demo:{n}" for n in (1001, 1002, 1003))
AWARE = "t1-ai-literacy-1"
SHAPER = "a1-regulation-and-standards-1"


class Views(Case):
    def setUp(self):
        super().setUp()
        self.world.small()
        self.world.ask("sync", "lms")

    def team(self, *members, id="board", **more):
        document = {"id": id, "version": "1", "name": "AI board", "members": [{"person": m} for m in members], **more}
        return self.world.ask("team", "publish", write_json(self.world.root / f"{id}.json", document))

    def cover(self, *more):
        return self.world.ask("team", "show", "board", *more)

    def item(self, requirement=AWARE):
        return next(i for i in self.cover()["items"] if i["requirement"] == requirement)

    def test_a_team_is_shown_with_who_holds_what_and_what_would_help(self):
        self.team(ADA, BEA, CY, requirements=[AWARE])
        ada, bea, cy = (self.world.ask("person", who)["id"] for who in (ADA, BEA, CY))
        item = self.item()
        self.assertEqual((item["state"], item["holders"]), ("single_holder", [ada]))
        # Cy is a Shaper, and the test gave one of the Shaper's items for two years.
        held = self.item(SHAPER)
        self.assertEqual((held["state"], held["holders"], held["covered_until"]), ("single_holder", [cy], "2028-03-03"))
        self.team(ADA, BEA, CY, requirements=[AWARE], quorum=2)
        item = self.item()
        self.assertEqual((item["state"], item["missing"]), ("gap", 1))
        self.assertEqual((item["closes"][0]["person"], item["closes"][0]["begun"]), (bea, True), "Bea has begun it")
        out, _ = run("team", "show", "board", "--data", self.world.data)
        self.assertIn("Bea Fictional: AI basics, 30 min, begun", out)
        self.assertNotIn("demo.example", out)
        out, _ = run("team", "list", "--data", self.world.data)
        self.assertIn("AI board", out)
        out, _ = run("team", "show", "board", "--csv", "--data", self.world.data)
        rows = list(csv.DictReader(io.StringIO(out)))
        self.assertEqual(len(rows), self.cover()["counts"]["items"])
        row = next(r for r in rows if r["requirement"] == AWARE)
        self.assertEqual((row["state"], row["soonest_person"], row["soonest_minutes"]), ("gap", bea, "30"))
        self.assertIn("no team 'nothing'", self.refused("team", "show", "nothing", "--data", self.world.data))

    def test_merging_two_members_leaves_one_holder(self):
        self.team(ADA, BEA, requirements=[AWARE], quorum=1)
        self.world.ask("people", "merge", self.world.ask("person", BEA)["id"], ADA)
        self.assertEqual(len(self.cover()["members"]), 1)
        merged = self.world.ask("people", "merges")["merges"][0]["from"]
        self.world.ask("people", "unmerge", merged)
        self.assertEqual(len(self.cover()["members"]), 2)

    def test_the_matrix_keeps_people_items_and_teams_apart(self):
        self.team(ADA, CY, requirements=[AWARE])
        matrix = self.world.ask("matrix", "--team", "board")
        self.assertEqual((matrix["people"], matrix["teams"], matrix["scope"]["team"]), (2, 1, "board"))
        rows = {r["archetype"]: r for r in matrix["rows"]}
        self.assertEqual(rows["shaper"]["teams"], 1, "Cy's archetype is the team's")
        self.assertEqual(rows["driver"]["teams"], 0)
        cell = next(c for c in rows["shaper"]["cells"] if c["factor"] == "regulation-and-standards")
        self.assertEqual(cell["items_covered_by_teams"], 1)
        self.assertEqual(cell["items_lacking_in_teams"], cell["items_total"] - 1)
        self.assertEqual(rows["shaper"]["foundation"]["people_ahead"], 1, "an advanced item, and not the foundation")
        out, _ = run("matrix", "--csv", "--data", self.world.data)
        line = next(r for r in csv.DictReader(io.StringIO(out)) if r["archetype"] == "shaper" and r["factor_or_group"] == "regulation-and-standards")
        self.assertEqual((line["teams"], line["items_covered_by_teams"], line["people_ahead_of_their_foundation"]), ("1", "1", "1"))
        out, _ = run("matrix", "--data", self.world.data)
        self.assertIn("Ahead of their foundation: 1 of 1 shaper", out)
        self.assertIn("shaper 1 of", out)

    def test_rules_are_previewed_and_confirmed_by_filter(self):
        rules = {"id": "demo", "version": "1", "framework": "hee-ai-confidence", "rules": [
            {"id": "imaging", "archetype": "user", "when": {"unit": {"within": ["Radiology"]}}},
            {"id": "board", "archetype": "driver", "when": {"team": {"equals": ["board"]}}}]}
        path = write_json(self.world.root / "rules.json", rules)
        self.assertIn("no such team is in force", self.refused("assign", "propose", "--rules", path, "--data", self.world.data))
        self.team(CY)
        dry = self.world.ask("assign", "propose", "--rules", path, "--dry-run")
        self.assertEqual((dry["counts"]["proposed_now"], dry["states"]["proposed"]), (3, 0))
        self.assertEqual([(p["unit"], p["archetype"], p["proposed"]) for p in dry["places"]["list"]], [("Radiology", "user", 2), ("Board", "driver", 1)])
        self.world.ask("assign", "propose", "--rules", path)
        would = self.world.ask("assign", "confirm", "--rule", "demo/imaging", "--unit", "Radiology", "--dry-run")
        self.assertEqual((would["counts"]["confirmed"], would["people_unassigned_after"]), (2, 0))
        out, _ = run("assign", "confirm", "--rule", "demo/imaging", "--unit", "Radiology", "--dry-run", "--data", self.world.data)
        self.assertIn("a dry run: nothing was written", out)
        done = self.world.ask("assign", "confirm", "--rule", "demo/imaging", "--unit", "Radiology")
        self.assertEqual(done["states"], {"proposed": 1, "confirmed": 3, "rejected": 0, "people_unassigned": 0})
        self.assertIn("say which proposals", self.refused("assign", "confirm", "--data", self.world.data))

    def test_over_http(self):
        self.team(ADA, CY, requirements=[AWARE])
        daemon = self.world.serve()
        reader = self.world.ask("credential", "add", "reader", "--scope", "read")
        admin = self.world.ask("credential", "add", "admin", "--scope", "admin")

        def call(who, method, path, body=None, expect=200, **more):
            status, _, text = daemon.request(method, "/api/v1/" + path, body, auth=(who["key"], who["secret"]), **more)
            self.assertEqual(status, expect, text)
            return text

        self.assertEqual(json.loads(call(reader, "GET", "teams"))["total"], 1)
        shown = json.loads(call(reader, "GET", "teams/board?days=30"))
        self.assertEqual((shown["days"], shown["team"]["id"]), (30, "board"))
        text = call(reader, "GET", "teams/board", headers={"Accept": "text/csv"})
        self.assertEqual(len(list(csv.DictReader(io.StringIO(text)))), shown["counts"]["items"])
        call(reader, "GET", "teams/nothing", expect=404)
        call(reader, "GET", "teams/board?days=-1", expect=400)
        call(reader, "GET", "units")
        self.assertEqual(json.loads(call(reader, "GET", "matrix?team=board&descendants=false"))["people"], 2)
        rules = {"id": "demo", "version": "1", "framework": "hee-ai-confidence",
                 "rules": [{"id": "board", "archetype": "driver", "when": {"team": {"equals": ["board"]}}}]}
        call(reader, "POST", "assignments/propose", {"rules": rules}, expect=403)
        dry = json.loads(call(admin, "POST", "assignments/propose", {"rules": rules, "dry_run": True}))
        self.assertEqual((dry["counts"]["proposed_now"], dry["dry_run"]), (2, True))
        call(admin, "POST", "assignments/propose", {"rules": rules})
        done = json.loads(call(admin, "POST", "assignments/decide", {"team": "board", "state": "rejected"}))
        self.assertEqual(done["counts"], {"rejected": 2})
        self.assertEqual(json.loads(call(reader, "GET", "assignments"))["states"]["rejected"], 2)
        call(reader, "POST", "teams/board/withdraw", expect=403)
        call(admin, "POST", "teams/board/withdraw")
        self.assertEqual(json.loads(call(reader, "GET", "teams"))["total"], 0)
        document = {"id": "other", "version": "1", "name": "Other", "members": [{"person": ADA}]}
        call(admin, "POST", "teams", {"text": json.dumps(document)}, expect=201)


if __name__ == "__main__":
    unittest.main()
