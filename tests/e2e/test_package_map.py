"""Suggestions for mappings through the real binary and HTTP: of a package file, of one that is kept, of learning that LMSs name."""
import io
import json
import unittest
import zipfile

from bridge import ACTIVITY, SETTINGS, Case, run, write_json

ADLCP = 'xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2"'
LOM = """<metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion>
<lom xmlns="http://www.imsglobal.org/xsd/imsmd_rootv1p2p1"><general><description><langstring xml:lang="en">{description}</langstring></description>
<keyword><langstring xml:lang="en">black-box AI</langstring></keyword></general>
<classification><purpose><source><langstring xml:lang="x-none">LOMv1.0</langstring></source><value><langstring xml:lang="x-none">Competency</langstring></value></purpose>
<taxonpath><source><langstring xml:lang="en">hee-ai-confidence</langstring></source>
<taxon><id>liability</id><taxon><id>t1-liability-1</id></taxon></taxon></taxonpath></classification></lom></metadata>"""


def scorm12(title, description="About AI.", lom=True, items=("One", "Two")):
    """A SCORM 1.2 package with an SCO for each item."""
    rows = "".join(f'<item identifier="SCO{i}" identifierref="R{i}"><title>{t}</title></item>' for i, t in enumerate(items))
    resources = "".join(f'<resource identifier="R{i}" type="webcontent" adlcp:scormtype="sco" href="p{i}.html"><file href="p{i}.html"/></resource>'
                        for i, _ in enumerate(items))
    head = LOM.format(description=description) if lom else "<metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>"
    manifest = (f'<?xml version="1.0" encoding="UTF-8"?><manifest identifier="demo.pkg" version="1" {ADLCP}>{head}'
                f'<organizations default="ORG"><organization identifier="ORG"><title>{title}</title>{rows}</organization></organizations>'
                f"<resources>{resources}</resources></manifest>")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("imsmanifest.xml", manifest)
        for i, _ in enumerate(items):
            package.writestr(f"p{i}.html", "<title>page</title>")
    return out.getvalue()


def cmi5():
    course = """<?xml version="1.0" encoding="UTF-8"?><courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">
<course id="https://pub.example/course"><title><langstring lang="en">Working with AI</langstring></title><description><langstring lang="en">Course.</langstring></description></course>
<objectives><objective id="https://pub.example/o/t1-liability-1"><title><langstring lang="en">Liability</langstring></title>
<description><langstring lang="en">Liability</langstring></description></objective></objectives>
<au id="https://pub.example/au" moveOn="Passed" masteryScore="0.8"><title><langstring lang="en">Part one</langstring></title><description><langstring lang="en">Part.</langstring></description>
<objectives><objective idref="https://pub.example/o/t1-liability-1"/></objectives><url>index.html</url></au></courseStructure>"""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("cmi5.xml", course)
        package.writestr("index.html", "<title>page</title>")
    return out.getvalue()


def claims(draft):
    return [(claim, mapping) for mapping in draft["mappings"] for claim in mapping["claims"]]


class PackageMap(Case):
    def file(self, content, name="package.zip"):
        path = self.world.root / name
        path.write_bytes(content)
        return path

    def map(self, *args):
        out, notes = run("package", "map", *args, "--data", self.world.data)
        return json.loads(out), notes

    def test_a_file_without_any_data(self):
        package = self.file(scorm12("Opening the black box", "The limits of black-box AI and explainable AI."))
        draft, notes = self.map(package, "--activity", "https://moodle.example/course/7", "--activity", "https://totara.example/c/9")
        self.assertIn("Nothing counts yet", notes)
        self.assertEqual((draft["framework"], draft["id"]), ("hee-ai-confidence", "demo-pkg"))
        item = draft["learning_items"][0]
        self.assertEqual(item["activities"], ["https://moodle.example/course/7", "https://totara.example/c/9"])
        by_requirement = {claim.get("requirement"): claim for claim, _ in claims(draft)}
        self.assertEqual(by_requirement["t1-liability-1"]["score"], 1.0)
        self.assertIn("classification (competency)", by_requirement["t1-liability-1"]["reason"])
        self.assertIn("t1-ai-model-and-product-design-1", by_requirement)
        for claim, _ in claims(draft):
            self.assertEqual(claim["status"], "suggested")
            self.assertTrue(0.5 <= claim["score"] <= 1 and claim["reason"])
        self.assertEqual(self.map(package, "--activity", "https://moodle.example/course/7", "--activity", "https://totara.example/c/9")[0], draft)

        # The draft as it stands passes the check.
        path = write_json(self.world.root / "draft.json", draft)
        out, warned = run("mapping", "check", path)
        self.assertIn("no errors", out)
        self.assertIn("suggestions_not_accepted", warned)

        as_data = json.loads(run("package", "map", package, "--data", self.world.data, "--json")[0])
        self.assertEqual(as_data["key"], "demo.pkg")
        self.assertGreaterEqual(as_data["counts"]["suggestions"], 2)
        signals = {r["signal"] for part in as_data["learning"] for s in part["suggestions"] for r in s["reasons"]}
        self.assertTrue({"classification", "text"} <= signals, signals)
        fewer, _ = self.map(package, "--min-score", "1")
        self.assertEqual({c.get("requirement") for c, _ in claims(fewer)}, {"t1-liability-1"})

    def test_what_is_refused(self):
        package = self.file(scorm12("T"))
        for words, args in {
            "no such file": ["nothing-here"],
            "absolute IRI": [package, "--activity", "seven"],
            "no framework": [package, "--framework", "nonsense"],
            "not in range": [package, "--min-score", "7"],
        }.items():
            self.assertIn(words, self.refused("package", "map", *args, "--data", self.world.data), args)
        self.refused("package", "map", self.file(b"no zip", "no.zip"), "--data", self.world.data)

    def test_cmi5_keeps_its_ids(self):
        draft, _ = self.map(self.file(cmi5()))
        self.assertEqual(draft["learning_items"][0]["activities"], ["https://pub.example/course", "https://pub.example/au"])
        self.assertEqual(claims(draft)[0][0]["requirement"], "t1-liability-1")

    def test_what_we_build_is_mapped_to_what_it_was_built_for(self):
        content = self.world.root / "content"
        content.mkdir()
        (content / "index.html").write_text("<title>page</title>")
        wanted = ["t1-ai-literacy-1", "t1-liability-1", "t1-cognitive-biases-2"]
        for version in ("1.2", "2004-3", "2004-4", "cmi5"):
            package = self.world.root / f"built-{version}.zip"
            run("package", "build", "--framework", "hee-ai-confidence", "--requirements", ",".join(wanted), "--content", content, "--version", version,
                "-o", package)
            draft, _ = self.map(package, "--iri-base", "https://bridge.example", "--min-score", "0.95")
            named = {id for claim, _ in claims(draft) for id in claim.get("requirements", [claim.get("requirement")])}
            self.assertLessEqual(set(wanted), named, version)

    def test_a_kept_package_and_what_people_decide(self):
        self.world.small()
        package = self.file(scorm12("Deskilling and AI", lom=False, items=("Start",)))
        added = self.world.ask("package", "add", package)
        kept = self.world.ask("package", "map", "demo.pkg", "--activity", ACTIVITY + "AI-7")
        self.assertEqual(kept["key"], "demo.pkg")
        item = kept["draft"]["learning_items"][0]
        self.assertIn(ACTIVITY + "AI-7", item["activities"])
        self.assertTrue(item["activities"][0].endswith("/packages/demo.pkg"), added)
        # A file is mapped under the ids of this data directory.
        same, _ = self.map(package, "--activity", ACTIVITY + "AI-7")
        self.assertEqual(same["learning_items"][0]["activities"], item["activities"])

        draft = kept["draft"]
        path = write_json(self.world.root / "draft.json", draft)
        self.assertIn("nothing_accepted", self.refused("mapping", "publish", path, "--data", self.world.data))
        self.assertEqual(len(self.world.ask("mapping", "list")["mappings"]), 1)
        chosen = [c for c, m in claims(draft) if m["needs"] == "completed"][0]
        chosen["status"] = "accepted"
        requirement = (chosen.get("requirements") or [chosen["requirement"]])[0]
        self.world.ask("mapping", "publish", write_json(path, draft))
        # A completion that the LMS reports under its own id is evidence of it.
        self.world.export([["1001", "AI-7", "Deskilling and AI", "Completed", "01/04/2026"]], "seven.csv")
        self.world.ask("sync", "lms")
        self.assertEqual(self.world.item("esr-employee:demo:1001", requirement)["attainment"], "met")

    def test_learning_that_lmss_name(self):
        self.world.small()
        self.world.export([["1001", "X-1", "Risk of deskilling through AI", "Completed", "01/03/2026"],
                           ["1002", "X-1", "Risk of deskilling through AI", "Completed", "01/03/2026"],
                           ["1002", "FIRE", "Fire safety", "Completed", "01/03/2026"]], "more.csv")
        self.world.ask("sync", "lms")
        answer = self.world.ask("learning", "suggest")
        self.assertEqual((answer["total"], answer["learning"][0]["people"]), (1, 2))
        text, _ = run("learning", "suggest", "--data", self.world.data)
        self.assertIn("Risk of deskilling through AI", text)
        self.assertIn("deskilling", text)
        draft, _ = run("learning", "suggest", "--draft", "--data", self.world.data)
        self.assertEqual(json.loads(draft)["learning_items"][0]["activities"], [ACTIVITY + "X-1"])
        self.assertIn("no statement", self.refused("learning", "suggest", "--activity", "https://no.example/1", "--data", self.world.data))

        # The same on another platform.
        drop = self.world.root / "drop2"
        drop.mkdir()
        (drop / "export.csv").write_text("Employee,Course,Title,Status,Date\n1003,77,Risk of deskilling through AI,Completed,02/03/2026\n")
        self.world.ask("source", "add", "other", "--adapter", "csv", "--folder", drop, "--activity-base", "https://other.example/c/", "--settings",
                       write_json(self.world.root / "settings2.json", SETTINGS))
        self.world.ask("sync", "other")
        found = self.world.ask("learning", "duplicates")
        self.assertEqual(found["total"], 1)
        self.assertEqual(sorted(found["duplicates"][0]["draft"]["activities"]), [ACTIVITY + "X-1", "https://other.example/c/77"])
        text, _ = run("learning", "duplicates", "--draft", "--data", self.world.data)
        self.assertIn("the same title", text)

    def test_over_http(self):
        self.world.small()
        self.world.ask("package", "add", self.file(scorm12("Deskilling", "About the risk of deskilling through AI.")))
        self.world.export([["1001", "X-1", "Risk of deskilling through AI", "Completed", "01/03/2026"]], "more.csv")
        self.world.ask("sync", "lms")
        reader = self.world.ask("credential", "add", "reader", "--scope", "read")
        daemon = self.world.serve()
        auth = (reader["key"], reader["secret"])

        def get(path, who=auth):
            status, _, body = daemon.get("/api/v1/" + path, auth=who)
            return status, json.loads(body)

        status, body = get("learning/suggestions?limit=5")
        self.assertEqual((status, body["learning"][0]["activities"]), (200, [ACTIVITY + "X-1"]))
        self.assertEqual(get("learning/duplicates?min_score=0.9")[0], 200)
        self.assertEqual(get("learning/suggestions?min_score=9")[0], 400)
        self.assertEqual(get("learning/suggestions?activity=https://no.example/1")[0], 404)
        self.assertEqual(get("learning/duplicates", None)[0], 401)
        status, body = get("packages/demo.pkg/mapping-draft?activity=https://moodle.example/course/7")
        self.assertEqual(status, 200)
        self.assertTrue(claims(body["draft"]))
        self.assertIn("https://moodle.example/course/7", body["draft"]["learning_items"][0]["activities"])
        self.assertEqual(get("packages/nothing/mapping-draft")[0], 404)


if __name__ == "__main__":
    unittest.main()
