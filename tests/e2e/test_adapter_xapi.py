"""The xapi adapter with the real binary: a faulty store pulled whole, another bridge pulled and pushed to."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fakes"))
from bridge import Case, Failed, World, run, write_json  # noqa: E402
from lrs import Lrs, statement, voiding  # noqa: E402


class XapiAdapter(Case):
    def setUp(self):
        super().setUp()
        self.world.small()
        self.lrs = Lrs().start()
        self.addCleanup(self.lrs.stop)

    def source(self, url=None, secret="invented-secret", user="key", **settings):
        (self.world.root / "secret").write_text(secret + "\n")
        (self.world.root / "secret").chmod(0o600)
        self.world.ask("source", "add", "lrs", "--adapter", "xapi",
                       "--settings", write_json(self.world.root / "xapi.json", {"url": url or self.lrs.url + "/xapi", "limit": 10, **settings}),
                       "--options", write_json(self.world.root / "options.json",
                                               {"http": {"auth": {"lms": {"type": "basic", "user": user, "secret_file": str(self.world.root / "secret")}}}}))

    def sync(self, expect=0):
        return self.world.ask("sync", "lrs", expect=expect)

    def stored(self):
        """Ids of all statements in the journal, voided or not."""
        out, _ = run("statements", "export", "--data", self.world.data)
        return {json.loads(line)["id"] for line in out.splitlines() if line.strip()}

    def test_every_statement_once_whatever_happens_on_the_way(self):
        ours = [statement(n, course=f"AI-{n % 2 + 1}") for n in range(1, 48)]
        self.lrs.add(*ours)
        self.lrs.repeat = 2
        self.source()
        self.lrs.fault("status", 500, at=2)
        self.lrs.fault("throttle", at=4)
        self.lrs.fault("cut", at=6)
        self.lrs.fault("expired", at=8)
        self.lrs.fault("slow", 1, at=9)
        self.sync()
        self.assertLessEqual({s["id"] for s in ours}, self.stored())
        digest = self.world.digest()
        self.sync()
        self.assertEqual(self.world.digest(), digest)

    def test_what_came_late_and_what_was_voided(self):
        first = statement(1, course="AI-1")
        self.lrs.add(first, statement(2, course="AI-2"))
        self.source()
        self.sync()
        late = statement(3, course="AI-1")
        self.lrs.late(late, 1)
        void = voiding(1, first)
        self.lrs.add(void)
        self.sync()
        self.assertLessEqual({late["id"], void["id"]}, self.stored())

    def test_a_token_that_expires_half_way_keeps_what_came_before(self):
        self.lrs.add(*(statement(n) for n in range(1, 40)))
        self.source()
        self.lrs.fault("status", 401, at=3, times=50)
        with self.assertRaises(Failed):
            self.sync()
        before = self.stored()
        self.assertIn(statement(1)["id"], before)
        self.lrs.faults = []
        self.sync()
        self.assertLessEqual({statement(n)["id"] for n in range(1, 40)}, self.stored())

    def test_broken_statements_cost_themselves_only(self):
        self.lrs.add(*(statement(n) for n in range(1, 5)))
        self.lrs.raw = ['{"id": "x"}', '"\\ud800"', "[" * 100 + "]" * 100]
        self.source()
        self.sync()
        self.assertLessEqual({statement(n)["id"] for n in range(1, 5)}, self.stored())

    def test_no_secret_reaches_log_or_answer(self):
        self.source(secret="not-the-right-one")
        with self.assertRaises(Failed) as caught:
            self.sync()
        self.assertNotIn("not-the-right-one", str(caught.exception))

    def test_what_was_pushed_comes_back_as_the_same(self):
        self.source()
        options = self.world.root / "options.json"
        options.write_text(json.dumps({**json.loads(options.read_text()), "write_back": {"statements": {}}}))
        self.world.ask("source", "add", "lrs", "--adapter", "xapi", "--settings", self.world.root / "xapi.json", "--options", options)
        self.world.ask("sync", "lms")  # completions known by their day: statements without a timestamp
        ours = self.stored()
        self.world.ask("push", "lrs")
        self.assertEqual({json.loads(text)["id"] for _, text in self.lrs.rows}, ours)
        counts = self.sync()["syncs"][0]["counts"]
        self.assertEqual((counts["added"], counts["changed"], counts["rejected"]), (0, 0, 0))
        self.assertEqual(self.stored(), ours)

    def test_from_another_bridge(self):
        other = World()
        self.addCleanup(other.close)
        other.small()
        other.ask("sync", "lms")
        key = other.ask("credential", "add", "puller", "--scope", "all")
        daemon = other.serve()
        self.source(url=daemon.base + "/xapi", user=key["key"], secret=key["secret"])
        self.sync()
        _, _, body = daemon.get("/xapi/statements", headers={"X-Experience-API-Version": "1.0.3"}, auth=(key["key"], key["secret"]))
        theirs = {s["id"] for s in json.loads(body)["statements"]}
        self.assertTrue(theirs)
        self.assertLessEqual(theirs, self.stored())


if __name__ == "__main__":
    unittest.main()
