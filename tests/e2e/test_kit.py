"""A vendor's day: install, write a skeleton, build and test it outside this repository; then break it, and see the kit say so."""
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from bridge import BINARY, REPO, SANITIZED, Failed, run

BUILD = pathlib.Path(BINARY).parent


def shell(*args, cwd=None, expect=0):
    done = subprocess.run([str(a) for a in args], cwd=cwd, capture_output=True, text=True, timeout=300)
    if expect is not None and done.returncode != expect:
        raise AssertionError(f"{' '.join(map(str, args))}: exit {done.returncode}\n{done.stdout[-6000:]}\n{done.stderr[-3000:]}")
    return done.stdout


@unittest.skipUnless(shutil.which("cmake"), "cmake is not there")
@unittest.skipIf(SANITIZED, "a library that is not built with the sanitizer cannot be loaded by a program that is")
class AVendorsDay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="capbridge-kit-")
        cls.root = pathlib.Path(cls.folder.name)
        cls.prefix = cls.root / "usr"
        # As "cmake --install" does, but the list of files goes elsewhere: the build may be another user's.
        script = (BUILD / "cmake_install.cmake").read_text()
        install = cls.root / "install.cmake"
        install.write_text(re.sub(r'"[^"]*(/\$\{CMAKE_INSTALL_MANIFEST\})"', lambda m: f'"{cls.root}{m[1]}"', script))
        shell("cmake", f"-DCMAKE_INSTALL_PREFIX={cls.prefix}", "-P", install)
        cls.program = cls.prefix / "bin/capbridge"
        cls.work = cls.root / "work"
        cls.work.mkdir()
        shell(cls.program, "adapter", "new", "mylms", cwd=cls.work)
        cls.adapter = cls.work / "mylms"
        shell("cmake", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={cls.prefix}", "-DCMAKE_BUILD_TYPE=Release", cwd=cls.adapter)
        shell("cmake", "--build", "build", cwd=cls.adapter)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def kit(self, library, *more, expect):
        out = shell(self.program, "adapter", "test", library, "--json", *more, expect=expect)
        return json.loads(out)

    def test_the_skeleton_passes_its_tests_and_the_kit(self):
        out = shell("ctest", "--test-dir", "build", "--output-on-failure", cwd=self.adapter)
        self.assertIn("100% tests passed", out)
        report = self.kit(self.adapter / "build/mylms.so", "--cassette", self.adapter / "cassettes/first", expect=0)
        self.assertEqual(report["badge"], "hardened", report)
        self.assertEqual(report["failed"], 0)
        for finding in report["findings"]:
            if finding["outcome"] == "skipped":
                self.assertTrue(finding["why"], finding)

    def test_it_knows_nothing_of_this_repository(self):
        commands = json.dumps([p.read_text(errors="ignore") for p in (self.adapter / "build").rglob("*.make")])
        self.assertNotIn(str(REPO) + "/", commands)

    def broken(self, name, *changes):
        """The skeleton's library with these changes of its source."""
        source = (self.adapter / "src/adapter.cpp").read_text()
        for before, after in changes:
            self.assertIn(before, source)
            source = source.replace(before, after)
        folder = self.root / f"broken-{name}"
        folder.mkdir()
        (folder / "adapter.cpp").write_text(source)
        library = folder / "mylms.so"
        shell("g++", "-std=c++20", "-O0", "-shared", "-fPIC", "-fvisibility=hidden", f"-I{self.prefix}/include",
              f"-Wl,--version-script={self.prefix}/lib/cmake/capbridge/adapter.map", folder / "adapter.cpp", "-o", library)
        return library

    def test_a_mistake_is_found(self):
        """Each change breaks one promise; the kit names the rule. Changes that do not meet share a library."""
        begin, end = ('out.emit("snapshot_%s", R"({"scope":"all"})");' % word for word in ("begin", "end"))
        start, covered = "std::string after(cursor);", "out.checkpoint(after);"
        ask, rows = "const auto page = ask(after, page_size_);", 'for (const auto& row : page["rows"]) take(row, out);'
        key = "const auto key = std::to_string(number_of(row));"
        mistakes = {
            "careless": {
                "check.passes": [('override { ask("", 1); }', "override {}")],
                "describe.settings": [('"additionalProperties": false, ', "")],
                "pull.privacy": [(rows, rows + ' host_.log(BRIDGE_LOG_INFO, "last: " + text_of(page["rows"].back(), "email"));')],
                "flow.cancel": [("call.stop_if_cancelled();", "if (call.cancelled()) return;")]},
            "classes": {
                "check.credentials": [('throw bridge::Failure{BRIDGE_AUTH, "The LMS refuses', 'throw bridge::Failure{BRIDGE_RETRY, "The LMS refuses')],
                "pull.moves": [(covered, 'out.checkpoint("1");')],
                "fault.cut": [('BRIDGE_RETRY, "The answer of the LMS', 'BRIDGE_INTERNAL, "The answer of the LMS')]},
            "leaps": {"pull.resumes": [(covered, 'out.checkpoint(page.value("more", false) ? after + "0" : after);')]},
            "keyless": {"pull.valid": [('{"key", key},', "")]},
            "fleeting": {"pull.replay": [(key, "const auto key = std::to_string(reinterpret_cast<std::uintptr_t>(&row));")]},
            "one-key": {"pull.keys": [(key, 'const std::string key = "1";')]},
            "beside": {"pull.snapshots": [(start, start + begin + end)]},
            "hasty": {"fault.500": [(start, start + begin),
                                    (ask, "json page; try { page = ask(after, page_size_); } catch (const bridge::Failure&) {" + end + covered + "return; }"),
                                    (covered + "\n", 'if (!page.value("more", false)) ' + end + covered + "\n")]},
            "elsewhere": {"safety.hosts": [('.url = url_ + "/completions', '.url = "https://elsewhere.example.net/completions')]},
        }
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            libraries = dict(zip(mistakes, pool.map(lambda name: self.broken(name, *sum(mistakes[name].values(), [])), mistakes)))
        for name, rules in mistakes.items():
            for rule in rules:
                with self.subTest(library=name, rule=rule):
                    report = self.kit(libraries[name], "--cassette", self.adapter / "cassettes/first", "--only", rule, expect=1)
                    failed = [f["rule"] for f in report["findings"] if f["outcome"] == "failed"]
                    self.assertEqual(failed, [rule])
                    self.assertTrue(report["findings"][0]["why"])
                    self.assertEqual(report["badge"], "")
                    self.assertTrue(report["partial"])

    def test_a_program_that_passes_over_a_cancel_is_found(self):
        demo = (REPO / "docs/examples/demo.adapter").read_text().replace("% 100 == 0", "% 2 == 0")
        deaf = demo.replace("    kind, _, body = receive()\n    if kind == 64:", "    kind = 7\n    while kind == 7:\n        kind, _, body = receive()\n    if kind == 64:")
        self.assertNotEqual(demo, deaf)
        cassette = self.root / "demo"
        cassette.mkdir()
        (cassette / "source.json").write_text(json.dumps({"adapter": "org.example.demo", "settings": {"learners": 20}}))
        for name, text, expect in (("good", demo, 0), ("deaf", deaf, 1)):
            program = self.root / f"{name}.adapter"
            program.write_text(text)
            program.chmod(0o755)
            self.kit(program, "--cassette", cassette, "--only", "flow.cancel", expect=expect)

    def test_no_level_is_told_when_not_all_rules_were_run(self):
        out = shell(self.program, "adapter", "test", self.adapter / "build/mylms.so", "--only", "describe")
        self.assertIn("no level is told", out)
        self.assertNotIn("level reached", out)

    def test_adapters_of_folders_are_hardened(self):
        for name, cassettes in (("csv", ("additions", "list")), ("esr", ("feed",))):
            for cassette in cassettes:
                with self.subTest(adapter=name, cassette=cassette):
                    report = self.kit(BUILD / f"plugins/{name}.so", "--cassette", REPO / f"plugins/{name}/cassettes/{cassette}", expect=0)
                    self.assertEqual(report["badge"], "hardened", report)
                    passed = {f["rule"] for f in report["findings"] if f["outcome"] == "passed"}
                    self.assertLessEqual({"check.passes", "pull.valid", "pull.resumes", "pull.snapshots", "pull.cursor", "hostile.files"}, passed)

    def test_what_writes_back_is_tried_or_not_hardened(self):
        for name, cassette in (("moodle", "report"), ("moodle", "batch-scorm"), ("xapi", "lrs")):
            with self.subTest(adapter=name, cassette=cassette):
                folder = REPO / f"plugins/{name}/cassettes/{cassette}"
                report = self.kit(BUILD / f"plugins/{name}.so", "--cassette", folder, expect=0)
                self.assertEqual(report["badge"], "hardened", report)
                passed = {f["rule"] for f in report["findings"] if f["outcome"] == "passed"}
                self.assertLessEqual({"push.works", "push.once", "push.lost", "push.bad"}, passed)
        untried = self.root / "untried"
        shutil.copytree(REPO / "plugins/xapi/cassettes/lrs", untried)
        (untried / "push.json").unlink()
        report = self.kit(BUILD / "plugins/xapi.so", "--cassette", untried, expect=0)
        self.assertEqual(report["badge"], "resumes", report)
        self.assertIn("push.once", [f["rule"] for f in report["findings"] if f.get("open")])

    def test_what_is_no_adapter_is_told(self):
        library = self.root / "none.so"
        shutil.copy("/bin/true", library)
        report = self.kit(library, expect=1)
        self.assertEqual(report["badge"], "")
        self.assertIn("file.note", [f["rule"] for f in report["findings"] if f["outcome"] == "failed"])
        for f in report["findings"]:
            if f["rule"] in ("safety.secrets", "file.note", "describe.settings"):
                self.assertNotEqual(f["outcome"], "passed", f)
        shell(self.program, "adapter", "test", self.root / "nothing.so", expect=2)
        shell(self.program, "adapter", "test", self.root, expect=2)
        pipe = self.root / "pipe.so"
        os.mkfifo(pipe)
        shell(self.program, "adapter", "test", pipe, expect=2)
        shell(self.program, "adapter", "test", self.adapter / "build/mylms.so", "--only", "nosuchrule", expect=2)
        cassette = self.root / "no-object"
        cassette.mkdir()
        (cassette / "source.json").write_text("[]")
        shell(self.program, "adapter", "test", self.adapter / "build/mylms.so", "--cassette", cassette, expect=2)

    def test_a_folder_with_something_in_it_is_left_alone(self):
        before = (self.adapter / "src/adapter.cpp").read_text()
        shell(self.program, "adapter", "new", "mylms", cwd=self.work, expect=2)
        self.assertEqual(before, (self.adapter / "src/adapter.cpp").read_text())
        shell(self.program, "adapter", "new", "My LMS", cwd=self.work, expect=2)


if __name__ == "__main__":
    unittest.main()
