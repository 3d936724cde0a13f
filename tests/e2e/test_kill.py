"""kill -9 at any moment of a sync loses nothing and doubles nothing."""
import os
import random
import signal
import subprocess
import time
import unittest

from bridge import BINARY, Case


class Killed(Case):
    def fill(self):
        self.world.people([[str(2000 + i), f"Person {i}", f"p{i}@demo.example", "Radiology", "Medical and Dental", "Consultant", "2020-01-01"] for i in range(300)])
        self.world.small()
        rows = [[str(2000 + i % 300), f"C-{i // 300}" if i // 300 > 1 else f"AI-{i // 300 + 1}", "x", "Passed", f"{1 + i % 28:02d}/03/2026"] for i in range(9000)]
        self.world.export(rows)

    def test_syncs_that_are_killed_end_like_one_that_was_not(self):
        self.fill()
        whole = self.world.ask("sync", "lms")["syncs"][0]["counts"]
        self.assertEqual(whole["added"], 9000)
        expected_matrix, statements = self.world.ask("matrix"), self.world.ask("status")["journal"]

        other = type(self.world)()
        self.addCleanup(other.close)
        self.world, first = other, self.world
        self.fill()
        dice = random.Random(11)
        for _ in range(8):
            process = subprocess.Popen([BINARY, "sync", "lms", "--data", str(self.world.data)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            time.sleep(dice.uniform(0.02, 0.5))
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        counts = self.world.ask("sync", "lms")["syncs"][0]["counts"]
        self.assertEqual(counts["changed"] + counts["withdrawn"], 0)
        matrix = self.world.ask("matrix")
        for answer in (matrix, expected_matrix):
            answer.pop("watermark")
        self.assertEqual(matrix, expected_matrix)
        self.assertEqual(self.world.ask("status")["journal"], statements)
        self.assertEqual(self.world.ask("rebuild")["digest"], self.world.digest())
        outcomes = {r["outcome"] for r in self.world.ask("run", "list")["runs"] if r["kind"] == "sync"}
        self.assertLessEqual(outcomes, {"ok", "interrupted"})
        first.close()

    def test_a_daemon_that_is_killed_in_the_middle_of_a_sync_goes_on_where_it_was(self):
        self.fill()
        for pause in (0.1, 0.3):
            daemon = self.world.serve()
            client = subprocess.Popen([BINARY, "sync", "lms", "--data", str(self.world.data)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(pause)
            daemon.kill()
            client.wait(30)
        self.world.serve()
        counts = self.world.ask("sync", "lms")["syncs"][0]["counts"]
        self.assertEqual(counts["changed"] + counts["withdrawn"] + counts["rejected"], 0)
        self.assertEqual(self.world.ask("status")["journal"], self.journal_of_one_whole_sync())
        self.assertEqual(self.world.ask("rebuild")["digest"], self.world.digest())

    def journal_of_one_whole_sync(self):
        mine, self.world = self.world, type(self.world)()
        try:
            self.fill()
            self.world.ask("sync", "lms")
            return self.world.ask("status")["journal"]
        finally:
            self.world.close()
            self.world = mine

    def test_a_killed_daemon_has_every_statement_that_it_acknowledged(self):
        daemon = self.world.serve()
        made = self.world.ask("credential", "add", "tests", "--scope", "all")
        auth, xapi = (made["key"], made["secret"]), {"X-Experience-API-Version": "1.0.3"}
        acknowledged = []
        for i in range(40):
            status, _, body = daemon.request("POST", "/xapi/statements", {"actor": {"mbox": f"mailto:p{i}@demo.example"}, "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
                                                                          "object": {"id": "https://lms.example/course/AI-1"}}, xapi, auth)
            self.assertEqual(status, 200)
            acknowledged.append(__import__("json").loads(body)[0])
        daemon.kill()
        daemon = self.world.serve()
        for one in acknowledged:
            self.assertEqual(daemon.get(f"/xapi/statements?statementId={one}", headers=xapi, auth=auth)[0], 200)


if __name__ == "__main__":
    unittest.main()
