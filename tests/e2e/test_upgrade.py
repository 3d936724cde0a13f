"""Stores of earlier versions, as those versions left them (tests/fixtures/stores), upgraded by this one: what they answer, the copy that is kept, a way
back, and refusals. tests/fixtures/make_store.py makes the next one."""
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
import unittest

from bridge import BINARY, REPO, Case, Failed, run

STORES = pathlib.Path(__file__).resolve().parent.parent / "fixtures" / "stores"
sys.path.insert(0, str(STORES.parent))
import make_store  # noqa: E402


def unpack(version, into):
    into.mkdir(mode=0o700)
    with tarfile.open(STORES / version / "store.tar.xz") as tar:
        tar.extractall(into, filter="data") if hasattr(tarfile, "data_filter") else tar.extractall(into)
    return into


def format_of(data):
    base = sqlite3.connect(f"file:{data / 'capbridge.db'}?mode=ro", uri=True)
    try:
        return base.execute("pragma user_version").fetchone()[0]
    finally:
        base.close()


class Upgrades(Case):
    def data(self, version="0.1.0"):
        return unpack(version, self.world.root / f"store-{version}-{len(list(self.world.root.iterdir()))}")

    def latest(self):
        self.world.small()
        return format_of(self.world.data)

    def test_every_version_there_was(self):
        versions = sorted(p.name for p in STORES.iterdir() if (p / "store.tar.xz").exists())
        released = re.findall(r"(?m)^## (\d+\.\d+\.\d+), (?!unreleased)", (REPO / "CHANGELOG.md").read_text())
        self.assertIn("0.1.0", released)
        self.assertEqual(set(released) - set(versions), set(), "a release without its store: tests/fixtures/make_store.py makes it on that day")
        for version in versions:
            with self.subTest(version):
                expected = json.loads((STORES / version / "answers.json").read_text())
                data = self.data(version)
                folded_before = expected.pop("upgrade")
                run("rebuild", "--data", data)
                found = make_store.answers(data)
                digest = found.pop("upgrade")
                self.assertEqual(found["runs"][-len(expected["runs"]):], expected.pop("runs"))
                found.pop("runs")
                self.assertEqual(found, expected)
                self.assertEqual(digest, folded_before, "a later fold version may tell this otherwise: then say why here")
                self.assertTrue(json.loads(run("check-data", "--data", data, "--json")[0])["ok"])
                source = json.loads(run("source", "show", "lms", "--data", data, "--json")[0])
                self.assertTrue("2026" < source["last_new"] <= source["last_ok"], source)

    def test_a_checked_copy_is_kept_first_and_is_the_way_back(self):
        latest, data = self.latest(), self.data()
        if format_of(data) == latest:
            self.skipTest("the format did not change since 0.1.0")
        before = (data / "capbridge.db").read_bytes()
        self.assertIn("earlier version", self.refused("matrix", "--data", data), "a question does not upgrade")
        preview = json.loads(run("upgrade", "--preview", "--data", data, "--json")[0])
        self.assertTrue(preview["migrates"])
        self.assertEqual(preview["people"]["changed"], 0)
        self.assertIn("by_unit", preview)
        out, _ = run("upgrade", "--preview", "--data", data)
        self.assertIn("earlier format", out)
        self.assertEqual(format_of(data), 1, "a preview does not upgrade")
        self.assertEqual((data / "capbridge.db").read_bytes(), before)
        run("rebuild", "--data", data)
        copy = data / "before-upgrade-1"
        note = json.loads((copy / "upgrade.json").read_text())
        self.assertEqual((note["from_format"], note["to_format"]), (1, latest))
        self.assertEqual(note["upgraded_by"], run("--version")[0].split()[-1])
        self.assertEqual(format_of(copy), 1)
        # Back: the copy in the place of the database, and again forward.
        for name in ("capbridge.db", "capbridge.db-wal", "capbridge.db-shm", "audit.head"):
            (data / name).unlink(missing_ok=True)
        shutil.copy(copy / "capbridge.db", data / "capbridge.db")
        self.assertEqual(format_of(data), 1)
        run("rebuild", "--data", data)
        self.assertEqual(format_of(data), latest)

    def test_what_a_fold_would_change_is_counted_by_unit(self):
        """Records as another version of the fold might have left them: two lacking and one that ends in Radiology, one too many in Theatres."""
        data = self.data()
        base = sqlite3.connect(data / "capbridge.db")
        number = dict(base.execute("select name, id from person"))
        ada, bea, dee = (number[name + " Fictional"] for name in ("Ada", "Bea", "Dee"))
        with base:
            for who, requirement in ((ada, 2), (bea, 1)):
                self.assertEqual(base.execute("delete from record where person = ? and requirement = ?", (who, requirement)).rowcount, 1)
            self.assertEqual(base.execute("update record set valid_to = 40000 where person = ? and requirement = 1", (ada,)).rowcount, 1)
            base.execute("insert into record select ?, requirement, context, attainment, reason, first_achieved, last_achieved, valid_to, overriding, "
                         "override_from, override_until from record where person = ? and requirement = 2", (dee, bea))
        base.close()
        told = json.loads(run("upgrade", "--preview", "--data", data, "--json")[0])
        none = {"people": 0, "gained": 0, "lost": 0, "valid_longer": 0, "valid_shorter": 0}
        self.assertEqual([{k: unit[k] for k in ("unit", *none)} for unit in told["by_unit"]],
                         [{**none, "unit": "Radiology", "people": 2, "gained": 2, "valid_longer": 1}, {**none, "unit": "Theatres", "people": 1, "lost": 1}])
        self.assertEqual({k: told["people"][k] for k in ("total", "changed", "gaining", "losing")}, {"total": 4, "changed": 3, "gaining": 2, "losing": 1})
        out, _ = run("upgrade", "--preview", "--data", data)
        for unit in ("Radiology", "Theatres"):
            self.assertIn(unit, out)
        run("rebuild", "--data", data)
        told = json.loads(run("upgrade", "--preview", "--data", data, "--json")[0])
        self.assertEqual((told["by_unit"], told["people"]["changed"]), ([], 0), "that is what it does")

    def test_an_upgrade_killed_at_any_moment_goes_on(self):
        latest = self.latest()
        for n in range(8):
            data = self.data()
            process = subprocess.Popen([BINARY, "rebuild", "--data", str(data)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.004 * n * n)
            process.send_signal(signal.SIGKILL)
            process.wait()
            run("rebuild", "--data", data)
            self.assertEqual(format_of(data), latest)
            self.assertEqual([p for p in data.iterdir() if p.name.endswith(".unfinished")], [])
            self.assertEqual(format_of(data / "before-upgrade-1"), 1)
            expected = json.loads((STORES / "0.1.0" / "answers.json").read_text())
            self.assertEqual(make_store.answers(data)["records"], expected["records"])

    def test_a_damaged_store_is_not_upgraded(self):
        data = self.data()
        with open(data / "capbridge.db", "r+b") as file:
            file.seek(4096 * 40)
            file.write(os.urandom(4096 * 3))
        said = self.refused("serve", "--data", data, "--listen", "127.0.0.1:0")
        self.assertIn("damaged", said)
        self.assertEqual(format_of(data), 1)
        self.assertEqual(list(data.glob("before-upgrade-*")), [])

    def test_a_later_version_is_refused_and_told_the_way_back(self):
        latest, data = self.latest(), self.data()
        run("rebuild", "--data", data)
        base = sqlite3.connect(data / "capbridge.db")
        base.execute(f"pragma user_version={latest + 1}")
        base.close()
        copy = data / f"before-upgrade-{latest}"
        said = self.refused("serve", "--data", data, "--listen", "127.0.0.1:0")
        self.assertIn("store_newer", said)
        if latest > 1:
            self.assertIn(str(data / "before-upgrade-1"), said, "the only copy that there is")
        # As the later version would have left it.
        copy.mkdir()
        (copy / "upgrade.json").write_text(json.dumps({"from_format": latest, "to_format": latest + 1, "upgraded_by": "9.9.9", "at": "2027-01-02T03:04:05.000Z", "seq": 5}))
        for command in (["serve", "--listen", "127.0.0.1:0"], ["matrix"]):
            said = self.refused(*command, "--data", data)
            for wanted in ("9.9.9", "2027-01-02", str(copy), "To go back", "store_newer"):
                self.assertIn(wanted, said)

    def test_without_room_nothing_is_changed(self):
        disk = self.world.root / "disk"
        disk.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], capture_output=True).returncode != 0:
            self.skipTest("no small file system can be mounted here (root and CAP_SYS_ADMIN are needed)")
        self.addCleanup(subprocess.run, ["umount", "-l", str(disk)], check=True)
        latest, data = self.latest(), unpack("0.1.0", disk / "data")
        if latest == 1:
            self.skipTest("the format did not change since 0.1.0")
        said = self.refused("serve", "--data", data, "--listen", "127.0.0.1:0")
        self.assertIn("no_room", said)
        self.assertIn("nothing was changed", said)
        self.assertEqual(format_of(data), 1)


if __name__ == "__main__":
    unittest.main()
