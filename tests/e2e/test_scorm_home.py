"""Results of packages that the bridge built come home from every kind of source, objective by objective: five objectives that were passed
evidence their five requirements, and the sixth, which was failed, evidences nothing."""
import json
import pathlib
import sys
import unittest
import urllib.parse
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "fakes"))
from bridge import ACTIVITY, Case, run, write_json  # noqa: E402
from moodle import Moodle  # noqa: E402
from scorm_cloud import ScormCloud  # noqa: E402

REQUIREMENTS = ["t1-ai-literacy-4", "t1-guidelines-1", "t1-liability-1", "t1-cognitive-biases-1", "t1-interface-with-patients-1", "t1-strategy-and-culture-1"]
PASSED, FAILED = REQUIREMENTS[:5], REQUIREMENTS[5]
WHO = "esr-employee:demo:1001"


def iri(course, sco, objective=None):
    """As a statement of an LMS names the part of a package (src/core/scorm/activities.hpp)."""
    def quoted(text):
        return urllib.parse.quote(text, safe="")
    whole = ACTIVITY + quoted(course) + "/" + quoted(sco)
    return whole if objective is None else whole + "/objectives/" + quoted(objective)


class ComingHome(Case):
    def setUp(self):
        super().setUp()
        self.world.small()

    def build(self, version):
        """A package with these requirements as objectives: (identifier of its SCO, requirement id -> objective id)."""
        content = self.world.root / "content"
        content.mkdir(exist_ok=True)
        (content / "index.html").write_text("<!doctype html><title>AI</title><p>AI")
        package = self.world.root / f"package-{version}.zip"
        run("package", "build", "--framework", "hee-ai-confidence", "--requirements", ",".join(REQUIREMENTS), "--content", content,
            "--version", version, "-o", package)
        with zipfile.ZipFile(package) as archive:
            facts = json.loads(archive.read("capbridge.json"))
        self.framework = facts["framework"]["iri"]
        scos = {objective["sco"] for objective in facts["objectives"]}
        self.assertEqual(len(scos), 1)
        ids = {objective["requirement"].rsplit("/", 1)[1]: objective["id"] for objective in facts["objectives"]}
        self.assertEqual(sorted(ids), sorted(REQUIREMENTS))
        return scos.pop(), ids

    def publish(self, course, sco, ids):
        """A mapping whose learning items are the package's objectives as that LMS names them."""
        mapping = {"id": "package", "version": "1", "title": "The parts of a package", "framework": "hee-ai-confidence",
                   "learning_items": [{"id": r, "title": r, "activities": [iri(course, sco, ids[r])]} for r in REQUIREMENTS],
                   "mappings": [{"id": r, "learning_item": r, "claims": [{"requirements": [r]}], "needs": "passed", "method": "assessment"}
                                for r in REQUIREMENTS]}
        self.world.ask("mapping", "publish", write_json(self.world.root / "package.json", mapping))

    def nothing_yet(self):
        for requirement in REQUIREMENTS:
            self.assertNotEqual(self.world.item(WHO, requirement)["attainment"], "met", requirement)

    def is_home(self):
        got = {r: self.world.item(WHO, r)["attainment"] for r in REQUIREMENTS}
        self.assertEqual({r: got[r] for r in PASSED}, {r: "met" for r in PASSED})
        self.assertNotEqual(got[FAILED], "met")

    def statements(self):
        return [json.loads(line) for line in run("statements", "export", "--data", self.world.data)[0].splitlines() if line]

    def in_the_journal(self, sco_iri):
        """Each objective says which requirement it is named after, whichever edition wrote it."""
        about = {s["context"]["contextActivities"]["other"][0]["id"]: s for s in self.statements()
                 if "other" in s.get("context", {}).get("contextActivities", {})}
        self.assertEqual(sorted(about), sorted(f"{self.framework}/requirements/{r}" for r in REQUIREMENTS))
        for told in about.values():
            around = told["context"]["contextActivities"]
            self.assertEqual([a["id"] for a in around["parent"]], [sco_iri])
            self.assertEqual([a["id"] for a in around["category"]], ["https://w3id.org/xapi/scorm"])
            self.assertEqual(len(around["grouping"]), 2)
            self.assertNotIn("completion", told["result"])  # nobody said so

    # ---- doors ----

    def by_moodle(self, elements, **settings):
        site = Moodle(users=3).start()
        self.addCleanup(site.stop)
        site.users[0]["idnumber"] = "1001"
        site.scos = [(self.sco, "The package")]
        site.cmi = {(site.users[0]["id"], 1, self.sco): elements}
        self.site = site
        secret = self.world.root / "token"
        secret.write_text(site.token)
        secret.chmod(0o600)
        self.world.ask("source", "add", "moodle", "--adapter", "moodle", "--activity-base", ACTIVITY, "--settings", write_json(
            self.world.root / "moodle.json", {"url": site.url, "strategy": "batch", "scorm": True, "courses": [{"idnumber": "CRS-A"}],
                                              "identifiers": [{"field": "idnumber", "scheme": "esr-employee", "issuer": "demo"}], **settings}),
                       "--options", write_json(self.world.root / "options.json", {
                           "http": {"auth": {"lms": {"type": "form_token", "parameter": "wstoken", "secret_file": str(secret)}}}}))
        return self.world.ask("sync", "moodle")["syncs"][0]["counts"]

    def moodle_elements(self, version, ids):
        out = {}
        if version == "1.2":
            out = {"cmi.core.lesson_status": "incomplete", "cmi.core.score.raw": "83", "cmi.core.total_time": "0000:20:05.50"}
            for n, requirement in enumerate(REQUIREMENTS):
                out[f"cmi.objectives_{n}.id"] = ids[requirement]
                out[f"cmi.objectives_{n}.status"] = "failed" if requirement == FAILED else "passed"
                out[f"cmi.objectives_{n}.score.raw"] = "20" if requirement == FAILED else "95"
        else:
            out = {"cmi.completion_status": "incomplete", "cmi.success_status": "unknown", "cmi.score.scaled": "0.83", "cmi.total_time": "PT20M5.5S"}
            for n, requirement in enumerate(REQUIREMENTS):
                out[f"cmi.objectives.{n}.id"] = ids[requirement]
                out[f"cmi.objectives.{n}.success_status"] = "failed" if requirement == FAILED else "passed"
                out[f"cmi.objectives.{n}.completion_status"] = "unknown"
                out[f"cmi.objectives.{n}.score.scaled"] = "0.2" if requirement == FAILED else "0.95"
        return out

    def from_moodle(self, version):
        self.sco, ids = self.build(version)
        self.nothing_yet()
        counts = self.by_moodle(self.moodle_elements(version, ids))
        self.assertEqual(counts["rejected"], 0)
        self.assertNotIn("left_out", counts)
        self.publish("cm-22", self.sco, ids)  # after the results came: the journal has them
        self.is_home()
        self.in_the_journal(iri("cm-22", self.sco))
        told = [s for s in self.statements() if s["object"].get("id") == iri("cm-22", self.sco)]
        self.assertEqual(told[0]["result"]["duration"], "PT20M5.5S")
        self.assertEqual(told[0]["result"]["score"]["scaled"], 0.83)

    def test_from_a_moodle_track_of_scorm_12(self):
        self.from_moodle("1.2")

    def test_from_a_moodle_track_of_scorm_2004(self):
        self.from_moodle("2004-4")

    def from_scorm_cloud(self, version):
        self.sco, ids = self.build(version)
        self.nothing_yet()
        cloud = ScormCloud().start()
        self.addCleanup(cloud.stop)
        runtime = {"completionStatus": "incomplete", "runtimeSuccessStatus": "UNKNOWN", "scoreRaw": "", "scoreScaled": "", "totalTime": "0000:20:05.50",
                   "mode": "NORMAL", "credit": "CREDIT", "runtimeObjectives": [
                       {"id": ids[r], "runtimeObjectiveSuccessStatus": "FAILED" if r == FAILED else "PASSED",
                        "runtimeObjectiveCompletionStatus": "UNKNOWN", "scoreScaled": "0.2" if r == FAILED else "0.95"} for r in REQUIREMENTS]}
        cloud.register(1, completion="INCOMPLETE", course="PACK-1", details={
            "id": "org", "title": "The package", "children": [{"id": self.sco, "title": "The SCO", "runtime": runtime}]})
        secret = self.world.root / "key"
        secret.write_text("app-secret")
        secret.chmod(0o600)
        self.world.ask("source", "add", "cloud", "--adapter", "scorm-cloud", "--activity-base", ACTIVITY, "--settings", write_json(
            self.world.root / "cloud.json", {"url": cloud.url + "/api/v2", "detail": True, "learner": {"scheme": "esr-employee", "issuer": "demo"}}),
                       "--options", write_json(self.world.root / "options.json", {
                           "http": {"auth": {"lms": {"type": "basic", "user": "app-id", "secret_file": str(secret)}}}}))
        self.assertEqual(self.world.ask("sync", "cloud")["syncs"][0]["counts"]["rejected"], 0)
        self.publish("PACK-1", self.sco, ids)
        self.is_home()
        self.in_the_journal(iri("PACK-1", self.sco))

    def test_from_a_scorm_cloud_registration_of_scorm_12(self):
        self.from_scorm_cloud("1.2")

    def test_from_a_scorm_cloud_registration_of_scorm_2004(self):
        self.from_scorm_cloud("2004-4")

    def from_rows(self, version):
        self.sco, ids = self.build(version)
        drop = self.world.root / f"rows-{version}"
        drop.mkdir()
        rows = "".join(f"1001,PACK 1,{self.sco},{ids[r]},{'Failed' if r == FAILED else 'Passed'},01/03/2026,\"95,5\"\n" for r in REQUIREMENTS)
        (drop / "rows.csv").write_text("Employee,Course,SCO,Objective,Status,Date,Mark\n" + rows + "1001,PACK 1,,,Started,01/03/2026,\n")
        self.world.ask("source", "add", "rows", "--adapter", "csv", "--folder", drop, "--activity-base", ACTIVITY, "--settings", write_json(
            self.world.root / "rows.json", {"columns": {
                "who": [{"scheme": "esr-employee", "issuer": "demo", "column": "Employee"}],
                "activity": {"column": "Course", "sco_column": "SCO", "objective_column": "Objective"},
                "what": {"column": "Status", "values": {"Passed": "passed", "Failed": "failed", "Started": "in_progress"}},
                "occurred": {"column": "Date", "formats": ["%d/%m/%Y"]}, "score": {"raw_column": "Mark", "max": 100}}}))
        counts = self.world.ask("sync", "rows")["syncs"][0]["counts"]
        self.assertEqual((counts["added"], counts["rejected"]), (7, 0))
        self.publish("PACK 1", self.sco, ids)
        self.is_home()
        self.in_the_journal(iri("PACK 1", self.sco))
        self.assertEqual(self.world.ask("sync", "rows")["syncs"][0]["counts"]["added"], 0)

    def test_from_rows_of_an_export_of_scorm_12(self):
        self.from_rows("1.2")

    def test_from_rows_of_an_export_of_scorm_2004(self):
        self.from_rows("2004-4")

    def test_by_postbacks(self):
        self.sco, ids = self.build("2004-4")
        self.world.ask("source", "add", "portal", "--adapter", "none", "--activity-base", ACTIVITY)
        made = self.world.ask("credential", "add", "portal", "--scope", "statements/write", "--source", "portal")
        daemon = self.world.serve()
        status, _, text = daemon.request("POST", "/api/v1/completions", [
            {"who": [{"scheme": "esr-employee", "issuer": "demo", "value": "1001"}], "activity": {"id": "PACK-1", "sco": self.sco, "objective": ids[r]},
             "key": f"1001/PACK-1/{r}", "what": "failed" if r == FAILED else "passed", "occurred": {"value": "2026-03-01", "precision": "day"}}
            for r in REQUIREMENTS], auth=(made["key"], made["secret"]))
        self.assertEqual((status, json.loads(text)["counts"]["added"]), (200, 6), text)
        self.publish("PACK-1", self.sco, ids)
        self.is_home()
        self.in_the_journal(iri("PACK-1", self.sco))

    # ---- traps ----

    def test_values_of_no_use_are_told_and_a_review_changes_nothing(self):
        self.sco = "item_1"
        counts = self.by_moodle({"cmi.core.lesson_status": "passed", "cmi.core.score.raw": "140", "cmi.core.score.max": "100"})
        self.assertEqual((counts["added"], counts["rejected"], counts["left_out"]), (1, 0, 1))
        shown = self.world.ask("run", "show", self.world.ask("run", "list")["runs"][0]["id"])
        self.assertEqual(shown["left_out"], [{"where": "/scos/0/score/raw", "message": "SCO item_1 of cm-22: lies outside min and max"}])
        told = [s for s in self.statements() if s["object"].get("id") == iri("cm-22", "item_1")]
        self.assertEqual([s["result"] for s in told], [{"success": True}])
        self.site.cmi = {(self.site.users[0]["id"], 1, "item_1"): {"cmi.core.lesson_status": "failed", "cmi.core.lesson_mode": "review"}}
        counts = self.world.ask("sync", "moodle", "--full")["syncs"][0]["counts"]
        self.assertEqual((counts["added"], counts["changed"], counts["withdrawn"]), (0, 0, 0))

    def test_answers_stay_in_the_lms_until_somebody_wants_them(self):
        self.sco = "item_1"
        elements = {"cmi.core.lesson_status": "passed", "cmi.interactions_0.id": "q1", "cmi.interactions_0.type": "choice",
                    "cmi.interactions_0.student_response": "a,b", "cmi.interactions_0.result": "wrong", "cmi.interactions_0.latency": "00:00:05"}
        self.by_moodle(elements)
        responded = "http://adlnet.gov/expapi/verbs/responded"
        self.assertEqual([s for s in self.statements() if s["verb"]["id"] == responded], [])
        self.by_moodle(elements, interactions=True)  # the same source, asked for more
        answers = [s for s in self.statements() if s["verb"]["id"] == responded]
        self.assertEqual([s["object"]["id"] for s in answers], [iri("cm-22", "item_1") + "/interactions/q1"])
        self.assertEqual(answers[0]["result"], {"response": "a[,]b", "success": False, "duration": "PT5S"})


if __name__ == "__main__":
    unittest.main()
