"""Packages through the real binary, its admin socket and HTTP: kept, replaced, removed, brought back."""
import base64
import hashlib
import http.client
import json
import pathlib
import random
import socket
import time
import unittest
import urllib.parse
import zipfile

from bridge import SANITIZED, Case, run, write_json

COURSE = "/packages/ai-basics"


def manifest(identifier, title, items):
    tree = "".join(f'<item identifier="{i}" identifierref="R-{i}"><title>{t}</title></item>' for i, t, _ in items)
    resources = "".join(f'<resource identifier="R-{i}" type="webcontent" adlcp:scormtype="sco" href="{h}"><file href="{h}"/></resource>'
                        for i, _, h in items)
    return ('<?xml version="1.0" encoding="UTF-8"?><manifest identifier="%s" version="1.0" '
            'xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">'
            '<metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>'
            '<organizations default="O"><organization identifier="O"><title>%s</title>%s</organization></organizations>'
            '<resources>%s</resources></manifest>' % (identifier, title, tree, resources))


def package(path, identifier="ai-basics", title="AI basics", items=(("SCO1", "Reading", "r.html"), ("SCO2", "Quiz", "q.html")), more=()):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("imsmanifest.xml", manifest(identifier, title, items))
        for _, _, href in items:
            out.writestr(href, "<p>%s</p>" % href)
        for name, data in more:
            out.writestr(name, data)
    return path


def cmi5(path):
    text = ('<?xml version="1.0" encoding="UTF-8"?><courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">'
            '<course id="https://publisher.example/course/1"><title><langstring lang="en-GB">Safe use</langstring>'
            '<langstring lang="cy">Defnydd diogel</langstring></title><description><langstring lang="en-GB">What to look out for</langstring>'
            '</description></course><au id="https://publisher.example/au/1" moveOn="Passed" masteryScore="0.8"><title>'
            '<langstring lang="en-GB">Unit one</langstring><langstring lang="cy">Uned un</langstring></title><description>'
            '<langstring lang="en-GB">The unit</langstring></description><url>index.html</url></au></courseStructure>')
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("cmi5.xml", text)
        out.writestr("index.html", "<p>one</p>")
    return path


class Packages(Case):
    def setUp(self):
        super().setUp()
        self.world.small()
        self.one = package(self.world.root / "one.zip")
        self.two = package(self.world.root / "two.zip", title="AI basics 2", items=(("SCO3", "More", "m.html"), ("SCO2B", "The quiz", "q.html")))

    def files(self):
        return [p for p in (self.world.data / "packages").rglob("*") if p.is_file()]

    def test_a_package_is_kept_replaced_and_brought_back(self):
        ask = self.world.ask
        added = ask("package", "add", self.one)
        self.assertEqual((added["key"], added["version"], added["changed"]), ("ai-basics", 1, True))
        self.assertEqual(ask("package", "add", self.one)["changed"], False)
        self.assertEqual(ask("package", "list")["packages"][0]["title"], "AI basics")
        activities = ask("package", "activities", "ai-basics", "--kind", "sco")["activities"]
        self.assertEqual([a["identifier"] for a in activities], ["SCO1", "SCO2"])
        self.assertIn("replace", self.refused("package", "add", self.two, "--data", self.world.data))

        diff = ask("package", "diff", self.two)
        self.assertEqual(diff["counts"], {"added": 1, "removed": 1, "likely_renamed": 1, "retitled": 1, "moved": 0, "unchanged": 0})
        dry = ask("package", "replace", "ai-basics", self.two, "--dry-run")
        self.assertEqual(dry["changes"]["counts"], diff["counts"])
        self.assertEqual(ask("package", "show", "ai-basics")["version"], 1)
        replaced = ask("package", "replace", "ai-basics", self.two)
        self.assertEqual(ask("package", "show", "ai-basics")["version"], 2)
        out, _ = run("package", "diff", "ai-basics", "--data", self.world.data)
        self.assertIn("likely now (same launch)", out)

        before = self.world.root / "before.zip"
        run("package", "download", "ai-basics", "--version", 1, "-o", before, "--data", self.world.data)
        self.assertEqual(before.read_bytes(), self.one.read_bytes())
        self.assertIn("--force", self.refused("package", "download", "ai-basics", "-o", before, "--data", self.world.data))
        ask("run", "revert", replaced["run"])
        self.assertEqual(ask("package", "show", "ai-basics")["version"], 1)
        self.assertEqual(len(self.files()), 1)

        removed = ask("package", "remove", "ai-basics")
        self.assertEqual(ask("package", "list")["total"], 0)
        self.assertIn("no package", self.refused("package", "show", "ai-basics", "--data", self.world.data))
        ask("run", "revert", removed["run"])
        self.assertTrue(ask("package", "show", "ai-basics")["stored"])
        ask("package", "remove", "ai-basics", "--purge")
        self.assertEqual(self.files(), [])

    def test_what_people_read(self):
        out, _ = run("package", "add", self.one, "--data", self.world.data)
        self.assertIn('added: "AI basics" as ai-basics, version 1', out)
        for command, words in (("list", "AI basics"), ("show", "sha256"), ("findings", ""), ("activities", COURSE + "/SCO2"), ("structure", "SCO2")):
            out, _ = run("package", command, *([] if command == "list" else ["ai-basics"]), "--data", self.world.data)
            self.assertIn(words, out, command)
        out, _ = run("package", "--help")
        for command in ("add", "list", "show", "findings", "structure", "activities", "diff", "replace", "remove", "download", "inspect"):
            self.assertIn(command, out)
        self.assertIn("no capbridge data", self.refused("package", "add", self.one, "--data", self.world.root / "nowhere"))
        self.assertFalse((self.world.root / "nowhere").exists())

    def test_a_refused_package_says_why_and_leaves_nothing(self):
        bad = self.world.root / "bad.zip"
        bad.write_bytes(self.one.read_bytes()[:200])
        out, _ = run("package", "add", bad, "--data", self.world.data, expect=2)
        self.assertIn("refused", out)
        self.assertIn("not_a_readable_zip", out)
        self.assertEqual(self.files(), [])
        self.assertIn("no such file", self.refused("package", "add", self.world.root / "none.zip", "--data", self.world.data))
        self.assertIn("not a file", self.refused("package", "add", self.world.root, "--data", self.world.data))

    def test_through_the_daemon(self):
        daemon = self.world.serve()
        added = self.world.ask("package", "add", self.one, "--key", "chosen")
        self.assertEqual(added["key"], "chosen")
        self.assertEqual(self.world.ask("package", "show", "chosen")["stored"], True)
        self.world.ask("package", "remove", "chosen", "--purge")
        self.assertEqual(self.files(), [])
        self.assertNotIn("ai-basics", daemon.text())

    def test_over_http(self):
        daemon = self.world.serve()
        admin = self.credential("admin", "read", "statements/read", "statements/write")
        status, headers, body = daemon.request("POST", "/api/v1/packages?file_name=one.zip", self.one.read_bytes(), {"Content-Type": "application/zip"},
                                               auth=admin)
        self.assertEqual(status, 201, body)
        self.assertEqual(headers["Location"], "/api/v1/packages/ai-basics")
        answer = json.loads(body)
        course = answer["course"]
        self.assertEqual(daemon.request("POST", "/api/v1/packages", self.one.read_bytes(), {"Content-Type": "application/zip"}, auth=admin)[0], 200)
        self.assertEqual(daemon.request("POST", "/api/v1/packages", self.two.read_bytes(), {"Content-Type": "application/zip"}, auth=admin)[0], 409)
        status, _, body = daemon.request("POST", "/api/v1/packages", b"no zip", {"Content-Type": "application/zip"}, auth=admin)
        self.assertEqual((status, json.loads(body)["accepted"]), (422, False))
        self.assertEqual(daemon.request("POST", "/api/v1/packages", b"PK", {"Content-Type": "application/zip"})[0], 401)
        for path in ("packages", "packages/ai-basics", "packages/ai-basics/findings", "packages/ai-basics/structure", "packages/ai-basics/activities",
                     "packages/ai-basics/mapping-draft"):
            self.assertEqual(daemon.get("/api/v1/" + path, auth=admin)[0], 200, path)
        status, _, body = daemon.request("PUT", "/api/v1/packages/ai-basics?dry_run=1", self.two.read_bytes(), {"Content-Type": "application/zip"}, auth=admin)
        self.assertEqual((status, json.loads(body)["changes"]["counts"]["removed"]), (200, 1))
        status, _, body = daemon.request("PUT", "/api/v1/packages/ai-basics", self.two.read_bytes(), {"Content-Type": "application/zip"}, auth=admin)
        self.assertEqual((status, json.loads(body)["version"]), (200, 2))
        self.assertEqual(self.download(daemon, "/api/v1/packages/ai-basics/download?version=1", admin), self.one.read_bytes())
        self.assertEqual(self.download(daemon, "/api/v1/packages/ai-basics/download", admin), self.two.read_bytes())

        # Activities answer as soon as the package is there, before any statement.
        sco = self.activity(daemon, admin, course + "/SCO3")
        self.assertEqual(sco["definition"]["name"], {"und": "More"})
        statement = {"actor": {"mbox": "mailto:ada@demo.example"}, "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
                     "object": {"id": course + "/SCO3", "definition": {"name": {"en-GB": "More of it"}}}}
        self.assertEqual(daemon.request("POST", "/xapi/statements", statement, {"X-Experience-API-Version": "1.0.3"}, auth=admin)[0], 200)
        sco = self.activity(daemon, admin, course + "/SCO3")
        self.assertEqual(sco["definition"]["name"], {"en-GB": "More of it"}, "statements count for more")
        self.assertEqual(sco["definition"]["type"], "http://adlnet.gov/expapi/activities/lesson")

        mapping = {"id": "of-package", "version": "1", "title": "Of the package", "framework": "hee-ai-confidence",
                   "learning_items": [{"id": "more", "title": "More", "activities": [course + "/SCO3"], "minutes": 5}],
                   "mappings": [{"id": "p1", "learning_item": "more", "claims": [{"requirements": ["t1-ai-literacy-1"]}], "needs": "completed",
                                 "method": "reading"}]}
        self.assertEqual(daemon.request("POST", "/api/v1/packages/ai-basics/mapping", mapping, auth=admin)[0], 201)
        status, _, body = daemon.request("DELETE", "/api/v1/packages/ai-basics", auth=admin)
        self.assertEqual(status, 200)
        self.assertEqual(json.loads(body)["mappings"]["learning_items"][0]["learning_item"], "more")
        self.assertEqual(daemon.get("/api/v1/packages/ai-basics", auth=admin)[0], 404)
        self.assertNotIn("definition", self.activity(daemon, admin, course + "/SCO2"))

    def test_cmi5_keeps_the_publishers_ids_in_all_languages(self):
        daemon = self.world.serve()
        admin = self.credential("admin", "read", "statements/read")
        status, _, body = daemon.request("POST", "/api/v1/packages", cmi5(self.world.root / "c.zip").read_bytes(), {"Content-Type": "application/zip"},
                                         auth=admin)
        self.assertEqual(status, 201, body)
        key = urllib.parse.quote("https://publisher.example/course/1", safe="")
        self.assertEqual(json.loads(daemon.get("/api/v1/packages/" + key, auth=admin)[2])["course"], "https://publisher.example/course/1")
        au = self.activity(daemon, admin, "https://publisher.example/au/1")["definition"]
        self.assertEqual(au["name"], {"en-GB": "Unit one", "cy": "Uned un"})
        self.assertEqual(au["description"], {"en-GB": "The unit"})

    def test_what_we_build_keeps_its_objectives_and_questions_from_version_to_version(self):
        lesson = self.world.root / "lesson.md"
        text = ("---\ntitle: Who answers\nlanguage: en-GB\nrequirements: t1-ai-literacy-1\n---\nRead this first.\n\n# A page\n%s\n\n"
                "## Question: Who answers for the diagnosis?\nid: who\nrequirements: t1-ai-literacy-1\n- [ ] The algorithm\n- [x] The clinician\n")
        built = self.world.root / "built.zip"

        def build(words, version):
            lesson.write_text(text % words)
            built.unlink(missing_ok=True)
            run("package", "build", "--framework", "hee-ai-confidence", "--text", lesson, "--version", version, "--identifier", "who-answers",
                "-o", built)

        build("One.", "1.2")
        self.world.ask("package", "add", built, "--key", "who")
        before = self.world.ask("package", "activities", "who")["activities"]
        self.assertEqual([a["kind"] for a in before], ["course", "sco", "objective", "interaction"])
        self.assertTrue(before[2]["iri"].endswith("/objectives/t1-ai-literacy-1"), before[2])
        self.assertTrue(before[3]["iri"].endswith("/interactions/who"), before[3])
        self.assertEqual(before[3]["title"], "Who answers for the diagnosis?")
        build("Two.", "1.2")
        replaced = self.world.ask("package", "replace", "who", built)
        self.assertEqual(replaced["changes"]["counts"]["unchanged"], 4, replaced["changes"])
        self.assertEqual([a["iri"] for a in self.world.ask("package", "activities", "who")["activities"]], [a["iri"] for a in before])

    def test_an_upload_that_is_cut_off_leaves_nothing(self):
        daemon = self.world.serve()
        key, secret = self.credential("admin")
        host = urllib.parse.urlparse(daemon.base)
        token = base64.b64encode(f"{key}:{secret}".encode()).decode()
        with socket.create_connection((host.hostname, host.port)) as cut:
            cut.sendall((f"POST /api/v1/packages HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {token}\r\nContent-Type: application/zip\r\n"
                         "Content-Length: 50000000\r\n\r\n").encode() + b"PK" * 2_000_000)
            self.wait(lambda: len(self.files()) == 1)
        self.wait(lambda: not self.files())
        # A daemon that is killed in the middle leaves a file that the next start removes.
        with socket.create_connection((host.hostname, host.port)) as cut:
            cut.sendall((f"POST /api/v1/packages HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {token}\r\nContent-Type: application/zip\r\n"
                         "Content-Length: 50000000\r\n\r\n").encode() + b"PK" * 2_000_000)
            self.wait(lambda: len(self.files()) == 1)
            daemon.kill()
        self.assertEqual(len(self.files()), 1)
        self.world.serve()
        self.assertEqual(self.files(), [])

    @unittest.skipIf(SANITIZED, "memory is measured")
    def test_a_large_package_passes_through_little_memory(self):
        noise = random.Random(1)
        large = package(self.world.root / "large.zip", "large", "Large",
                        more=[(f"media/{i}.bin", noise.randbytes(4_000_000)) for i in range(30)])
        daemon = self.world.serve()
        admin = self.credential("admin", "read")
        status = self.stream(daemon, "/api/v1/packages", large, admin)
        self.assertEqual(status, 201)
        digest = hashlib.sha256(large.read_bytes()).hexdigest()
        self.assertEqual(json.loads(daemon.get("/api/v1/packages/large", auth=admin)[2])["sha256"], digest)
        self.assertEqual(hashlib.sha256(self.download(daemon, "/api/v1/packages/large/download", admin)).hexdigest(), digest)
        peak = int(next(line for line in pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text().splitlines() if line.startswith("VmHWM")).split()[1])
        self.assertLess(peak, 100 * 1024, "KiB, while 120 MB passed through it twice")

    def test_the_cap_of_the_configuration_holds(self):
        config = write_json(self.world.root / "config.json", {"data": str(self.world.data), "packages": {"max_bytes": 1048576}})
        daemon = self.world.serve("--config", str(config))
        admin = self.credential("admin")
        self.assertEqual(daemon.request("POST", "/api/v1/packages", b"x" * 1_048_577, {"Content-Type": "application/zip"}, auth=admin)[0], 413)
        self.assertEqual(daemon.request("POST", "/api/v1/packages", self.one.read_bytes(), {"Content-Type": "application/zip"}, auth=admin)[0], 201)

    # What the tests share.
    def credential(self, *scopes):
        made = self.world.ask("credential", "add", "tests", *[part for scope in scopes for part in ("--scope", scope)])
        return made["key"], made["secret"]

    def activity(self, daemon, auth, iri):
        status, _, body = daemon.get("/xapi/activities?activityId=" + urllib.parse.quote(iri, safe=""), headers={"X-Experience-API-Version": "1.0.3"}, auth=auth)
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def connection(self, daemon):
        host = urllib.parse.urlparse(daemon.base)
        return http.client.HTTPConnection(host.hostname, host.port, timeout=120)

    def headers(self, auth):
        return {"Authorization": "Basic " + base64.b64encode(":".join(auth).encode()).decode(), "Content-Type": "application/zip"}

    def download(self, daemon, path, auth):
        connection = self.connection(daemon)
        connection.request("GET", path, headers=self.headers(auth))
        answer = connection.getresponse()
        self.assertEqual(answer.status, 200)
        data = answer.read()
        connection.close()
        return data

    def stream(self, daemon, path, file, auth):
        connection = self.connection(daemon)
        with open(file, "rb") as body:  # without a length known beforehand
            connection.request("POST", path, body=iter(lambda: body.read(1 << 16), b""), headers=self.headers(auth), encode_chunked=True)
            status = connection.getresponse().status
        connection.close()
        return status

    def wait(self, condition):
        deadline = time.monotonic() + 20
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)


if __name__ == "__main__":
    unittest.main()
