"""The moodle adapter with the real binary against a small Moodle with faults; and against a real one where MOODLE_URL and MOODLE_TOKEN say
which (MOODLE_REPORT: the number of its custom report, MOODLE_COURSE: the ID number of a course, for strategy batch)."""
import json
import os
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fakes"))
from bridge import BINARY, Case, Failed, run, write_json  # noqa: E402
from moodle import HIDDEN, Moodle, shown  # noqa: E402

DAY = 86_400
IDENTIFIERS = [{"field": "idnumber", "scheme": "esr-employee", "issuer": "demo"}, {"field": "username", "scheme": "account"}]


class MoodleCase(Case):
    def add(self, url, token, **settings):
        secret = self.world.root / "token"
        secret.write_text(token)
        secret.chmod(0o600)
        self.world.ask("source", "add", "moodle", "--adapter", "moodle", "--activity-base", "https://lms.example/course/",
                       "--settings", write_json(self.world.root / "moodle.json", {"url": url, "identifiers": IDENTIFIERS, **settings}),
                       "--options", write_json(self.world.root / "options.json", {
                           "http": {"auth": {"lms": {"type": "form_token", "parameter": "wstoken", "secret_file": str(secret)}}}}))

    def sync(self, *more, expect=0):
        return self.world.ask("sync", "moodle", *more, expect=expect)["syncs"][0]

    def counts(self, *more):
        counts = self.sync(*more)["counts"]
        return tuple(counts[name] for name in ("added", "changed", "withdrawn", "rejected"))


class MoodleAdapter(MoodleCase):
    def setUp(self):
        super().setUp()
        self.world.small()
        self.now = int(time.time())
        self.site = Moodle(users=20).start()
        self.addCleanup(self.site.stop)
        self.addCleanup(lambda: self.assertEqual(self.site.violations, []))
        for i, user in enumerate(self.site.users):
            if i % 2 == 0:
                self.site.complete(user["username"], "CRS-A", self.now - (30 - i) * DAY)

    def by_report(self, token=None, **settings):
        self.add(self.site.url, token or self.site.token, report={"id": 7, "page_size": 10}, **settings)

    def by_batch(self, **settings):
        self.add(self.site.url, self.site.token, courses=[{"idnumber": "CRS-A"}], batch_size=7, **settings)

    def failing(self, word):
        with self.assertRaises(Failed) as caught:
            self.sync()
        self.assertIn(word, str(caught.exception))
        self.assertNotIn(self.site.token, str(caught.exception))

    def test_everything_once_then_only_what_is_new(self):
        self.by_report()
        self.assertEqual(self.counts(), (10, 0, 0, 0))
        self.assertEqual(self.counts(), (0, 0, 0, 0))
        self.site.complete("aire1", "CRS-B", self.now - 60)
        self.site.complete("bann1", "CRS-B", self.now - 13 * DAY)  # dated back, within the overlap of the newest known
        self.assertEqual(self.counts(), (2, 0, 0, 0))
        self.site.complete("calder1", "CRS-B", self.now - 200 * DAY)  # dated back further than any overlap
        self.assertEqual(self.counts(), (0, 0, 0, 0))
        self.assertEqual(self.counts("--full"), (1, 0, 0, 0))
        self.assertEqual(self.site.filters, {})

    def test_an_unenrolment_revokes_nothing_and_a_reset_does(self):
        self.by_report()
        self.counts()
        self.site.unenrol("aire1", "CRS-A")
        self.site.rows[("calder1", "CRS-A")] = None
        self.assertEqual(self.counts("--full"), (0, 0, 1, 0))

    def test_busy_sites_are_waited_for(self):
        self.by_report()
        self.site.fault("throttle", 1)
        self.assertEqual(self.counts(), (10, 0, 0, 0))
        self.site.fault("maintenance", 1)
        self.assertEqual(self.counts("--full"), (0, 0, 0, 0))

    def test_a_cut_body_and_repeated_rows_lose_and_double_nothing(self):
        self.by_report()
        self.site.fault("repeat", 2)
        self.site.fault("truncate", 1)
        self.failing("cut off")
        self.site.fault("truncate", 0)
        self.assertEqual(self.counts()[0], 10)
        self.assertEqual(self.counts("--full"), (0, 0, 0, 0))

    def test_a_token_that_expires_half_way(self):
        self.by_report()
        self.counts()
        before = len(self.site.calls)
        self.site.fault("expire", 1)
        self.failing("token")
        self.assertEqual(len(self.site.calls), before + 1)  # no second try with it

    def test_a_filter_that_is_not_applied_is_found_out(self):
        self.by_report()
        self.counts()
        self.site.fault("no_filters", 1)
        self.failing("Time completed")

    def test_a_missing_right_is_no_empty_site(self):
        for add in (self.by_report, self.by_batch):
            with self.subTest(add.__name__):
                add()
                self.site.fault("no_view", 1)
                self.failing("moodle/user:viewdetails")
                self.site.fault("no_view", 0)

    def test_activities_and_scorm_person_by_person(self):
        self.by_batch(strategy="batch", activities=True, scorm=True)
        self.site.states[(10, 21)] = {"state": 1, "timecompleted": self.now - DAY, "overrideby": 53}
        self.site.states[(11, 21)] = {"state": 3, "timecompleted": self.now - DAY, "overrideby": None}
        self.site.tracks = {(10, 1): "passed", (10, 2): "completed"}
        self.assertEqual(self.sync()["counts"]["rejected"], 0)
        self.site.unenrol("aire1", "CRS-A")  # his activity shows 0 now, his course call says usernotenroled
        self.assertEqual(self.counts()[2], 0)
        self.site.states[(11, 21)] = {"state": 0, "timecompleted": self.now, "overrideby": None}
        self.assertEqual(self.counts()[2], 1)

    def test_a_right_that_is_missing_is_named(self):
        self.by_batch(strategy="batch", activities=True)
        self.site.fault("nopermissions", 1)
        self.failing("report/progress:view")
        self.site.fault("nopermissions", 0)
        self.assertEqual(self.counts()[0], 10)
        self.site.fault("nopermissions", 1)
        self.failing("report/progress:view")
        self.site.fault("nopermissions", 0)
        self.assertEqual(self.counts(), (0, 0, 0, 0))  # nobody's completion was taken back for it

    def test_a_course_whose_completions_may_not_be_seen_is_reported_and_the_activities_are_read(self):
        self.by_batch(strategy="batch", activities=True)
        self.site.states[(10, 21)] = {"state": 1, "timecompleted": self.now - DAY, "overrideby": None}
        self.counts()
        self.site.fault("cannotviewreport", 1)
        self.failing("report/completion:view")  # for completion is on in that course
        self.site.courses[0]["enablecompletion"] = 0
        self.site.states[(11, 21)] = {"state": 1, "timecompleted": self.now - DAY, "overrideby": None}
        self.assertEqual(self.counts(), (1, 0, 0, 1))
        self.site.fault("cannotviewreport", 0)
        self.site.courses[0]["enablecompletion"] = 1
        self.assertEqual(self.counts("--full"), (0, 0, 0, 0))

    def test_where_something_is_expected_a_missing_right_to_reports_stops_the_source(self):
        self.by_batch(strategy="batch", expect={"courses": [{"idnumber": "CRS-A"}], "users_at_least": 5})
        self.site.fault("cannotviewreport", 1)
        self.failing("report/completion:view")

    def test_activities_that_vanish_between_two_calls_take_nothing_back(self):
        self.by_batch(strategy="batch", activities=True)
        self.site.states[(10, 21)] = {"state": 1, "timecompleted": self.now - DAY, "overrideby": None}
        self.assertEqual(self.counts()[0], 11)
        contents = self.site.ws_core_course_get_contents

        def then_hidden(form):
            shown = contents(form)
            self.site.vanished = {21}  # behind the list of activities, before anybody's states
            return shown
        self.site.ws_core_course_get_contents = then_hidden
        self.assertEqual(self.counts(), (0, 0, 0, 0))
        self.assertEqual(self.counts("--full"), (0, 0, 0, 0))
        self.site.ws_core_course_get_contents, self.site.vanished = contents, set()
        self.assertEqual(self.counts(), (0, 0, 0, 0))

    def test_the_companion_gives_only_what_is_new(self):
        self.site.companion = True
        for i in range(20, 1300):  # more than a page
            self.site.users.append({"id": 10 + i, "username": f"weir{i}", "idnumber": str(10001 + i), "email": f"weir{i}@rivers.example.org"})
            self.site.complete(f"weir{i}", "CRS-B", self.now - (i % 40) * DAY)
        self.site.states[(10, 21)] = {"state": 1, "timecompleted": self.now - DAY, "overrideby": None}
        self.add(self.site.url, self.site.token, courses=[{"idnumber": "CRS-A"}, {"idnumber": "CRS-B"}], activities=True)
        self.assertEqual(self.counts(), (1291, 0, 0, 0))
        before = len(self.site.calls)
        self.site.complete("bann1", "CRS-A", self.now)
        self.assertEqual(self.counts(), (1, 0, 0, 0))
        self.assertLess(len(self.site.calls) - before, 12)
        self.site.states[(10, 21)] = {"state": 0, "timecompleted": self.now, "overrideby": None}
        self.assertEqual(self.counts()[2], 0)  # the feed cannot tell a reset from an un-enrolment

    def test_a_daemon_that_is_killed_in_the_middle_of_the_pages_loses_and_doubles_nothing(self):
        for i, user in enumerate(self.site.users):
            self.site.complete(user["username"], "CRS-A", self.now - (30 - i) * DAY)
            self.site.complete(user["username"], "CRS-B", self.now - (60 - i) * DAY)
        self.add(self.site.url, self.site.token, report={"id": 7, "page_size": 10})
        self.site.delay_ms = 100
        for pages in (1, 2, 3):
            daemon = self.world.serve()
            begun = self.pages()
            asking = subprocess.Popen([BINARY, "sync", "moodle", "--data", str(self.world.data)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            until = time.monotonic() + 20
            while self.pages() < begun + pages and time.monotonic() < until:
                time.sleep(0.005)
            self.assertGreaterEqual(self.pages(), begun + pages)
            daemon.kill()
            asking.wait(timeout=30)
            self.world.daemon = None
        self.site.delay_ms = 0
        self.sync()
        self.assertEqual(self.counts("--full"), (0, 0, 0, 0))
        out, _ = run("statements", "export", "--data", self.world.data)
        told = [json.loads(line) for line in out.splitlines() if line.strip()]
        facts = [(json.dumps(s["actor"], sort_keys=True), s["object"]["id"]) for s in told if "CRS-" in s["object"].get("id", "")]
        self.assertEqual((len(facts), len(set(facts))), (40, 40))

    def pages(self):
        return sum(1 for function, _ in list(self.site.calls) if function == "core_reportbuilder_retrieve_report")

    def test_names_pictures_groups_and_profile_fields_are_not_taken(self):
        self.site.states[(10, 21)] = {"state": 1, "timecompleted": self.now - DAY, "overrideby": None}
        self.site.tracks = {(10, 1): "passed"}
        hidden = ["Wilhelmina", "Quillby", "quillby", "960143", "Billie"]
        self.assertEqual([word for word in hidden if word not in json.dumps(HIDDEN)], [])
        daemon = self.world.serve("--debug")
        self.by_report()
        self.site.complete("bann1", "CRS-B", self.now - DAY)
        self.site.shown = lambda when: "some day, said Wilhelmina Quillby" if when == self.now - DAY else shown(when)
        self.assertEqual(self.counts(), (10, 0, 0, 1))  # one row cannot be used
        self.site.fault("truncate", 1)
        self.failing("cut off")
        self.by_batch(strategy="batch", activities=True, scorm=True)
        self.assertGreater(self.counts("--full")[0], 0)
        self.site.companion = True
        self.add(self.site.url, self.site.token, courses=[{"idnumber": "CRS-A"}, {"idnumber": "CRS-B"}], activities=True)
        self.assertGreater(self.counts("--full")[0], 0)
        daemon.stop()
        self.assertEqual(self.files_with(*hidden, "@rivers.example.org"), [], "nor an address: the settings choose other fields")
        self.assertTrue(self.files_with("10001"), "the ID number is taken")
        # What is looked for would be found.
        self.site.companion = False
        self.add(self.site.url, self.site.token, report={"id": 7}, identifiers=[{"field": "email", "scheme": "email"}])
        self.sync("--full")
        self.assertTrue(self.files_with("@rivers.example.org"))

    def test_the_token_is_nowhere_but_in_bodies(self):
        token = "s3cret-and-long-enough-to-be-found"
        self.site.token = token
        self.by_report()
        daemon = self.world.serve()
        self.counts()
        daemon.stop()
        self.assertNotIn(token, daemon_log(self.world))
        for file in self.world.root.rglob("*"):
            if file.is_file() and file.name != "token":
                self.assertNotIn(token.encode(), file.read_bytes(), file)


def daemon_log(world):
    log = world.root / "daemon.log"
    return log.read_text() if log.exists() else ""


@unittest.skipUnless(os.environ.get("MOODLE_URL") and os.environ.get("MOODLE_TOKEN"), "MOODLE_URL and MOODLE_TOKEN name no Moodle to try")
class LiveMoodle(MoodleCase):
    def test_two_syncs_of_a_real_site(self):
        settings = {}
        if os.environ.get("MOODLE_REPORT"):
            settings["report"] = {"id": int(os.environ["MOODLE_REPORT"])}
        if os.environ.get("MOODLE_COURSE"):
            settings.update(courses=[{"idnumber": os.environ["MOODLE_COURSE"]}], activities=True)
        self.world.small()
        self.add(os.environ["MOODLE_URL"], os.environ["MOODLE_TOKEN"], **settings)
        if os.environ["MOODLE_URL"].startswith("http://"):
            options = self.world.root / "options.json"
            options.write_text(options.read_text().replace('"http": {', '"http": {"allow_http": true,', 1))
            self.world.ask("source", "add", "moodle", "--adapter", "moodle", "--activity-base", "https://lms.example/course/",
                           "--settings", self.world.root / "moodle.json", "--options", options)
        first = self.sync()["counts"]
        self.assertGreater(first["read"], 0)
        self.assertEqual(self.counts()[:3], (0, 0, 0))


if __name__ == "__main__":
    unittest.main()
