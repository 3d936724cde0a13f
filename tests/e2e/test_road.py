"""The whole road: an LMS export becomes statements, records, a matrix, explanations; and it can be taken back."""
import json
import unittest

from bridge import Case, run


class Road(Case):
    def setUp(self):
        super().setUp()
        self.world.small()

    def test_completions_become_records_with_their_reason(self):
        counts = self.world.ask("sync", "lms")["syncs"][0]["counts"]
        self.assertEqual((counts["read"], counts["added"], counts["rejected"]), (3, 3, 0))
        met = self.world.item("esr-employee:demo:1001", "t1-ai-literacy-1")
        self.assertEqual((met["attainment"], met["reason"], met["demand"]), ("met", "met_direct", "required"))
        self.assertEqual(self.world.item("esr-employee:demo:1002", "t1-ai-literacy-1")["attainment"], "in_progress")
        passed = self.world.item("esr-employee:demo:1003", "a1-regulation-and-standards-1")
        self.assertEqual((passed["attainment"], passed["demand"], passed["valid_to"]), ("met", "collective", "2028-03-03"))
        nobody = self.world.item("esr-employee:demo:1001", "t1-guidelines-1")
        self.assertEqual((nobody["attainment"], nobody["reason"]), ("none", "no_learning_exists"))

    def test_the_matrix_counts_and_its_reasons_add_up(self):
        self.world.ask("sync", "lms")
        matrix = self.world.ask("matrix")
        self.assertEqual(matrix["people"], 3)
        self.assertEqual(matrix["unassigned"], 2)
        rows = {row["archetype"]: row for row in matrix["rows"]}
        self.assertEqual(set(rows), {"shaper", "driver", "creator", "embedder", "user"})
        self.assertEqual(rows["shaper"]["people"], 1)
        for cell in matrix["foundation"]["cells"] + [c for r in matrix["rows"] for c in r["cells"] if c["applicable"]]:
            required = sum(split["required"] for split in cell["kind_split"].values())
            self.assertEqual(sum(cell["reasons"].values()), required, cell)
        literacy = next(c for c in matrix["foundation"]["cells"] if c["factor"] == "ai-literacy")
        self.assertEqual(literacy["kind_split"]["knowledge"], {"required": 12, "met": 3, "expiring": 0, "expired": 0})

    def test_explanations_name_the_statement_and_what_is_missing(self):
        self.world.ask("sync", "lms")
        why = self.world.ask("explain", "--person", "esr-employee:demo:1001", "--requirement", "t1-ai-literacy-1")
        self.assertEqual(why["verdict"], "met")
        self.assertIn("statement", [step["kind"] for step in why["steps"]])
        self.assertIn("mapping", [step["kind"] for step in why["steps"]])
        why_not = self.world.ask("explain", "--person", "esr-employee:demo:1001", "--requirement", "t1-ai-literacy-3")
        self.assertEqual(why_not["reason"], "not_attempted")
        self.assertEqual(why_not["missing"][0]["would_be_given_by"][0]["id"], "safety")
        cell = self.world.ask("explain", "--archetype", "shaper", "--factor", "liability")
        self.assertEqual(cell["reason"], "no_learning_exists")

    def test_the_same_sync_twice_changes_nothing(self):
        self.world.ask("sync", "lms")
        before = self.world.digest()
        journal = self.world.ask("status")["journal"]
        for full in ([], ["--full"]):
            counts = self.world.ask("sync", "lms", *full)["syncs"][0]["counts"]
            self.assertEqual(counts["added"] + counts["changed"] + counts["withdrawn"], 0)
        self.assertEqual(self.world.digest(), before)
        self.assertEqual(self.world.ask("status")["journal"], journal)

    def test_a_changed_row_becomes_a_revision_and_a_b_a_three(self):
        self.world.ask("sync", "lms")
        first = self.world.digest()
        self.world.export([["1001", "AI-1", "AI basics", "Completed", "05/03/2026"], ["1002", "AI-1", "AI basics", "Started", "02/03/2026"],
                           ["1003", "AI-2", "AI safety", "Passed", "03/03/2026"]])
        counts = self.world.ask("sync", "lms")["syncs"][0]["counts"]
        self.assertEqual((counts["changed"], counts["same"]), (1, 2))
        why = self.world.ask("explain", "--person", "esr-employee:demo:1001", "--requirement", "t1-ai-literacy-1")
        self.assertIn("2026-03-05", json.dumps(why["steps"]))
        self.assertNotEqual(self.world.digest(), first)
        self.world.export([["1001", "AI-1", "AI basics", "Completed", "01/03/2026"], ["1002", "AI-1", "AI basics", "Started", "02/03/2026"],
                           ["1003", "AI-2", "AI safety", "Passed", "03/03/2026"]])
        self.assertEqual(self.world.ask("sync", "lms")["syncs"][0]["counts"]["changed"], 1)
        self.assertEqual(self.world.item("esr-employee:demo:1001", "t1-ai-literacy-1")["attainment"], "met")

    def test_reverting_a_sync_takes_back_what_it_gave_and_a_new_sync_gives_it_again(self):
        empty, before = self.world.ask("matrix"), self.world.digest()
        run_id = self.world.ask("sync", "lms")["syncs"][0]["run"]
        full = self.world.ask("matrix")
        reverted = self.world.ask("run", "revert", run_id)
        self.assertEqual(reverted["counts"]["voided"], 3)
        item = self.world.item("esr-employee:demo:1001", "t1-ai-literacy-1")
        self.assertEqual((item["attainment"], item["reason"]), ("none", "not_attempted"))  # as if it had never been read
        self.assertEqual(self.world.digest(), before)
        after = self.world.ask("matrix")
        self.assertEqual([c["kind_split"] for c in after["foundation"]["cells"]], [c["kind_split"] for c in empty["foundation"]["cells"]])
        self.assertEqual(self.world.ask("run", "show", run_id)["outcome"], "reverted")
        self.refused("run", "revert", run_id, "--data", self.world.data)
        self.assertEqual(self.world.ask("sync", "lms")["syncs"][0]["counts"]["added"], 3)
        again = self.world.ask("matrix")
        self.assertEqual([c["kind_split"] for c in again["foundation"]["cells"]], [c["kind_split"] for c in full["foundation"]["cells"]])

    def test_reverting_a_correction_restores_what_was_before(self):
        self.world.ask("sync", "lms")
        self.world.export([["1001", "AI-1", "AI basics", "Started", "01/03/2026"]])
        correction = self.world.ask("sync", "lms")["syncs"][0]["run"]
        self.assertEqual(self.world.item("esr-employee:demo:1001", "t1-ai-literacy-1")["attainment"], "in_progress")
        self.assertEqual(self.world.ask("run", "revert", correction)["counts"]["restored"], 1)
        self.assertEqual(self.world.item("esr-employee:demo:1001", "t1-ai-literacy-1")["attainment"], "met")

    def test_reverting_people_and_assignments(self):
        digest = self.world.digest()
        imported = self.world.people([["1001", "Ada Renamed", "ada@demo.example", "Emergency", "Medical and Dental", "Consultant", "2020-01-01"],
                                      ["1009", "Dee Fictional", "dee@demo.example", "Board", "Administrative and Clerical", "Clerk", "2020-01-01"]], "more.csv")
        self.assertEqual((imported["counts"]["added"], imported["counts"]["changed"]), (1, 1))
        self.assertEqual(self.world.ask("people", "list")["total"], 4)
        self.world.ask("run", "revert", imported["run"])
        self.assertEqual(self.world.ask("people", "list")["total"], 3)
        self.assertEqual(self.world.digest(), digest)

    def test_rebuild_gives_the_same_records_from_the_journal_alone(self):
        self.world.ask("sync", "lms")
        self.world.export([["1001", "AI-1", "AI basics", "Completed", "05/03/2026"], ["1002", "AI-2", "AI safety", "Failed", "06/03/2026"]], "later.csv")
        second = self.world.ask("sync", "lms")["syncs"][0]["run"]
        self.world.ask("run", "revert", second)
        before = self.world.digest()
        self.assertEqual(self.world.ask("rebuild")["digest"], before)

    def test_unknown_people_and_unmapped_courses_are_kept_and_counted_and_resolved_later(self):
        self.world.export([["1777", "AI-1", "AI basics", "Completed", "01/03/2026"], ["1001", "XX-9", "Knitting", "Completed", "01/03/2026"]], "odd.csv")
        self.world.ask("sync", "lms")
        status = self.world.ask("status")
        self.assertEqual((status["unresolved_statements"], status["unmapped_statements"]), (1, 1))
        self.world.people([["1777", "Eve Fictional", "eve@demo.example", "Board", "Administrative and Clerical", "Clerk", "2020-01-01"]], "late.csv")
        self.assertEqual(self.world.item("esr-employee:demo:1777", "t1-ai-literacy-1")["attainment"], "met")
        self.assertEqual(self.world.ask("status")["unresolved_statements"], 0)

    def test_a_bad_row_is_rejected_with_its_place_and_the_rest_goes_on(self):
        self.world.export([["1001", "AI-2", "AI safety", "Passed", "31/02/2026"], ["1002", "AI-2", "AI safety", "Passed", "01/04/2026"],
                           ["", "AI-2", "AI safety", "Passed", "01/04/2026"], ["1003", "AI-1", "AI basics", "Perhaps", "01/04/2026"]], "bad.csv")
        sync = self.world.ask("sync", "lms")["syncs"][0]
        self.assertEqual((sync["counts"]["rejected"], sync["counts"]["added"]), (3, 4))
        places = sorted(r["where"] for r in sync["rejected"])
        self.assertEqual(places, ["bad.csv:2", "bad.csv:4", "bad.csv:5"])
        self.assertNotIn("1001", json.dumps(sync["rejected"]))
        self.assertIn("column 'Date'", json.dumps(sync["rejected"]))
        shown = self.world.ask("run", "show", sync["run"])
        self.assertEqual(len(shown["rejected"]), 3)

    def test_an_export_of_which_nothing_can_be_used_is_a_failed_run(self):
        (self.world.drop / "export.csv").write_text("Employee,Course,Title,Status,When\n1001,AI-1,AI basics,Completed,01/03/2026\n")
        failed = self.world.ask("sync", "lms", expect=1)["syncs"][0]
        self.assertEqual(failed["error"]["code"], "nothing_usable")
        self.assertIn("Date", failed["error"]["message"])
        self.assertEqual(self.world.ask("run", "list")["runs"][0]["outcome"], "failed")

    def test_older_and_newer_exports_of_one_fact_in_one_folder_settle(self):
        self.world.export([["1001", "AI-1", "AI basics", "Started", "01/02/2026"], ["1001", "AI-1", "AI basics", "Completed", "01/03/2026"]], "old.csv")
        self.world.ask("sync", "lms")
        before = self.world.digest()
        for _ in range(2):
            counts = self.world.ask("sync", "lms", "--full")["syncs"][0]["counts"]
            self.assertEqual(counts["added"] + counts["changed"] + counts["withdrawn"], 0)
        self.assertEqual(self.world.digest(), before)

    def test_a_part_of_a_number_is_nobody(self):
        self.assertIn("nobody", self.refused("person", "100", "--data", self.world.data))

    def test_a_mistyped_unit_is_no_empty_answer(self):
        self.assertIn("no unit 'Radiolgy'", self.refused("matrix", "--unit", "Radiolgy", "--data", self.world.data))
        self.assertIn("no unit", self.refused("assign", "confirm", "--unit", "Radiolgy", "--data", self.world.data))

    def test_product_and_held_items_are_in_the_readable_record(self):
        self.world.ask("sync", "lms")
        out, _ = run("record", "1001", "--data", self.world.data)
        self.assertIn("t1-ai-literacy-1", out)

    def test_a_framework_that_the_mapping_does_not_fit_bricks_nothing(self):
        self.world.ask("sync", "lms")
        before = self.world.digest()
        published = self.world.ask("framework", "publish", "dart-ed-digital")
        self.assertTrue(any("demo" in w for w in published["warnings"]), published)
        self.assertTrue(self.world.ask("status")["out_of_force"])
        again = self.world.ask("framework", "publish", "hee-ai-confidence")
        self.assertTrue(again["changed"])
        self.assertEqual(self.world.ask("status")["out_of_force"], [])
        self.world.ask("run", "revert", again["run"])
        self.assertTrue(self.world.ask("status")["out_of_force"])
        self.world.ask("run", "revert", published["run"])
        self.assertEqual(self.world.digest(), before)
        self.assertEqual(self.world.ask("status")["out_of_force"], [])

    def test_an_older_file_that_is_touched_does_not_get_the_last_word(self):
        import os
        self.world.export([["1001", "AI-1", "AI basics", "Started", "01/02/2026"]], "a.csv")
        self.world.export([["1001", "AI-1", "AI basics", "Completed", "01/03/2026"]], "export.csv")
        os.utime(self.world.drop / "a.csv", (1000000000, 1000000000))
        self.world.ask("sync", "lms")
        (self.world.drop / "a.csv").chmod(0o600)
        self.assertEqual(self.world.ask("sync", "lms")["syncs"][0]["counts"]["changed"], 0)
        self.assertEqual(self.world.item("1001", "t1-ai-literacy-1")["attainment"], "met")

    def test_people_readable_output_of_every_question(self):
        self.world.ask("sync", "lms")
        data = ["--data", self.world.data]
        for args, wanted in [(["matrix"], "ai-literacy"), (["record", "esr-employee:demo:1001"], "met_direct"), (["person", "Ada Fictional"], "Consultant"),
                             (["explain", "--person", "1001", "--requirement", "t1-ai-literacy-1"], "verdict: met"),
                             (["explain", "--archetype", "shaper", "--factor", "liability"], "verdict"), (["run", "list"], "sync of lms"), (["run", "show", "5"], "run 5"),
                             (["status"], "people: 3"), (["matrix", "--csv"], "shaper,"), (["source", "list"], "lms"), (["adapter", "list"], "csv"),
                             (["mapping", "list"], "Demo mapping"), (["assign", "status"], "confirmed"), (["people", "list", "--unit", "Radiology"], "2 of 2")]:
            out, _ = run(*args, *data)
            self.assertIn(wanted, out, args)


if __name__ == "__main__":
    unittest.main()
