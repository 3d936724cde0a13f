"""What assessors, managers and people themselves say of items: through the real binary, and HTTP."""
import getpass
import json
import unittest

from bridge import Case, write_json

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
