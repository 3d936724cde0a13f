"""The way out through a real squid, and an LMS whose certificate is a private authority's: what works, and what each mistake says."""
import pathlib
import ssl
import subprocess
import socket
import time
import sys
import unittest

import bridge

sys.path.insert(0, str(bridge.REPO / "tests/fakes"))
from moodle import Moodle  # noqa: E402
from tls_world import Authority, needs_openssl  # noqa: E402

SQUID = bridge.program("squid")
AUTH = pathlib.Path("/usr/lib/squid/basic_ncsa_auth")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Squid:
    """CONNECT with Basic, to lms.trust.example and nowhere else; the name is of this machine's hosts file for squid alone."""

    def __init__(self, root, password, lms_port):
        self.root = pathlib.Path(root) / "squid"
        self.root.mkdir()
        # squid gives up root's rights, if it has them.
        self.root.chmod(0o777)
        pathlib.Path(root).chmod(0o711)
        self.port = free_port()
        crypted = subprocess.run(["openssl", "passwd", "-apr1", password], capture_output=True, text=True, check=True).stdout.strip()
        (self.root / "users").write_text(f"bridge:{crypted}\n")
        (self.root / "hosts").write_text("127.0.0.1 lms.trust.example\n")
        (self.root / "squid.conf").write_text(f"""
http_port 127.0.0.1:{self.port}
hosts_file {self.root}/hosts
auth_param basic program {AUTH} {self.root}/users
auth_param basic children 1
auth_param basic realm way out
acl known proxy_auth REQUIRED
acl lms dstdomain lms.trust.example
acl tls port {lms_port}
http_access allow CONNECT known lms tls
http_access deny all
cache deny all
access_log stdio:{self.root}/access.log
cache_log {self.root}/cache.log
pid_filename {self.root}/pid
coredump_dir {self.root}
shutdown_lifetime 1 seconds
visible_hostname squid.trust.example
netdb_filename none
pinger_enable off
""")
        self.process = subprocess.Popen([SQUID, "-N", "-f", str(self.root / "squid.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    log = self.root / "cache.log"
                    raise AssertionError(log.read_text() if log.exists() else "squid does not start")
                time.sleep(0.1)

    def asked(self):
        log = self.root / "access.log"
        return log.read_text() if log.exists() else ""

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@needs_openssl
@bridge.needs(SQUID and AUTH.exists(), "squid is not installed: apt-get install squid")
class ThroughSquid(bridge.Case):
    PASSWORD = "invented-way-out"

    def setUp(self):
        super().setUp()
        self.world.small()
        self.authority = Authority(self.world.root / "authority", "Authority of the trust")
        self.site = Moodle(users=8).start()
        self.addCleanup(self.site.stop)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*map(str, self.authority.issue("lms.trust.example")))
        self.site.server.socket = context.wrap_socket(self.site.server.socket, server_side=True)
        self.port = int(self.site.url.rsplit(":", 1)[1])
        for user in self.site.users:
            self.site.complete(user["username"], "CRS-A", int(time.time()) - 86_400)
        self.squid = Squid(self.world.root, self.PASSWORD, self.port)
        self.addCleanup(self.squid.stop)

    def secret(self, name, text):
        path = self.world.root / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def add(self, password=PASSWORD, user="bridge", host="lms.trust.example", **http):
        proxy = {"url": f"http://127.0.0.1:{self.squid.port}"}
        if user:
            proxy.update({"user": user, "secret_file": self.secret("proxy", password)})
        http = {"auth": {"lms": {"type": "form_token", "parameter": "wstoken", "secret_file": self.secret("token", self.site.token)}}, "proxy": proxy,
                "ca_file": str(self.authority.certificate), **http}
        http = {name: value for name, value in http.items() if value is not None}
        identifiers = [{"field": "idnumber", "scheme": "esr-employee", "issuer": "demo"}, {"field": "username", "scheme": "account"}]
        self.world.ask("source", "add", "moodle", "--adapter", "moodle", "--activity-base", "https://lms.example/course/",
                       "--settings", bridge.write_json(self.world.root / "moodle.json", {
                           "url": f"https://{host}:{self.port}", "identifiers": identifiers, "report": {"id": 7, "page_size": 10}}),
                       "--options", bridge.write_json(self.world.root / "options.json", {"http": http}))

    def check(self):
        """What 'source check' says, with what to do; it must say that it would not work."""
        out, _ = bridge.run("source", "check", "moodle", "--data", self.world.data, expect=1)
        self.assertNotIn(self.PASSWORD, out)
        self.assertNotIn(self.site.token, out)
        return out

    def test_a_sync_goes_through_connect(self):
        self.add()
        counts = self.world.ask("sync", "moodle")["syncs"][0]["counts"]
        self.assertEqual((counts["added"], counts["rejected"]), (8, 0))
        log = self.squid.asked()
        self.assertIn(f"CONNECT lms.trust.example:{self.port}", log)
        self.assertIn("/200", log)

    def test_a_wrong_password_is_named(self):
        self.add(password="not-the-password")
        said = self.check()
        self.assertIn("407", said)
        self.assertIn("proxy.secret_file", said)
        self.add(user=None)
        self.assertIn("proxy.user", self.check())

    def test_an_authority_that_is_not_trusted_is_named(self):
        self.add(ca_file=None)
        self.assertIn("ca_file", self.check())
        other = Authority(self.world.root / "other", "Somebody else")
        self.add(ca_file=str(other.certificate))
        self.assertIn("no trusted connection", self.check())

    def test_a_host_that_the_proxy_does_not_let_out(self):
        self.add(host="elsewhere.trust.example")
        said = self.check()
        self.assertIn("403", said)
        self.assertIn("check --egress", said)

    def test_hosts_that_are_asked_directly(self):
        self.add(no_proxy=[".trust.example"])
        self.check()  # outside of squid nobody knows the name
        self.assertNotIn("CONNECT", self.squid.asked())


if __name__ == "__main__":
    unittest.main()
