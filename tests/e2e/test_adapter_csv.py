"""The csv adapter by the real binary: presets with their samples, competency texts, a report that has other headings."""
import json
import pathlib
import shutil
import subprocess
import unittest
import urllib.parse

import bridge

PRESETS = bridge.REPO / "config" / "presets"
FIRE = "NHS|CSTF|Fire Safety - 2 Years"
# Learner, what, activity, when, until, score: every record of each sample, in the order of its rows.
WANTED = {
    "elfh": [
        ("ada.severn@example.org", "completed", "47001", "2026-03-02T09:15:00.000Z", None, None),
        ("bo.trent@example.org", "progressed", "47001", "2026-03-03T16:02:00.000Z", None, None),
        ("bo.trent@example.org", "passed", "38993", "2026-02-28T11:48:30.000Z", None, 92),
        ("cai.wye@example.org", "failed", "38993", "2026-02-28T12:00:00.000Z", None, 55),
        ("eli.tamar@example.org", "completed", "37856", "2026-03-01", None, None)],
    "esr-bi": [
        ("20000001", "completed", FIRE, "2025-12-02", "2027-11-30", None),
        ("20000001", "completed", "NHS|CSTF|Equality, Diversity and Human Rights - 3 Years", "2025-12-02", "2028-12-01", None),
        ("20000002", "completed", "123|LOCAL|AI at Work (Foundation) - 1 Year", "2026-01-15", "2027-01-15", None),
        ("20000002", "completed", "123|LOCAL|Corporate Induction", "2020-04-01", None, None),
        ("20000003", "completed", FIRE, "2023-01-03", "2025-01-02", None),
        ("20000004", "completed", "277|CNST", "2024-02-01", None, None)],
    "totara": [
        ("20000001", "completed", "AIF-101", "2026-03-02T09:15:00.000Z", None, 88),
        ("20000002", "progressed", "AIF-101", None, None, None),
        ("cai.wye@example.org", "completed", "AIF-201", "2026-03-01", None, None),
        ("20000005", "completed", "AIF-201", "2026-02-28", None, 100)],
    "kallidus": [
        ("20000001", "completed", "AI1", "2026-03-02T09:15:00.000Z", "2027-03-02", 90),
        ("20000002", "progressed", "AI1", None, None, None),
        ("20000003", "completed", "FS2", "2023-01-03", "2025-01-03", 75),
        ("20000004", "completed", "IND", "2020-04-01T09:00:00.000Z", None, None),  # 10:00 in summer time
        ("20000005", "failed", "FS2", "2026-03-04T16:20:11.000Z", None, 40)],
}
EXTENSIONS = "https://w3id.org/capbridge/extensions/"


def of_statement(text):
    """What WANTED says of a record, out of its statement."""
    said = json.loads(text)
    actor, more, result = said["actor"], said["context"]["extensions"], said.get("result", {})
    occurred = more[EXTENSIONS + "occurred"]
    when = occurred.get("value")
    assert occurred["precision"] == ("unknown" if when is None else "day" if len(when) == 10 else "instant"), occurred
    return (actor["mbox"].removeprefix("mailto:") if "mbox" in actor else actor["account"]["name"], said["verb"]["id"].rsplit("/", 1)[1],
            urllib.parse.unquote(said["object"]["id"].removeprefix(bridge.ACTIVITY)), when, more.get(EXTENSIONS + "expires"),
            result.get("score", {}).get("raw"))


class Presets(bridge.Case):
    def add(self, preset, settings=None):
        """A source of that preset with the preset's sample in its folder."""
        drop = self.world.root / preset
        drop.mkdir(exist_ok=True)
        sample = json.loads((PRESETS / f"{preset}.json").read_text())["sample"]
        shutil.copy(PRESETS / sample, drop / pathlib.Path(sample).name)
        own = ["--settings", bridge.write_json(self.world.root / f"{preset}.settings.json", settings)] if settings else []
        self.world.ask("source", "add", preset, "--preset", preset, "--folder", drop, "--activity-base", bridge.ACTIVITY, "--options",
                       bridge.write_json(self.world.root / "options.json", {"issuer": "vpd:123"}), *own)
        return drop

    def sync(self, name):
        return self.world.ask("sync", name)["syncs"][0]["counts"]

    def check(self, name):
        drop = self.world.root / name
        drop.mkdir()
        shutil.copy(PRESETS / "samples" / f"{name}.csv", drop)
        # As somebody types it.
        bridge.run("source", "add", name, "--preset", name, "--folder", drop, "--activity-base", bridge.ACTIVITY, "--data", self.world.data)
        counts = self.sync(name)
        self.assertEqual((counts["added"], counts["rejected"]), (len(WANTED[name]), 0), counts)
        told = bridge.run("statements", "export", "--data", self.world.data)[0].splitlines()
        self.assertEqual([of_statement(line) for line in told], WANTED[name])
        again = self.world.ask("sync", name, "--full")["syncs"][0]["counts"]
        self.assertEqual((again["same"], again["added"], again["changed"]), (len(WANTED[name]), 0, 0), again)

    def test_elfh(self):
        self.check("elfh")

    def test_esr_bi(self):
        self.check("esr-bi")

    def test_totara(self):
        self.check("totara")

    def test_kallidus(self):
        self.check("kallidus")

    def test_there_is_no_other(self):
        self.assertEqual({path.stem for path in PRESETS.glob("*.json")}, set(WANTED))

    def test_two_spellings_are_one_fact(self):
        drop = self.add("esr-bi")
        self.assertEqual(self.sync("esr-bi")["added"], 6)
        file = drop / "esr-bi.csv"
        file.write_bytes(file.read_bytes().replace(b"2 Years|,Achieved,02-Dec-2025,30-Nov-2027", b"2 Years,Achieved,2025/12/02 00:00:00,2027/11/30 00:00:00"))
        counts = self.sync("esr-bi")
        self.assertEqual((counts["added"], counts["changed"], counts["same"]), (0, 0, 6), counts)

    def test_an_employee_number_that_comes_later_makes_no_second_fact(self):
        drop = self.add("totara")
        self.assertEqual(self.sync("totara")["added"], 4)
        file = drop / "totara.csv"
        file.write_bytes(file.read_bytes().replace(b"Cai Wye,cwye,,", b"Cai Wye,cwye,20000003,"))
        counts = self.sync("totara")
        self.assertEqual((counts["added"], counts["changed"]), (0, 1), counts)

    def test_another_key_waits_for_the_settings_to_accept_it(self):
        self.add("totara")
        self.assertEqual(self.sync("totara")["added"], 4)
        other = {"columns": {"key": {"columns": ["User's Email", "Course ID Number"]}}}
        self.add("totara", other)
        for _ in range(3):  # time is no yes
            refused = self.world.ask("sync", "totara", expect=1)["syncs"][0]["error"]
            self.assertEqual(refused["code"], "adapter_config")
            self.assertIn("every row would be another fact", refused["message"])
        self.add("totara")  # back as it was
        counts = self.sync("totara")
        self.assertEqual((counts["same"], counts["added"]), (4, 0), counts)
        self.add("totara", other)
        self.assertEqual(self.world.ask("sync", "totara", expect=1)["syncs"][0]["error"]["message"], refused["message"])
        # As the message says it.
        text = refused["message"]
        accepted = json.JSONDecoder().raw_decode(text, text.index('"accept_key": ') + len('"accept_key": '))[0]
        other["columns"]["accept_key"] = accepted
        self.add("totara", other)
        self.assertEqual(self.sync("totara")["added"], 4)

    def test_the_default_key_written_down_is_no_other_key(self):
        drop = self.world.root / "plain"
        drop.mkdir()
        (drop / "a.csv").write_text("Mail,Course\nada@example.org,AI-1\nbo@example.org,AI-1\n")
        columns = {"who": [{"scheme": "email", "column": "Mail"}], "activity": {"column": "Course"}}
        for key in ({}, {"key": {"columns": ["mail", "course"]}}):
            settings = bridge.write_json(self.world.root / "plain.json", {"columns": {**columns, **key}})
            self.world.ask("source", "add", "plain", "--adapter", "csv", "--folder", drop, "--activity-base", bridge.ACTIVITY,
                           "--settings", settings)
            counts = self.sync("plain")
            self.assertEqual((counts["added"], counts["same"]), (0, 2) if key else (2, 0), counts)

    def test_with_lists_the_old_facts_go_after_a_yes(self):
        drop = self.world.root / "list"
        drop.mkdir()
        (drop / "a.csv").write_text("Mail,Number,Course\n" + "".join(f"p{i}@example.org,{i},AI-1\n" for i in range(20)))
        columns = {"who": [{"scheme": "email", "column": "Mail"}], "activity": {"column": "Course"}}

        def add(more):
            settings = bridge.write_json(self.world.root / "list.json", {"snapshot": True, "columns": {**columns, **more}})
            self.world.ask("source", "add", "list", "--adapter", "csv", "--folder", drop, "--activity-base", bridge.ACTIVITY,
                           "--settings", settings)

        add({})
        self.assertEqual(self.sync("list")["added"], 20)
        add({"key": {"columns": ["Number", "Course"]}, "accept_key": "chosen: number, course"})
        held = self.world.ask("sync", "list", expect=1)["syncs"][0]
        self.assertEqual(held["error"]["code"], "snapshot_fell", held)
        accepted = self.world.ask("source", "accept", "list")
        self.assertEqual(accepted["syncs"][0]["counts"]["withdrawn"], 20, accepted)

    def test_files_that_are_none_say_why_and_nothing_of_anybody(self):
        good = (PRESETS / "samples" / "elfh.csv").read_bytes().decode("utf-8-sig")
        first = good.splitlines()[1]
        for name, content, where, reason in (
                ("renamed", good.replace("Last activity", "Last seen"), ":1", "no such column"),
                ("twice", good.replace("Council", "Status"), ":1", "more than once"),
                ("separator", good.replace(",", ";"), ":1", "is the separator right"),
                ("wide", good.encode("utf-16"), ":1", "utf-16"),
                ("nul", good.replace(first, first.replace("severn@", "severn\0@")), ":2", "NUL bytes"),
                ("february", good.replace("02/03/2026 09:15", "31/02/2026"), ":2", "fits none of the formats"),
                ("serial", good.replace("02/03/2026 09:15", "46083"), ":2", "number of days"),
                ("open", good.replace("Foundations of AI", '"Foundations of AI', 1), ":2", "is a quotation mark left open"),
                ("long", good + "x" * (3 << 20), ":8", "larger than 1 MiB"),
                ("cut", good[:-25], ":7", "fields, the header 12")):
            drop = self.world.root / name
            drop.mkdir()
            (drop / "elfh.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
            bridge.run("source", "add", name, "--preset", "elfh", "--folder", drop, "--activity-base", bridge.ACTIVITY, "--data", self.world.data)
            out = subprocess.run([bridge.BINARY, "sync", name, "--data", self.world.data, "--json"], capture_output=True, text=True, timeout=60)
            said = out.stdout + out.stderr
            self.assertIn("elfh.csv" + where, said, name)
            self.assertIn(reason, said, name)
            for secret in ("severn", "example.org", "Severn"):
                self.assertNotIn(secret, said, name)

    def test_own_settings_lie_over_the_preset(self):
        drop = self.add("totara", {"columns": {"occurred": {"column": "Completed on"}, "score": None}})
        file = drop / "totara.csv"
        file.write_bytes(file.read_bytes().replace(b"Completion Date,Grade", b"Completed on,Mark"))
        counts = self.sync("totara")
        self.assertEqual((counts["added"], counts["rejected"]), (4, 0), counts)


if __name__ == "__main__":
    unittest.main()
