"""Syncs by themselves: schedules, holds, quarantine, and kill -9 of the daemon or the child at any moment."""
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time
import unittest

from bridge import ACTIVITY, BINARY, Case, Daemon, SETTINGS, run, write_json

PEOPLE, ROWS = 200, 6000


def children_of(pid):
    """Process ids of the children of a process."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            stat = pathlib.Path(f"/proc/{entry}/stat").read_text()
        except OSError:
            continue
        if int(stat.rsplit(")", 1)[1].split()[1]) == pid:
            found.append(int(entry))
    return found


def wait_for(what, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = what()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError("it did not come in time")


class Sync(Case):
    def setUp(self):
        super().setUp()
        self.world.small()

    def source(self, **more):
        """Settings of the source lms once more, with other members."""
        more = write_json(self.world.root / "more.json", more)
        return self.world.ask("source", "add", "lms", "--adapter", "csv", "--folder", self.world.drop, "--activity-base", ACTIVITY, "--settings",
                              self.world.root / "settings.json", "--options", more)

    def show(self):
        return self.world.ask("source", "show", "lms")

    def runs(self):
        return [r for r in self.world.ask("run", "list", "--source", "lms")["runs"] if r["kind"] == "sync"]


class Schedules(Sync):
    def test_a_daemon_syncs_what_is_due_and_takes_up_new_files(self):
        self.source(schedule={"every": "PT1S"})
        daemon = self.world.serve()
        wait_for(lambda: self.show()["last_ok"])
        self.assertEqual(self.world.item("esr-employee:demo:1001", "t1-ai-literacy-1")["attainment"], "met")
        self.world.export([["1002", "AI-1", "AI basics", "Completed", "05/03/2026"]], name="later.csv")
        wait_for(lambda: self.world.item("esr-employee:demo:1002", "t1-ai-literacy-1")["attainment"] == "met")
        made = self.world.ask("credential", "add", "monitor", "--scope", "read")
        metrics = daemon.get("/metrics", auth=(made["key"], made["secret"]))[2]
        self.assertIn('capbridge_source_last_success_age_seconds{source="lms",adapter="csv"}', metrics)
        self.assertEqual(self.world.ask("status")["sources"][0]["name"], "lms")
        self.assertEqual(daemon.stop(), 0)
        self.assertTrue(all(r["who"] == "schedule" and r["outcome"] == "ok" for r in self.runs()), self.runs())

    def test_a_cron_expression_has_its_next_time_and_a_bad_one_is_refused(self):
        shown = self.source(schedule={"cron": "0 6 * * mon-fri", "zone": "Europe/London"})
        self.assertRegex(shown["next_due"], r"T0[56]:00:00.000Z$")
        bad = write_json(self.world.root / "more.json", {"schedule": {"cron": "0 25 * * *"}})
        err = self.refused("source", "add", "lms", "--adapter", "csv", "--options", bad, "--settings", self.world.root / "settings.json", "--data", self.world.data)
        self.assertIn("no hour", err)

    def test_an_adapter_file_that_is_another_stops_the_source_and_settings_mend_it(self):
        right = next(a["sha256"] for a in self.world.ask("adapter", "list")["adapters"] if a["id"] == "csv")
        self.source(sha256="0" * 64)
        out, _ = run("sync", "lms", "--data", self.world.data, "--json", expect=1)
        self.assertEqual(json.loads(out)["syncs"][0]["error"]["code"], "adapter_config")
        self.assertEqual(self.show()["stopped"], "configuration")
        self.source(sha256=right)
        self.assertIsNone(self.show()["stopped"])
        self.assertEqual(self.world.ask("sync", "lms")["failed"], 0)
        self.assertEqual(self.show()["state"], "ok")


class Decisions(Sync):
    def test_a_dry_run_counts_and_stores_nothing(self):
        journal = self.world.ask("status")["journal"]
        dry = self.world.ask("sync", "lms", "--dry-run")["syncs"][0]
        self.assertEqual((dry["dry_run"], dry["counts"]["added"]), (True, 3))
        self.assertEqual(self.world.ask("status")["journal"], journal)
        self.assertEqual(self.runs(), [])
        self.assertEqual(self.world.ask("sync", "lms")["syncs"][0]["counts"]["added"], 3)

    def test_a_fall_is_held_and_accepted(self):
        self.world.people([[str(2000 + i), f"River {i}", f"r{i}@demo.example", "Radiology", "Medical and Dental", "Consultant", "2020-01-01"] for i in range(40)],
                          name="more.csv")
        write_json(self.world.root / "settings.json", dict(SETTINGS, snapshot=True))
        rows = [[str(2000 + i), "AI-1", "AI basics", "Completed", "01/03/2026"] for i in range(40)]
        self.world.export(rows)
        self.source()
        self.world.ask("sync", "lms")
        self.world.export(rows[:10], name="export.csv")
        held = json.loads(run("sync", "lms", "--data", self.world.data, "--json", expect=1)[0])["syncs"][0]
        self.assertEqual(held["error"]["code"], "snapshot_fell")
        self.assertEqual(self.show()["state"], "held")
        self.assertEqual(self.runs()[0]["outcome"], "held")
        self.assertEqual(self.world.item("esr-employee:demo:2030", "t1-ai-literacy-1")["attainment"], "met")
        accepted = self.world.ask("source", "accept", "lms")["syncs"][0]
        self.assertEqual(accepted["counts"]["withdrawn"], 30)
        self.assertEqual(self.show()["state"], "ok")
        self.refused("source", "accept", "lms", "--data", self.world.data)

    def test_a_yes_is_to_the_numbers_that_were_seen(self):
        self.world.people([[str(2000 + i), f"River {i}", f"r{i}@demo.example", "Radiology", "Medical and Dental", "Consultant", "2020-01-01"] for i in range(40)],
                          name="more.csv")
        write_json(self.world.root / "settings.json", dict(SETTINGS, snapshot=True))
        rows = [[str(2000 + i), "AI-1", "AI basics", "Completed", "01/03/2026"] for i in range(40)]
        self.world.export(rows)
        self.source()
        self.world.ask("sync", "lms")
        self.world.export(rows[:20])
        run("sync", "lms", "--data", self.world.data, expect=1)
        seen = self.show()["held"]
        self.assertEqual((seen["details"]["missing"], seen["details"]["of"]), (20, 40))
        self.assertIn(f"20 of 40; your yes: capbridge source accept lms --yes {seen['yes']}", run("source", "show", "lms", "--data", self.world.data)[0])
        self.world.export(rows[:5])  # worse by the time of the answer
        run("source", "accept", "lms", "--yes", seen["yes"], "--data", self.world.data, expect=1)
        self.assertEqual(self.show()["held"]["details"]["missing"], 35)
        self.assertIn("not_held", self.refused("source", "accept", "lms", "--yes", seen["yes"], "--data", self.world.data))
        self.assertEqual(self.world.ask("source", "accept", "lms", "--yes", self.show()["held"]["yes"])["syncs"][0]["counts"]["withdrawn"], 35)

    def test_a_revert_is_told_before_it_is_done(self):
        made = self.world.ask("sync", "lms")["syncs"][0]["run"]
        digest = self.world.digest()
        told = self.world.ask("run", "revert", made, "--dry-run")
        self.assertEqual(told["facts"]["completion"], {"withdrawn": 3, "restored": 0, "kept": 0})
        self.assertEqual((told["people_touched"], told["people_changed"]), (3, 3))
        self.assertEqual(self.world.digest(), digest)
        self.assertIn("3 withdrawn", run("run", "revert", made, "--dry-run", "--data", self.world.data)[0])

    def test_the_exact_list_of_hosts(self):
        config = write_json(self.world.root / "capbridge.json", {"sources": [{"name": "lms", "adapter": "csv", "folder": "drop", "settings": SETTINGS}]})
        self.assertIn("it connects to nothing", run("check", "--config", config, "--egress")[0])
        self.assertEqual(json.loads(run("check", "--config", config, "--egress", "--json")[0])["egress"], [])
        bad = write_json(self.world.root / "bad.json", {"sources": [{"name": "lms", "preset": "no-such-preset"}]})
        self.assertIn("/sources/0/preset", self.refused("check", "--config", bad))


class Killed(Sync):
    """The same data directory twice: one copy is disturbed, the other is not, and they end alike."""

    def setUp(self):
        super().setUp()
        self.world.people([[str(2000 + i), f"River {i}", f"r{i}@demo.example", "Radiology", "Medical and Dental", "Consultant", "2020-01-01"] for i in range(PEOPLE)],
                          name="more.csv")
        rows = [[str(2000 + i % PEOPLE), f"AI-{1 + i // PEOPLE}", "x", "Passed", f"{1 + i % 28:02d}/03/2026"] for i in range(ROWS)]
        self.world.export(rows)
        self.source(guards={"crashes": 1000})
        whole = self.world.root / "whole"
        shutil.copytree(self.world.data, whole, ignore=shutil.ignore_patterns("*.sock", "lock"))
        self.assertEqual(self.sync_of(whole)["counts"]["added"], ROWS)
        self.expected = self.state_of(whole)

    @staticmethod
    def sync_of(data):
        return json.loads(run("sync", "lms", "--data", data, "--json")[0])["syncs"][0]

    @staticmethod
    def state_of(data):
        """(digest of the records, statements in the journal)"""
        digest = json.loads(run("digest", "--data", data, "--json")[0])["digest"]
        return digest, run("statements", "export", "--data", data)[0].count("\n")

    def finish(self):
        counts = self.sync_of(self.world.data)["counts"]
        self.assertEqual(counts["changed"] + counts["withdrawn"] + counts["rejected"], 0)
        self.assertEqual(self.state_of(self.world.data), self.expected)
        self.assertEqual(self.world.ask("rebuild")["digest"], self.expected[0])
        self.assertLessEqual({r["outcome"] for r in self.runs()}, {"ok", "interrupted", "failed"})

    def test_a_daemon_that_is_killed_again_and_again(self):
        self.source(guards={"crashes": 1000}, schedule={"every": "PT1S"})
        dice = random.Random(5)
        for _ in range(12):
            daemon = Daemon(self.world.data)
            time.sleep(dice.uniform(0.0, 0.5))
            daemon.kill()
        self.finish()

    def test_a_child_that_is_killed_again_and_again(self):
        daemon = self.world.serve()
        self.world.ask("sync", "lms", "--dry-run")
        dice = random.Random(7)
        killed, tries, longest = 0, 0, 0.25
        while killed < 5 and tries < 100:
            tries += 1
            client = subprocess.Popen([BINARY, "sync", "lms", "--data", str(self.world.data), "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            children = []
            while client.poll() is None and not children:
                children = children_of(daemon.process.pid)
            time.sleep(dice.uniform(0.0, longest))
            for child in children_of(daemon.process.pid):
                try:
                    os.kill(child, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            answer = json.loads(client.communicate(timeout=60)[0])["syncs"][0]
            if answer.get("error", {}).get("code") == "adapter_crashed":
                killed += 1
            else:
                longest *= 0.8  # it was over before: on a quick machine a child lives shortly
            self.assertIsNone(daemon.process.poll(), "the daemon died with its child")
        self.assertEqual(killed, 5, f"killed in {tries} tries")
        daemon.stop()
        self.finish()

    def test_an_adapter_that_keeps_dying_is_quarantined_and_the_daemon_goes_on(self):
        self.source(guards={"crashes": 3})
        daemon = self.world.serve()
        self.world.ask("sync", "lms", "--dry-run")  # the daemon knows its adapters now: what dies from here on are runs
        codes = []
        while codes[-1:] != ["quarantined"] and len(codes) < 30:
            client = subprocess.Popen([BINARY, "sync", "lms", "--full", "--data", str(self.world.data), "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            while client.poll() is None:
                for child in children_of(daemon.process.pid):
                    try:
                        os.kill(child, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
            codes.append(json.loads(client.communicate(timeout=60)[0])["syncs"][0].get("error", {}).get("code"))
        self.assertEqual(codes, ["adapter_crashed"] * 3 + ["quarantined"])
        self.assertEqual(self.show()["stopped"], "quarantined")
        self.assertEqual(daemon.get("/readyz")[0], 200)
        self.world.ask("source", "resume", "lms")
        daemon.stop()
        self.finish()


if __name__ == "__main__":
    unittest.main()
