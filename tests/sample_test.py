#!/usr/bin/env python3
"""The sample trust: the generator is deterministic, and its files, the configuration and the mapping fit each other."""
import csv
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

REPO = pathlib.Path(__file__).resolve().parent.parent
SAMPLE = REPO / "config" / "sample" / "nymouth"


def generate(out, *arguments):
    subprocess.run([sys.executable, SAMPLE / "generate.py", "--out", out, *arguments], check=True, stdout=subprocess.DEVNULL)


def digests(folder):
    return {str(p.relative_to(folder)): (hashlib.sha256(p.read_bytes()).hexdigest(), p.stat().st_mtime)
            for p in sorted(folder.rglob("*")) if p.is_file()}


def rows(path, encoding="utf-8"):
    with open(path, encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def read_json(name):
    return json.loads((SAMPLE / name).read_text())


class Generated(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.out = pathlib.Path(cls.temporary.name) / "a"
        generate(cls.out)
        cls.people = rows(cls.out / "people.csv")
        cls.moodle = [r for p in sorted((cls.out / "moodle").iterdir()) for r in rows(p)]
        cls.elearning = [r for p in sorted((cls.out / "elearning").iterdir()) for r in rows(p, "cp1252")]
        cls.configuration = read_json("capbridge.json")
        cls.mapping = read_json("nymouth-mapping.json")

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def test_the_same_arguments_give_the_same_bytes(self):
        again = pathlib.Path(self.temporary.name) / "b"
        generate(again)
        self.assertEqual(digests(self.out), digests(again))

    def test_another_seed_gives_another_trust(self):
        one, other = (pathlib.Path(self.temporary.name) / name for name in ("c", "d"))
        generate(one, "--people", "60")
        generate(other, "--people", "60", "--seed", "8")
        self.assertNotEqual(digests(one), digests(other))

    def test_any_number_of_people(self):
        for count in ("1", "5", "30"):
            out = pathlib.Path(self.temporary.name) / count
            generate(out, "--people", count, "--today", "2026-03-01")
            good = {r["employee_number"] for r in rows(out / "people.csv") if r["employee_number"].isdigit() and not r["employee_number"].startswith("9099")}
            self.assertEqual(len(good), int(count))

    def test_counts(self):
        numbers = {r["employee_number"] for r in self.people if r["employee_number"].isdigit() and not r["employee_number"].startswith("9099")}
        self.assertEqual(len(numbers), 2000)
        self.assertEqual(len({r["staff_group"] for r in self.people}), 10)
        self.assertGreater(len({r["unit"] for r in self.people}), 20)
        self.assertTrue(18_000 < len(self.moodle) < 25_000, len(self.moodle))
        self.assertTrue(2_000 < len(self.elearning) < 4_000, len(self.elearning))
        unknown = {r["ID number"] for r in self.moodle if r["ID number"]} - numbers
        self.assertGreater(len(unknown), 10)

    def test_names_are_put_together_and_not_only_ascii(self):
        self.assertGreater(sum(not r["name"].isascii() for r in self.people), 200)
        self.assertTrue(all(r["email"].isascii() for r in self.people))
        addresses = [r["email"].split("@")[1] for r in self.people if "@" in r["email"]]
        self.assertEqual(set(addresses), {"nymouth.example"})

    def test_moodle_prints_as_moodle_does(self):
        for row in self.moodle:
            self.assertRegex(row["Full name with link"], r'^<a href="https://moodle\.nymouth\.example/user/profile\.php\?id=\d+">.+</a>$')
            if row["Completed"] == "Yes":
                self.assertRegex(row["Time completed"], r"^(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, [1-9]\d? [A-Z][a-z]+ 202\d, [1-9][0-2]?:\d\d [AP]M$")
                self.assertRegex(row["Grade"], r"^\d+\.\d\d$")
            else:
                self.assertEqual((row["Completed"], row["Time completed"]), ("No", ""))
        keys = [(r["Username"], r["Course short name"]) for r in self.moodle]
        self.assertEqual(len(keys), len(set(keys)), "Moodle has one completion of a person and course")

    def test_the_older_platform_tells_every_story(self):
        self.assertEqual({r["Status"] for r in self.elearning}, {"Completed", "Passed", "Failed", "In progress", "Withdrawn"})
        for row in self.elearning:
            self.assertRegex(row["Status Date"], r"^\d\d/\d\d/\d{4}$")
        first = {}
        for row in self.elearning:
            if row["Status"] == "Withdrawn":
                self.assertEqual(first[row["Record ID"]], "Passed")
            else:
                self.assertNotIn(row["Record ID"], first)
            first[row["Record ID"]] = row["Status"]
        raw = b"".join(p.read_bytes() for p in (self.out / "elearning").iterdir())
        with self.assertRaises(UnicodeDecodeError):
            raw.decode("utf-8")

    def test_the_configuration_names_columns_that_are_there(self):
        headers = {"nymouth-moodle": self.moodle[0].keys(), "nymouth-elearning": self.elearning[0].keys()}
        for source in self.configuration["sources"]:
            columns = source["settings"]["columns"]
            named = [w["column"] for w in columns["who"]] + columns["key"]["columns"]
            for part in columns.values():
                if isinstance(part, dict):
                    named += [value for key, value in part.items() if key in ("column", "title_column", "raw_column")]
            self.assertLessEqual(set(named), set(headers[source["name"]]))
            statuses = {r[columns["what"]["column"]] for r in (self.moodle if "moodle" in source["name"] else self.elearning)}
            self.assertLessEqual(statuses, set(columns["what"]["values"]))

    def test_the_mapping_fits_courses_and_framework(self):
        bases = [s["activity_base"] for s in self.configuration["sources"]]
        known = {bases[0] + r["Course short name"] for r in self.moodle} | {bases[1] + r["Learning ID"] for r in self.elearning}
        mapped = {a for item in self.mapping["learning_items"] for a in item["activities"]}
        self.assertLessEqual(mapped, known)
        self.assertGreater(len(known - mapped), 10, "some courses are nobody's evidence")
        framework = json.loads((REPO / "config" / "frameworks" / "hee-ai-confidence.json").read_text())
        requirements = {r["id"]: r for r in framework["requirements"]}
        given = set()
        for mapping in self.mapping["mappings"]:
            for claim in mapping["claims"]:
                if "topic" in claim:
                    given |= {r["id"] for r in framework["requirements"] if (r["topic"], r["level"]) == (claim["topic"], claim["level"])}
                given |= set(claim.get("requirements", []))
        self.assertLessEqual(given, set(requirements))
        self.assertEqual({requirements[r]["kind"] for r in given}, {"knowledge"}, "skills need an attestation")
        self.assertGreater(len([r for r in requirements.values() if r["kind"] == "knowledge" and r["id"] not in given]), 5)

    def test_the_lesson_asks_about_requirements(self):
        page = (SAMPLE / "scorm" / "content" / "index.html").read_text()
        asked = re.findall(r'data-requirement="([^"]+)"', page)
        framework = json.loads((REPO / "config" / "frameworks" / "hee-ai-confidence.json").read_text())
        self.assertEqual(len(asked), 5)
        self.assertLessEqual(set(asked), {r["id"] for r in framework["requirements"]})


if __name__ == "__main__":
    unittest.main()
