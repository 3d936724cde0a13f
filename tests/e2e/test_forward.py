"""Statements forwarded to another bridge and to a webhook: nothing lost, nothing twice, whoever goes down."""
import hashlib
import hmac
import http.server
import json
import random
import shutil
import socket
import ssl
import subprocess
import threading
import time
import unittest
import urllib.parse

from bridge import Case, Daemon, World, needs, run, write_json

XAPI = {"X-Experience-API-Version": "1.0.3"}
VERBS = "http://adlnet.gov/expapi/verbs/"


def statement(n, verb="completed"):
    return {"id": f"00000000-0000-4000-8000-{n:012d}", "actor": {"mbox": f"mailto:p{n % 7}@demo.example"}, "verb": {"id": VERBS + verb},
            "object": {"id": f"https://lms.example/course/{n % 11}"}, "timestamp": "2026-05-01T09:00:00Z"}


def ids(*ranges):
    return [statement(n)["id"] for r in ranges for n in r]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


class Receiver:
    """A webhook: keeps what came, answers as it is told."""

    def __init__(self, tls=None):
        self.calls, self.status, self.delay = [], 200, 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(outer.delay)
                outer.calls.append((dict(self.headers), body, outer.status))
                self.send_response(outer.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        scheme = "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            scheme = "https"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_address[1]}/in"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def accepted(self):
        return [s["id"] for _, body, status in self.calls if status == 200 for s in json.loads(body)["statements"]]


class Forward(Case):
    def setUp(self):
        super().setUp()
        self.sender = self.world.serve()
        made = self.world.ask("credential", "add", "client", "--scope", "all")
        self.auth = (made["key"], made["secret"])

    def post(self, *numbers, verb="completed"):
        status, _, body = self.world.daemon.request("POST", "/xapi/statements", [statement(n, verb) for n in numbers], XAPI, self.auth)
        self.assertEqual(status, 200, body)

    def other_bridge(self):
        self.other = World()
        self.addCleanup(self.other.close)
        self.port = free_port()
        self.other.daemon = Daemon(self.other.data, listen=f"127.0.0.1:{self.port}")
        made = self.other.ask("credential", "add", "sender", "--scope", "all")
        self.other_auth = (made["key"], made["secret"])
        secret = self.world.root / "secret"
        secret.write_text(made["secret"] + "\n")
        secret.chmod(0o600)
        return {"url": f"http://127.0.0.1:{self.port}/xapi", "user": made["key"], "secret_file": "secret", "batch": 20}

    def received(self):
        out, path = [], "/xapi/statements?ascending=true&limit=100"
        while path:
            status, _, body = self.other.daemon.get(path, headers=XAPI, auth=self.other_auth)
            self.assertEqual(status, 200, body)
            page = json.loads(body)
            out += [s["id"] for s in page["statements"]]
            path = page.get("more")
            if path and path.startswith("http"):
                parts = urllib.parse.urlsplit(path)
                path = parts.path + "?" + parts.query
        return out

    def add(self, name, kind, settings, *more):
        file = write_json(self.world.root / f"{name}.json", settings)
        return self.world.ask("forward", "add", name, "--kind", kind, "--settings", file, *more)

    def shown(self, name):
        return self.world.ask("forward", "show", name)

    def hook_settings(self, url, **more):
        secret = self.world.root / "hook-secret"
        secret.write_text("hush")
        secret.chmod(0o600)
        return {"url": url, "secret_file": str(secret), **more}

    def hook(self, **more):
        receiver = Receiver(**more)
        self.addCleanup(receiver.close)
        return receiver

    def test_a_target_that_goes_down_and_comes_back_gets_everything_once(self):
        settings = self.other_bridge()
        self.post(*range(30))
        added = self.add("other", "lrs", settings, "--from-start")
        self.assertEqual((added["new"], added["warnings"]), (True, []))
        wait_for(lambda: self.received() == ids(range(30)))
        self.other.daemon.stop()
        self.post(*range(30, 90))
        wait_for(lambda: (self.shown("other")["error"] or {}).get("code") == "unreachable")
        shown = self.shown("other")
        self.assertGreaterEqual(shown["behind"], 60)
        self.assertIsNotNone(shown["next_try"])
        self.assertIn("unreachable", run("forward", "list", "--data", self.world.data)[0])
        self.other.daemon = Daemon(self.other.data, listen=f"127.0.0.1:{self.port}")
        wait_for(lambda: self.received() == ids(range(90)))
        wait_for(lambda: self.shown("other")["behind"] == 0)
        self.assertIsNone(self.shown("other")["error"])
        self.assertEqual(self.shown("other")["dead_letters"], 0)
        original = json.loads(self.sender.get("/xapi/statements?statementId=" + ids([5])[0], headers=XAPI, auth=self.auth)[2])
        copy = json.loads(self.other.daemon.get("/xapi/statements?statementId=" + ids([5])[0], headers=XAPI, auth=self.other_auth)[2])
        for member in ("stored", "authority"):
            original.pop(member), copy.pop(member)
        self.assertEqual(original, copy)

    def test_a_sender_that_is_killed_in_the_middle_loses_and_doubles_nothing(self):
        settings = self.other_bridge()
        hook = self.hook()
        self.add("other", "lrs", settings)
        self.add("hook", "webhook", self.hook_settings(hook.url, batch=5))
        dice = random.Random(5)
        for i in range(6):
            self.post(*range(i * 60, i * 60 + 60))
            time.sleep(dice.uniform(0, 0.12))
            self.world.daemon.kill()
            self.world.serve()
        wait_for(lambda: len(self.received()) == 360)
        self.assertEqual(self.received(), ids(range(360)))
        # A webhook may get a batch again whose answer was lost; never out of order, and nothing is missing.
        wait_for(lambda: self.shown("hook")["behind"] == 0)
        self.assertEqual(list(dict.fromkeys(hook.accepted())), ids(range(360)))
        self.assertEqual(self.shown("other")["dead_letters"], 0)

    def test_a_webhook_can_check_who_calls(self):
        hook = self.hook()
        self.add("hook", "webhook", self.hook_settings(hook.url, filters={"verbs": [VERBS + "passed"]}))
        self.post(*range(3))
        self.post(*range(10, 13), verb="passed")
        wait_for(lambda: hook.accepted() == ids(range(10, 13)))
        headers, body, _ = hook.calls[0]
        self.assertLess(abs(time.time() - int(headers["X-Capbridge-Timestamp"])), 60)
        expected = hmac.new(b"hush", headers["X-Capbridge-Timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
        self.assertEqual(headers["X-Capbridge-Signature"], "v1=" + expected)
        self.assertEqual(len(headers["X-Capbridge-Delivery"]), 36)
        self.assertEqual(json.loads(body)["target"], "hook")

    def test_dead_letters_are_shown_retried_and_dropped(self):
        hook = self.hook()
        hook.status = 422
        self.add("hook", "webhook", self.hook_settings(hook.url))
        self.post(*range(3))
        wait_for(lambda: self.shown("hook")["dead_letters"] == 3)
        dead = self.shown("hook")["dead"]
        self.assertEqual([d["statement"] for d in dead], ids(range(3)))
        self.assertEqual({(d["code"], d["message"]) for d in dead}, {("refused", "the target answered 422")})
        retried = self.world.ask("forward", "retry", "hook", expect=1)
        self.assertEqual((retried["tried"], retried["delivered"], retried["left"]), (3, 0, 3))
        hook.status = 200
        self.assertEqual(self.world.ask("forward", "retry", "hook", "--seq", dead[0]["seq"])["left"], 2)
        self.assertEqual(self.world.ask("forward", "drop", "hook", "--seq", dead[1]["seq"])["left"], 1)
        self.assertEqual(self.world.ask("forward", "retry", "hook")["left"], 0)
        self.assertEqual(hook.accepted(), ids([0, 2]))

    def test_paused_resumed_removed(self):
        hook = self.hook()
        self.add("hook", "webhook", self.hook_settings(hook.url))
        self.world.ask("forward", "pause", "hook")
        self.post(1)
        time.sleep(0.5)
        self.assertEqual((hook.accepted(), self.shown("hook")["paused"]), ([], True))
        self.world.ask("forward", "resume", "hook")
        wait_for(lambda: hook.accepted() == ids([1]))
        self.world.ask("forward", "remove", "hook")
        self.assertEqual(self.world.ask("forward", "list"), {"targets": []})
        self.assertIn("not_found", self.refused("forward", "show", "hook", "--data", self.world.data))

    def test_a_daemon_stops_promptly_while_a_target_hangs(self):
        hook = self.hook()
        hook.delay = 20
        self.add("hook", "webhook", self.hook_settings(hook.url))
        self.post(1)
        time.sleep(0.5)
        began = time.monotonic()
        self.assertEqual(self.world.daemon.stop(), 0)
        self.assertLess(time.monotonic() - began, 5)
        hook.delay = 0

    @needs(shutil.which("openssl"), "the openssl command is not there")
    def test_a_certificate_must_hold(self):
        key, certificate = self.world.root / "key.pem", self.world.root / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=hook", "-addext",
                        "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate], check=True, capture_output=True)
        hook = self.hook(tls=(certificate, key))
        self.add("hook", "webhook", self.hook_settings(hook.url))
        self.post(1)
        wait_for(lambda: (self.shown("hook")["error"] or {}).get("code") == "tls")
        self.assertEqual(hook.calls, [])
        self.add("hook", "webhook", self.hook_settings(hook.url, ca_file="certificate.pem"))
        wait_for(lambda: hook.accepted() == ids([1]))

    def test_bad_settings_are_refused_with_their_place(self):
        data = ("--data", self.world.data)
        file = write_json(self.world.root / "bad.json", {"url": "http://lrs.example/xapi", "secret": "hush", "filters": {"agents": ["anna"]}})
        told = self.refused("forward", "add", "bad", "--kind", "lrs", "--settings", file, *data)
        for part in ("bad.json:2: /url", "insecure", "secret", "/filters/agents/0"):
            self.assertIn(part, told)
        self.assertNotIn("hush", told)
        configuration = write_json(self.world.root / "c.json", {"forward": [{"name": "a", "kind": "lrs", "settings": {"url": "ftp://x"}},
                                                                           {"name": "a", "kind": "webhook", "settings": {"url": "https://x.example"}}]})
        told = self.refused("check", "--config", configuration)
        for part in ("/forward/0/settings/url", "bad_url", "/forward/1/name", "duplicate_target", "no_secret"):
            self.assertIn(part, told)
        self.assertEqual(self.world.ask("forward", "list"), {"targets": []})

    def test_the_configuration_names_targets_too(self):
        hook = self.hook()
        self.world.daemon.stop()
        configuration = write_json(self.world.root / "c.json", {"forward": [
            {"name": "hook", "kind": "webhook", "settings": self.hook_settings(hook.url)}]})
        self.world.serve("--config", configuration)
        self.post(1)
        wait_for(lambda: hook.accepted() == ids([1]))


if __name__ == "__main__":
    unittest.main()
