"""TLS in the daemon: versions, certificates of clients, renewal while it works, and what is no TLS."""
import json
import os
import shutil
import socket
import ssl
import threading
import time
import unittest
import urllib.error

import bridge
from tls_world import Authority, TlsDaemon, needs_openssl, trusting


@needs_openssl
class Tls(bridge.Case):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.world.root / "authority")
        self.tls = self.world.root / "tls"
        self.tls.mkdir()
        self.put(*self.authority.issue("localhost"))

    def put(self, pem, key):
        """Renews as certbot does: a new file renamed over the old one."""
        for source, name in ((key, "server.key"), (pem, "server.pem")):
            shutil.copy(source, self.tls / (name + ".new"))
            (self.tls / (name + ".new")).chmod(0o600)
            os.replace(self.tls / (name + ".new"), self.tls / name)

    def config(self, **more):
        tls = {"certificate": "tls/server.pem", "key": "tls/server.key", **more}
        return bridge.write_json(self.world.root / "capbridge.json", {"data": "data", "tls": tls})

    def serve(self, **more):
        self.world.daemon = TlsDaemon(self.world.data, trusting(self.authority), "--config", self.config(**more))
        return self.world.daemon

    def connect(self, daemon, context):
        with socket.create_connection(("127.0.0.1", daemon.port), timeout=10) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as stream:
                return stream.version(), stream.cipher()[0], stream.selected_alpn_protocol()

    def test_versions_ciphers_and_protocol(self):
        daemon = self.serve()
        self.assertTrue(daemon.base.startswith("https://"))
        context = trusting(self.authority)
        context.set_alpn_protocols(["h2", "http/1.1"])
        version, _, protocol = self.connect(daemon, context)
        self.assertEqual((version, protocol), ("TLSv1.3", "http/1.1"))
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        version, cipher, _ = self.connect(daemon, context)
        self.assertEqual(version, "TLSv1.2")
        self.assertIn("ECDHE", cipher)
        only_h2 = trusting(self.authority)
        only_h2.set_alpn_protocols(["h2"])
        with self.assertRaises(ssl.SSLError):
            self.connect(daemon, only_h2)
        old = trusting(self.authority)
        old.set_ciphers("ALL:@SECLEVEL=0")
        import warnings
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            old.minimum_version = ssl.TLSVersion.TLSv1_1
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.connect(daemon, old)
        weak = trusting(self.authority)
        weak.maximum_version = ssl.TLSVersion.TLSv1_2
        weak.set_ciphers("AES128-SHA:@SECLEVEL=0")
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.connect(daemon, weak)
        daemon.wait_for("http.tls_refused")

    def test_1_3_only(self):
        daemon = self.serve(minimum="1.3")
        context = trusting(self.authority)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            self.connect(daemon, context)

    def test_plain_http_is_told_to_use_https(self):
        daemon = self.serve()
        with socket.create_connection(("127.0.0.1", daemon.port), timeout=10) as plain:
            plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = b""
            while part := plain.recv(4096):
                answer += part
        self.assertTrue(answer.startswith(b"HTTP/1.1 400"), answer)
        self.assertIn(b"https://", answer)
        with socket.create_connection(("127.0.0.1", daemon.port), timeout=10) as garbage:
            garbage.sendall(os.urandom(64))
            garbage.shutdown(socket.SHUT_WR)
            while garbage.recv(4096):
                pass
        self.assertEqual(daemon.get("/healthz")[0], 200)

    def test_a_large_body_both_ways(self):
        daemon = self.serve()
        made = self.world.ask("credential", "add", "writer", "--scope", "all")
        statement = {"actor": {"mbox": "mailto:a@demo.example"}, "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
                     "object": {"id": bridge.ACTIVITY + "x", "definition": {"description": {"en": "y" * 20000}}}}
        body = json.dumps([statement] * 100).encode()
        headers = {"X-Experience-API-Version": "1.0.3", "Content-Type": "application/json"}
        status, _, text = daemon.request("POST", "/xapi/statements", body, headers, (made["key"], made["secret"]))
        self.assertEqual(status, 200, text)
        status, _, text = daemon.request("GET", "/xapi/statements?limit=100", None, headers, (made["key"], made["secret"]))
        self.assertEqual((status, len(json.loads(text)["statements"])), (200, 100))
        self.assertGreater(len(text), 2_000_000)

    def test_a_client_certificate_stands_for_a_credential(self):
        clients = Authority(self.world.root / "clients", "Clients of the trust")
        strangers = Authority(self.world.root / "strangers", "Somebody else")
        warehouse = clients.issue("warehouse", "client")
        made = self.world.ask("credential", "add", "warehouse", "--scope", "read", "--certificate", warehouse[0])
        self.assertNotIn("secret", made)
        daemon = self.serve(client_ca=str(clients.certificate))
        shown = trusting(self.authority, warehouse)
        status, _, text = daemon.request("GET", "/api/v1/assignments", context=shown)
        self.assertEqual(status, 200, text)
        # What a browser sends is nobody's: a certificate goes along by itself, as a cookie does.
        self.assertEqual(daemon.request("GET", "/api/v1/assignments", headers={"Origin": "https://elsewhere.example"}, context=shown)[0], 401)
        self.assertEqual(daemon.request("GET", "/api/v1/assignments", headers={"Sec-Fetch-Site": "cross-site"}, context=shown)[0], 401)
        # Its scopes are the credential's.
        self.assertEqual(daemon.request("GET", "/api/v1/sources", context=shown)[0], 403)
        # Without one, or with one that nobody registered, it is as without a credential; and nobody needs one.
        self.assertEqual(daemon.get("/api/v1/assignments")[0], 401)
        self.assertEqual(daemon.get("/healthz")[0], 200)
        other = trusting(self.authority, clients.issue("other", "client"))
        status, _, text = daemon.request("GET", "/api/v1/assignments", context=other)
        self.assertEqual(status, 401)
        self.assertIn("--certificate", text)
        # Of another authority, or over: no connection.
        for bad in (strangers.issue("warehouse", "client"), clients.issue("late", "client", begins=-30, ends=-1)):
            with self.assertRaises((ssl.SSLError, urllib.error.URLError, ConnectionError)):
                daemon.request("GET", "/healthz", context=trusting(self.authority, bad))
        daemon.wait_for("certificate has expired")
        self.assertNotIn("warehouse", daemon.text().replace("credential add", ""))
        # The same certificate twice is a mistake; revoked, it is nobody's, and may be given again.
        self.refused("credential", "add", "again", "--scope", "read", "--certificate", warehouse[0], "--data", self.world.data)
        self.refused("credential", "rotate", made["key"], "--data", self.world.data)
        self.world.ask("credential", "revoke", made["key"])
        self.assertEqual(daemon.request("GET", "/api/v1/assignments", context=shown)[0], 401)
        self.world.ask("credential", "add", "again", "--scope", "read", "--certificate", warehouse[0])
        self.assertEqual(daemon.request("GET", "/api/v1/assignments", context=shown)[0], 200)
        self.refused("credential", "add", "no", "--scope", "read", "--certificate", warehouse[1], "--data", self.world.data)

    def test_nobody_without_a_certificate_where_it_is_required(self):
        clients = Authority(self.world.root / "clients", "Clients of the trust")
        config = self.config(client_ca=str(clients.certificate), client_certificates="required")
        self.world.daemon = TlsDaemon(self.world.data, trusting(self.authority, clients.issue("monitor", "client")), "--config", config)
        with self.assertRaises((ssl.SSLError, urllib.error.URLError, ConnectionError)):
            self.world.daemon.request("GET", "/healthz", context=trusting(self.authority))

    def test_renewal_while_clients_work(self):
        daemon = self.serve()
        failed, answered, done = [], [], threading.Event()

        def work():
            while not done.is_set():
                try:
                    answered.append(daemon.get("/healthz")[0])
                except OSError as error:
                    failed.append(error)

        kept = daemon.context.wrap_socket(socket.create_connection(("127.0.0.1", daemon.port), timeout=30), server_hostname="localhost")
        before = kept.getpeercert()["serialNumber"]
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            self.put(*self.authority.issue("localhost"))
            daemon.wait_for("tls_renewed")
            # A certificate that does not belong to the key: the one in force stays, and the log says why.
            shutil.copy(self.authority.issue("other")[0], self.tls / "server.pem")
            daemon.wait_for("tls_kept")
        finally:
            done.set()
            for thread in threads:
                thread.join()
        self.assertEqual((failed, set(answered)), ([], {200}))
        with socket.create_connection(("127.0.0.1", daemon.port), timeout=10) as plain:
            with daemon.context.wrap_socket(plain, server_hostname="localhost") as fresh:
                self.assertNotEqual(before, fresh.getpeercert()["serialNumber"])
        # Who was connected before is connected still.
        kept.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertTrue(kept.recv(4096).startswith(b"HTTP/1.1 200"))
        kept.close()

    def test_reload_takes_it_at_once(self):
        daemon = self.serve()
        self.put(*self.authority.issue("localhost"))
        out, _ = bridge.run("reload", "--data", self.world.data)
        self.assertIn("tls_renewed", daemon.text(), out)

    def test_a_slow_handshake_is_cut(self):
        daemon = self.serve()
        with socket.create_connection(("127.0.0.1", daemon.port), timeout=30) as slow:
            slow.sendall(b"\x16\x03\x01\x02\x00\x01")
            began = time.monotonic()
            self.assertEqual(slow.recv(10), b"")
            self.assertLess(time.monotonic() - began, 20)

    def test_an_expired_certificate_is_served_and_said(self):
        self.put(*self.authority.issue("localhost", begins=-30, ends=-1))
        _, err = bridge.run("check", "--config", self.config())
        self.assertIn("ended at", err)
        context = ssl.create_default_context(cafile=str(self.authority.certificate))
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        class Patient(TlsDaemon):
            def get(self, path, **more):
                answer = super().get(path, **more)
                return (200, *answer[1:]) if path == "/readyz" and "certificate_expired" in answer[2] else answer
        daemon = self.world.daemon = Patient(self.world.data, context, "--config", self.config())
        status, _, text = daemon.request("GET", "/readyz")
        self.assertEqual(status, 503)
        reason = json.loads(text)["reasons"][0]
        self.assertEqual(reason["code"], "certificate_expired")
        self.assertIn("reload", reason["remedy"])
        self.assertEqual(daemon.get("/healthz")[0], 200)
        daemon.wait_for("certificate_expired")
        with self.assertRaises(urllib.error.URLError):
            daemon.request("GET", "/healthz", context=trusting(self.authority))
        out, _ = bridge.run("status", "--check", "--data", self.world.data, expect=1)
        self.assertIn("PROBLEM", out)
        self.assertIn("certificate", out)
        # Renewed, all is well without a restart.
        self.put(*self.authority.issue("localhost"))
        daemon.wait_for("ready_again reason=certificate_expired")
        self.assertEqual(daemon.request("GET", "/readyz", context=trusting(self.authority))[0], 200)

    def test_the_check_says_what_is_wrong(self):
        def said(**more):
            return self.refused("check", "--config", self.config(**more))
        self.assertIn("/tls/certificate", said(certificate="tls/nothing.pem"))
        self.assertIn("not the key of", said(key=str(self.authority.issue("x")[1])))
        (self.tls / "server.key").chmod(0o644)
        self.assertIn("chmod o=", said())
        (self.tls / "server.key").chmod(0o600)
        self.assertIn("/tls/client_ca", said(client_certificates="required"))
        self.assertIn("no authority's", said(client_ca="tls/server.pem"))
        self.assertIn("/tls/minimum", said(minimum="1.1"))


if __name__ == "__main__":
    unittest.main()
