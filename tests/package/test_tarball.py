"""The tarball for other hosts: it carries all but the C library, runs where nothing else is, and reads a source by an adapter."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import bridge  # noqa: E402
from bridge import BINARY, REPO, World, run  # noqa: E402

BUILD = pathlib.Path(BINARY).resolve().parent
MISSING = [tool for tool in ("patchelf", "strip", "objdump", "cmake", "dpkg-query") if not shutil.which(tool)]
HOST = re.compile(r"^(linux-vdso|ld-linux-x86-64|libc|libm|libresolv)\.so")


@unittest.skipIf(MISSING, f"these are not there: {', '.join(MISSING)}; scripts/setup installs them")
@unittest.skipUnless(list((BUILD / "plugins").glob("*.so")), f"no adapters are built in {BUILD}")
class Tarball(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="capbridge-tarball-")
        cls.work = pathlib.Path(cls.folder.name)
        cls.tarball = cls.work / "capbridge-1.2.3-linux-amd64.tar.gz"
        done = subprocess.run([sys.executable, "-B", REPO / "packaging/tarball.py", "--build", BUILD, "--version", "1.2.3", "--out", cls.tarball],
                              capture_output=True, text=True, timeout=300, env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})
        if done.returncode:
            raise AssertionError(done.stdout + done.stderr)
        with tarfile.open(cls.tarball) as tar:
            cls.members = tar.getmembers()
            tar.extractall(cls.work, filter="data") if hasattr(tarfile, "data_filter") else tar.extractall(cls.work)
        cls.root = cls.work / "capbridge-1.2.3-linux-amd64"
        cls.program = cls.root / "bin/capbridge"

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def ldd(self, file):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("LD_")}
        said = subprocess.run(["ldd", file], capture_output=True, text=True, timeout=60, env=environment).stdout
        return re.findall(r"^\s*(\S+)(?: => (\S+))? \(0x", said, re.M), said

    def test_from_outside_comes_only_the_c_library(self):
        files = [self.program, *(self.root / "lib/capbridge/plugins").glob("*.so"), *(self.root / "lib/capbridge/libraries").iterdir()]
        self.assertGreater(len(files), 30)
        for file in files:
            found, said = self.ldd(file)
            self.assertNotIn("not found", said)
            for name, path in found:
                if not HOST.match(pathlib.Path(name).name):
                    self.assertTrue(path.startswith(str(self.root)) or "/capbridge/libraries/" in path, f"{file.name}: {name} from {path}")

    def test_it_belongs_to_root_and_leaves_nothing_outside_its_folder(self):
        for member in self.members:
            self.assertEqual((member.uid, member.gid, member.mtime), (0, 0, 1700000000))
            self.assertTrue(member.name.startswith("capbridge-1.2.3-linux-amd64") and ".." not in member.name, member.name)
            self.assertFalse(member.mode & 0o022, member.name)
        text = (self.root / "install.md").read_text()
        self.assertRegex(text, r"glibc 2\.\d+ or later")
        self.assertNotIn("@", re.sub(r"\S+@\S+\.service", "", text))
        self.assertTrue((self.root / "share/doc/capbridge/sbom.cdx.json").exists())
        self.assertTrue((self.root / "share/man/man1/capbridge.1.gz").exists())
        # A licence for each library's package.
        self.assertGreater(len(list((self.root / "LICENSES").iterdir())), 20)

    def test_it_runs_where_only_the_c_library_is(self):
        bare = self.work / "bare"
        found, _ = self.ldd(self.program)
        for name, path in found:
            file = path or name
            if file.startswith("/") and HOST.match(pathlib.Path(file).name):
                (bare / file.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(os.path.realpath(file), bare / file.lstrip("/"))
                (bare / file.lstrip("/")).chmod(0o755)
        shutil.copytree(self.root, bare / "opt")
        (bare / "scratch").mkdir()
        (bare / "proc").mkdir()  # the loader finds out there where the program lies
        enter = ["unshare", "--mount", "--pid", "--fork", *([] if os.geteuid() == 0 else ["--map-root-user"]),
                 "sh", "-c", 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"']

        def inside(*words):
            return subprocess.run([*enter, bare, "/opt/bin/capbridge", *words], capture_output=True, text=True, timeout=60, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        done = inside("--version")
        if "unshare:" in done.stderr or "mount:" in done.stderr:
            self.skipTest("this machine lets this user make no namespace: " + done.stderr.strip())
        self.assertEqual((done.returncode, done.stdout[:10]), (0, "capbridge "), done.stderr)
        done = inside("framework", "publish", "hee-ai-confidence", "--data", "/scratch/data")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        done = inside("status", "--data", "/scratch/data", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_an_adapter_of_the_tarball_is_locked_in_and_reads(self):
        world = World()
        self.addCleanup(world.close)
        plain, bridge.BINARY = bridge.BINARY, str(self.program)
        try:
            world.small()
            out, _ = run("sync", "lms", "--data", world.data)
            self.assertIn("3 new", out)
        finally:
            bridge.BINARY = plain


if __name__ == "__main__":
    unittest.main()
