"""The canvas adapter with the real binary against a Canvas that throttles, forgets pages and hides things."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fakes"))
from bridge import Case, Failed, write_json  # noqa: E402
from canvas import Canvas  # noqa: E402


class CanvasAdapter(Case):
    def setUp(self):
        super().setUp()
        self.world.small()
        self.site = Canvas(page=3).start()
        self.addCleanup(self.site.stop)

    def source(self, token="canvas-token", **settings):
        secret = self.world.root / "token"
        secret.write_text(token)
        secret.chmod(0o600)
        self.world.ask("source", "add", "canvas", "--adapter", "canvas", "--activity-base", "https://lms.example/course/",
                       "--settings", write_json(self.world.root / "canvas.json",
                                                {"url": self.site.url, "identifiers": [{"member": "sis_user_id", "scheme": "esr-employee", "issuer": "demo"}],
                                                 **settings}),
                       "--options", write_json(self.world.root / "options.json",
                                               {"http": {"auth": {"lms": {"type": "bearer", "secret_file": str(secret)}}}}))

    def sync(self, *more, expect=0):
        done = self.world.ask("sync", "canvas", *more, expect=expect)["syncs"][0]
        return done.get("counts", done)

    def fill(self, learners=8):
        for number in (7, 9):
            self.site.course(number, f"Course {number}")
            for user in range(1, learners + 1):
                self.site.learner(number, user)
        self.site.course(8, "No requirements", modular=False)
        self.site.learner(8, 1)

    def test_every_completion_once_whatever_happens_on_the_way(self):
        self.fill()
        self.site.learner(7, 30, state="completed")  # only one by one
        self.site.fault("throttle", at=3)
        self.site.fault("status", 500, at=5)
        self.site.fault("short", at=40)
        self.source()
        self.assertEqual(self.sync()["added"], 17)
        counts = self.sync()
        self.assertEqual((counts["added"], counts["changed"], counts["withdrawn"], counts["same"]), (0, 0, 0, 20))  # 17 completions, 3 courses

    def test_both_shapes_of_throttling(self):
        for shape in ("403", "429"):
            with self.subTest(shape):
                self.site.shape = shape
                self.fill()
                self.site.fault("throttle", at=2, times=2)
                self.source()
                self.sync()

    def test_a_missing_right_says_so_at_once(self):
        self.fill()
        self.site.forbidden.add("/courses/7/bulk_user_progress")
        self.source()
        with self.assertRaises(Failed) as caught:
            self.sync()
        self.assertIn("Grades - view all grades", str(caught.exception))
        self.assertLess(len(self.site.requests), 8)

    def test_a_sign_in_page_is_told_and_tried_again(self):
        self.fill()
        self.source()
        self.site.fault("sign_in", at=2)
        with self.assertRaises(Failed) as caught:
            self.sync()
        self.assertIn("sign-in", str(caught.exception))
        self.assertEqual(self.sync()["added"], 16)

    def test_rows_that_come_again_on_the_next_page_are_one(self):
        self.fill()
        self.site.repeat = 2
        self.source()
        self.assertEqual(self.sync()["added"], 16)
        counts = self.sync()
        self.assertEqual((counts["added"], counts["changed"], counts["withdrawn"]), (0, 0, 0))

    def test_what_is_completed_no_more_is_taken_back(self):
        for settings in ({}, {"in_progress": False}):
            with self.subTest(settings):
                self.setUp()
                self.fill(4)
                self.source(modules=True, **settings)
                self.assertEqual(self.sync()["added"], 16)
                learners = self.site.courses[7]["learners"]
                learners[1].update(met=0, of=2, at=None)  # begins again
                learners[2].update(met=1, of=2, at=None)  # a requirement was added
                learners[3]["state"] = "deleted"  # removed from the course: what was learnt is no less true
                learners[4]["state"] = "completed"  # the course is over for that learner
                counts = self.sync()
                # Of the two: the course and its module; in_progress of learner 2 takes the completion's place.
                self.assertEqual((counts["withdrawn"], counts["changed"]), (4, 0) if settings else (2, 2))
                counts = self.sync()
                self.assertEqual((counts["added"], counts["withdrawn"], counts["changed"]), (0, 0, 0))
                learners[1].update(met=2, at="2026-03-05T10:00:00Z")
                counts = self.sync()
                self.assertEqual(counts["added"] + counts["changed"], 2)

    def test_a_token_that_expires_half_way_is_taken_up_where_it_was(self):
        self.fill()
        self.source()
        self.site.fault("status", 401, at=12, times=99)
        with self.assertRaises(Failed):
            self.sync()
        self.site.faults = []
        asked = len(self.site.requests)
        self.sync()
        again = [r.path for r in self.site.requests[asked:] if r.path.endswith("/7/bulk_user_progress")]
        self.assertEqual(again, [])  # course 7 was through
        counts = self.sync()
        self.assertEqual((counts["added"], counts["same"]), (0, 19))  # 16 completions, 3 courses

    def test_what_is_gone_was_withdrawn_and_what_cannot_be_known_was_not(self):
        self.fill()
        self.source(snapshot=True)
        self.sync()
        self.site.courses[9]["modular"] = False  # somebody removed the requirements
        self.site.courses[7]["learners"][1]["state"] = "deleted"
        counts = self.sync()
        self.assertEqual(counts["withdrawn"], 1)

    def test_names_are_not_taken(self):
        self.fill()
        self.site.learner(9, 30, state="completed")
        daemon = self.world.serve("--debug")
        self.source(modules=True)
        self.assertGreater(self.sync()["added"], 16)
        self.site.fault("short", at=2)
        with self.assertRaises(Failed):
            self.sync("--full")
        self.site.sis_rights = False
        self.sync("--full")
        daemon.stop()
        self.assertEqual(self.files_with("Wilhelmina", "Quillby"), [])
        self.assertTrue(self.files_with("Course 7"), "what is looked for would be found")

    def test_without_sis_rights_nobody_is_lost(self):
        self.fill()
        self.site.sis_rights = False
        self.source()
        self.assertEqual(self.sync()["added"], 16)


if __name__ == "__main__":
    unittest.main()
