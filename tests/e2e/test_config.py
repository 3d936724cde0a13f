"""The configuration file as people meet it: comments, the commented example, the schema and what explains it, check and its remedies."""
import base64
import json
import os
import pathlib
import re
import socket
import subprocess
import unittest

from bridge import BINARY, REPO, Case, Daemon, Failed, run, write_json

EXAMPLE = REPO / "config/capbridge.example.json"
SAMPLE = REPO / "config/sample/nymouth"
# Alternatives of each other, or what every file would have to have another one for: named in the example as text only.
ONLY_NAMED = {"/sources/*/sha256", "/backup/every"}


def without_comments(text):
    return re.sub(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', lambda m: m.group(1) or "", text, flags=re.DOTALL)


def uncommented(text):
    """The examples of the file made part of it: indented lines of // that go on without a blank, or with more than one."""
    return re.sub(r"^  //(?! \S)", "  ", text, flags=re.MULTILINE)


def pointers(value, at=""):
    if isinstance(value, dict):
        for name, member in value.items():
            yield f"{at}/{name}"
            yield from pointers(member, f"{at}/{name}")
    elif isinstance(value, list):
        for member in value:
            yield from pointers(member, f"{at}/*")


def members(schema, at=""):
    """(general pointer, schema) of every member, as config_schema.hpp walks them."""
    for name, member in schema.get("properties", {}).items():
        yield f"{at}/{name}", member
        yield from members(member, f"{at}/{name}")
    for below in ("items", "additionalProperties"):
        if isinstance(schema.get(below), dict):
            yield from members(schema[below], f"{at}/*")


def schema():
    return json.loads(run("config", "schema")[0])


class TheSchema(unittest.TestCase):
    def test_every_member_is_explained(self):
        found = list(members(schema()))
        self.assertGreater(len(found), 120)
        for pointer, member in found:
            with self.subTest(pointer):
                self.assertGreater(len(member.get("description", "")), 10)
                self.assertTrue(member.get("examples"), "an editor offers examples")
        for name, member in schema()["properties"].items():
            self.assertIn(member.get("x-reload"), ("live", "restart", "once", "none"), name)

    def test_every_member_can_be_asked_about(self):
        for pointer, member in list(members(schema()))[::7]:
            out, _ = run("config", "explain", pointer.replace("*", "0"))
            self.assertIn(member["description"][:40], out)
        out, _ = run("config", "explain", "sources.schedule.cron")
        self.assertIn("/sources/*/schedule/cron", out)
        self.assertIn("capbridge reload", out)
        self.assertIn("needs a restart", run("config", "explain", "/listen")[0])
        self.assertIn("sources", run("config", "explain")[0])
        with self.assertRaises(Failed) as refused:
            run("config", "explain", "/sources/0/colour")
        self.assertEqual(refused.exception.code, 2)
        self.assertIn("schedule", refused.exception.err)

    def test_defaults_and_examples_are_what_the_schema_allows(self):
        whole = schema()
        for pointer, member in members(whole):
            values = ([member["default"]] if "default" in member else []) + member.get("examples", [])
            for value in values:
                with self.subTest(pointer, value=value):
                    kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}
                    types = member.get("type", [])
                    for kind in [types] if isinstance(types, str) else types:
                        if isinstance(value, kinds[kind]):
                            break
                    else:
                        self.assertIn("enum", member)
                    if "enum" in member:
                        self.assertIn(value, member["enum"])
                    if isinstance(value, str) and "pattern" in member:
                        self.assertRegex(value, member["pattern"])
                    if isinstance(value, (int, float)) and not isinstance(value, bool):
                        self.assertGreaterEqual(value, member.get("minimum", value))
                        self.assertLessEqual(value, member.get("maximum", value))

    def test_the_reference_is_what_the_command_writes(self):
        text = (REPO / "docs/configuration.md").read_text()
        begin, end = "<!-- capbridge config schema --markdown -->\n", "<!-- end -->"
        self.assertIn(begin, text)
        inside = text[text.index(begin) + len(begin):text.index(end)]
        self.assertEqual(inside.strip(), run("config", "schema", "--markdown")[0].strip(), "write it anew with: scripts/configuration-reference")


class TheExample(Case):
    def setUp(self):
        super().setUp()
        self.root = self.world.root / "etc"
        (self.root / "secrets").mkdir(parents=True)

    def write(self, text):
        text = text.replace('"data": "/var/lib/capbridge"', f'"data": {json.dumps(str(self.world.root / "data"))}').replace("127.0.0.1:8480", "127.0.0.1:0")
        path = self.root / "capbridge.json"
        path.write_text(text)
        return path

    def lay_out(self):
        """The files that the examples name."""
        for kind in ("mapping", "deployment", "archetype-rules"):
            source = {"mapping": "nymouth-mapping", "deployment": "deployment-tri-x"}.get(kind, kind)
            (self.root / f"{kind}.json").write_text((SAMPLE / f"{source}.json").read_text())
        (self.root / "policy.json").write_text((REPO / "config/policies/default.json").read_text())
        (self.root / "tls").mkdir()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.root / "tls/capbridge.key", "-out", self.root / "tls/capbridge.pem",
                        "-days", "90", "-subj", "/CN=learning.trust.example", "-addext", "subjectAltName=DNS:learning.trust.example"], capture_output=True, check=True)
        (self.root / "tls/capbridge.key").chmod(0o600)
        for name in ("trust-ca.pem", "tls/clients-ca.pem"):
            (self.root / name).write_text((self.root / "tls/capbridge.pem").read_text())
        (self.root / "known_hosts").write_text("files.example ssh-ed25519 AAAA\n")
        key = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, text=True, check=True).stdout
        modulus = subprocess.run(["openssl", "rsa", "-noout", "-modulus"], input=key, capture_output=True, text=True, check=True).stdout.strip().split("=")[1]
        n = base64.urlsafe_b64encode(bytes.fromhex(modulus)).rstrip(b"=").decode()
        write_json(self.root / "issuer-keys.json", {"keys": [{"kty": "RSA", "kid": "1", "n": n, "e": "AQAB"}]})
        write_json(self.root / "profile.jsonld", {"id": "https://w3id.org/example", "templates": [
            {"id": "https://w3id.org/example/template", "type": "StatementTemplate", "verb": "http://adlnet.gov/expapi/verbs/passed"}]})
        for name in ("esr", "elfh", "kallidus"):
            (self.root / "drop" / name).mkdir(parents=True)
        (self.root / "adapters").mkdir()
        credentials = self.world.root / "credentials"
        credentials.mkdir()
        for name in ("warehouse", "sftp-passphrase", "moodle-token", "proxy", "client-secret", "refresh-token", "hmac", "backup-key"):
            self.secret(self.root / "secrets" / name, "a secret of " + name)
        for name in ("sftp-key", "client-key.pem"):
            self.secret(self.root / "secrets" / name, key)
        for name in ("events", "elsewhere", "refresh-token", "ftps", "proxy"):
            self.secret(credentials / name, "a credential of " + name)
        self.secret(credentials / "client-key", key)
        return dict(os.environ, CREDENTIALS_DIRECTORY=str(credentials), TRIAL_SECRET="from the environment", ELSEWHERE_KEY="from the environment",
                    REFRESH_TOKEN="from the environment", CLIENT_KEY=key, PROXY_SECRET="from the environment", SFTP_PASSWORD="from the environment")

    @staticmethod
    def secret(path, text):
        path.write_text(text)
        path.chmod(0o600)

    def test_it_passes_as_it_is_shipped_and_is_safe(self):
        path = self.write(EXAMPLE.read_text())
        out, err = run("check", "--config", path)
        self.assertIn("no errors", out)
        self.assertEqual("", err)
        shipped = json.loads(without_comments(EXAMPLE.read_text()))
        self.assertTrue(shipped["listen"].startswith("127.0.0.1:"))
        self.assertIs(shipped["require_sandbox"], True)
        for opened in ("cors_origins", "token_issuers", "forward", "plugins", "sources"):
            self.assertNotIn(opened, shipped)

    def test_every_member_of_the_schema_is_in_it(self):
        text = EXAMPLE.read_text()
        there = set(pointers(json.loads(without_comments(uncommented(text)))))
        general = set()
        for pointer, member in members(schema()):
            name = pointer.rsplit("/", 1)[1]
            with self.subTest(pointer):
                self.assertIn(f'"{name}"', text)
            general.add(pointer)
        # Names of auth profiles stand where the schema has *.
        there = {re.sub(r"^(/sources/\*/http/auth)/[^/]+", r"\1/*", p) for p in there} | there
        lacking = sorted(general - there - ONLY_NAMED)
        self.assertEqual([], lacking)

    def test_it_passes_with_every_example_taken_in(self):
        environment = self.lay_out()
        path = self.write(uncommented(EXAMPLE.read_text()))
        try:
            out, err = run("check", "--config", path, env=environment)
        except Failed as failed:
            self.fail(failed.err)
        self.assertIn("6 sources, 1 mappings, no errors", out)


class Check(Case):
    def config(self, text):
        path = self.world.root / "capbridge.json"
        path.write_text(text)
        return path

    def findings(self, text, code=2, *more):
        out, _ = run("check", "--config", self.config(text), "--json", *more, expect=code)
        return json.loads(out)

    def data(self):
        return json.dumps(str(self.world.root / "data"))

    def test_all_problems_are_told_at_once_with_line_pointer_and_remedy(self):
        answer = self.findings('// comment\n{\n  "listen": "here", /* two\n lines */\n  "colour": 1,\n  "sources": [\n   {"name": "a", "adapter": "csv", "folder": "gone"}]\n}')
        found = {(f["line"], f["pointer"]): f for f in answer["findings"]}
        self.assertEqual(found[5, "/colour"]["severity"], "error")
        self.assertEqual(found[7, "/sources/0/folder"]["code"], "no_folder")
        self.assertIn((3, "/listen"), found)
        for finding in answer["findings"]:
            self.assertTrue(finding["remedy"], finding)
            self.assertTrue(finding["file"].endswith("capbridge.json"))
        self.assertFalse(answer["ok"])
        told = self.refused("check", "--config", self.world.root / "capbridge.json")
        self.assertEqual(told.count("what to do: "), len(answer["findings"]))

    def test_a_comma_too_many_is_told_at_its_line(self):
        told = self.refused("check", "--config", self.config('{\n  "organisation": "X",\n  //"framework": "none",\n}'))
        self.assertIn("capbridge.json:2: not valid JSON: nothing follows this comma", told)

    def test_files_that_it_names_are_told_by_their_own_lines(self):
        (self.world.root / "map.json").write_text('{"id": "m",\n // no comments here\n "version": "1"}')
        answer = self.findings('{"mappings": ["map.json"]}')
        self.assertEqual([(f["file"], f["line"]) for f in answer["findings"] if f["severity"] == "error"], [("map.json", 2)])

    def test_the_data_directory_is_looked_at(self):
        data = self.world.root / "data"
        self.assertIn("would be made", " ".join(self.findings(f'{{"data": {self.data()}}}', 0)["facts"]))
        data.mkdir(mode=0o755)
        data.chmod(0o755)
        answer = self.findings(f'{{"data": {self.data()}}}', 0)
        self.assertIn("data_mode", [f["code"] for f in answer["findings"]])
        self.assertRegex(" ".join(answer["facts"]), r"owner \S+, mode 0755, [0-9.]+ GiB free")
        data.chmod(0o700)
        self.assertEqual([], [f for f in self.findings(f'{{"data": {self.data()}, "listen": "127.0.0.1:0"}}', 0)["findings"]])
        data.rmdir()
        data.write_text("")
        self.assertEqual("data_directory", self.findings(f'{{"data": {self.data()}}}')["findings"][0]["code"])
        self.assertFalse((self.world.root / "nothing").exists(), "check makes nothing")

    def test_an_address_that_another_program_holds_is_told(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen(1)
            port = taken.getsockname()[1]
            answer = self.findings(f'{{"data": {self.data()},\n"listen": "127.0.0.1:{port}"}}')
            self.assertEqual([("address_in_use", 2)], [(f["code"], f["line"]) for f in answer["findings"]])
        self.findings(f'{{"data": {self.data()}, "listen": "127.0.0.1:{port}"}}', 0)
        daemon = self.world.serve()
        own = daemon.base.rsplit(":", 1)[1]
        answer = self.findings(f'{{"data": {self.data()}, "listen": "127.0.0.1:{own}"}}', 0)
        self.assertIn("bound by the daemon that runs on the data directory", " ".join(answer["facts"]))
        if os.geteuid() == 0:
            self.world.root.chmod(0o755)
            config = self.config(f'{{"data": {self.data()}, "listen": "127.0.0.1:{own}"}}')
            config.chmod(0o644)
            done = subprocess.run([pathlib.Path(BINARY).resolve(), "check", "--json", "--config", config], capture_output=True, text=True, user=65534, group=65534,
                                  extra_groups=[])
            self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
            self.assertIn("something listens there", " ".join(json.loads(done.stdout)["not_tried"]))
        daemon.kill()
        with socket.socket() as taken:  # what the daemon wrote of its address is still there
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", int(own)))
            taken.listen(1)
            answer = self.findings(f'{{"data": {self.data()},\n"listen": "127.0.0.1:{own}"}}')
            self.assertEqual(["address_in_use"], [f["code"] for f in answer["findings"]])

    def test_listening_to_everybody_without_tls_is_warned_of(self):
        answer = self.findings(f'{{"data": {self.data()}, "listen": "0.0.0.0:0"}}', 0)
        self.assertEqual(["listens_to_all"], [f["code"] for f in answer["findings"]])
        self.assertIn("address_not_here", [f["code"] for f in self.findings(f'{{"data": {self.data()}, "listen": "192.0.2.1:8480"}}')["findings"]])

    def test_secrets_are_looked_at_and_never_shown(self):
        hush = "hunter2-hunter2-hunter2"
        secret = self.world.root / "token"
        secret.write_text(hush)
        secret.chmod(0o644)
        text = ('{"data": %s, "forward": [{"name": "w", "kind": "webhook", "settings": {"url": "https://w.example/", "secret_file": "token"}}],\n'
                '"sources": [{"name": "m", "adapter": "moodle", "settings": {"url": "https://m.example", "token": "%s"},\n'
                '"http": {"auth": {"lms": {"type": "bearer", "secret_env": "%s!!", "secret": "%s"}}}}]}' % (self.data(), hush, hush, hush))
        out, err = subprocess.run([BINARY, "check", "--json", "--config", self.config(text)], capture_output=True, text=True).stdout, self.refused(
            "check", "--config", self.world.root / "capbridge.json")
        self.assertNotIn("hunter2", out)
        self.assertNotIn("hunter2", err)
        findings = json.loads(out)["findings"]
        codes = {(f["pointer"], f["code"]) for f in findings}
        self.assertIn(("/sources/0/http/auth/lms/secret", "secret_in_file"), codes)
        self.assertIn(("/sources/0/settings/token", "secret_in_file"), codes)
        world_readable = [f for f in findings if f["pointer"] == "/forward/0/settings/secret_file" and f["code"] == "secret"]
        self.assertEqual(1, len(world_readable))
        self.assertIn("chmod", world_readable[0]["remedy"])
        for text, words in (("", "empty"), (hush, "")):
            secret.write_text(text)
            secret.chmod(0o600)
            answer = self.findings('{"data": %s, "forward": [{"name": "w", "kind": "webhook", "settings": {"url": "https://w.example/", "secret_file": "token"}}]}'
                                   % self.data(), 0)
            self.assertEqual([words] if words else [], [w for w in ("empty",) if w in json.dumps(answer["findings"])])

    def with_secret(self, member, value):
        return ('{"data": %s, "listen": "127.0.0.1:0", "sources": [{"name": "m", "adapter": "moodle", "settings": {"url": "https://m.example"},\n'
                '"http": {"auth": {"lms": {"type": "form_token", "parameter": "wstoken", "%s": "%s"}}}}]}' % (self.data(), member, value))

    def test_why_a_sources_secret_cannot_be_had_is_told(self):
        secret = self.world.root / "token"
        for prepare, words in ((lambda: None, "is not there"), (secret.mkdir, "folder"), (lambda: (secret.rmdir(), secret.write_text("")), "everybody may read"),
                               (lambda: secret.chmod(0o600), "is empty")):
            prepare()
            found = [f for f in self.findings(self.with_secret("secret_file", "token"))["findings"] if f["code"] == "secret"]
            self.assertEqual(["/sources/0/http/auth/lms/secret_file"], [f["pointer"] for f in found])
            self.assertIn(words, found[0]["message"])
            self.assertIn(str(secret), found[0]["message"])
            self.assertIn("never in this one", found[0]["remedy"])

    def test_what_only_the_daemons_environment_has_is_not_tried_from_a_shell(self):
        bare = {k: v for k, v in os.environ.items() if k != "CREDENTIALS_DIRECTORY"}
        for member, value in (("secret_env", "NO_SUCH_TOKEN"), ("secret_credential", "moodle-token")):
            config = self.config(self.with_secret(member, value))
            answer = json.loads(run("check", "--json", "--config", config, env=bare)[0])
            self.assertEqual([], answer["findings"])
            self.assertIn(f"/sources/0/http/auth/lms/{member}", " ".join(answer["not_tried"]))
        # The daemon's credentials are at hand, as in an upgrade: then a missing one is a mistake.
        answer = json.loads(run("check", "--json", "--config", config, env=dict(bare, CREDENTIALS_DIRECTORY=str(self.world.root)), expect=2)[0])
        self.assertEqual(["secret"], [f["code"] for f in answer["findings"]])
        told = subprocess.run([BINARY, "serve", "--config", self.config(self.with_secret("secret_env", "NO_SUCH_TOKEN"))], capture_output=True, text=True, env=bare)
        self.assertEqual(2, told.returncode)
        self.assertIn("NO_SUCH_TOKEN of the secret is not set", told.stderr)
        self.assertIn("Environment=", told.stderr)

    def test_every_way_out_is_listed(self):
        config = self.config('{"data": %s, "log": {"syslog": {"host": "logs.example", "port": 6514}},\n'
                             '"forward": [{"name": "w", "kind": "webhook", "settings": {"url": "https://hook.example/x", "secret_env": "NO_SUCH_TOKEN"}},\n'
                             '{"name": "l", "kind": "lrs", "settings": {"url": "https://lrs.example:8443/xapi"}}],\n'
                             '"sources": [{"name": "m", "adapter": "moodle", "settings": {"url": "https://m.example", "identifiers":\n'
                             '[{"field": "idnumber", "scheme": "esr-employee", "issuer": "demo"}], "report": {"id": 7, "page_size": 10}},\n'
                             '"activity_base": "https://m.example/course/",\n'
                             '"http": {"hosts": ["m.example:443"], "auth": {"lms": {"type": "form_token", "parameter": "wstoken", "secret_env": "NO_SUCH_TOKEN"}}}}]}' % self.data())
        environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        answer = json.loads(run("check", "--config", config, "--egress", "--json", env=environment)[0])
        self.assertEqual({"hook.example:443": ["forwarding target w"], "lrs.example:8443": ["forwarding target l"], "logs.example:6514": ["syslog"],
                          "m.example:443": ["source m"]}, {e["host"]: e["for"] for e in answer["egress"]})
        self.assertEqual("logs.example:6514", answer["syslog"])
        text = run("check", "--config", config, "--egress", env=dict(environment, HTTPS_PROXY="http://proxy.example:3128"))[0]
        for host in ("hook.example:443", "lrs.example:8443", "logs.example:6514", "proxy.example:3128"):
            self.assertIn(host, text)

    def test_online_asks_targets_and_issuers(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        text = ('{"data": %s, "forward": [{"name": "w", "kind": "lrs", "settings": {"url": "http://127.0.0.1:%d/xapi"}}]}' % (self.data(), port))
        answer = self.findings(text, 1, "--online")
        self.assertEqual([("unreachable", "/forward/0/settings/url")], [(f["code"], f["pointer"]) for f in answer["findings"]])
        daemon = self.world.serve()
        text = '{"data": %s, "forward": [{"name": "w", "kind": "lrs", "settings": {"url": "%s/xapi"}}]}' % (self.data(), daemon.base)
        answer = self.findings(text, 0, "--online")
        self.assertIn("forwarding target w: answers", answer["facts"])

    @unittest.skipUnless(os.geteuid() == 0, "needs root, to be somebody else")
    def test_another_user_hears_what_was_not_tried(self):
        secret = self.world.root / "token"
        secret.write_text("a secret of somebody")
        secret.chmod(0o600)
        self.world.root.chmod(0o755)
        data = self.world.root / "data"
        data.mkdir(mode=0o700)
        config = self.config('{"data": %s, "listen": "127.0.0.1:0", "forward": [{"name": "w", "kind": "webhook", "settings": {"url": "https://w.example/", "secret_file": "token"}}]}'
                             % self.data())
        config.chmod(0o644)
        binary = pathlib.Path(BINARY).resolve()
        done = subprocess.run([binary, "check", "--json", "--config", config], capture_output=True, text=True, user=65534, group=65534, extra_groups=[])
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        not_tried = " ".join(json.loads(done.stdout)["not_tried"])
        self.assertIn("data directory", not_tried)
        self.assertIn("secret_file", not_tried)


if __name__ == "__main__":
    unittest.main()
