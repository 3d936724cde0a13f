"""capbridge package inspect: the summary, the tree, JSON, and what --strict refuses."""
import io
import json
import os
import subprocess
import tempfile
import unittest
import zipfile

from bridge import BINARY as CAPBRIDGE

MANIFEST = """<?xml version="1.0"?>
<manifest identifier="m1" version="1" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
 <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
 <organizations default="o"><organization identifier="o"><title>Safe use</title>
  <item identifier="%s" identifierref="r"><title>First part</title><adlcp:masteryscore>80</adlcp:masteryscore></item>
 </organization></organizations>
 <resources><resource identifier="r" type="webcontent" adlcp:scormtype="sco" href="a.html"><file href="a.html"/></resource></resources>
</manifest>"""


def package(identifier="part"):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("imsmanifest.xml", MANIFEST % identifier)
        archive.writestr("a.html", "<p>x</p>")
    return data.getvalue()


class Inspect(unittest.TestCase):
    def run_on(self, data, *options, schemas=None):
        environment = dict(os.environ)
        environment.pop("CAPBRIDGE_SCHEMAS", None)
        if schemas is not None:
            environment["CAPBRIDGE_SCHEMAS"] = schemas
        with tempfile.NamedTemporaryFile(suffix=".zip") as file:
            file.write(data)
            file.flush()
            return subprocess.run([CAPBRIDGE, "package", "inspect", file.name, *options], capture_output=True, text=True,
                                  env=environment, timeout=60)

    def test_structure(self):
        done = self.run_on(package(), "--structure")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("organization o  Safe use", done.stdout)
        self.assertIn("SCO part  First part", done.stdout)
        self.assertIn("mastery score 80", done.stdout)
        self.assertEqual(done.stderr, "")

    def test_json(self):
        found = json.loads(self.run_on(package(), "--json").stdout)
        self.assertTrue(found["accepted"])
        item = found["structure"]["roots"][0]["children"][0]
        self.assertEqual((item["kind"], item["launch"], item["mastery_score"]), ("item", "a.html", 80))

    def test_strict_refuses_what_breaks_the_schema(self):
        odd = package("1 (one)")
        self.assertEqual(self.run_on(odd).returncode, 0)
        done = self.run_on(odd, "--strict", "--json")
        self.assertEqual(done.returncode, 2)
        finding = json.loads(done.stdout)["findings"][0]
        self.assertEqual((finding["severity"], finding["code"], finding["entry"], finding["line"]),
                         ("error", "schema_invalid", "imsmanifest.xml", 6))
        self.assertTrue(finding["xpath"].endswith("/item"))
        self.assertTrue(finding["remedy"])

    def test_absent_schemas_are_said(self):
        with tempfile.TemporaryDirectory() as empty:
            found = json.loads(self.run_on(package(), "--json", schemas=empty).stdout)
        self.assertTrue(found["accepted"])
        self.assertIn("schemas_not_installed", [finding["code"] for finding in found["findings"]])
        with tempfile.TemporaryDirectory() as empty:
            self.assertEqual(self.run_on(package("1 (one)"), "--strict", schemas=empty).returncode, 2)


if __name__ == "__main__":
    unittest.main()
