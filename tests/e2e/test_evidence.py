"""What assessors, managers and people themselves say of items: through the real binary, and HTTP."""
import getpass
import json
import unittest

from bridge import Case, Failed, run, write_json

ADA = "esr-employee:demo:1001"
SKILL = "a4-guidelines-1"  # capability: no course gives it
AWARE = "t1-ai-literacy-1"
PROFICIENT = "a4-regulation-and-standards-5"


class Evidence(Case):
    def setUp(self):
        super().setUp()
        self.world.small()
        creator = self.world.root / "creator.csv"
        creator.write_text("employee_number,archetype,state\n1001,creator,confirmed\n")
        self.world.ask("assign", "import", creator, "--issuer", "demo")

    def assessor(self, id="educator", **more):
        document = {"id": id, "title": "Clinical educator", "credentials": [f"cli:{getpass.getuser()}"], **more}
        return self.world.ask("assessor", "publish", write_json(self.world.root / f"{id}.json", document))

    def standing(self, requirement):
        told = self.world.ask("explain", "--person", ADA, "--requirement", requirement)
        return told["verdict"], told["reason"]

    def test_an_assessor_vouches_and_takes_it_back(self):
        self.assertIn("not_found", self.refused("attest", ADA, SKILL, "--assessor", "educator", "--data", self.world.data, code=1))
        self.assessor()
        done = self.world.ask("attest", ADA, SKILL, "--assessor", "educator", "--method", "simulation", "--on", "2026-03-01")
        self.assertEqual(self.standing(SKILL), ("met", "met_attested"))
        told = self.world.ask("explain", "--person", ADA, "--requirement", SKILL)
        self.assertIn("the assessor ‘Clinical educator’ vouched for this item, by simulation", json.dumps(told["steps"], ensure_ascii=False))
        before = self.world.digest()
        self.world.ask("rebuild")
        self.assertEqual(self.world.digest(), before)
        self.world.ask("attest-withdraw", done["id"], "--why", "another person was meant")
        self.assertEqual(self.standing(SKILL), ("revoked", "revoked"))
        again = self.world.ask("attest", ADA, SKILL, "--assessor", "educator")
        self.assertEqual(self.standing(SKILL)[0], "met")
        self.world.ask("run", "revert", again["run"])
        self.assertEqual(self.standing(SKILL), ("revoked", "revoked"))

    def test_what_could_not_count_is_refused_with_the_reason(self):
        self.assessor()
        self.assessor("stranger", credentials=["cli:somebody-else"])
        self.assessor("elsewhere", units=["No such ward"])
        self.assessor("gone", to="2020-12-31")
        self.assessor("lead", lead=True)
        self.assessor("herself", person=ADA)

        def no(*args):
            return self.refused("attest", ADA, *args, "--data", self.world.data, code=1)

        self.assertIn("an assessor with a lead role could", no(PROFICIENT, "--assessor", "educator"))
        self.world.ask("attest", ADA, PROFICIENT, "--assessor", "lead")
        self.assertIn("does not let", no(SKILL, "--assessor", "stranger"))
        self.assertIn("not registered for a unit", no(SKILL, "--assessor", "elsewhere"))
        self.assertIn("nobody vouches for themselves", no(SKILL, "--assessor", "herself"))
        self.assertIn("on that day", no(SKILL, "--assessor", "gone"))
        self.assertIn("no requirement", no("a9-nothing", "--assessor", "educator"))
        self.assertIn("future", no(SKILL, "--assessor", "educator", "--on", "2999-01-01"))
        self.assertIn("prior learning needs", no(SKILL, "--assessor", "educator", "--method", "prior_learning"))
        self.assertIn("about a product", no("t2-governance-1", "--assessor", "educator"))
        self.assertEqual(self.standing(SKILL)[0], "none")

    def test_whom_the_register_forgets_gave_nothing(self):
        self.assessor()
        self.world.ask("attest", ADA, SKILL, "--assessor", "educator", "--on", "2026-03-01")
        self.assessor(to="2026-03-31")
        self.assertEqual(self.standing(SKILL), ("met", "met_attested"))
        self.assessor(to="2026-02-01")
        self.assertEqual(self.standing(SKILL), ("none", "capped"))
        told = json.dumps(self.world.ask("explain", "--person", ADA, "--requirement", SKILL)["steps"])
        self.assertIn("did not stand in the register on that day", told)

    def test_a_finding_undoes_and_a_self_assessment_does_nothing(self):
        self.assessor()
        self.world.ask("self-assess", ADA, SKILL)
        self.assertEqual(self.standing(SKILL)[0], "none")
        self.assertIn("never counts", json.dumps(self.world.ask("explain", "--person", ADA, "--requirement", SKILL)["steps"]))
        self.world.ask("attest", ADA, SKILL, "--assessor", "educator", "--on", "2026-03-01")
        self.world.ask("attest", ADA, SKILL, "--assessor", "educator", "--on", "2026-04-01", "--not-met")
        self.assertEqual(self.standing(SKILL), ("contradicted", "contradicted"))

    def test_a_waived_item_is_not_asked_until_it_is_again(self):
        def foundation():
            return self.world.ask("record", ADA)["foundation"]["required"]

        asked = foundation()
        self.assertIn("why", self.refused("waive", ADA, AWARE, "--data", self.world.data, code=1))
        self.world.ask("waive", ADA, AWARE, "--why", "teaches it")
        self.assertEqual(foundation(), asked - 1)
        self.assertEqual(self.world.item(ADA, AWARE)["override"], "waived")
        matrix = self.world.ask("matrix")
        cells = matrix["foundation"]["cells"]
        self.assertEqual(sum(c["waived"] for c in cells), 1)
        for c in cells:
            pairs = c["kind_split"]["knowledge"]["required"] + c["kind_split"]["skill"]["required"]
            self.assertEqual(sum(c["reasons"].values()), pairs)
        self.world.ask("waive", ADA, AWARE, "--end")
        self.assertEqual(foundation(), asked)

    def cohort(self, rows, name="cohort.csv", header="employee_number,requirements,outcome,on,method,document,reviewer"):
        path = self.world.root / name
        path.write_text(header + "\n" + "".join(row + "\n" for row in rows))
        return path

    def cell(self, archetype, factor, *scope):
        matrix = self.world.ask("matrix", *scope)
        row = next(r for r in matrix["rows"] if r["archetype"] == archetype)
        return next(c for c in row["cells"] if c["factor"] == factor)

    def test_a_cohort_from_the_register_to_the_matrix_and_the_explanation(self):
        self.assessor()
        before, skills = self.world.digest(), self.cell("creator", "guidelines")["kind_split"]["skill"]
        file = self.cohort([f"1001,{SKILL},,2026-03-01,supervised_practice,,",
                            f"1002,{AWARE};{SKILL},,2026-03-01,prior_learning,Certificate 2024,Education office",
                            f"1003,{SKILL},not_met,2026-03-01,,,",
                            f"7777,{SKILL},,2026-03-01,,,",
                            f"1003,{PROFICIENT},,2026-03-01,,,",
                            f"1003,{AWARE},,2026-13-01,,,"])
        attest = ["attest", "--csv", file, "--issuer", "demo", "--assessor", "educator"]
        tried = self.world.ask(*attest, "--dry-run", expect=2)
        self.assertEqual(self.world.digest(), before)
        self.assertEqual((tried["effect"]["people"]["gaining"], tried["effect"]["items"]["gained"]), (2, 3))
        out, _ = run(*attest, "--dry-run", "--data", self.world.data, expect=2)
        self.assertIn("Nothing was changed. Of 3 people 2 would change", out)
        with self.assertRaises(Failed) as caught:  # every bad row by line and column
            run(*attest, "--data", self.world.data)
        self.assertEqual(caught.exception.code, 2)
        for place in (f"{file}:5:person:", f"{file}:6:requirements:", f"{file}:7:on:"):
            self.assertIn(place, caught.exception.err)
        self.assertIn("3 of 6 rows", caught.exception.out)
        revert = next(line for line in caught.exception.out.splitlines() if "run revert" in line).split()[-1]
        self.assertEqual(self.standing(SKILL), ("met", "met_attested"))
        after = self.cell("creator", "guidelines")
        self.assertEqual(after["kind_split"]["skill"]["met"], skills["met"] + 1)
        self.assertEqual(sum(after["reasons"].values()), sum(k["required"] for k in after["kind_split"].values()))
        steps = json.dumps(self.world.ask("explain", "--person", "esr-employee:demo:1002", "--requirement", AWARE)["steps"], ensure_ascii=False)
        for part in ("Clinical educator", "prior_learning", "Certificate 2024", "Education office"):
            self.assertIn(part, steps)
        out, _ = run("record", "esr-employee:demo:1002", "--data", self.world.data)
        self.assertIn("Clinical educator, prior_learning, Certificate 2024", out)
        again = self.world.ask(*attest, expect=2)
        self.assertEqual((again["counts"]["taken"], again["counts"]["same"]), (0, 3))
        listed = self.world.ask("attest-list", "--assessor", "educator")
        self.assertEqual(listed["total"], 3)
        self.assertEqual(len({str(a["run"]) for a in listed["attestations"]} | {revert}), 1)
        self.assertIn("as a finding", run("attest-list", "--data", self.world.data)[0])
        self.world.ask("run", "revert", revert)
        self.assertEqual(self.world.digest(), before)
        self.assertEqual(self.world.ask("attest-list")["total"], 0)

    def test_many_are_waived_by_a_file(self):
        file = self.cohort([f"1001,{AWARE},", f"1002,{AWARE};t1-ai-literacy-2,2027-01-01", f"1003,{AWARE},soon"],
                           header="employee_number,requirements,until")
        done = self.world.ask("waive", "--csv", file, "--issuer", "demo", "--why", "teaches it", expect=2)
        self.assertEqual([(e["line"], e["column"]) for e in done["exceptions"]], [(4, "until")])
        self.assertEqual(self.world.item(ADA, AWARE)["override"], "waived")
        self.assertEqual(self.world.ask("waive-list")["total"], 3)
        self.assertIn("in force", run("waive-list", "--person", ADA, "--data", self.world.data)[0])
        self.world.ask("run", "revert", done["run"])
        self.assertEqual(self.world.item(ADA, AWARE)["override"], "none")
        self.assertIn("of whom", self.refused("waive", "--why", "x", "--data", self.world.data))
        self.assertIn("the file says", self.refused("waive", ADA, "--csv", file, "--why", "x", "--data", self.world.data))

    def test_a_registration_ends(self):
        self.assessor()
        self.world.ask("attest", ADA, SKILL, "--assessor", "educator", "--on", "2026-03-01")
        self.world.ask("attest", ADA, AWARE, "--assessor", "educator", "--on", "2026-05-01")
        self.assertIn("1 lose", run("assessor", "end", "educator", "--to", "2026-04-01", "--dry-run", "--data", self.world.data)[0])
        self.assertIn("why", self.refused("assessor", "end", "educator", "--to", "2026-04-01", "--data", self.world.data))
        done = self.world.ask("assessor", "end", "educator", "--to", "2026-04-01", "--why", "moved on")
        self.assertEqual(done["attestations_lost"], 1)
        self.assertEqual(self.standing(SKILL), ("met", "met_attested"))
        self.assertEqual(self.standing(AWARE), ("none", "capped"))
        self.assertIn("on that day", self.refused("attest", ADA, SKILL, "--assessor", "educator", "--data", self.world.data, code=1))

    def test_a_single_one_is_tried_first(self):
        self.assessor()
        before = self.world.digest()
        tried = self.world.ask("attest", ADA, SKILL, "--assessor", "educator", "--dry-run")
        self.assertEqual(tried["effect"]["items"]["gained"], 1)
        self.assertEqual(self.world.digest(), before)
        self.assertEqual(self.world.ask("attest-list")["total"], 0)

    def test_a_slip_is_corrected_on_the_same_day(self):
        self.assessor()
        words = ("attest", ADA, SKILL, "--assessor", "educator", "--on", "2026-03-01")
        self.world.ask(*words, "--not-met")
        self.assertTrue(self.world.ask(*words)["changed"])
        self.assertEqual(self.standing(SKILL)[0], "met")
        self.assertTrue(self.world.ask(*words, "--not-met")["changed"])
        self.assertEqual(self.standing(SKILL), ("contradicted", "contradicted"))
        self.assertFalse(self.world.ask(*words, "--not-met")["changed"])

    def test_cohorts_over_http(self):
        daemon = self.world.serve()
        reader = self.world.ask("credential", "add", "reader", "--scope", "read")
        admin = self.world.ask("credential", "add", "admin", "--scope", "admin")
        lead = self.world.ask("credential", "add", "lead", "--scope", "attest")

        def ask(who, method, path, body=None, expect=200, kind="application/json"):
            status, _, text = daemon.request(method, "/api/v1/" + path, body, auth=(who["key"], who["secret"]), headers={"Content-Type": kind})
            self.assertEqual(status, expect, text)
            return json.loads(text)

        self.assessor(credentials=[f"credential:{lead['key']}"])
        csv = f"employee_number,requirements,on\n1001,{SKILL},2026-03-01\n1009,{SKILL},2026-03-01\n".encode()
        path = "attestations?issuer=demo&assessor=educator"
        ask(reader, "POST", path, csv, 403, "text/csv")
        ask(admin, "POST", path, csv, 403, "text/csv")
        self.assertEqual(self.world.ask("attest-list")["total"], 0)
        self.assertEqual(ask(lead, "POST", path + "&dry_run=true", csv, 200, "text/csv; charset=utf-8")["effect"]["items"]["gained"], 1)
        done = ask(lead, "POST", path, csv, 201, "text/csv")
        self.assertEqual((done["counts"]["taken"], done["exceptions"][0]["line"]), (1, 3))
        self.assertEqual(ask(lead, "POST", path, csv, 200, "text/csv")["counts"]["same"], 1)
        self.assertEqual(self.standing(SKILL), ("met", "met_attested"))
        rows = [{"person": "esr-employee:demo:1002", "requirements": [SKILL], "assessor": "educator", "on": "2026-03-01"}, {"person": "nobody"}]
        listed = ask(lead, "POST", "attestations", rows, 201)
        self.assertEqual([e["entry"] for e in listed["exceptions"]], [2])
        ask(lead, "POST", "attestations", {"attestations": rows, "colour": "red"}, 400)
        ask(lead, "POST", "attestations?colour=red", csv, 400, "text/csv")
        ask(lead, "POST", "attestations", b"[", 400)
        one = ask(reader, "GET", "attestations?assessor=educator&limit=1")
        self.assertEqual((one["total"], len(one["attestations"])), (2, 1))
        person = self.world.ask("person", ADA)["id"]
        mine = ask(reader, "GET", f"people/{person}/attestations")
        self.assertEqual([a["assessor_title"] for a in mine["attestations"]], ["Clinical educator"])
        waived = ask(admin, "POST", "overrides", {"overrides": [{"person": person, "requirements": [AWARE]}], "why": "teaches it"}, 201)
        self.assertEqual(waived["counts"]["taken"], 1)
        ask(lead, "POST", "overrides", {"overrides": []}, 403)
        self.assertEqual(ask(reader, "GET", f"people/{person}/overrides")["overrides"][0]["why"], "teaches it")
        ask(lead, "POST", "assessors/educator/end", {"why": "x"}, 403)
        ask(admin, "POST", "assessors/educator/end", {"why": "moved on", "to": "2026-02-01"})
        self.assertEqual(self.standing(SKILL), ("none", "capped"))

    def test_over_http_only_with_the_scope_and_in_the_register(self):
        daemon = self.world.serve()
        reader = self.world.ask("credential", "add", "reader", "--scope", "read", "--scope", "admin")
        lead = self.world.ask("credential", "add", "lead", "--scope", "attest")
        person = self.world.ask("person", ADA)["id"]
        body = {"requirements": [SKILL], "assessor": "educator", "on": "2026-03-01"}

        def post(who, expect):
            status, _, text = daemon.request("POST", f"/api/v1/people/{person}/attestations", body, auth=(who["key"], who["secret"]))
            self.assertEqual(status, expect, text)
            return text

        post(reader, 403)
        post(lead, 404)  # no such assessor
        self.assessor()
        self.assertIn("does not let", post(lead, 403))
        self.assessor(credentials=[f"credential:{lead['key']}"])
        post(lead, 201)
        self.assertEqual(self.standing(SKILL), ("met", "met_attested"))

    def test_a_statement_that_says_attested_counts_for_nothing(self):
        daemon = self.world.serve()
        writer = self.world.ask("credential", "add", "writer", "--scope", "statements/write")
        iri = "https://w3id.org/capbridge/frameworks/hee-ai-confidence/requirements/" + SKILL
        statement = {"actor": {"mbox": "mailto:ada@demo.example"}, "verb": {"id": "https://w3id.org/xapi/tla/verbs/attested"},
                     "object": {"id": iri}, "timestamp": "2026-03-01T10:00:00Z", "result": {"success": True, "completion": True}}
        status, _, text = daemon.request("POST", "/xapi/statements", statement, auth=(writer["key"], writer["secret"]),
                                         headers={"X-Experience-API-Version": "1.0.3"})
        self.assertEqual(status, 200, text)
        self.assertEqual(self.standing(SKILL)[0], "none")


if __name__ == "__main__":
    unittest.main()
