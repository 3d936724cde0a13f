"""The esr adapter by the real binary: a seed and daily files become people, posts and facts; a gap is held and accepted; deletions
withdraw; what must be dropped is nowhere in the data directory."""
import datetime
import pathlib
import sys
import unittest

import bridge

sys.path.insert(0, str(bridge.REPO / "tests" / "fakes"))
import esr  # noqa: E402

DAY = datetime.date


class Esr(bridge.Case):
    def setUp(self):
        super().setUp()
        self.feed = esr.Feed(self.world.drop)
        self.world.ask("source", "add", "esr", "--adapter", "esr", "--folder", self.world.drop, "--activity-base", "https://esr.example/", "--settings",
                       bridge.write_json(self.world.root / "esr.json", {"vpd": "123"}))

    def sync(self, *more, expect=0):
        return self.world.ask("sync", "esr", *more, expect=expect)["syncs"][0]["counts"]

    def held(self, who, name, start, end=None, key=None, **more):
        return esr.held(key or 900_000 + who, who, name, start, end, **more)

    def test_a_seed_gives_people_and_facts_and_again_changes_nothing(self):
        self.feed.full(esr.seed_rows(20))
        counts = self.sync()
        self.assertEqual((counts["added"], counts["rejected"]), (20, 0), counts)
        person = self.world.ask("person", "esr-employee:vpd:123:20001003")
        self.assertEqual(person["name"], "Dee Tees")
        self.assertEqual(len(person["employments"]), 1)
        self.assertEqual(person["employments"][0]["staff_group"], "Additional Clinical Services")
        before = self.world.digest()
        again = self.sync("--full")
        self.assertEqual((again["added"], again["changed"], again["withdrawn"]), (0, 0, 0), again)
        self.assertEqual(self.world.digest(), before)

    def test_daily_files_add_amend_and_delete(self):
        self.feed.full(esr.seed_rows(5))
        self.sync()
        self.feed.daily([self.held(1001, "123|LOCAL|AI at Work|", DAY(2026, 2, 1)),
                         esr.held(100_000, 1000, "NHS|CSTF|Fire Safety - 2 Years|", DAY(2025, 3, 1), DAY(2028, 2, 28), updated=DAY(2026, 3, 1)),
                         "CMD~100200"])
        counts = self.sync()
        self.assertEqual((counts["added"], counts["changed"], counts["withdrawn"]), (1, 1, 1), counts)

    def test_a_gap_is_held_until_a_person_says_go_on(self):
        self.feed.full(esr.seed_rows(5))
        self.feed.daily([])
        self.sync()
        self.feed.daily([self.held(1002, "123|LOCAL|AI at Work|", DAY(2026, 2, 1))], skip=1)
        held = self.world.ask("sync", "esr", expect=1)
        self.assertIn("feed_gap", str(held))
        accepted = self.world.ask("gap", "accept", "esr")
        self.assertEqual(accepted["syncs"][0]["counts"]["added"], 1, accepted)
        self.feed.daily([self.held(1003, "123|LOCAL|AI at Work|", DAY(2026, 2, 1))])  # the chain goes on
        self.assertEqual(self.sync()["added"], 1)

    def test_a_gap_can_be_healed_by_a_full_file(self):
        self.feed.full(esr.seed_rows(5))
        self.feed.daily([])
        self.sync()
        self.feed.daily([], skip=1)
        self.world.ask("sync", "esr", expect=1)
        self.world.ask("gap", "reseed", "esr")
        self.feed.sequence += 1
        self.feed.full(esr.seed_rows(5))
        self.assertEqual(self.sync()["same"] > 0, True)

    def test_a_copied_full_file_hides_no_daily_one(self):
        seed = self.feed.full(esr.seed_rows(5))
        self.sync()
        self.feed.daily([self.held(1001, "123|LOCAL|AI at Work|", DAY(2026, 2, 1))])
        self.feed.daily([self.held(1002, "123|LOCAL|AI at Work|", DAY(2026, 2, 1))])
        (self.world.drop / self.feed.name("GOF", self.feed.day + datetime.timedelta(days=1), self.feed.sequence + 1)).write_bytes(seed.read_bytes())
        self.assertEqual(self.sync()["added"], 2)

    def employments(self, number):
        person = self.world.ask("person", f"esr-employee:vpd:123:{20_000_000 + number}")
        return sorted((e.get("from"), e.get("to")) for e in person["employments"])

    def test_a_termination_and_a_return_in_later_files(self):
        self.feed.full(esr.seed_rows(50))
        self.sync()
        self.feed.daily([esr.person(1000, "Ada", "Severn", DAY(2020, 4, 1), left=DAY(2026, 2, 28), updated=DAY(2026, 3, 1))])
        self.sync()
        self.assertEqual(self.employments(1000), [("2020-04-01", "2026-02-28")])
        self.feed.daily([esr.person(1000, "Ada", "Severn", DAY(2026, 3, 2), updated=DAY(2026, 3, 2)),
                         esr.assignment(99_000, 1000, 302, 401, DAY(2026, 3, 2))])
        self.sync()
        self.assertEqual([(f, t or None) for f, t in self.employments(1000)], [("2020-04-01", "2026-02-28"), ("2026-03-02", None)])

    def test_a_first_day_that_is_put_right(self):
        self.feed.full(esr.seed_rows(50))
        self.sync()
        self.feed.daily([esr.assignment(10_010, 1001, 302, 401, DAY(2020, 5, 1), updated=DAY(2026, 3, 1))])
        self.sync()
        self.assertEqual([f for f, _ in self.employments(1001)], ["2020-05-01"])

    def test_the_message_of_a_gap_says_what_is_missing(self):
        self.feed.full(esr.seed_rows(5))
        self.feed.daily([])
        self.sync()
        self.feed.daily([], skip=2)
        held = str(self.world.ask("sync", "esr", expect=1))
        self.assertIn("sequences 00001946 to 00001947 (2 files) with the days 2026-03-02 up to 2026-03-04", held)

    def test_what_must_be_dropped_is_nowhere(self):
        self.feed.full(esr.seed_rows(30))
        self.feed.daily([esr.person(5, "Ada", "Wye", DAY(2020, 1, 1)).replace("20200101", "soon"), esr.row("DTA", 6, {2: esr.DROPPED, 3: esr.NI})])
        self.sync()
        for path in pathlib.Path(self.world.data).rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                for marker in (esr.DROPPED, esr.NI):
                    self.assertNotIn(marker.encode(), content, path)


if __name__ == "__main__":
    unittest.main()
