"""The host's HTTP with the real binary: TLS and whom it trusts, a proxy with a password, tokens, and that no secret reaches an
adapter, an answer or the log. The adapter is a program that sends what its settings say and tells all that it hears.
"""
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fakes"))
from bridge import Case, Failed, lacking, run, write_json  # noqa: E402
from oauth import CLIENT_SECRET, OAuth  # noqa: E402
from proxy import PASSWORD, Proxy  # noqa: E402
from web import Answer, Fake  # noqa: E402

TELLER = """#!/usr/bin/python3
import base64, json, socket, struct
host = socket.socket(fileno=3)
def take(n):
    data = b""
    while len(data) < n:
        part = host.recv(n - len(data))
        if not part: raise SystemExit
        data += part
    return data
def receive():
    length, call, kind = struct.unpack("<IIB", take(9))
    return kind, call, take(length)
def send(kind, call, body):
    data = json.dumps(body).encode()
    host.sendall(struct.pack("<IIB", len(data), call, kind) + data)
settings = {}
while True:
    kind, call, body = receive()
    if kind == 2:
        send(16, call, {"adapters": [{"id": "teller", "name": "Teller", "vendor": "T", "version": "1", "allowed_hosts": ["*"],
                                      "config_schema": {"type": "object"}}]})
    elif kind == 3:
        settings = json.loads(body)["settings"]
        send(16, call, {})
    elif kind == 5:
        # Under another name in the settings, where a `url` would be a host that the administrator names.
        send(53, 1, {"requests": [dict(r, url=r["address"]) for r in settings["requests"]]})
        heard = []
        while True:
            k, _, text = receive()
            frame = json.loads(text)
            if "base64" in frame: frame["body"] = base64.b64decode(frame.pop("base64")).decode()
            heard.append([k, frame])
            if k in (64, 65): break
        # Told as a failure: an administrator reads it, and so does the test.
        said = json.dumps(heard, separators=(",", ":"))
        send(34, 0, {"level": "info", "message": said[:1000]})
        send(17, call, {"class": "internal", "user": "HEARD " + said[:1900] + " END", "log": ""})
    else:
        send(16, call, {"wire": "bridge-wire/1"})
"""


class Lms(Fake):
    def answer(self, request):
        return Answer(200, "lms " + request.target)


class Http(Case):
    def setUp(self):
        super().setUp()
        self.plugins = self.world.root / "plugins"
        self.plugins.mkdir()
        file = self.plugins / "teller.adapter"
        file.write_text(TELLER)
        file.chmod(0o755)
        os.environ["CAPBRIDGE_PLUGINS"] = str(self.plugins)
        self.addCleanup(os.environ.pop, "CAPBRIDGE_PLUGINS")
        self.world.people([["1001", "Ada Fictional", "ada@demo.example", "Radiology", "Medical and Dental", "Consultant", "2020-01-01"]])

    def serve(self, fake):
        fake.start()
        self.addCleanup(fake.stop)
        return fake

    def secret(self, name, text):
        file = self.world.root / name
        file.write_text(text + "\n")
        file.chmod(0o600)
        return str(file)

    def sync(self, requests, http, **settings):
        """All that was said, and the frames that the adapter heard (None: it was not asked)."""
        self.world.ask("source", "add", "teller", "--adapter", "teller", "--activity-base", "https://lms.example/",
                       "--settings", write_json(self.world.root / "settings.json", {"requests": requests, **settings}),
                       "--options", write_json(self.world.root / "options.json", {"http": http}))
        try:
            out, err = run("sync", "teller", "--data", self.world.data)
        except Failed as failed:
            out, err = failed.out, failed.err
        said = out + err
        start, end = said.find("HEARD "), said.find(" END")
        return said, json.loads(said[start + 6:end]) if start >= 0 and end > start else None

    def ended(self, heard):
        """The class and the words of the one request's end."""
        ends = [frame for kind, frame in heard if kind == 68]
        self.assertEqual(len(ends), 1, heard)
        return ends[0]["class"], ends[0]["user"]

    def certificate(self, name, host):
        if not shutil.which("openssl"):
            lacking("openssl is not installed")
        kind = "IP" if host[0].isdigit() else "DNS"
        key, cert = self.world.root / f"{name}.key", self.world.root / f"{name}.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                        f"/CN={host}", "-addext", f"subjectAltName={kind}:{host}", "-keyout", key, "-out", cert], check=True, capture_output=True)
        return cert, key

    def tls_lms(self, host):
        cert, key = self.certificate("server", host)
        lms = Lms()
        lms.start()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        lms.server.socket = context.wrap_socket(lms.server.socket, server_side=True)
        lms.server.handle_error = lambda *_: None  # whoever does not trust us goes away
        self.addCleanup(lms.stop)
        return lms, cert

    def test_a_server_is_trusted_by_its_certificate_only(self):
        lms, cert = self.tls_lms("127.0.0.1")
        stranger, _ = self.certificate("stranger", "127.0.0.1")
        url = lms.url.replace("http:", "https:")
        request = [{"method": "GET", "address": url + "/courses"}]
        _, heard = self.sync(request, {"ca_file": str(cert)}, url=url)
        self.assertEqual(self.ended(heard)[0], "ok")
        self.assertIn([67, {"index": 0, "body": "lms /courses"}], heard)
        for http in ({}, {"ca_file": str(stranger)}):
            _, heard = self.sync(request, http, url=url)
            self.assertEqual(self.ended(heard)[0], "config")
            self.assertIn("no trusted connection", self.ended(heard)[1])
        self.assertEqual(len(lms.requests), 1)

    def test_a_proxy_with_a_password_leads_out(self):
        lms, cert = self.tls_lms("lms.trust.example")
        port = lms.server.server_address[1]
        proxy = self.serve(Proxy({"lms.trust.example:443": port}))
        url = "https://lms.trust.example"
        request = [{"method": "GET", "address": url + "/courses"}]
        known = {"url": proxy.url, "user": "bridge", "secret_file": self.secret("proxy", PASSWORD)}
        said, heard = self.sync(request, {"ca_file": str(cert), "proxy": known}, url=url)
        self.assertEqual(self.ended(heard)[0], "ok", heard)
        self.assertIn([67, {"index": 0, "body": "lms /courses"}], heard)
        self.assertNotIn(PASSWORD, said)
        _, heard = self.sync(request, {"ca_file": str(cert), "proxy": proxy.url}, url=url)
        self.assertEqual(self.ended(heard)[0], "config")
        self.assertIn("407", self.ended(heard)[1])
        asked = len(proxy.asked)
        _, heard = self.sync(request, {"ca_file": str(cert), "proxy": known, "no_proxy": [".trust.example"], "timeout_seconds": 5}, url=url)
        self.assertEqual(self.ended(heard)[0], "retry")  # nobody of that name outside of the proxy
        self.assertEqual(len(proxy.asked), asked)

    def test_tokens_are_renewed_and_nobody_hears_them(self):
        site = self.serve(OAuth())
        settings = {"url": site.url}
        requests = [{"method": "GET", "address": site.url + "/api", "auth": "lms"}]
        profile = {"type": "oauth2_client_credentials", "token_url": site.url + "/token", "client_id": "bridge",
                   "secret_file": self.secret("client", CLIENT_SECRET)}
        site.fault("expired", at=2)  # the first is for the token
        said, heard = self.sync(requests, {"auth": {"lms": profile}}, **settings)
        self.assertEqual(self.ended(heard)[0], "ok", heard)
        self.assertIn('"ok"', json.dumps(heard).replace("\\", ""))
        self.assertEqual(sum(r.path == "/token" for r in site.requests), 2)
        self.no_secrets(said)

        refresh = {"type": "oauth2_refresh", "token_url": site.url + "/token", "client_id": "bridge",
                   "refresh_token_file": self.secret("refresh", site.refresh)}
        for _ in range(2):  # the second with the token that took the place of the configured one
            said, heard = self.sync(requests, {"auth": {"lms": refresh}}, **settings)
            self.assertEqual(self.ended(heard)[0], "ok", heard)
            self.no_secrets(said)
        for file in self.world.data.rglob("*"):
            if file.is_file():
                self.assertNotIn(b"invented-", file.read_bytes(), file)

        profile["secret_file"] = self.secret("wrong", "invented-wrong-secret")
        said, heard = self.sync(requests, {"auth": {"lms": profile}}, **settings)
        self.assertEqual(self.ended(heard)[0], "auth")
        self.assertIn("invalid_client", self.ended(heard)[1])
        self.no_secrets(said)

    def no_secrets(self, said):
        for start in ("invented-access", "invented-refresh", "invented-client", "invented-wrong", "session=1"):
            self.assertNotIn(start, said)

    def test_what_the_configuration_does_not_allow_is_not_reached(self):
        lms = self.serve(Lms())
        _, heard = self.sync([{"method": "GET", "address": lms.url + "/"}], {})
        self.assertEqual(self.ended(heard)[0], "config")
        self.assertIn("http.hosts", self.ended(heard)[1])
        self.assertEqual(lms.requests, [])


if __name__ == "__main__":
    unittest.main()
