"""`capbridge check` beside the daemon: what it finds keeps the daemon from starting, what it finds no fault in does not, and whoever it may not read for hears so."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import unittest

from bridge import BINARY, Case, run
from tls_world import Authority, needs_openssl

NOBODY = 65534


class Checking(Case):
    def config(self, **members):
        path = self.world.root / "capbridge.json"
        path.write_text(json.dumps({"data": str(self.world.root / "data"), "listen": "127.0.0.1:0", **members}))
        path.chmod(0o644)
        return path

    def findings(self, code=2, more=(), **members):
        return json.loads(run("check", "--config", self.config(**members), "--json", *more, expect=code)[0])

    def codes(self, code=2, **members):
        return {(f["pointer"], f["code"]) for f in self.findings(code, **members)["findings"]}

    def starts_not(self, *args):
        done = subprocess.run([BINARY, "serve", "--config", self.world.root / "capbridge.json", *args], capture_output=True, text=True, timeout=60)
        self.assertNotEqual(0, done.returncode)
        return done.stderr

    def folder(self, name, mode=0o755):
        path = self.world.root / name
        path.mkdir(exist_ok=True)
        path.chmod(mode)
        return path

    def file(self, name, text="", mode=0o600):
        path = self.world.root / name
        path.write_text(text)
        path.chmod(mode)
        return path

    def moodle(self, **http):
        auth = {"lms": {"type": "form_token", "parameter": "wstoken", "secret_file": "token"}}
        return {"sources": [{"name": "m", "adapter": "moodle", "activity_base": "https://m.example/course/", "http": {"hosts": ["m.example:443"], "auth": auth, **http},
                             "settings": {"url": "https://m.example", "identifiers": [{"field": "idnumber", "scheme": "esr-employee", "issuer": "demo"}],
                                          "report": {"id": 7, "page_size": 10}}}]}


class WhatKeepsTheDaemonDown(Checking):
    def test_a_place_for_the_data_that_can_be_none(self):
        self.file("file")
        (self.world.root / "link").symlink_to("not-mounted")
        for data, code in ((self.world.root / ("x" * 100), "data_path_too_long"), (self.world.root / "file/data", "data_directory"),
                           (self.world.root / "link", "data_directory"), ("/proc/nope", "data_directory")):
            with self.subTest(data):
                self.assertIn(("/data", code), self.codes(data=str(data)))
                self.starts_not()
        fits = 107 - len(str(self.world.root)) - len("/admin.sock") - 1
        self.assertEqual(set(), self.codes(0, data=str(self.world.root / ("x" * fits))))
        self.assertIn(("/data", "data_path_too_long"), self.codes(data=str(self.world.root / ("x" * (fits + 1)))))

    def test_an_address_that_cannot_be_bound(self):
        answer = self.findings(listen="[fe80::1]:8499")
        self.assertIn("needs its interface", " ".join(f["message"] for f in answer["findings"]))
        self.starts_not()

    def test_backups_in_the_data_directory_of_the_command(self):
        backup = {"every": "PT6H", "to": str(self.world.root / "elsewhere/b")}
        self.folder("elsewhere")
        config = self.config(backup=backup)
        self.assertEqual({("/backup/to", "backup_same_disk")}, self.codes(0, backup=backup))
        self.assertIn("bad_backup_target", self.starts_not("--data", self.world.root / "elsewhere"))
        config.write_text(json.dumps({"listen": "127.0.0.1:0", "backup": {"every": "PT6H", "to": "/var/lib/capbridge/b"}}))
        self.assertIn("inside the data directory", self.refused("check", "--config", config))
        self.assertIn(("/backup/to", "bad_backup_target"), self.codes(backup={"every": "PT6H", "to": str(self.file("file"))}))


class Address(Checking):
    def test_another_program_on_another_address_is_not_the_daemon(self):
        daemon = self.world.serve()
        port = int(daemon.base.rsplit(":", 1)[1])
        own = dict(data=str(self.world.data))
        self.assertIn("bound by the daemon", " ".join(self.findings(0, listen=f"[::ffff:127.0.0.1]:{port}", **own)["facts"]))
        with socket.socket() as taken:
            taken.bind(("127.0.0.2", port))
            taken.listen(1)
            answer = self.findings(listen=f"127.0.0.2:{port}", **own)
            self.assertEqual(["address_in_use"], [f["code"] for f in answer["findings"]])
        answer = self.findings(0, listen=f"0.0.0.0:{port}", **own)
        self.assertIn(f"0.0.0.0:{port}: the daemon that runs listens on '127.0.0.1'", " ".join(answer["not_tried"]))

    def test_this_machine_is_known_by_each_of_its_names(self):
        for host in ("127.9.9.9", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]"):
            self.assertNotIn(("/listen", "listens_to_all"), self.codes(0, listen=host + ":0"), host)
        self.assertIn(("/listen", "listens_to_all"), self.codes(0, listen="[::]:0"))

    def test_one_that_is_none_is_not_replaced_by_the_default(self):
        answer = self.findings(listen=5)
        self.assertEqual([("/listen", "schema")], [(f["pointer"], f["code"]) for f in answer["findings"]])
        self.assertNotIn("8480", " ".join(answer["facts"] + answer["not_tried"]))


class Secrets(Checking):
    def test_the_cause_is_told_with_the_path(self):
        folder = self.folder("secrets")
        path = folder / "moodle2"
        settings = self.moodle()
        settings["sources"][0]["http"]["auth"]["lms"]["secret_file"] = "secrets/moodle2"
        for prepare, words in ((lambda: None, "is not there"), (path.mkdir, "folder"), (lambda: (path.rmdir(), path.write_text("")), "everybody may read"),
                               (lambda: path.chmod(0o600), "is empty")):
            prepare()
            found = [f["message"] for f in self.findings(**settings)["findings"]]
            self.assertEqual(1, len(found))
            self.assertIn(words, found[0])
            self.assertIn(str(path), found[0])
            self.assertIn(words, self.starts_not())

    def test_one_that_was_written_where_its_file_belongs_is_not_shown(self):
        out = subprocess.run([BINARY, "check", "--config", self.config(forward=[{"name": "w", "kind": "webhook", "settings": {
            "url": "https://w.example/", "secret_file": "Hunter2Hunter2x9"}}])], capture_output=True, text=True)
        self.assertNotIn("Hunter2", out.stdout + out.stderr)
        self.assertIn("the secret's file is not there", out.stdout + out.stderr)

    def test_a_credential_with_a_slash_has_one_finding(self):
        settings = self.moodle()
        settings["sources"][0]["http"]["auth"]["lms"] = {"type": "form_token", "parameter": "wstoken", "secret_credential": "a/b"}
        self.assertEqual({("/sources/0/http/auth/lms/secret_credential", "schema")}, self.codes(**settings))


@needs_openssl
class FilesThatCannotWork(Checking):
    def test_they_are_told_before_anybody_connects(self):
        self.file("token", "a secret of nobody")
        authority = Authority(self.world.root / "authority")
        self.file("garbage.pem", "nope")
        self.assertEqual(set(), self.codes(0, **self.moodle(ca_file=str(authority.certificate))))
        self.assertEqual({("/sources/0/http/ca_file", "bad_pem")}, self.codes(**self.moodle(ca_file="garbage.pem")))
        self.folder("drop")
        settings = self.moodle()
        fetch = {"url": "sftp://files.example/out/", "user": "u", "known_hosts": "token", "key_file": "no.key"}
        settings["sources"][0].update(folder="drop", fetch=fetch)
        self.assertEqual(["not_found"], [f["code"] for f in self.findings(**settings)["findings"]])
        fetch["key_file"] = "garbage.pem"
        self.assertEqual({("/sources/0/fetch/key_file", "bad_pem")}, self.codes(**settings))

    def test_another_file_than_the_pinned_one_is_told_and_it_is_a_warning(self):
        self.file("token", "a secret of nobody")
        settings = self.moodle()
        settings["sources"][0]["sha256"] = "0" * 64
        answer = self.findings(0, **settings)
        self.assertEqual([("/sources/0/sha256", "adapter_pin", "warning")], [(f["pointer"], f["code"], f["severity"]) for f in answer["findings"]])
        self.world.serve()
        pin = next(one["sha256"] for one in self.world.ask("adapter", "list")["adapters"] if one["id"] == "moodle")
        self.assertIn(pin, answer["findings"][0]["message"])
        settings["sources"][0]["sha256"] = pin
        self.assertEqual(set(), self.codes(0, **settings))


@needs_openssl
@unittest.skipUnless(os.geteuid() == 0, "needs root, to be somebody else")
class AsSomebodyElse(Checking):
    def setUp(self):
        super().setUp()
        self.world.root.chmod(0o755)
        authority = Authority(self.world.root / "authority")
        certificate, key = authority.issue("localhost")
        kept = self.folder("secrets", 0o750)
        for name, source in (("server.pem", certificate), ("server.key", key), ("ca.pem", authority.certificate)):
            shutil.copy(source, kept / name)
        for name, text in (("token", "a secret of nobody"), ("backup.key", "a passphrase of nobody\n"), ("sftp", "-----BEGIN OPENSSH PRIVATE KEY-----\n")):
            (kept / name).write_text(text)
        for path in kept.iterdir():
            path.chmod(0o640)
        self.folder("backups", 0o750)
        self.folder("drop")
        self.file("known_hosts", "files.example ssh-ed25519 AAAA\n", 0o644)
        self.folder("data", 0o700)
        settings = self.moodle(ca_file="secrets/ca.pem")
        settings["sources"][0]["http"]["auth"]["lms"]["secret_file"] = "secrets/token"
        settings["sources"][0].update(folder="drop", fetch={"url": "sftp://files.example/out/", "user": "u", "known_hosts": "known_hosts", "key_file": "secrets/sftp"})
        self.path = self.config(
            **settings, tls={"certificate": "secrets/server.pem", "key": "secrets/server.key"}, backup={"every": "PT6H", "to": "backups", "key_file": "secrets/backup.key"},
            log={"syslog": {"host": "logs.example", "ca_file": "secrets/ca.pem", "certificate_file": "secrets/server.pem", "key_file": "secrets/server.key"}},
            forward=[{"name": "w", "kind": "webhook", "settings": {"url": "https://w.example/", "secret_file": "secrets/token", "ca_file": "secrets/ca.pem"}}])

    def check(self, *args, user=NOBODY):
        return subprocess.run([pathlib.Path(BINARY).resolve(), "check", "--config", self.path, *args], capture_output=True, text=True, user=user, group=user, extra_groups=[])

    def test_what_it_may_not_read_is_not_tried_and_no_error(self):
        self.assertEqual(0, self.check("--json", user=0).returncode, "all of it is sound")
        done = self.check("--json")
        answer = json.loads(done.stdout)
        self.assertEqual((0, []), (done.returncode, [f for f in answer["findings"] if f["severity"] == "error"]))
        for pointer in ("/tls/certificate", "/log/syslog/ca_file", "/log/syslog/certificate_file", "/log/syslog/key_file", "/backup/key_file", "/backup/to",
                        "/sources/0/http/ca_file", "/sources/0/http/auth/lms/secret_file", "/sources/0/fetch/key_file", "/forward/0/settings/ca_file"):
            told = [line for line in answer["not_tried"] if line.startswith(pointer + ": ")]
            self.assertEqual(1, len(told), (pointer, answer["not_tried"]))
        done = self.check("--egress")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("w.example:443", done.stdout)

    def test_the_daemons_own_user_must_be_able_to_read_it(self):
        os.chown(self.world.root / "data", NOBODY, NOBODY)
        done = self.check("--json")
        self.assertEqual(2, done.returncode, done.stderr)
        pointers = {f["pointer"] for f in json.loads(done.stdout)["findings"] if f["severity"] == "error"}
        (self.world.root / "data").rmdir()
        os.chown(self.world.root, NOBODY, NOBODY)
        self.assertEqual(2, self.check().returncode, "nor before there is data, which it would make")
        self.assertLessEqual({"/tls/certificate", "/backup/to", "/sources/0/http/auth/lms/secret_file", "/log/syslog/ca_file"}, pointers)


class Egress(Checking):
    def test_an_ftp_servers_passive_ports_are_told(self):
        self.file("token", "a secret of nobody")
        self.folder("drop")
        settings = self.moodle()
        settings["sources"][0].update(folder="drop", fetch={"url": "ftps://files.example/out/", "user": "u", "secret_file": "token"})
        out, _ = run("check", "--egress", "--config", self.config(**settings))
        self.assertIn("files.example:990", out)
        self.assertIn("files.example: and the passive ports of its FTP server", out)
        out, _ = run("check", "--egress", "--json", "--config", self.config(**settings))
        self.assertIn("files.example:*", [one["host"] for one in json.loads(out)["egress"]])


if __name__ == "__main__":
    unittest.main()
