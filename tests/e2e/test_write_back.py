"""Writing back with the real binary: competencies to a small Moodle, statements to a small LRS; and kill -9 in the middle of it."""
import json
import pathlib
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fakes"))
from bridge import BINARY, Case, run, write_json  # noqa: E402
from lrs import Lrs  # noqa: E402
from moodle import Moodle  # noqa: E402

RULE = {"requirement": "t1-ai-literacy-1", "competency": "C-FIRE", "grade": 2, "note": "By the bridge"}
PEOPLE = range(1101, 1109)


class Site(Moodle):
    """Calls before() and after() around each rating; before() may refuse it."""

    def __init__(self, users):
        super().__init__(users=users)
        self.before = self.after = lambda form: None

    def ws_core_competency_grade_competency(self, form):
        self.before(form)
        said = super().ws_core_competency_grade_competency(form)
        self.after(form)
        return said

    def given(self):
        """Rows of evidence by the employee number of the user."""
        numbers = {user["id"]: user["idnumber"] for user in self.users}
        return {numbers[user]: len(rows) for (user, _), rows in self.evidence.items()}


class Store(Lrs):
    def __init__(self):
        super().__init__()
        self.before = self.after = lambda batch: None

    def post(self, batch):
        refused = self.before(batch)
        if refused:
            return self.say(400, {"message": refused})
        said = super().post(batch)
        self.after(batch)
        return said

    def ids(self):
        return sorted(json.loads(text)["id"] for _, text in self.rows)


class WriteBack(Case):
    def setUp(self):
        super().setUp()
        w = self.world
        w.small()
        w.people([[str(n), f"River {n}", f"r{n}@demo.example", "Ward", "Medical and Dental", "Consultant", "2020-01-01"] for n in PEOPLE])
        w.export([])
        self.learn({n: ("Completed", "01/03/2026") for n in PEOPLE})

    def learn(self, rows):
        self.world.export([[str(n), "AI-1", "AI basics", status, day] for n, (status, day) in rows.items()])
        self.world.ask("sync", "lms", "--full")

    def options(self, name, auth, write_back):
        return write_json(self.world.root / f"{name}-options.json", {"http": {"auth": {"lms": auth}}, "write_back": write_back})

    def secret(self, name, text):
        path = self.world.root / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def moodle(self, users=len(PEOPLE), **write_back):
        if not hasattr(self, "site"):
            self.site = Site(users).start()
            self.addCleanup(self.site.stop)
            for number, user in zip(PEOPLE, self.site.users):
                user["idnumber"] = str(number)
        auth = {"type": "form_token", "parameter": "wstoken", "secret_file": self.secret("token", self.site.token)}
        self.world.ask("source", "add", "moodle", "--adapter", "moodle", "--activity-base", "https://lms.example/course/", "--settings",
                       write_json(self.world.root / "moodle.json", {"url": self.site.url, "report": {"id": 7, "page_size": 10}, "identifiers": [
                           {"field": "idnumber", "scheme": "esr-employee", "issuer": "demo"}]}),
                       "--options", self.options("moodle", auth, {"competencies": [RULE], **write_back}))

    def lrs(self):
        self.store = Store().start()
        self.addCleanup(self.store.stop)
        auth = {"type": "basic", "user": "key", "secret_file": self.secret("secret", "invented-secret")}
        self.world.ask("source", "add", "lrs", "--adapter", "xapi", "--settings",
                       write_json(self.world.root / "xapi.json", {"url": self.store.url + "/xapi"}),
                       "--options", self.options("lrs", auth, {"statements": {}}))

    def push(self, name="moodle", *more):
        return self.world.ask("push", name, *more)["counts"]

    def show(self, name="moodle"):
        return self.world.ask("source", "show", name)

    def everybody_once(self):
        return {str(n): 1 for n in PEOPLE}

    # ---- competencies ----

    def test_once_and_again_on_new_evidence_after_a_loss_only(self):
        self.moodle()
        dry = self.world.ask("push", "moodle", "--dry-run")
        self.assertEqual((dry["counts"]["to_push"], len(dry["awards"])), (len(PEOPLE), len(PEOPLE)))
        self.assertEqual(self.site.evidence, {})
        out, _ = run("push", "moodle", "--dry-run", "--data", self.world.data)
        self.assertIn("8 competencies would be given", out)
        self.assertIn("C-FIRE", out)
        self.assertEqual(self.push()["pushed"], len(PEOPLE))
        self.assertEqual(self.site.given(), self.everybody_once())
        note = self.site.evidence[(10, 5)][0]["note"]
        self.assertIn("By the bridge AI basics https://lms.example/course/AI-1", note)
        self.assertEqual(self.push()["same"], len(PEOPLE))
        rows = {n: ("Completed", "01/03/2026") for n in PEOPLE}
        self.learn({**rows, 1101: ("Completed", "01/04/2026")})  # more of the same, no loss in between
        self.assertEqual(self.push()["pushed"], 0)
        self.learn({**rows, 1101: ("Started", "01/04/2026")})
        lost = self.world.ask("push", "moodle", "--dry-run")
        who = self.world.ask("person", "esr-employee:demo:1101")["id"]
        self.assertEqual(lost["unmet"], [{"person": who, "competency": "C-FIRE"}])
        out, _ = run("push", "moodle", "--data", self.world.data)
        self.assertIn("1 were given to moodle and are not met here any more", out)
        self.assertEqual(self.show()["write_back"]["unmet"], 1)
        self.assertEqual(self.site.given(), self.everybody_once())
        self.learn({**rows, 1101: ("Completed", "01/05/2026")})
        self.assertEqual(self.push()["pushed"], 1)
        self.assertEqual(self.site.given(), {**self.everybody_once(), "1101": 2})
        self.assertEqual((self.push()["same"], self.show()["write_back"]["unmet"]), (len(PEOPLE), 0))

    def test_a_refused_one_is_shown_and_tried_again_by_a_person(self):
        self.moodle()
        self.site.users[3]["idnumber"] = "not-yet-there"
        counts = self.push()
        self.assertEqual((counts["pushed"], counts["rejected"]), (len(PEOPLE) - 1, 1))
        refused = self.show()["push_rejected"]
        self.assertEqual(len(refused), 1)
        self.assertIn("no account", refused[0]["message"])
        out, _ = run("source", "show", "moodle", "--data", self.world.data)
        self.assertIn("refused: competency_award C-FIRE/", out)
        self.site.users[3]["idnumber"] = str(PEOPLE[3])
        self.assertEqual(self.push()["waiting"], 1)
        self.assertEqual(self.push("moodle", "--retry")["pushed"], 1)
        self.assertEqual(self.site.given(), self.everybody_once())
        self.assertEqual(self.show()["push_rejected"], [])

    def test_what_is_revoked_here_is_not_taken_back_there_and_said(self):
        self.moodle()
        self.push()
        sync = next(r for r in self.show("lms")["runs"] if r["kind"] == "sync")
        self.world.ask("run", "revert", sync["id"])
        self.assertEqual(self.push()["unmet"], len(PEOPLE))
        self.assertEqual(self.site.given(), self.everybody_once())
        self.assertEqual(len(self.world.ask("push", "moodle", "--dry-run")["unmet"]), len(PEOPLE))

    def test_moodle_is_not_told_what_it_told_us(self):
        self.learn({n: ("Completed" if n == 1101 else "Started", "01/03/2026") for n in PEOPLE})
        self.moodle()
        when = int(time.time()) - 86_400
        mapping = self.world.root / "mapping.json"
        both = '"https://lms.example/course/AI-1", "https://lms.example/course/CRS-A"'
        mapping.write_text(mapping.read_text().replace('"https://lms.example/course/AI-1"', both))
        text = mapping.read_text().replace('"version": "1"', '"version": "2"')
        mapping.write_text(text)
        self.world.ask("mapping", "publish", mapping)
        for user in self.site.users[:3]:
            self.site.complete(user["username"], "CRS-A", when)
        self.world.ask("sync", "moodle")
        counts = self.push()
        self.assertEqual((counts["pushed"], counts["own"]), (1, 2))
        self.assertEqual(self.site.given(), {"1101": 1})
        self.moodle(own_evidence=True)
        self.assertEqual(self.push()["pushed"], 2)
        self.assertEqual(self.site.given(), {"1101": 1, "1102": 1, "1103": 1})

    def test_a_merge_gives_nobody_the_same_again(self):
        self.moodle()
        self.push()
        merged = self.world.ask("person", "esr-employee:demo:1101")["id"]
        self.world.ask("people", "merge", merged, "esr-employee:demo:1001")
        self.assertEqual(self.push()["pushed"], 0)
        self.world.ask("people", "unmerge", merged)
        self.assertEqual(self.push()["pushed"], 0)
        self.assertEqual(self.site.given(), self.everybody_once())

    def test_an_answer_that_is_cut_off_doubles_nothing(self):
        self.moodle()
        self.site.after = lambda form: self.site.fault("truncate", 1) if len(self.site.evidence) == 4 else None
        run("push", "moodle", "--data", self.world.data, expect=1)
        self.site.after = lambda form: None
        self.push()
        self.assertEqual(self.site.given(), self.everybody_once())

    # ---- kill -9 ----

    def killed(self, name, arm):
        """A daemon that is killed while it pushes to the source `name`; arm(kill) says when."""
        daemon = self.world.serve()
        gone = threading.Event()

        def kill():
            daemon.process.kill()
            daemon.process.wait()
            gone.set()

        arm(kill)
        client = subprocess.Popen([BINARY, "push", name, "--data", str(self.world.data)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        client.wait(60)
        self.assertTrue(gone.wait(10), "the daemon was not killed")
        daemon.stop()
        self.world.daemon = None

    def test_a_daemon_that_is_killed_gives_everybody_the_competency_once(self):
        self.moodle()
        for point in ("before the effect", "after the effect", "a little later", "after the next effect"):
            with self.subTest(point):
                done = sum(self.site.given().values())

                def arm(kill):
                    def before(form):
                        if point == "before the effect" and sum(self.site.given().values()) == done + 1:
                            kill()
                            raise ConnectionError

                    def after(form):
                        count = sum(self.site.given().values())
                        if (point, count) in (("after the effect", done + 1), ("after the next effect", done + 2)):
                            kill()
                        if (point, count) == ("a little later", done + 1):
                            threading.Timer(0.004, kill).start()
                    self.site.before, self.site.after = before, after

                self.killed("moodle", arm)
                self.site.before = self.site.after = lambda form: None
                self.assertLessEqual(set(self.site.given().values()), {1})
        self.world.serve()
        self.push()
        self.assertEqual(self.site.given(), self.everybody_once())
        self.assertEqual(self.show()["written_back"], {"pushed": len(PEOPLE), "rejected": 0})
        self.assertEqual(self.push()["same"], len(PEOPLE))

    # ---- statements ----

    def many(self, count):
        self.world.export([[str(PEOPLE[i % len(PEOPLE)]), f"C-{i}", "A course", "Completed", "01/03/2026"] for i in range(count)], "many.csv")
        self.world.ask("sync", "lms", "--full")
        out, _ = run("statements", "export", "--data", self.world.data)
        return sorted(json.loads(line)["id"] for line in out.splitlines() if line.strip())

    def test_a_daemon_that_is_killed_sends_every_statement_once(self):
        self.lrs()
        ids = self.many(260)
        self.assertGreater(len(ids), 260)
        for point in ("before", "after", "later"):
            with self.subTest(point):
                posts = []

                def arm(kill):
                    def before(batch):
                        posts.append(len(batch))
                        if point == "before" and len(posts) == 2:
                            kill()
                            raise ConnectionError

                    def after(batch):
                        if point == "after" and len(posts) == 2:
                            kill()
                        if point == "later" and len(posts) == 2:
                            threading.Timer(0.004, kill).start()
                    self.store.before, self.store.after = before, after

                self.killed("lrs", arm)
                self.store.before = self.store.after = lambda batch: None
                self.assertLess(len(self.store.ids()), len(ids))
        self.world.serve()
        self.push("lrs")
        self.assertEqual(self.store.ids(), ids)
        requests = len(self.store.requests)
        self.assertEqual(self.push("lrs")["statements"], 0)
        self.assertEqual(len(self.store.requests), requests)

    def test_refused_statements_are_shown_and_sent_by_a_person(self):
        self.lrs()
        ids = self.many(60)
        bad = {ids[3], ids[40]}
        self.store.before = lambda batch: "no" if any(s["id"] in bad for s in batch) else None
        counts = self.push("lrs")
        self.assertEqual((counts["statements"], counts["statements_rejected"]), (len(ids) - 2, 2))
        self.assertEqual({r["key"] for r in self.show("lrs")["push_rejected"]}, bad)
        self.store.before = lambda batch: None
        self.assertEqual(self.push("lrs")["statements"], 0)
        self.assertEqual(self.world.ask("push", "lrs", "--dry-run", "--retry")["counts"]["statements"], 2)
        self.assertEqual(self.push("lrs", "--retry")["statements"], 2)
        self.assertEqual(self.store.ids(), ids)


if __name__ == "__main__":
    unittest.main()
