"""The scorm-cloud adapter with the real binary against a SCORM Cloud with its traps."""
import datetime
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fakes"))
from bridge import Case, Failed, write_json  # noqa: E402
from scorm_cloud import ScormCloud  # noqa: E402


class ScormCloudAdapter(Case):
    def setUp(self):
        super().setUp()
        self.world.small()
        self.cloud = ScormCloud().start()
        self.addCleanup(self.cloud.stop)

    def source(self, **settings):
        secret = self.world.root / "key"
        secret.write_text("app-secret")
        secret.chmod(0o600)
        self.world.ask("source", "add", "cloud", "--adapter", "scorm-cloud", "--activity-base", "https://lms.example/course/",
                       "--settings", write_json(self.world.root / "cloud.json", {"url": self.cloud.url + "/api/v2", "learner": {"scheme": "esr-employee", "issuer": "demo"},
                                                                                 **settings}),
                       "--options", write_json(self.world.root / "options.json",
                                               {"http": {"auth": {"lms": {"type": "basic", "user": "app-id", "secret_file": str(secret)}}}}))

    def sync(self, expect=0):
        done = self.world.ask("sync", "cloud", expect=expect)["syncs"][0]
        return done.get("counts", done)

    def test_every_registration_once_whatever_happens_on_the_way(self):
        for n in range(1, 36):
            self.cloud.register(n)
        self.cloud.repeat = 1
        self.cloud.fault("throttle", at=2)
        self.cloud.fault("status", 500, at=4)
        self.cloud.fault("cut", at=5)
        self.cloud.fault("expired", at=6)
        self.source()
        self.assertEqual(self.sync()["added"], 35)
        self.assertEqual(self.sync()["added"], 0)

    def test_an_old_registration_that_is_finished_today_is_found(self):
        self.cloud.register(1, completion="INCOMPLETE")
        for n in range(2, 15):
            self.cloud.register(n)
        self.source(overlap_minutes=0)
        self.sync()
        self.cloud.register(1, success="PASSED", score=93)
        counts = self.sync()
        self.assertEqual((counts["added"], counts["changed"]), (0, 1))

    def test_what_was_back_dated_into_the_overlap_is_found(self):
        for n in range(1, 4):
            self.cloud.register(n)
        self.source()
        self.sync()
        self.cloud.register(9, at=self.cloud.clock - datetime.timedelta(minutes=5))
        self.assertEqual(self.sync()["added"], 1)

    def test_a_completion_without_a_verdict_counts_as_completed(self):
        self.cloud.register(1, completion="COMPLETED", success="UNKNOWN")
        self.source()
        self.sync()
        self.assertEqual(self.world.item("esr-employee:demo:1001", "t1-ai-literacy-1")["attainment"], "met")

    def test_names_are_not_taken_and_addresses_only_if_asked(self):
        for n in range(1, 25):
            self.cloud.register(n, success="PASSED", score=93)
        self.cloud.register(25)
        self.cloud.rows["reg-25"]["learner"]["id"] = ""  # cannot be used
        daemon = self.world.serve("--debug")
        self.source(email=False)
        counts = self.sync()
        self.assertEqual((counts["added"], counts["rejected"]), (24, 1))
        self.cloud.fault("short")
        with self.assertRaises(Failed):
            self.sync()
        daemon.stop()
        self.assertEqual(self.files_with("Wilhelmina", "Quillby", "@example.org"), [])
        self.source(email=True)
        self.cloud.register(26)
        self.cloud.rows["reg-26"]["learner"]["id"] = ""
        self.sync()
        self.assertTrue(self.files_with("u26@example.org"), "what is looked for would be found")
        self.assertEqual(self.files_with("Wilhelmina", "Quillby"), [])

    def test_a_cut_answer_and_a_wrong_key_are_told_apart(self):
        for n in range(1, 25):
            self.cloud.register(n)
        self.source()
        self.cloud.fault("short", times=1)
        with self.assertRaises(Failed) as caught:
            self.sync()
        self.assertIn("cut off", str(caught.exception))
        self.cloud.secret = "another"
        with self.assertRaises(Failed) as caught:
            self.sync()
        self.assertIn("credentials", str(caught.exception))
        self.assertNotIn("app-secret", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
