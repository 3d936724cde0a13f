"""Bad input: each is told what is wrong, where, and what to do; nothing is changed."""
import json
import pathlib
import unittest
import zipfile

from bridge import ACTIVITY, MAPPING, SETTINGS, Case, run, write_json


class Configuration(Case):
    def config(self, **changes):
        value = {"organisation": "Demo", "mappings": ["mapping.json"],
                 "sources": [{"name": "lms", "adapter": "csv", "folder": "drop", "activity_base": ACTIVITY, "settings": SETTINGS}]}
        value.update(changes)
        write_json(self.world.root / "mapping.json", MAPPING)
        return write_json(self.world.root / "capbridge.json", value)

    def test_a_good_one_is_checked_applied_and_served(self):
        path = self.config()
        self.assertIn("no errors", run("check", "--config", path)[0])
        run("config", "apply", path, "--data", self.world.data)
        out, _ = run("config", "apply", path, "--data", self.world.data)
        self.assertIn("was in force already", out)
        self.world.serve("--config", path)
        self.assertEqual(self.world.ask("source", "list")["sources"][0]["name"], "lms")

    def test_every_problem_is_listed_with_pointer_and_line_and_serve_says_the_same(self):
        bad_settings = json.loads(json.dumps(SETTINGS))
        bad_settings["columns"]["occurred"]["formats"] = "%d/%m/%Y"
        mapping = json.loads(json.dumps(MAPPING))
        mapping["mappings"][0]["claims"][0]["requirements"][0] = "t1-made-up-1"
        path = self.config(colour="red", listen="8480")
        message = self.refused("check", "--config", path)
        self.assertRegex(message, r"capbridge\.json:\d+: /colour: unknown member 'colour'")
        self.assertRegex(message, r"capbridge\.json:\d+: /listen: '8480'")
        self.assertRegex(self.refused("check", "--config", self.config(listen="localhost:70000")), r"capbridge\.json:\d+: /listen: 'localhost:70000'")
        path = self.config(mappings=["mapping.json", "missing.json"],
                           sources=[{"name": "lms", "adapter": "csv", "folder": "nowhere", "settings": bad_settings}, {"name": "lms", "adapter": "teapot"}])
        write_json(self.world.root / "mapping.json", mapping)
        message = self.refused("check", "--config", path)
        for part in ("/mappings/1", "missing.json", "/sources/0/folder", "/sources/0/settings/columns/occurred/formats", "/sources/1/name", "/sources/1/adapter", "teapot",
                     "mapping.json:", "t1-made-up-1", "/mappings/0/claims/0/requirements/0"):
            self.assertIn(part, message)
        self.assertRegex(message, r"capbridge\.json:\d+: /sources/0/folder")
        self.assertRegex(message, r"mapping\.json:\d+: /mappings/0/claims")
        served = self.refused("serve", "--config", path, "--data", self.world.data, "--listen", "127.0.0.1:0")
        self.assertEqual(served, message)
        self.assertFalse(self.world.data.exists())

    def test_files_that_are_no_configuration(self):
        for text, part in [("{", "invalid_json"), ('{"organisation": "a", "organisation": "b"}', "duplicate_key"), ("[]", "odd.json:1: should be an object, not a list")]:
            path = self.world.root / "odd.json"
            path.write_text(text)
            self.assertIn(part, self.refused("check", "--config", path))
        self.assertIn("no such file", self.refused("check", "--config", self.world.root / "absent.json"))


class Files(Case):
    def test_mapping_problems_have_pointer_and_line(self):
        bad = json.loads(json.dumps(MAPPING))
        bad["mappings"][0]["learning_item"] = "nothing"
        bad["mappings"][1]["claims"][0]["requirements"][0] = "t1-made-up-1"
        path = write_json(self.world.root / "mapping.json", bad)
        message = self.refused("mapping", "publish", path, "--data", self.world.data)
        self.assertRegex(message, r"mapping\.json:\d+: /mappings/0/learning_item")
        self.assertRegex(message, r"mapping\.json:\d+: /mappings/1/claims/0/requirements/0")
        self.assertEqual(self.world.ask("mapping", "list")["mappings"], [])

    def test_framework_problems_have_pointer_and_line(self):
        framework = json.loads((pathlib.Path(__file__).resolve().parents[2] / "config/frameworks/hee-ai-confidence.json").read_text())
        framework["requirements"][0]["factor"] = "juggling"
        framework["requirements"][1]["id"] = framework["requirements"][2]["id"]
        message = self.refused("framework", "check", write_json(self.world.root / "f.json", framework))
        self.assertRegex(message, r"f\.json:\d+: /requirements/0/factor: .*juggling")
        self.assertIn("duplicate_id", message)
        self.assertIn("known are", self.refused("framework", "export", "nonsense"))

    def test_people_files(self):
        path = self.world.root / "people.csv"
        for text, part in [("", "empty"), ("name\nX\n", "employee_number"), ("employee_number,name\n1,\"open\n", "quoted"), ("employee_number,name\n1\n", "line 2")]:
            path.write_text(text)
            self.assertIn(part, self.refused("people", "import", path, "--issuer", "demo", "--data", self.world.data))
        path.write_bytes("employee_number,name\n1,Zo\u00eb\n".encode("latin-1"))
        self.assertIn("UTF-8", self.refused("people", "import", path, "--issuer", "demo", "--data", self.world.data))

    def test_a_misspelt_command_or_option_is_named(self):
        self.assertIn("'matrx'", self.refused("matrx"))
        self.assertIn("--datta x", self.refused("matrix", "--datta", "x"))

    def test_only_what_begins_an_installation_makes_one(self):
        nowhere = self.world.root / "typo"
        for command in (["sync", "lms"], ["login-link"], ["run", "revert", "7"], ["rebuild"], ["matrix"], ["assign", "confirm", "--all"]):
            self.assertIn("typo", self.refused(*command, "--data", nowhere))
        self.assertFalse(nowhere.exists())

    def test_data_on_the_command_line_wins_over_the_environment(self):
        import os
        self.world.small()
        other = type(self.world)()
        self.addCleanup(other.close)
        other.people([["5", "Solo Fictional", "", "Board", "", "", "2020-01-01"]])
        out, _ = run("people", "list", "--data", other.data, "--json", env={**os.environ, "CAPBRIDGE_DATA": str(self.world.data)})
        self.assertEqual(json.loads(out)["total"], 1)
        out, _ = run("people", "list", "--json", env={**os.environ, "CAPBRIDGE_DATA": str(self.world.data)})
        self.assertEqual(json.loads(out)["total"], 3)

    def test_fifteen_thousand_people_in_one_command_with_the_exceptions_listed(self):
        rows = "".join(f"{i},Person {i},p{i}@demo.example,Unit {i % 40},Medical and Dental,Consultant,2020-01-01\n" for i in range(15000))
        path = self.world.root / "people.csv"
        path.write_text("employee_number,name,email,unit,staff_group,job_role,from\n" + rows + ",No Number,x@demo.example,Unit 1,Medical and Dental,Consultant,2020-01-01\n"
                        + "15001,Bad Date,y@demo.example,Unit 1,Medical and Dental,Consultant,01/02/2020\n")
        done = self.world.ask("people", "import", path, "--issuer", "demo")
        self.assertEqual(done["counts"]["added"] >= 15000, True)
        self.assertEqual(sorted(e["line"] for e in done["exceptions"]), [15002, 15003])
        again = self.world.ask("people", "import", path, "--issuer", "demo")
        self.assertEqual(again["counts"]["added"] + again["counts"]["changed"], 0)
        rules = write_json(self.world.root / "rules.json", {"id": "r", "version": "1", "framework": "hee-ai-confidence", "rules": [
            {"id": "users", "archetype": "user", "when": {"job_role": {"contains": ["consultant"]}}}]})
        proposed = self.world.ask("assign", "propose", "--rules", rules)
        self.assertGreaterEqual(proposed["counts"]["proposed_now"], 15000)
        self.assertGreaterEqual(proposed["states"]["people_unassigned"], 15000)
        confirmed = self.world.ask("assign", "confirm", "--unit", "Unit 7")
        self.assertEqual(confirmed["states"]["confirmed"], 375)
        matrix = self.world.ask("matrix")
        self.assertEqual(next(r for r in matrix["rows"] if r["archetype"] == "user")["people"], 375)
        self.assertEqual(self.world.ask("assign", "propose", "--rules", rules)["counts"]["proposed_now"], 0)


class Packages(Case):
    def test_inspect_and_build(self):
        content = self.world.root / "content"
        content.mkdir()
        (content / "index.html").write_text("<!doctype html><title>Lesson</title><script src=capbridge-scorm.js></script>")
        for version, shown in (("1.2", "1.2"), ("2004-4", "2004 4th")):
            out = self.world.root / f"out-{version}.zip"
            run("package", "build", "--framework", "hee-ai-confidence", "--requirements", "t1-ai-literacy-1,t1-ai-literacy-2", "--content", content, "--version", version, "-o", out)
            facts = json.loads(run("package", "inspect", out, "--json")[0])
            self.assertEqual((facts["format"], facts["version"], facts["accepted"]), ("scorm", shown, True))
            self.assertEqual(len(facts["scos"]), 1)
            for requirement in ("t1-ai-literacy-1", "t1-ai-literacy-2"):
                self.assertTrue(any(requirement in o for o in facts["scos"][0]["objectives"]), facts["scos"])

    def test_bad_packages(self):
        root = self.world.root
        (root / "text.zip").write_text("not a zip")
        zipfile.ZipFile(root / "empty.zip", "w").close()
        with zipfile.ZipFile(root / "none.zip", "w") as z:
            z.writestr("a.txt", "x")
        with zipfile.ZipFile(root / "broken.zip", "w") as z:
            z.writestr("imsmanifest.xml", "<manifest><organizations></manifest>")
        for name, part in (("text.zip", "zip"), ("empty.zip", "empty"), ("none.zip", "manifest"), ("broken.zip", "well")):
            done = run("package", "inspect", root / name, "--json", expect=2)[0]
            facts = json.loads(done)
            self.assertFalse(facts["accepted"])
            self.assertIn(part, json.dumps(facts["findings"]).lower())
        self.assertIn("no such file", self.refused("package", "inspect", root / "absent.zip").lower())

    def test_a_failed_build_writes_nothing(self):
        content = self.world.root / "content"
        content.mkdir()
        out = self.world.root / "out.zip"
        args = ["package", "build", "--framework", "hee-ai-confidence", "--content", content, "--version", "1.2", "-o", out]
        self.refused(*args, "--requirements", "t1-ai-literacy-1")
        (content / "index.html").write_text("<!doctype html><title>Lesson</title>")
        self.assertIn("t1-made-up-1", self.refused(*args, "--requirements", "t1-made-up-1"))
        self.assertIn("juggler", self.refused(*args, "--archetype", "juggler"))
        (content / "imsmanifest.xml").write_text("<x/>")
        self.assertIn("imsmanifest.xml", self.refused(*args, "--requirements", "t1-ai-literacy-1"))
        self.assertFalse(out.exists())


class Adapters(Case):
    def test_unknown_adapters_sources_and_settings(self):
        settings = json.loads(json.dumps(SETTINGS))
        settings["columns"].pop("who")
        bad = write_json(self.world.root / "settings.json", settings)
        self.assertIn("who", self.refused("source", "add", "lms", "--adapter", "csv", "--folder", self.world.drop, "--settings", bad, "--data", self.world.data))
        self.assertIn("teapot", self.refused("source", "add", "lms", "--adapter", "teapot", "--data", self.world.data))
        self.assertIn("no source 'x'", self.refused("sync", "x", "--data", self.world.data))


if __name__ == "__main__":
    unittest.main()
