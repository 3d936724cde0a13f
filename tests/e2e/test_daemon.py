"""The daemon: serves without a configuration, takes statements, is the one owner of its data, ends cleanly."""
import json
import os
import re
import stat
import subprocess
import unittest
import uuid

from bridge import BINARY, Case, run

XAPI = {"X-Experience-API-Version": "1.0.3"}


def statement(employee="1001", course="AI-1", verb="completed", **more):
    return {"actor": {"account": {"homePage": "https://demo.example/id/esr-employee/demo", "name": employee}},
            "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}"}, "object": {"id": f"https://lms.example/course/{course}"}, **more}


class Serving(Case):
    def setUp(self):
        super().setUp()
        self.daemon = self.world.serve()
        made = self.world.ask("credential", "add", "tests", "--scope", "all")
        self.auth = (made["key"], made["secret"])

    def test_ready_and_closed_to_strangers(self):
        self.assertEqual(self.daemon.get("/readyz")[0], 200)
        self.assertEqual(self.daemon.get("/healthz")[0], 200)
        for path in ["/api/v1/matrix", "/api/v1/people", "/api/v1/framework", "/xapi/statements"]:
            self.assertEqual(self.daemon.get(path, headers=XAPI)[0], 401, path)
            self.assertEqual(self.daemon.get(path, headers=XAPI, auth=(self.auth[0], "wrong"))[0], 401, path)

    def test_a_credential_does_what_its_scopes_say(self):
        made = self.world.ask("credential", "add", "writer", "--scope", "statements/write")
        writer = (made["key"], made["secret"])
        self.assertEqual(self.daemon.request("POST", "/xapi/statements", statement(), XAPI, writer)[0], 200)
        self.assertEqual(self.daemon.get("/xapi/statements", headers=XAPI, auth=writer)[0], 403)
        self.assertEqual(self.daemon.get("/api/v1/matrix", auth=writer)[0], 403)
        self.world.ask("credential", "revoke", made["key"])
        self.assertEqual(self.daemon.request("POST", "/xapi/statements", statement(), XAPI, writer)[0], 401)
        stored = b"".join(p.read_bytes() for p in self.world.data.glob("capbridge.db*"))
        self.assertNotIn(self.auth[1].encode(), stored)

    def test_statements_go_in_and_come_out(self):
        status, headers, body = self.daemon.request("POST", "/xapi/statements", [statement(), statement(course="AI-2")], XAPI, self.auth)
        self.assertEqual(status, 200, body)
        ids = json.loads(body)
        self.assertEqual(len(ids), 2)
        self.assertEqual(headers["X-Experience-API-Version"], "1.0.3")
        status, headers, body = self.daemon.get(f"/xapi/statements?statementId={ids[0]}", headers=XAPI, auth=self.auth)
        stored = json.loads(body)
        self.assertEqual((status, stored["id"], stored["object"]["id"]), (200, ids[0], "https://lms.example/course/AI-1"))
        for member in ("stored", "timestamp", "authority", "version"):
            self.assertIn(member, stored)
        self.assertIn("X-Experience-API-Consistent-Through", headers)
        own = str(uuid.uuid4())
        put = lambda s: self.daemon.request("PUT", f"/xapi/statements?statementId={own}", s, XAPI, self.auth)[0]
        self.assertEqual(put(statement(course="AI-3")), 204)
        self.assertEqual(put(statement(course="AI-3")), 204)
        self.assertEqual(put(statement(course="AI-4")), 409)
        status, _, body = self.daemon.get("/xapi/statements?activity=https%3A%2F%2Flms.example%2Fcourse%2FAI-3", headers=XAPI, auth=self.auth)
        self.assertEqual([s["id"] for s in json.loads(body)["statements"]], [own])

    def test_a_statement_comes_back_as_it_was_written(self):
        text = ('{"verb": {"id":"http://adlnet.gov/expapi/verbs/completed"},  "object":{"id":"https://lms.example/x"},'
                '"actor":{"mbox":"mailto:a@demo.example"},"result":{"score":{"raw":1.10,"max":1E2}},'
                '"context":{"extensions":{"https://x.example/n":12345678901234567890123}}}')
        stored = json.loads(self.daemon.request("POST", "/xapi/statements", text.encode(), XAPI, self.auth)[2])[0]
        body = self.daemon.get(f"/xapi/statements?statementId={stored}", headers=XAPI, auth=self.auth)[2]
        self.assertTrue(body.startswith(text[:-1]), body)

    def test_the_same_statement_sent_at_once_from_many_sides_is_no_conflict(self):
        import concurrent.futures
        for _ in range(5):
            body = statement(id=str(uuid.uuid4()))
            with concurrent.futures.ThreadPoolExecutor(6) as pool:
                answers = list(pool.map(lambda _: self.daemon.request("POST", "/xapi/statements", body, XAPI, self.auth)[0], range(6)))
            self.assertEqual(answers, [200] * 6)

    def test_a_page_leads_to_the_next(self):
        self.daemon.request("POST", "/xapi/statements", [statement(course=f"C-{i}") for i in range(7)], XAPI, self.auth)
        seen, path = [], "/xapi/statements?limit=3&ascending=true"
        while path:
            page = json.loads(self.daemon.get(path, headers=XAPI, auth=self.auth)[2])
            seen += [s["object"]["id"] for s in page["statements"]]
            path = page.get("more")
        self.assertEqual(seen, [f"https://lms.example/course/C-{i}" for i in range(7)])

    def test_voiding_hides_in_either_order(self):
        void = lambda target: {"actor": {"mbox": "mailto:admin@demo.example"}, "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
                               "object": {"objectType": "StatementRef", "id": target}}
        early, late = str(uuid.uuid4()), str(uuid.uuid4())
        for body in [void(early), statement(id=early), statement(id=late), void(late)]:
            self.assertEqual(self.daemon.request("POST", "/xapi/statements", body, XAPI, self.auth)[0], 200)
        for one in (early, late):
            self.assertEqual(self.daemon.get(f"/xapi/statements?statementId={one}", headers=XAPI, auth=self.auth)[0], 404)
            self.assertEqual(self.daemon.get(f"/xapi/statements?voidedStatementId={one}", headers=XAPI, auth=self.auth)[0], 200)

    def test_bad_statements_are_refused_whole_with_pointer_and_rule(self):
        bad = statement()
        bad["actor"]["mbox"] = "nobody"
        del bad["verb"]["id"]
        status, _, body = self.daemon.request("POST", "/xapi/statements", [statement(), bad], XAPI, self.auth)
        self.assertEqual(status, 400)
        for part in ("/1/actor", "/1/verb", "2.4.3"):
            self.assertIn(part, body)
        self.assertEqual(json.loads(self.daemon.get("/xapi/statements", headers=XAPI, auth=self.auth)[2])["statements"], [])
        for body, headers, wanted in [(b"{not json", XAPI, 400), (json.dumps(statement()).encode(), {}, 400), (b"[" * 5000, XAPI, 400),
                                      (b'{"a":"\xff"}', XAPI, 400), (b" " * (9 << 20), XAPI, 413)]:
            self.assertEqual(self.daemon.request("POST", "/xapi/statements", body, headers, self.auth)[0], wanted)

    def test_a_posted_statement_becomes_a_record(self):
        base = json.loads(self.daemon.get("/xapi/about")[2])
        self.assertIn("1.0.3", base["version"])
        self.world.small()
        number = {"actor": {"mbox": "mailto:ada@demo.example"}}
        self.assertEqual(self.daemon.request("POST", "/xapi/statements", {**statement(), **number}, XAPI, self.auth)[0], 200)
        for _ in range(100):
            item = self.world.item("esr-employee:demo:1001", "t1-ai-literacy-1")
            if item["attainment"] == "met":
                break
        self.assertEqual(item["attainment"], "met")

    def test_api_answers_what_the_command_line_answers(self):
        self.world.small()
        self.world.ask("sync", "lms")
        person = self.world.ask("person", "esr-employee:demo:1001")["id"]
        api = lambda path: json.loads(self.daemon.get("/api/v1" + path, auth=self.auth)[2])
        self.assertEqual(api("/matrix"), self.world.ask("matrix"))
        self.assertEqual(api(f"/people/{person}/record"), self.world.ask("record", person))
        self.assertEqual(api(f"/people/{person}/explain?requirement=t1-ai-literacy-1"), self.world.ask("explain", "--person", person, "--requirement", "t1-ai-literacy-1"))
        self.assertEqual(api("/explain?archetype=shaper&factor=liability"), self.world.ask("explain", "--archetype", "shaper", "--factor", "liability"))
        self.assertEqual(api("/framework"), json.loads(run("framework", "export", "hee-ai-confidence", "--format", "json")[0]))
        self.assertEqual(api("/people?q=Ada")["total"], 1)
        status, headers, body = self.daemon.get("/api/v1/matrix?format=csv", auth=self.auth)
        self.assertEqual((status, headers.get_content_type()), (200, "text/csv"))
        self.assertIn("shaper", body)
        self.assertEqual(self.daemon.get("/api/v1/matrix?colour=red", auth=self.auth)[0], 400)
        self.assertEqual(self.daemon.get(f"/api/v1/people/{uuid.uuid4()}/record", auth=self.auth)[0], 404)

    def test_commands_reach_the_daemon_through_its_socket(self):
        self.world.small()
        mode = stat.S_IMODE(os.stat(self.world.data / "admin.sock").st_mode)
        self.assertEqual(mode, 0o600)
        self.assertEqual(self.world.ask("sync", "--all")["syncs"][0]["counts"]["added"], 3)
        self.assertEqual(self.world.item("esr-employee:demo:1001", "t1-ai-literacy-1")["attainment"], "met")

    def test_a_second_daemon_on_the_same_data_is_refused(self):
        message = self.refused("serve", "--data", self.world.data, "--listen", "127.0.0.1:0", code=1)
        self.assertIn(str(self.daemon.process.pid), message)
        self.assertEqual(self.daemon.get("/readyz")[0], 200)

    def test_a_taken_port_is_said_plainly(self):
        port = self.daemon.base.rsplit(":", 1)[1]
        message = self.refused("serve", "--data", self.world.root / "other", "--listen", f"127.0.0.1:{port}", code=1)
        self.assertIn(port, message)

    def test_a_login_link_works_once_and_opens_the_page(self):
        url = self.world.ask("login-link")["url"]
        path = url[len(self.daemon.base):]
        self.assertTrue(url.startswith(self.daemon.base))
        self.assertEqual(self.daemon.get(path)[0], 200)
        status, headers, _ = self.daemon_post_no_redirect(path)
        self.assertEqual(status, 303)
        cookie = headers["Set-Cookie"]
        for part in ("HttpOnly", "SameSite=Strict"):
            self.assertIn(part, cookie)
        session = {"Cookie": cookie.split(";")[0]}
        self.assertEqual(self.daemon.get("/api/v1/matrix", headers=session)[0], 200)
        self.assertNotEqual(self.daemon_post_no_redirect(path)[0], 303)

    def daemon_post_no_redirect(self, path):
        import http.client
        host = self.daemon.base.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=30)
        connection.request("POST", path)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, answer.headers, None

    def test_sigterm_ends_cleanly_and_the_data_is_whole(self):
        self.daemon.request("POST", "/xapi/statements", statement(), XAPI, self.auth)
        self.assertEqual(self.daemon.stop(), 0)
        self.assertFalse((self.world.data / "address").exists())
        self.assertEqual(self.world.ask("status")["unresolved_statements"], 1)

    def test_nothing_personal_and_no_secret_in_the_log(self):
        self.world.small()
        self.world.ask("sync", "--all")
        self.daemon.request("POST", "/xapi/statements", {**statement(), "actor": {"mbox": "mailto:ada@demo.example", "name": "Ada Fictional"}}, XAPI, self.auth)
        self.daemon.get("/api/v1/people?q=Fictional", auth=self.auth)
        log = self.daemon.text()
        for word in ("Fictional", "ada@", "1001", self.auth[1]):
            self.assertNotIn(word, log)


class Ownership(Case):
    def test_a_command_while_another_command_works_says_so(self):
        self.world.small()
        held = subprocess.Popen([BINARY, "serve", "--data", str(self.world.data), "--listen", "127.0.0.1:0"], stderr=subprocess.DEVNULL)
        try:
            import time
            for _ in range(500):
                if (self.world.data / "admin.sock").exists() and (self.world.data / "address").exists():
                    break
                time.sleep(0.02)
            os.unlink(self.world.data / "admin.sock")
            message = self.refused("sync", "lms", "--data", self.world.data, code=1)
            self.assertRegex(message, re.compile("pid"))
        finally:
            held.terminate()
            held.wait(30)

    def test_questions_on_a_directory_that_is_not_there(self):
        message = self.refused("matrix", "--data", self.world.root / "nowhere")
        self.assertIn("nowhere", message)


if __name__ == "__main__":
    unittest.main()
