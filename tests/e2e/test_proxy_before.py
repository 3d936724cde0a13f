"""Behind nginx: TLS there, a path prefix here, and whose word about a client is believed. With the example that is shipped."""
import json
import pathlib
import re
import socket
import subprocess
import time
import unittest
import urllib.error
import urllib.request

import bridge
from tls_world import Authority, needs_openssl, trusting

NGINX = bridge.program("nginx")
VERSION = {"X-Experience-API-Version": "1.0.3", "Content-Type": "application/json"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Nginx:
    """The shipped example, with this test's ports and files in it."""

    def __init__(self, root, authority, daemon_port, strips):
        self.root = pathlib.Path(root) / "nginx"
        self.root.mkdir()
        pem, key = authority.issue("learning.trust.example")
        self.port = free_port()
        example = (bridge.REPO / "packaging/nginx.conf.example").read_text()
        site = (example.replace("127.0.0.1:8480", f"127.0.0.1:{daemon_port}")
                .replace("listen 443 ssl;", f"listen 127.0.0.1:{self.port} ssl;")
                .replace("    listen [::]:443 ssl;\n", "")
                .replace("/etc/nginx/tls/learning.pem", str(pem)).replace("/etc/nginx/tls/learning.key", str(key)))
        if strips:
            site = site.replace("proxy_pass http://capbridge;", "proxy_pass http://capbridge/;")
        temp = "".join(f"    {kind}_temp_path {self.root};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.root / "nginx.conf").write_text(
            f"daemon off;\npid {self.root}/pid;\nerror_log {self.root}/error.log;\nevents {{}}\nhttp {{\n    access_log off;\n{temp}{site}}}\n")
        self.process = subprocess.Popen([NGINX, "-p", str(self.root), "-c", str(self.root / "nginx.conf")], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 15
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError((self.root / "error.log").read_text())
                time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=15)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


@needs_openssl
@bridge.needs(NGINX, "nginx is not installed: apt-get install nginx-light")
class BehindNginx(bridge.Case):
    strips = False

    def setUp(self):
        super().setUp()
        self.authority = Authority(self.world.root / "authority")
        port = free_port()
        config = bridge.write_json(self.world.root / "capbridge.json", {
            "data": "data", "public_url": "https://learning.trust.example/capbridge", "trusted_proxies": ["127.0.0.1"],
            "metrics": {"open_to": ["127.0.0.1"]}})
        self.daemon = self.world.daemon = bridge.Daemon(self.world.data, "--config", config, listen=f"127.0.0.1:{port}")
        self.nginx = Nginx(self.world.root, self.authority, port, self.strips)
        self.addCleanup(self.nginx.stop)
        self.opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trusting(self.authority)), NoRedirect())
        self.outside = f"https://localhost:{self.nginx.port}"

    def ask(self, method, path, body=None, headers=None, auth=None):
        request = urllib.request.Request(self.outside + path, data=body, method=method, headers=dict(headers or {}))
        if auth:
            import base64
            request.add_header("Authorization", "Basic " + base64.b64encode(":".join(auth).encode()).decode())
        try:
            with self.opener.open(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()

    def test_the_page_and_the_way_into_it(self):
        status, headers, _ = self.ask("GET", "/capbridge")
        self.assertEqual((status, headers["Location"].split("//")[-1].split("/", 1)[1]), (308, "capbridge/"))
        link = self.world.ask("login-link")["url"]
        self.assertTrue(link.startswith("https://learning.trust.example/capbridge/login/"), link)
        path = link.removeprefix("https://learning.trust.example")
        status, _, page = self.ask("GET", path)
        self.assertEqual(status, 200)
        self.assertIn(f'action="{path}"', page)
        status, headers, _ = self.ask("POST", path, b"")
        self.assertEqual((status, headers["Location"]), (303, "/capbridge/"))
        cookie = headers["Set-Cookie"]
        self.assertIn("Secure", cookie)
        self.assertIn("Path=/capbridge/;", cookie)
        self.assertNotIn("Strict-Transport-Security", headers)  # the host is shared with others
        signed_in = {"Cookie": cookie.split(";")[0]}
        status, _, page = self.ask("GET", "/capbridge/", headers=signed_in)
        self.assertEqual(status, 200)
        # All that the page asks for hangs on where it is.
        asked = re.findall(r'(?:src|href)="([^"#]+)"', page)
        self.assertIn("app.css", asked)
        for address in asked:
            self.assertFalse(address.startswith("/"), address)
            self.assertEqual(self.ask("GET", "/capbridge/" + address, headers=signed_in)[0], 200, address)
        status, headers, _ = self.ask("GET", "/capbridge/main.js", headers=signed_in)
        self.assertIn("javascript", headers["Content-Type"])
        api = self.ask("GET", "/capbridge/api.js", headers=signed_in)
        self.assertEqual((api[0], '"/api/v1/' in api[2]), (200, False))
        self.assertEqual(self.ask("GET", "/capbridge/api/v1/matrix", headers=signed_in)[0], 200)

    def test_a_page_of_statements_leads_to_the_next(self):
        made = self.world.ask("credential", "add", "lrs", "--scope", "all")
        auth = (made["key"], made["secret"])
        statements = [{"actor": {"mbox": f"mailto:p{i}@demo.example"}, "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
                       "object": {"id": bridge.ACTIVITY + "x"}} for i in range(5)]
        self.assertEqual(self.ask("POST", "/capbridge/xapi/statements", json.dumps(statements).encode(), VERSION, auth)[0], 200)
        more, seen = "/capbridge/xapi/statements?limit=2", 0
        while more:
            self.assertTrue(more.startswith("/capbridge/xapi/"), more)
            status, _, text = self.ask("GET", more, headers=VERSION, auth=auth)
            self.assertEqual(status, 200, text)
            seen += len(json.loads(text)["statements"])
            more = json.loads(text)["more"]
        self.assertEqual(seen, 5)

    def test_an_upload_goes_straight_through(self):
        made = self.world.ask("credential", "add", "packages", "--scope", "admin,read")
        body = b"PK" + bytes(30_000_000)
        status, _, text = self.ask("POST", "/capbridge/api/v1/packages", body, {"Content-Type": "application/zip"}, (made["key"], made["secret"]))
        self.assertEqual(status, 422, text)  # it is no package, and that was found out by the daemon
        self.assertEqual([p for p in self.nginx.root.iterdir() if p.stat().st_size > 1_000_000], [])

    def test_monitoring_is_not_reached_through_the_proxy(self):
        self.assertEqual(self.ask("GET", "/capbridge/metrics")[0], 404)
        # Who asks the daemon itself from this machine needs no credential; what a stranger passed on does.
        self.assertEqual(self.daemon.get("/metrics")[0], 200)
        self.assertEqual(self.daemon.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})[0], 401)
        self.assertEqual(self.daemon.get("/readyz")[0], 200)


class BehindNginxThatStrips(BehindNginx):
    strips = True


class WhoseWord(bridge.Case):
    def test_a_stranger_is_not_believed(self):
        config = bridge.write_json(self.world.root / "capbridge.json", {"data": "data", "metrics": {"open_to": ["10.9.9.9"]}})
        daemon = self.world.daemon = bridge.Daemon(self.world.data, "--config", config)
        for headers in ({"X-Forwarded-For": "10.9.9.9"}, {"Forwarded": "for=10.9.9.9"}, {}):
            self.assertEqual(daemon.get("/metrics", headers=headers)[0], 401, headers)

    def test_only_the_header_that_is_configured_counts(self):
        config = bridge.write_json(self.world.root / "capbridge.json", {
            "data": "data", "trusted_proxies": ["127.0.0.0/8", "10.0.0.0/8"], "forwarded_header": "Forwarded", "metrics": {"open_to": ["192.0.2.7"]}})
        daemon = self.world.daemon = bridge.Daemon(self.world.data, "--config", config)
        self.assertEqual(daemon.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"})[0], 401)
        self.assertEqual(daemon.get("/metrics", headers={"Forwarded": 'for="192.0.2.7:4711";proto=https'})[0], 200)
        # A client may have written the first ones itself: the nearest that no proxy of ours wrote counts.
        self.assertEqual(daemon.get("/metrics", headers={"Forwarded": "for=192.0.2.7, for=203.0.113.4"})[0], 401)
        self.assertEqual(daemon.get("/metrics", headers={"Forwarded": "for=203.0.113.4, for=192.0.2.7, for=10.1.2.3"})[0], 200)

    def test_the_check_names_what_is_no_address(self):
        config = bridge.write_json(self.world.root / "capbridge.json", {
            "data": "data", "trusted_proxies": ["127.0.0.1", "10.0.0.0/99"], "public_url": "https://me@trust.example/x", "metrics": {"open_to": ["here"]}})
        said = self.refused("check", "--config", config)
        for part in ("/trusted_proxies/1", "/public_url", "/metrics/open_to/0"):
            self.assertIn(part, said)


if __name__ == "__main__":
    unittest.main()
