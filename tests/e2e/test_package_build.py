"""capbridge package build: lessons, several parts, the settings file, and what it refuses."""
import json
import pathlib
import tempfile
import unittest
import zipfile

from bridge import Failed, run, write_json

LESSON = """---
title: Who answers
pass-mark: 50 %
---
# A page
Text.

## Question: Who answers?
requirements: t1-ai-literacy-1
- [x] The clinician
- [ ] The algorithm
"""


class PackageBuild(unittest.TestCase):
    def setUp(self):
        self.tmp = tempfile.TemporaryDirectory(prefix="capbridge-build-")
        self.addCleanup(self.tmp.cleanup)
        self.root = pathlib.Path(self.tmp.name)
        (self.root / "who.md").write_text(LESSON)
        self.out = self.root / "out.zip"

    def build(self, *args, version="2004-4"):
        out, _ = run("package", "build", "--framework", "hee-ai-confidence", "--version", version, "-o", self.out, "--json", *args)
        facts = json.loads(run("package", "inspect", self.out, "--json")[0])
        self.assertTrue(facts["accepted"])
        self.assertEqual([f for f in facts["findings"] if f["severity"] != "info"], [])
        return json.loads(out), facts

    def refused(self, *args):
        with self.assertRaises(Failed) as caught:
            run("package", "build", "--framework", "hee-ai-confidence", "--version", "1.2", "-o", self.out, *args)
        self.assertEqual(caught.exception.code, 2)
        self.assertEqual(sorted(p.name for p in self.root.glob("out.zip*")), [], "nothing is left")
        return caught.exception.err

    def test_a_lesson_in_every_format(self):
        for version in ("1.2", "2004-3", "2004-4", "cmi5"):
            built, facts = self.build("--text", self.root / "who.md", version=version)
            self.assertEqual((built["parts"], built["requirements"]), (1, 1))
            self.assertEqual(facts["title"], "Who answers")
            first = (facts["scos"] or facts["aus"])[0]
            self.assertTrue(first["objectives"][0].endswith("t1-ai-literacy-1"))
            with zipfile.ZipFile(self.out) as z:
                own = json.loads(z.read("capbridge.json"))
                self.assertEqual(own["interactions"][0]["type"], "choice")
                self.assertEqual(own["scos"][0]["mastery_score"], 0.5)
                self.assertIn(b"The clinician", z.read("index.html"))

    def test_the_same_bytes_again_and_an_identifier_that_stays(self):
        one, _ = self.build("--text", self.root / "who.md")
        two, _ = self.build("--text", self.root / "who.md")
        self.assertEqual(one["sha256"], two["sha256"])
        (self.root / "who.md").write_text(LESSON.replace("Text.", "Other text."))
        three, _ = self.build("--text", self.root / "who.md")
        self.assertNotEqual(one["sha256"], three["sha256"])
        self.assertEqual(one["identifier"], three["identifier"])

    def test_a_lesson_with_pictures_and_a_settings_file(self):
        folder = self.root / "basics"
        folder.mkdir()
        (folder / "lesson.md").write_text(LESSON.replace("Text.", "![A scanner](scanner.png)"))
        (folder / "scanner.png").write_bytes(b"not really a picture")
        pages = self.root / "board"
        pages.mkdir()
        (pages / "start.html").write_text("<!doctype html><title>Board</title><script src=capbridge-scorm.js></script>")
        settings = write_json(self.root / "board.json", {
            "framework": "hee-ai-confidence", "version": "2004-4", "title": "AI for the board", "identifier": "https://trust.example/ai-board",
            "parts": [
                {"name": "board", "content": "board", "launch": "start.html", "title": "For the board", "requirements": ["a1-regulation-and-standards-1"],
                 "mastery_score": 0.7},
                {"name": "basics", "content": "basics"},
            ]})
        run("package", "build", "--settings", settings, "-o", self.out)
        facts = json.loads(run("package", "inspect", self.out, "--json")[0])
        self.assertEqual([s["identifier"] for s in facts["scos"]], ["item-basics", "item-board"])
        self.assertEqual(facts["scos"][1]["href"], "board/start.html")
        with zipfile.ZipFile(self.out) as z:
            self.assertIn("basics/scanner.png", z.namelist())
            self.assertNotIn("basics/lesson.md", z.namelist())
            self.assertIn(b'alt="A scanner"', z.read("basics/index.html"))
        run("package", "build", "--settings", settings, "--version", "cmi5", "-o", self.out)  # the command line goes first
        facts = json.loads(run("package", "inspect", self.out, "--json")[0])
        self.assertEqual(facts["aus"][0]["id"], "https://trust.example/ai-board/item-basics")

    def test_selected_by_tier_and_level(self):
        pages = self.root / "pages"
        pages.mkdir()
        (pages / "index.html").write_text("x")
        built, _ = self.build("--content", pages, "--tier", "foundational", "--level", "familiarity")
        self.assertEqual(built["requirements"], 8)

    def test_refusals_say_what_to_do(self):
        (self.root / "bad.md").write_text("# T\n## Question: Which?\n- [ ] a\n- [ ] b\n")
        self.assertIn("bad.md:2", self.refused("--text", self.root / "bad.md"))
        self.assertIn("--requirements", self.refused("--text", self.write("reading.md", "# T\n# P\ntext\n")))
        self.assertIn("no questions", self.refused("--text", self.root / "reading.md", "--requirements", "t1-ai-literacy-1",
                                                   "--settings", self.write("s.json", json.dumps({"parts": [{"text": "reading.md", "mastery_score": 1}]}))))
        self.assertIn("t9-nothing-1", self.refused("--text", self.write("x.md", LESSON.replace("t1-ai-literacy-1", "t9-nothing-1"))))
        self.assertIn("--content", self.refused("--requirements", "t1-ai-literacy-1"))
        self.assertIn("colour", self.refused("--settings", self.write("c.json", '{"colour": "red"}')))
        self.assertIn("one of them", self.refused("--settings", self.write("p.json", '{"parts": [{"title": "x"}]}')))
        self.assertIn("0.8", self.refused("--text", self.root / "who.md", "--mastery-score", "80"))
        self.assertIn("IRI", self.refused("--text", self.root / "who.md", "--identifier", "a b"))
        self.assertIn("sky", self.refused("--text", self.root / "who.md", "--tier", "sky"))

    def write(self, name, text):
        (self.root / name).write_text(text)
        return self.root / name


if __name__ == "__main__":
    unittest.main()
