"""Syslog over TLS: frames of RFC 5425, messages of RFC 5424, an outage that loses no entry of the audit, a real rsyslogd."""
import json
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
import unittest

import bridge

MESSAGE = re.compile(r"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (\S+) capbridge (\d+) (\S+) (-|\[capbridge@32473 (?:[^\]\\]|\\.)*\])(?: (.*))?$", re.DOTALL)
RSYSLOGD = bridge.program("rsyslogd")
GTLS = list(pathlib.Path("/usr/lib").glob("*/rsyslog/lmnsd_gtls.so"))


class Authority:
    """A private CA, a server's certificate for 127.0.0.1, a client's."""

    def __init__(self, folder):
        self.folder = folder
        self.make("ca", ["-x509", "-days", "2", "-subj", "/CN=Test CA"])
        for name, extension in (("server", "subjectAltName=IP:127.0.0.1,DNS:localhost"), ("client", "extendedKeyUsage=clientAuth")):
            self.make(name, ["-subj", f"/CN={name}"], request=True)
            (folder / f"{name}.ext").write_text(extension + "\n")
            self.openssl("x509", "-req", "-in", self.path(name, "csr"), "-CA", self.path("ca"), "-CAkey", self.path("ca", "key"), "-CAcreateserial", "-days", "2",
                         "-extfile", folder / f"{name}.ext", "-out", self.path(name))

    def path(self, name, kind="pem"):
        return self.folder / f"{name}.{kind}"

    def make(self, name, more, request=False):
        self.openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", self.path(name, "key"), "-out", self.path(name, "csr" if request else "pem"), *more)

    @staticmethod
    def openssl(*args):
        subprocess.run(["openssl", *map(str, args)], check=True, capture_output=True)


class Server:
    """Takes frames over TLS and holds them to the RFCs; may be switched off and on again at the same port."""

    def __init__(self, authority, client_certificate=False, drop_after=None):
        self.drop_after, self.attempts = drop_after, 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(authority.path("server"), authority.path("server", "key"))
        if client_certificate:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(authority.path("ca"))
        self.messages, self.problems, self.port, self.open = [], [], 0, []
        self.lock = threading.Lock()
        self.start()

    def start(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        self.listener.listen()
        self.thread = threading.Thread(target=self.accept, args=(self.listener,), daemon=True)
        self.thread.start()

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
        for connection, reader in self.open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            reader.join()  # before its descriptor can become somebody else's
            connection.close()
        self.open = []

    def accept(self, listener):
        while True:
            try:
                plain, _ = listener.accept()
                self.attempts += 1
                connection = self.context.wrap_socket(plain, server_side=True)
            except OSError:
                if listener.fileno() < 0:
                    return
                continue
            reader = threading.Thread(target=self.read, args=(connection,), daemon=True)
            self.open.append((connection, reader))
            reader.start()
            if self.drop_after is not None:
                time.sleep(self.drop_after)
                connection.shutdown(socket.SHUT_RDWR)

    def read(self, connection):
        buffer = b""
        while True:
            try:
                piece = connection.recv(65536)
            except OSError:
                return
            if not piece:
                return
            buffer += piece
            while b" " in buffer[:8]:
                length, rest = buffer.split(b" ", 1)
                if not re.fullmatch(rb"[1-9]\d*", length):
                    self.problems.append(f"no octet count: {buffer[:40]!r}")
                    return
                if len(rest) < int(length):
                    break
                self.take(rest[:int(length)])
                buffer = rest[int(length):]

    def take(self, octets):
        text = octets.decode("utf-8")
        match = MESSAGE.match(text)
        with self.lock:
            if not match:
                self.problems.append(text)
            else:
                self.messages.append({"pri": int(match[1]), "msgid": match[5], "data": match[6], "text": match[7] or ""})

    def of(self, msgid):
        with self.lock:
            return [m for m in self.messages if m["msgid"] == msgid]

    def audit(self):
        return [json.loads(m["text"]) for m in self.of("audit")]


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@bridge.needs(shutil.which("openssl"), "the openssl command is not there: apt-get install openssl")
class Syslog(bridge.Case):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.world.root)

    def serve(self, port, **more):
        config = bridge.write_json(self.world.root / "c.json", {"log": {"syslog": {
            "host": "127.0.0.1", "port": port, "ca_file": str(self.authority.path("ca")), "own_name": "bridge1", **more}}})
        return self.world.serve("--config", config)

    def heads(self):
        return int(self.world.ask("audit", "head")["head"].split(":")[0])

    def test_log_and_audit_arrive_as_the_rfcs_want_them(self):
        server = Server(self.authority)
        daemon = self.serve(server.port)
        self.world.ask("credential", "add", "naïve \"name\" ]", "--scope", "read")
        daemon.get("/api/v1/people", headers={"X-Request-Id": "abc-9"})
        self.assertTrue(until(lambda: server.of("http.answer") and len(server.audit()) >= self.heads()), server.messages)
        daemon.stop()
        self.assertTrue(until(lambda: any(e["what"] == "daemon.stopped" for e in server.audit()), 5), "the last words")
        self.assertEqual(server.problems, [])
        answer = server.of("http.answer")[0]
        self.assertEqual(answer["pri"], 16 * 8 + 6)
        self.assertIn('request="abc-9"', answer["data"])
        self.assertEqual([e["n"] for e in server.audit()], list(range(1, len(server.audit()) + 1)))
        # What arrived is a chain that anybody can verify.
        path = self.world.root / "arrived.jsonl"
        path.write_text("".join(m["text"] + "\n" for m in server.of("audit")), encoding="utf-8")
        subprocess.run(["python3", bridge.REPO / "docs/examples/verify_audit.py", path], check=True, capture_output=True)

    def test_an_outage_holds_nothing_up_and_loses_no_entry(self):
        server = Server(self.authority)
        daemon = self.serve(server.port)
        self.assertTrue(until(lambda: len(server.audit()) > 0))
        server.stop()
        began = time.monotonic()
        for i in range(20):
            self.world.ask("credential", "add", f"k{i}", "--scope", "read")
            self.assertEqual(daemon.get("/healthz")[0], 200)
        self.assertLess(time.monotonic() - began, 15)
        self.assertTrue(until(lambda: "syslog.unreachable" in daemon.text()))
        output = self.world.ask("log", "level")["outputs"][0]
        self.assertEqual((output["name"], output["connected"]), (f"syslog 127.0.0.1:{server.port}", False))
        self.assertGreaterEqual(output["audit_behind"], 40)
        ready = lambda: daemon.get("/readyz")
        self.assertTrue(until(lambda: "syslog_away" in ready()[2]), ready()[2])
        self.assertEqual(ready()[0], 200)
        # A restart in the middle of it: the cursor is on the disk.
        daemon.kill()
        (self.world.data / "address").unlink()
        daemon = self.serve(server.port)
        server.start()
        self.assertTrue(until(lambda: {e["n"] for e in server.audit()} >= set(range(1, self.heads() + 1)), 40), "every entry is over there")
        self.assertTrue(until(lambda: self.world.ask("log", "level")["outputs"][0]["connected"]))
        self.assertTrue(until(lambda: "syslog_away" not in ready()[2]))
        self.assertEqual(server.problems, [])

    def test_a_server_that_closes_every_connection_is_warned_of_and_the_warning_stays(self):
        server = Server(self.authority, drop_after=0.5)
        daemon = self.serve(server.port)
        warned = lambda: "syslog_away" in daemon.get("/readyz")[2]
        self.assertTrue(until(warned), daemon.text())
        attempts, deadline = server.attempts, time.monotonic() + 20
        while server.attempts < attempts + 3 and time.monotonic() < deadline:
            self.assertTrue(warned(), "it does not come and go with each connection")
            time.sleep(0.05)
        self.assertGreaterEqual(server.attempts, attempts + 3)
        self.assertEqual(daemon.text().count("reason=syslog_away"), 1)
        server.drop_after = None
        self.assertTrue(until(lambda: not warned(), 40), "a connection that holds ends it")

    def test_a_server_that_nobody_vouches_for_hears_nothing(self):
        other = self.world.root / "other"
        other.mkdir()
        server = Server(Authority(other))
        daemon = self.serve(server.port)
        self.assertTrue(until(lambda: "syslog.unreachable" in daemon.text()))
        self.assertIn("code=tls", daemon.text())
        self.assertEqual(server.messages, [])

    def test_a_client_certificate_is_shown(self):
        server = Server(self.authority, client_certificate=True)
        self.serve(server.port, send=["audit"], certificate_file=str(self.authority.path("client")), key_file=str(self.authority.path("client", "key")))
        self.assertTrue(until(lambda: len(server.audit()) > 0))
        self.assertEqual(len(server.messages), len(server.of("audit")), "only what was asked for")

    def cursor(self):
        path = self.world.data / "audit.sent"
        return path.read_text().strip() if path.exists() else ""

    def test_a_server_that_refuses_us_gets_every_entry_once_it_takes_us(self):
        server = Server(self.authority, client_certificate=True)
        daemon = self.serve(server.port)
        self.assertTrue(until(lambda: "syslog.unreachable" in daemon.text()))
        self.assertIn("certificate_file", daemon.text(), "it says what may be missing")
        self.world.ask("credential", "add", "meanwhile", "--scope", "read")
        time.sleep(8)
        self.assertLessEqual(server.attempts, 6, "it rests between attempts")
        self.assertEqual(self.cursor(), "")
        self.assertEqual(daemon.text().count("syslog.unreachable"), 1, "told once for the outage")
        output = self.world.ask("log", "level")["outputs"][0]
        self.assertGreaterEqual(output["audit_behind"], 3)
        server.context.verify_mode = ssl.CERT_NONE
        self.assertTrue(until(lambda: {e["n"] for e in server.audit()} >= set(range(1, self.heads() + 1)), 40), "every entry is over there")
        mark = self.world.ask("audit", "head")["head"]
        self.assertTrue(until(lambda: self.cursor() == mark), "number and digest")
        self.assertTrue(until(lambda: "syslog.connected" in daemon.text()))
        with server.lock:
            self.assertEqual([m for m in server.messages if m["msgid"].startswith("syslog.") and m["msgid"] != "syslog.dropped"], [])

    def test_what_a_server_hears_before_it_drops_us_is_not_sent(self):
        server = Server(self.authority, drop_after=2)
        self.serve(server.port)
        self.assertTrue(until(lambda: len(server.audit()) > 0))
        self.assertTrue(until(lambda: server.attempts > 2))
        self.assertEqual(self.cursor(), "")
        server.drop_after = None
        self.assertTrue(until(lambda: self.cursor() == self.world.ask("audit", "head")["head"], 40))

    def test_check_says_that_a_server_refuses_us(self):
        server = Server(self.authority, client_certificate=True)
        target = {"host": "127.0.0.1", "port": server.port, "ca_file": str(self.authority.path("ca"))}
        config = bridge.write_json(self.world.root / "c.json", {"log": {"syslog": target}})
        done = subprocess.run([bridge.BINARY, "check", "--config", config, "--online"], capture_output=True, text=True, timeout=60)
        self.assertIn("certificate_file", done.stdout + done.stderr)
        self.assertNotEqual(done.returncode, 0)

    def test_another_audit_than_the_one_that_was_sent_is_sent_from_its_beginning(self):
        server = Server(self.authority)
        daemon = self.serve(server.port)
        self.assertTrue(until(lambda: self.cursor() != ""))
        for stale in ("999999\n", "999999:" + "a" * 64 + "\n", "1:" + "a" * 64 + "\n"):
            with self.subTest(stale):
                daemon.stop()
                (self.world.data / "audit.sent").write_text(stale)
                with server.lock:
                    server.messages.clear()
                daemon = self.serve(server.port)
                self.assertTrue(until(lambda: "audit.not_what_was_sent" in daemon.text()))
                self.assertTrue(until(lambda: server.of("audit.not_what_was_sent")), "the other side hears it too")
                self.assertTrue(until(lambda: {e["n"] for e in server.audit()} >= set(range(1, self.heads() + 1))))
                # The question itself is in the audit, so it may be a few behind.
                self.assertIn(self.world.ask("log", "level")["outputs"][0]["audit_behind"], range(100))
        self.assertTrue(until(lambda: self.cursor() == self.world.ask("audit", "head")["head"]))
        daemon.stop()
        with server.lock:
            server.messages.clear()
        self.serve(server.port)
        self.assertTrue(until(lambda: server.of("serving") and server.audit()))
        self.assertEqual(server.of("audit.not_what_was_sent"), [])

    @bridge.needs(GTLS and RSYSLOGD, "rsyslogd with TLS is not installed: apt-get install rsyslog rsyslog-gnutls")
    def test_a_real_rsyslogd_takes_it(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        out, root = self.world.root / "rsyslog.out", self.world.root
        (root / "rsyslog.conf").write_text(f"""
global(workDirectory="{root}" defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile="{self.authority.path('ca')}"
       defaultNetstreamDriverCertFile="{self.authority.path('server')}" defaultNetstreamDriverKeyFile="{self.authority.path('server', 'key')}" maxMessageSize="64k")
module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
input(type="imtcp" address="127.0.0.1" port="{port}")
template(name="json" type="list") {{ property(name="app-name") constant(value=" ") property(name="msgid") constant(value=" ")
  property(name="structured-data") constant(value=" ") property(name="msg") constant(value="\\n") }}
action(type="omfile" file="{out}" template="json")
""")
        with open(root / "rsyslog.err", "wb") as errors:
            rsyslogd = subprocess.Popen([RSYSLOGD, "-n", "-f", root / "rsyslog.conf", "-i", root / "rsyslog.pid"], stdout=subprocess.DEVNULL, stderr=errors)
        self.addCleanup(rsyslogd.wait)
        self.addCleanup(rsyslogd.terminate)
        time.sleep(1)
        daemon = self.serve(port)
        made = self.world.ask("credential", "add", "for rsyslog", "--scope", "read")
        want = self.heads()

        def arrived():
            text = out.read_text() if out.exists() else ""
            return {int(n) for n in re.findall(r'^capbridge audit \[capbridge@32473 n="(\d+)"', text, re.MULTILINE)}
        self.assertTrue(until(lambda: arrived() >= set(range(1, want + 1)), 30), (root / "rsyslog.err").read_text() + daemon.text())
        text = out.read_text()
        self.assertIn("capbridge serving [capbridge@32473 address=", text)
        lines = [line.split("] ", 1)[1].strip() for line in text.splitlines() if line.startswith("capbridge audit ")]
        self.assertTrue(all(json.loads(line)["hash"] for line in lines))
        self.assertNotIn(made["secret"], text)


if __name__ == "__main__":
    unittest.main()
