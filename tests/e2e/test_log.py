"""The log: JSON lines, request ids and traces, levels that change while the daemon is at work, no query in an access line."""
import json
import os
import time
import unittest

import bridge

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class Log(bridge.Case):
    def lines(self, event=None):
        found = []
        for line in self.world.daemon.text().splitlines():
            if line.startswith("{"):
                found.append(json.loads(line))
        return [line for line in found if event in (None, line["event"])]

    def serve(self, *more, **log):
        config = bridge.write_json(self.world.root / "c.json", {"log": {"format": "json", **log}})
        return self.world.serve("--config", config, *more)

    def access(self, request):
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            for line in self.lines("http.answer"):
                if line.get("request") == request:
                    return line
            time.sleep(0.02)
        self.fail(f"no line of {request}")

    def test_a_request_has_an_id_in_its_answer_and_in_every_line(self):
        made = self.world.ask("credential", "add", "x", "--scope", "read,admin")
        daemon = self.serve()
        auth = (made["key"], made["secret"])
        status, headers, _ = daemon.get("/api/v1/people?unit=Fictional", auth=auth,
                                        headers={"X-Request-Id": "abc-1", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
        self.assertEqual((status, headers["X-Request-Id"]), (200, "abc-1"))
        line = self.access("abc-1")
        self.assertEqual(line["trace"], TRACE)
        fields = line["fields"]
        self.assertEqual((fields["route"], fields["status"], fields["who"]), ("/api/v1/people", "200", "credential:" + auth[0]))
        self.assertGreater(int(fields["bytes"]), 0)
        self.assertNotIn("Fictional", daemon.text())
        # A change: what the operation logs has the id too.
        daemon.request("POST", "/api/v1/teams", {"text": "{}", "name": "t"}, auth=auth, headers={"X-Request-Id": "abc-2"})
        self.access("abc-2")
        for bad in ("a b", "x" * 65, "ada@demo.example"):
            _, headers, _ = daemon.get("/healthz", headers={"X-Request-Id": bad})
            self.assertRegex(headers["X-Request-Id"], "^[0-9a-f]{16}$")
        # Refused before it is read, and no route at all: an id all the same.
        self.assertTrue(daemon.request("POST", "/api/v1/teams", {"a": 1})[1]["X-Request-Id"])
        _, headers, _ = daemon.get("/people/ada@demo.example", headers={"traceparent": "00-nonsense"})
        line = self.access(headers["X-Request-Id"])
        self.assertEqual(line["fields"]["route"], "-")
        self.assertNotIn("trace", line)
        self.assertNotIn("ada@demo.example", daemon.text())

    def test_the_command_line_stands_over_the_file(self):
        self.serve("--log-format", "plain")
        self.assertIn(" info serving ", self.world.daemon.text())
        self.assertEqual(self.lines(), [])

    def test_a_level_for_a_while(self):
        daemon = self.serve(level="warn")
        self.assertEqual(self.lines("serving"), [])
        answer = self.world.ask("log", "level")
        self.assertEqual((answer["level"], answer["for_now"]), ("warning", []))
        self.world.ask("log", "level", "debug", "--component", "http", "--for", "2s")
        _, headers, _ = daemon.get("/healthz")
        self.assertEqual(self.access(headers["X-Request-Id"])["level"], "debug")
        self.assertEqual(self.lines("admin.request"), [], "only http")
        time.sleep(2.1)
        _, headers, _ = daemon.get("/healthz")
        self.assertEqual(self.world.ask("log", "level")["for_now"], [])
        self.assertNotIn(headers["X-Request-Id"], daemon.text())
        self.world.ask("log", "level", "info")
        _, headers, _ = daemon.get("/api/v1/people")
        self.access(headers["X-Request-Id"])
        for args in (["loud"], ["info", "--component", "nowhere"], ["info", "--for", "soon"], ["info", "--for", "2d"]):
            self.refused("log", "level", *args, "--data", self.world.data)
        self.assertEqual(len(self.world.ask("audit", "list", "--what", "log.level")["entries"]) % 2, 0)

    def test_without_a_daemon_there_is_no_level_to_change(self):
        self.world.ask("credential", "add", "x", "--scope", "read")
        self.assertIn("no_daemon", self.refused("log", "level", "debug", "--data", self.world.data, code=1))

    def text_when(self, word, times=1):
        deadline = time.monotonic() + 30
        while self.world.daemon.text().count(word) < times and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.world.daemon.text()

    def test_the_journal_gets_priorities(self):
        log = self.world.root / "daemon.log"
        log.touch()
        about = log.stat()
        self.world.daemon = bridge.Daemon(self.world.data, env={**os.environ, "JOURNAL_STREAM": f"{about.st_dev}:{about.st_ino}"})
        self.assertRegex(self.text_when(" serving "), r"(?m)^<6>\d{4}-\S+ info serving ")
        self.world.daemon.stop()
        self.world.daemon = bridge.Daemon(self.world.data, env={**os.environ, "JOURNAL_STREAM": "1:1"})
        self.assertRegex(self.text_when(" serving ", 2).split(" info stopped")[1], r"(?m)^\d{4}-\S+ info serving ")

    def test_a_reload_changes_it(self):
        self.serve(level="warn", levels={"admin": "info"})
        self.world.ask("status")
        bridge.write_json(self.world.root / "c.json", {"log": {"format": "plain", "level": "info"}})
        bridge.run("reload", "--data", self.world.data)
        _, headers, _ = self.world.daemon.get("/api/v1/people")
        deadline = time.monotonic() + 5
        while f" request={headers['X-Request-Id']}" not in self.world.daemon.text() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertIn(f" request={headers['X-Request-Id']}", self.world.daemon.text())

    def test_the_configuration_is_checked(self):
        path = bridge.write_json(self.world.root / "c.json", {"log": {"levels": {"nowhere": "info"}, "syslog": {"host": "h", "ca_file": "no.pem", "key_file": "no.key"}}})
        with self.assertRaises(bridge.Failed) as caught:
            bridge.run("check", "--config", path)
        text = caught.exception.out + caught.exception.err
        for word in ("/log/levels/nowhere", "/log/syslog/ca_file", "certificate_file"):
            self.assertIn(word, text)


if __name__ == "__main__":
    unittest.main()
