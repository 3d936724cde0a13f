"""Competencies said to others as statements: the profile that is published, the switch, a target that asks for them, loops, kill -9."""
import collections
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import time
import unittest

from bridge import BINARY, Case, Daemon, World, run, write_json
from test_forward import XAPI, free_port, wait_for

ACHIEVED = "https://w3id.org/xapi/tla/verbs/achieved"
EXTENSION = "https://w3id.org/capbridge/extensions/competency-assertion"
QUIZ = "https://lms.example/course/QUIZ"


def literacy():
    framework = json.loads(run("framework", "export")[0])
    return [r["id"] for r in framework["requirements"] if r["tier"] == "foundational" and r["factor"] == "ai-literacy" and r["level"]]


class Assertions(Case):
    def people(self, world, count):
        world.people([[str(1000 + i), f"Person {1000 + i}", f"p{1000 + i}@demo.example", "Ward", "Medical and Dental", "Consultant", "2020-01-01"] for i in range(count)])
        world.ask("mapping", "publish", write_json(world.root / "quiz.json", {
            "id": "demo", "version": "1", "title": "Demo", "framework": "hee-ai-confidence",
            "learning_items": [{"id": "quiz", "title": "Quiz", "activities": [QUIZ], "minutes": 30}],
            "mappings": [{"id": "m", "learning_item": "quiz", "claims": [{"requirements": literacy()}], "needs": "passed", "method": "quiz", "valid_for": "P50Y"}]}))

    def passed(self, world, people):
        """Statements of a file: the quiz was passed."""
        lines = [json.dumps({"id": f"00000000-0000-4000-8000-{i:012d}", "actor": {"mbox": f"mailto:p{1000 + i}@demo.example"},
                             "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"}, "object": {"id": QUIZ}, "timestamp": "2026-05-01T09:00:00Z"}) for i in people]
        file = world.root / "statements.jsonl"
        file.write_text("\n".join(lines) + "\n")
        world.ask("statements", "import", file)

    def on(self, *more):
        return self.world.ask("assertions", "on", "--actor", "esr-employee", "--since", "2026-01-01", *more)

    def said(self, world=None):
        """Our statements in the journal, with those that came from elsewhere."""
        world = world or self.world
        out, _ = run("statements", "export", "--data", world.data)
        statements = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
        return [s for s in statements if EXTENSION in s.get("context", {}).get("extensions", {})]

    def client(self, world, name="client"):
        made = world.ask("credential", "add", name, "--scope", "all")
        return made["key"], made["secret"]

    def target(self, name, of, to, port, settings=None):
        key, secret = self.client(to, "sender")
        file = of.root / f"{name}.secret"
        file.write_text(secret + "\n")
        file.chmod(0o600)
        full = {"url": f"http://127.0.0.1:{port}/xapi", "user": key, "secret_file": f"{name}.secret", **(settings or {})}
        return of.ask("forward", "add", name, "--kind", "lrs", "--settings", write_json(of.root / f"{name}.json", full), "--from-start")

    def test_the_profile_is_the_same_everywhere_and_needs_a_credential(self):
        exported = json.loads(run("framework", "export", "--format", "xapi-profile")[0])
        self.assertEqual(exported["conformsTo"], "https://w3id.org/xapi/profiles#1.0")
        daemon = self.world.serve()
        status, headers, body = daemon.get("/api/v1/framework/profile.jsonld", auth=self.client(self.world))
        self.assertEqual(status, 200, body)
        self.assertEqual(headers["Content-Type"], "application/ld+json")
        self.assertEqual(json.loads(body), exported)
        self.assertEqual(daemon.get("/api/v1/framework/profile.jsonld")[0], 401)
        self.assertEqual(daemon.get("/api/v1/framework/profile.jsonld?id=none", auth=self.client(self.world, "b"))[0], 404)

    def test_switched_on_counted_first_and_switched_off(self):
        self.people(self.world, 3)
        self.passed(self.world, range(2))
        self.assertIn("not said to others", run("assertions", "show", "--data", self.world.data)[0])
        self.assertIn("assertions on", self.refused("assertions", "send", "--data", self.world.data))
        self.assertIn("identifier", self.refused("assertions", "on", "--data", self.world.data))
        self.world.ask("assertions", "on", "--actor", "esr-employee", "--since", "2026-06-01", "--factor", "ai-literacy")
        self.assertEqual(self.world.ask("assertions", "send")["counts"]["achieved"], 0)
        out, _ = run("assertions", "backfill", "--data", self.world.data)
        self.assertIn("Would say: 2 achieved", out)
        self.assertIn("Nothing was said", out)
        self.assertEqual(self.said(), [])
        self.assertEqual(self.world.ask("assertions", "backfill", "--yes")["counts"]["achieved"], 2)
        self.assertEqual(len(self.said()), 2)
        self.assertEqual(self.world.ask("assertions", "backfill", "--yes")["counts"]["achieved"], 0)
        self.world.ask("assertions", "off")
        self.passed(self.world, [2])
        self.assertIn("assertions on", self.refused("assertions", "backfill", "--yes", "--data", self.world.data))
        self.assertEqual(len(self.said()), 2)
        self.assertNotIn("Person 1", json.dumps(self.said()))

    def test_over_http_with_scope_admin_only(self):
        daemon = self.world.serve()
        admin = self.client(self.world)
        made = self.world.ask("credential", "add", "reader", "--scope", "read")
        reader = (made["key"], made["secret"])
        self.assertEqual(daemon.get("/api/v1/assertions", auth=reader)[0], 403)
        self.assertEqual(daemon.request("POST", "/api/v1/assertions/settings", {"on": True, "actor": ["uuid"]}, auth=reader)[0], 403)
        status, _, body = daemon.request("POST", "/api/v1/assertions/settings", {"on": True, "actor": ["uuid"]}, auth=admin)
        self.assertEqual((status, json.loads(body)["changed"]), (200, True), body)
        self.assertTrue(json.loads(daemon.get("/api/v1/assertions", auth=admin)[2])["settings"]["on"])
        self.assertEqual(daemon.request("POST", "/api/v1/assertions/settings", {"factors": ["none"]}, auth=admin)[0], 400)
        self.assertEqual(daemon.request("POST", "/api/v1/assertions/backfill", b"[1", auth=admin)[0], 400)
        status, _, body = daemon.request("POST", "/api/v1/assertions/backfill", {}, auth=admin)
        self.assertEqual((status, json.loads(body)["dry_run"]), (200, True), body)

    def test_a_target_that_asks_by_the_template_gets_them_and_a_loop_gives_nothing(self):
        other = World()
        self.addCleanup(other.close)
        for world in (self.world, other):
            self.people(world, 3)
        ports = free_port(), free_port()
        self.world.daemon = Daemon(self.world.data, listen=f"127.0.0.1:{ports[0]}")
        other.daemon = Daemon(other.data, listen=f"127.0.0.1:{ports[1]}")
        profile = write_json(self.world.root / "profile.jsonld", json.loads(run("framework", "export", "--format", "xapi-profile")[0]))
        templates = {t["id"].rsplit("/", 1)[1]: t["id"] for t in json.loads(pathlib.Path(profile).read_text())["templates"]}
        self.target("registry", self.world, other, ports[1], {"filters": {"profile": {"file": "profile.jsonld", "template": templates["achieved"]}}})
        self.target("back", other, self.world, ports[0])
        self.passed(self.world, range(3))
        self.on()
        self.assertEqual(self.world.ask("assertions", "send")["counts"]["achieved"], 3)
        wait_for(lambda: len(self.said(other)) == 3)
        ids = sorted(s["id"] for s in self.said())
        self.assertEqual(sorted(s["id"] for s in self.said(other)), ids)
        # What has come back by then is known here; nobody's record moved, and there is nothing new to say.
        wait_for(lambda: other.ask("forward", "show", "back")["behind"] == 0)
        self.assertEqual(sorted(s["id"] for s in self.said()), ids)
        self.assertEqual(self.world.ask("assertions", "send")["counts"]["achieved"], 0)
        self.assertEqual(other.ask("status")["unresolved_actors"], 0)
        record = other.ask("record", "esr-employee:demo:1000")
        self.assertEqual(record["foundation"]["met"], 0)
        _, _, body = other.daemon.get("/xapi/statements?verb=" + ACHIEVED, headers=XAPI, auth=self.client(other))
        self.assertEqual(len(json.loads(body)["statements"]), 3)

    def test_killed_in_the_middle_each_is_said_once(self):
        count = 1500
        self.people(self.world, count)
        self.passed(self.world, range(count))
        self.on()
        digest = self.world.digest()
        journal = sqlite3.connect(f"file:{self.world.data}/capbridge.db?mode=ro", uri=True, isolation_level=None)
        self.addCleanup(journal.close)

        def rows():
            return journal.execute("select count(*) from statement").fetchone()[0]

        # Killed as soon as something more is in the journal: in the middle of the rest.
        interrupted, begun = 0, rows()
        while rows() < begun + count:
            before = rows()
            process = subprocess.Popen([BINARY, "assertions", "send", "--data", str(self.world.data)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            while rows() == before and process.poll() is None:
                time.sleep(0.002)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self.assertGreater(rows(), before)
            interrupted += rows() < begun + count
        self.assertGreater(interrupted, 0)
        daemon = self.world.serve()
        self.world.ask("assertions", "send")
        daemon.kill()
        said = self.said()
        people = collections.Counter(s["actor"]["account"]["name"] for s in said)
        self.assertEqual(len(said), count)
        self.assertEqual(set(people.values()), {1})
        self.assertEqual(self.world.ask("assertions", "show")["said"]["achieved"], count)
        self.assertEqual(self.world.ask("rebuild")["digest"], digest)
        self.assertEqual(self.world.ask("assertions", "send")["counts"]["achieved"], 0)

    def test_the_daemon_says_them_by_itself(self):
        self.people(self.world, 2)
        self.on()
        self.world.serve()
        self.passed(self.world, range(2))
        wait_for(lambda: len(self.said()) == 2, seconds=30)


if __name__ == "__main__":
    unittest.main()
