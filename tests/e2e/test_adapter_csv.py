"""The csv adapter by the real binary: presets with their samples, competency texts, a report that has other headings."""
import json
import pathlib
import shutil
import unittest

import bridge

PRESETS = bridge.REPO / "config" / "presets"
WANTED = {"elfh": 5, "esr-bi": 6, "totara": 4, "kallidus": 5}


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

    def test_each_reads_its_sample(self):
        for name, completions in WANTED.items():
            self.add(name)
            counts = self.sync(name)
            self.assertEqual((counts["added"], counts["rejected"]), (completions, 0), (name, counts))

    def test_own_settings_lie_over_the_preset(self):
        drop = self.add("totara", {"columns": {"occurred": {"column": "Completed on"}, "score": None}})
        file = drop / "totara.csv"
        file.write_bytes(file.read_bytes().replace(b"Completion Date,Grade", b"Completed on,Mark"))
        counts = self.sync("totara")
        self.assertEqual((counts["added"], counts["rejected"]), (4, 0), counts)


if __name__ == "__main__":
    unittest.main()
