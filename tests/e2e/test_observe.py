"""What watches over the daemon: figures for Prometheus, readiness with reasons, status, the service manager, a support bundle."""
import io
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import unittest
import zipfile

import bridge

PROMTOOL = shutil.which("promtool")
needs_promtool = bridge.needs(PROMTOOL, "promtool is not installed: apt-get install prometheus")
NAMES = ["Ada Fictional", "Bea Fictional", "Cy Fictional", "Fictional", "ada@demo.example", "bea@demo.example", "demo.example"]
NUMBERS = ["1001", "1002", "1003"]


class Metrics(bridge.Case):
    def serve(self, *more, **config):
        file = bridge.write_json(self.world.root / "capbridge.json", {"data": "data", "metrics": {"open_to": ["127.0.0.1"]}, **config})
        return self.world.serve("--config", file, *more)

    def figures(self, daemon):
        """name{labels} -> value"""
        status, headers, text = daemon.get("/metrics")
        self.assertEqual(status, 200, text)
        self.assertTrue(headers["Content-Type"].startswith("text/plain; version=0.0.4"))
        self.text = text
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line and not line.startswith("#")}

    def test_it_tells_how_everything_goes(self):
        self.world.small()
        self.world.ask("sync", "--all")
        daemon = self.serve()
        daemon.get("/nothing/here")
        daemon.get("/xapi/about")
        figures = self.figures(daemon)
        self.assertEqual(figures["capbridge_ready"], 1)
        self.assertEqual(figures["capbridge_projector_behind_entries"], 0)
        self.assertGreater(figures["capbridge_journal_entries_total"], 5)
        self.assertGreater(figures["capbridge_store_database_bytes"], 100_000)
        self.assertGreater(figures["capbridge_store_disk_free_bytes"], 0)
        self.assertLess(figures['capbridge_source_last_success_age_seconds{source="lms",adapter="csv"}'], 300)
        self.assertEqual(figures['capbridge_source_held{source="lms",adapter="csv"}'], 0)
        self.assertEqual(figures['capbridge_http_request_duration_seconds_count{class="none",status="4xx"}'], 1)
        self.assertEqual(figures['capbridge_http_request_duration_seconds_count{class="xapi",status="2xx"}'], 1)
        self.assertGreater(figures["process_resident_memory_bytes"], 1_000_000)
        self.assertGreater(figures["process_open_fds"], 5)
        self.assertGreater(figures["process_start_time_seconds"], 1_600_000_000)
        self.assertEqual(figures["capbridge_backup_configured"], 0)
        self.assertIn("capbridge_sandbox_enforced", figures)
        self.assertTrue(any(name.startswith("capbridge_build_info{version=") for name in figures))
        for name in NAMES:
            self.assertNotIn(name, self.text)
        # As many lines after many different requests: paths do not become labels.
        before = len(self.text.splitlines())
        for i in range(50):
            daemon.get(f"/nothing/{i}")
        self.figures(daemon)
        self.assertEqual(len(self.text.splitlines()), before)

    @needs_promtool
    def test_promtool_finds_nothing_wrong(self):
        self.world.small()
        self.world.ask("sync", "--all")
        daemon = self.serve()
        daemon.get("/healthz")
        self.figures(daemon)
        done = subprocess.run([PROMTOOL, "check", "metrics"], input=self.text, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_who_may_read_it(self):
        daemon = self.world.serve()
        key = lambda scope: (lambda made: (made["key"], made["secret"]))(self.world.ask("credential", "add", scope, "--scope", scope))
        self.assertEqual(daemon.get("/metrics")[0], 401)
        self.assertEqual(daemon.get("/metrics", auth=key("metrics"))[0], 200)
        self.assertEqual(daemon.get("/metrics", auth=key("read"))[0], 200)
        self.assertEqual(daemon.get("/metrics", auth=key("statements/write"))[0], 403)
        self.assertEqual(daemon.get("/api/v1/matrix", auth=key("metrics"))[0], 403)


class Rules(unittest.TestCase):
    @needs_promtool
    def test_the_alerts(self):
        rules = bridge.REPO / "packaging/prometheus/capbridge.rules.yml"
        for command in (["check", "rules", str(rules)], ["test", "rules", str(bridge.REPO / "tests/e2e/capbridge_rules_test.yml")]):
            done = subprocess.run([PROMTOOL, *command], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_their_figures_are_ones_that_there_are(self):
        rules = (bridge.REPO / "packaging/prometheus/capbridge.rules.yml").read_text()
        source = "".join(p.read_text() for p in (bridge.REPO / "src").rglob("*.cpp"))
        for name in set(re.findall(r"\bcapbridge_[a-z_]+", "\n".join(re.findall(r"expr: (.*)", rules)))):
            short = re.sub(r"^capbridge_(source|forward)_|_count$", "", name)
            self.assertIn(f'"{short}"' if short != name and not name.startswith("capbridge_http") else name.removesuffix("_count"), source, name)


class Status(bridge.Case):
    def test_for_a_person(self):
        self.world.small()
        self.world.ask("sync", "--all")
        self.world.serve()
        out, _ = bridge.run("status", "--data", self.world.data)
        for part in ("capbridge ", "ready", "0 entries behind", "free on its disk", "source lms", "last read", "no mapping names"):
            self.assertIn(part, out)
        answer = self.world.ask("status")
        self.assertEqual(answer["daemon"]["status"], "ready")
        self.assertEqual(answer["problems"], [])
        self.assertEqual([note["code"] for note in answer["notes"] if note["code"] != "disk_low"], ["no_backup"])
        out, _ = bridge.run("status", "--check", "--data", self.world.data)
        self.assertTrue(out.startswith("OK"), out)

    def test_for_a_monitoring_plugin(self):
        self.world.small()
        out, _ = bridge.run("status", "--check", "--data", self.world.data, expect=1)
        self.assertTrue(out.startswith("PROBLEM"), out)
        self.assertIn("systemctl start capbridge", out)
        self.world.serve()
        shutil.rmtree(self.world.drop)
        for _ in range(3):
            bridge.run("sync", "lms", "--data", self.world.data, expect=1)
        out, _ = bridge.run("status", "--check", "--data", self.world.data, expect=1)
        self.assertIn("lms", out)
        bridge.run("status", "--check", "--data", self.world.root / "nothing", expect=1)
        self.assertEqual(len(self.world.ask("status", "--check", expect=1)["problems"]), 1)


class Ready(bridge.Case):
    def test_reasons_say_what_to_do(self):
        daemon = self.world.serve()
        answer = json.loads(daemon.get("/readyz")[2])
        self.assertEqual((answer["status"], answer["reasons"]), ("ready", []))
        self.assertEqual(daemon.get("/healthz")[0], 200)

    def test_a_full_disk_is_a_reason_and_goes_away(self):
        if os.geteuid() != 0:
            self.skipTest("only root can mount a small disk")
        small = self.world.root / "small"
        small.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80m", "none", str(small)], capture_output=True).returncode != 0:
            self.skipTest("no disk can be mounted here")
        self.addCleanup(lambda: subprocess.run(["umount", "-l", str(small)], check=False))
        self.world.data = small / "data"
        daemon = self.world.serve()
        (small / "filling").write_bytes(bytes(30_000_000))
        self.wait(daemon, 503)
        answer = json.loads(daemon.get("/readyz")[2])
        self.assertEqual([r["code"] for r in answer["reasons"]], ["disk_full"])
        self.assertIn("room", answer["reasons"][0]["remedy"])
        self.assertIn("soon nothing can be stored", answer["reasons"][0]["message"], "nothing has failed yet")
        self.assertEqual(daemon.get("/healthz")[0], 200)
        bridge.run("status", "--check", "--data", self.world.data, expect=1)
        (small / "filling").unlink()
        self.wait(daemon, 200)
        daemon.stop()

    def wait(self, daemon, status):
        deadline = time.monotonic() + 20
        while daemon.get("/readyz")[0] != status:
            self.assertLess(time.monotonic(), deadline, daemon.get("/readyz")[2])
            time.sleep(0.1)


class ServiceManager(bridge.Case):
    """NOTIFY_SOCKET as systemd gives it; what is told is read here."""

    def setUp(self):
        super().setUp()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        self.path = str(self.world.root / "notify")
        self.socket.bind(self.path)
        self.socket.settimeout(0.2)
        self.told = []

    def listen(self, until, seconds=20):
        """Reads on until a message has a line that begins so."""
        deadline = time.monotonic() + seconds
        while not any(line.startswith(until) for line in self.told):
            self.assertLess(time.monotonic(), deadline, f"{until} was never told: {self.told}")
            try:
                self.told += self.socket.recv(65536).decode().splitlines()
            except TimeoutError:
                pass

    def serve(self, *more, **environment):
        env = {**os.environ, "NOTIFY_SOCKET": self.path, **environment}
        self.world.daemon = bridge.Daemon(self.world.data, *more, env=env)
        return self.world.daemon

    def test_start_reload_and_stop(self):
        config = bridge.write_json(self.world.root / "capbridge.json", {"data": "data"})
        daemon = self.serve("--config", config)
        self.listen("READY=1")
        self.assertTrue(any(line.startswith("EXTEND_TIMEOUT_USEC=") for line in self.told), self.told)
        self.assertTrue(any(line.startswith("STATUS=starting") for line in self.told))
        self.assertNotIn("WATCHDOG=1", self.told)  # nobody asked for it
        self.told.clear()
        daemon.process.send_signal(signal.SIGHUP)
        self.listen("RELOADING=1")
        self.listen("READY=1")
        self.told.clear()
        daemon.stop()
        self.listen("STOPPING=1")

    def test_a_pulse_while_it_answers(self):
        # As for the process itself: the service manager names the one that the pulse is of.
        daemon = self.serve(WATCHDOG_USEC="900000")
        self.listen("READY=1")
        for _ in range(3):
            self.told.clear()
            self.listen("WATCHDOG=1", 3)
        # Stopped, it is silent: that is what the service manager restarts for.
        daemon.process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        try:
            while True:
                self.socket.recv(65536)
        except TimeoutError:
            pass
        time.sleep(1)
        with self.assertRaises(TimeoutError):
            self.socket.recv(65536)
        daemon.process.send_signal(signal.SIGCONT)
        self.told.clear()
        self.listen("WATCHDOG=1", 5)


class SupportBundle(bridge.Case):
    def test_it_has_what_helps_and_nobody_in_it(self):
        self.world.small()
        self.world.export([["1001", "AI-1", "AI basics", "Completed", "01/03/2026"], ["9999", "AI-9", "Talk with Ada Fictional", "Completed", "01/03/2026"],
                           ["1003", "AI-2", "AI safety", "Nonsense of Bea Fictional", "no date"]], "second.csv")
        self.world.ask("sync", "--all", expect=0)
        secret = "invented-secret-4711"
        config = bridge.write_json(self.world.root / "capbridge.json", {
            "data": "data", "organisation": "A trust", "forward": [{"name": "lrs", "kind": "lrs", "settings": {
                "url": "https://bridge:" + secret + "@lrs.trust.example/xapi?token=" + secret, "user": "ada@demo.example",
                "secret_file": "nothing", "agents": ["mbox|mailto:ada@demo.example"]}}]})
        daemon = self.world.serve()
        daemon.get("/xapi/about")
        log = self.world.root / "some.log"
        log.write_text(daemon.text() + "\na line that should not be: ada@demo.example\n")
        file = self.world.root / "bundle.zip"
        out, _ = bridge.run("support-bundle", file, "--data", self.world.data, "--config", config, "--log", log)
        self.assertIn("Look through it", out)
        self.assertEqual(file.stat().st_mode & 0o077, 0)
        with zipfile.ZipFile(file) as bundle:
            content = {name.split("/", 1)[1]: bundle.read(name).decode() for name in bundle.namelist()}
        self.assertEqual(set(content), {"about.json", "configuration.json", "daemon.json", "log.txt", "metrics.txt", "missing.json", "sources.json", "status.json"})
        for name, text in content.items():
            for person in NAMES + [secret, "AI-9", "Talk with"]:
                self.assertNotIn(person, text, name)
            if name not in ("metrics.txt", "log.txt"):  # these have ports, times and sizes, which are numbers too
                for number in NUMBERS + ["9999"]:
                    self.assertIsNone(re.search(rf"\b{number}\b", text), (name, number))
        self.assertEqual(json.loads(content["missing.json"]), [])
        source = json.loads(content["sources.json"])[0]
        self.assertEqual(source["name"], "lms")
        self.assertGreater(source["runs"][0]["counts"]["rejected"], 0)
        self.assertIn("capbridge_ready 1", content["metrics.txt"])
        self.assertIn("http.answer", content["log.txt"])
        self.assertEqual(json.loads(content["configuration.json"])["forward"][0]["settings"]["url"], "https://lrs.trust.example/xapi")

    def test_without_a_daemon_it_says_what_is_missing(self):
        self.world.small()
        file = self.world.root / "bundle.zip"
        answer = self.world.ask("support-bundle", file, "--config", self.world.root / "none.json", "--log", self.world.root / "none.log")
        self.assertEqual({one["what"] for one in answer["missing"]}, {"configuration.json", "daemon.json", "log.txt"})


if __name__ == "__main__":
    unittest.main()
