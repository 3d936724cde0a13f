"""A vendor's day: install, write a skeleton, build and test it outside this repository; then break it, and see the kit say so."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from bridge import BINARY, REPO, Failed, run

BUILD = pathlib.Path(BINARY).parent
SANITIZED = "CAPBRIDGE_SANITIZE:STRING=\n" not in (BUILD / "CMakeCache.txt").read_text()


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
        shell("cmake", "--install", BUILD, "--prefix", cls.prefix)
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

    def test_a_mistake_is_found(self):
        """Each change breaks one promise; the kit names the rule."""
        source = (self.adapter / "src/adapter.cpp").read_text()
        mistakes = [
            ('throw bridge::Failure{BRIDGE_AUTH, "The LMS refuses the credentials."}',
             'throw bridge::Failure{BRIDGE_RETRY, "The LMS refuses the credentials."}', "check.credentials"),
            ("out.checkpoint(after);", 'out.checkpoint(page.value("more", false) ? after + "0" : after);', "pull.resumes"),
            ('throw bridge::Failure{BRIDGE_RETRY, "The answer of the LMS cannot be read."}',
             'throw bridge::Failure{BRIDGE_INTERNAL, "The answer of the LMS cannot be read."}', "fault.cut"),
            ('"additionalProperties": false, ', "", "describe.settings"),
        ]
        for before, after, rule in mistakes:
            with self.subTest(rule=rule):
                self.assertIn(before, source)
                broken = self.root / f"broken-{rule}"
                shutil.copytree(self.adapter, broken, ignore=shutil.ignore_patterns("build"))
                (broken / "src/adapter.cpp").write_text(source.replace(before, after))
                library = broken / "mylms.so"
                shell("g++", "-std=c++20", "-O0", "-shared", "-fPIC", "-fvisibility=hidden", f"-I{self.prefix}/include",
                      f"-Wl,--version-script={self.prefix}/lib/cmake/capbridge/adapter.map", broken / "src/adapter.cpp", "-o", library)
                report = self.kit(library, "--cassette", broken / "cassettes/first", "--only", rule, expect=1)
                failed = [f["rule"] for f in report["findings"] if f["outcome"] == "failed"]
                self.assertEqual(failed, [rule])
                self.assertTrue(report["findings"][0]["why"])

    def test_what_is_no_adapter_is_told(self):
        library = self.root / "none.so"
        shutil.copy("/bin/true", library)
        report = self.kit(library, expect=1)
        self.assertEqual(report["badge"], "")
        self.assertIn("file.note", [f["rule"] for f in report["findings"] if f["outcome"] == "failed"])
        shell(self.program, "adapter", "test", self.root / "nothing.so", expect=2)

    def test_a_folder_with_something_in_it_is_left_alone(self):
        before = (self.adapter / "src/adapter.cpp").read_text()
        shell(self.program, "adapter", "new", "mylms", cwd=self.work, expect=2)
        self.assertEqual(before, (self.adapter / "src/adapter.cpp").read_text())
        shell(self.program, "adapter", "new", "My LMS", cwd=self.work, expect=2)


if __name__ == "__main__":
    unittest.main()
