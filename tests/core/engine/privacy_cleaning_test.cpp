// What an erasure must not leave behind beside the database, and what retention must not believe.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/engine/world.hpp"

namespace capbridge::engine {
namespace {

namespace fs = std::filesystem;
using std::chrono::days;

Instant wall() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}
constexpr days ten_years{3650};

class Ahead final : public Clock {
public:
    [[nodiscard]] Instant now() const override { return wall() + ten_years; }
};

class Cleaning : public testing::Test {
protected:
    Cleaning() { w.people(3); }
    ordered_json erase(int number = 1000) {
        return w.ask("person.erase",
                     {{"person", "esr-employee:demo:" + std::to_string(number)}, {"reason", "test"}});
    }
    fs::path folder(const std::string& name) {
        fs::create_directories(w.dir / name);
        std::ofstream(w.dir / name / "capbridge.db") << "Person 1000";
        return w.dir / name;
    }
    // As an upgrade makes it: of the database as it is now.
    fs::path copy(const std::string& name) {
        w.bridge.reset();
        fs::create_directories(w.dir / name);
        fs::copy_file(w.dir / "capbridge.db", w.dir / name / "capbridge.db");
        w.open();
        return w.dir / name;
    }
    World w;
};

TEST_F(Cleaning, WhatAKilledBackupLeftBehindGoes) {
    const auto left = folder("scratch/1"), mine = folder("mine");
    std::ofstream(w.dir / "scratch/stray") << "Person 1000";
    const auto done = erase();
    EXPECT_EQ(done["cleaned"], true);
    EXPECT_EQ(done["places"]["copies that were left behind"], 2);
    EXPECT_FALSE(fs::exists(left));
    EXPECT_FALSE(fs::exists(w.dir / "scratch/stray"));
    EXPECT_TRUE(fs::exists(mine));
}

TEST_F(Cleaning, ACopyThatIsInUseIsNotCleanedYet) {
    const auto used = folder("scratch/1");
    const int fd = ::open((used / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ASSERT_EQ(::flock(fd, LOCK_EX), 0);
    EXPECT_EQ(erase()["cleaned"], false);
    EXPECT_TRUE(fs::exists(used));
    EXPECT_EQ(w.ask("person.erasures")["erasures"][0]["cleaned"], false);
    ::close(fd);
    w.open();
    EXPECT_FALSE(fs::exists(used));
    EXPECT_EQ(w.ask("person.erasures")["erasures"][0]["cleaned"], true);
}

// Whatever their folders say of when they were made.
TEST_F(Cleaning, CopiesFromBeforeAnUpgradeAreAskedWhetherTheyHaveThem) {
    const auto spoilt = folder("before-upgrade-1"), before = copy("before-upgrade-2"), other = folder("mine");
    fs::last_write_time(before, fs::file_time_type::clock::now() + ten_years);
    const auto done = erase();
    EXPECT_EQ(done["places"]["copies from before an upgrade"], 2);
    EXPECT_FALSE(fs::exists(spoilt));
    EXPECT_FALSE(fs::exists(before));
    EXPECT_TRUE(fs::exists(other));
    const auto after = copy("before-upgrade-2");
    fs::last_write_time(after, fs::file_time_type::clock::now() - ten_years);
    ASSERT_TRUE(w.bridge->store().erasings().clean({done["erasure"].get<std::string>()}));
    EXPECT_TRUE(fs::exists(after));
    erase(1001);
    EXPECT_FALSE(fs::exists(after));
}

TEST_F(Cleaning, WhatWasNotCarriedOutIsNotCleanedUp) {
    store::Erasure intended{uuid_v4(), wall(), {uuid_v4()}, "k", {}, {}};
    ASSERT_TRUE(w.bridge->store().erasings().intend(intended));
    const auto listed = w.ask("person.erasures")["erasures"];
    ASSERT_EQ(listed.size(), 1U);
    EXPECT_EQ(listed[0]["carried_out"], false);
    EXPECT_EQ(listed[0]["cleaned"], false);
}

class ClockAhead : public Cleaning {
protected:
    ClockAhead() {
        const auto ends = format_day(day_of(wall() + days{730}));
        w.ask("people.import",
              {{"csv",
                "employee_number,name,email,unit,staff_group,job_role,from,to\n2001,Still There,"
                "s@demo.example,Ward,Medical and Dental,Consultant,2020-01-01," +
                    ends + "\n"},
               {"issuer", "demo"}});
        const json rules{{"version", "1"}, {"rules", {{{"class", "leavers"}, {"keep", "P1Y"}}}}};
        w.ask("retention.publish", {{"text", rules.dump()}});
        EXPECT_EQ(w.ask("retention.apply")["counts"]["leavers"], 0);
        w.bridge.reset();
        w.bridge = std::make_unique<Bridge>(
            std::move(*store::open_store(w.dir, store::Mode::own, "https://bridge.example")),
            std::make_unique<ScriptedAdapters>(w.pull), std::make_unique<Ahead>());
        EXPECT_TRUE(w.bridge->take_over());
    }
    void ran_at(Instant at, const std::string& kind = "sync") {
        store::RunRow run;
        run.kind = kind;
        run.began = at;
        run.ended = at;
        run.outcome = "ok";
        run.id = *w.bridge->store().sources().begin_run(run);
        ASSERT_TRUE(w.bridge->store().sources().end_run(run));
    }
};

TEST_F(ClockAhead, NobodyIsErasedByAClockThatIsAhead) {
    ran_at(wall() + ten_years);  // a sync since it is ahead says nothing
    w.people(4);
    const auto refused = w.refused("retention.apply", json::object());
    EXPECT_EQ(refused.code, "clock_in_doubt");
    EXPECT_NE(refused.message.find("--clock-is-right"), std::string::npos);
    EXPECT_EQ(w.ask("people.list", {{"text", "Still"}})["total"], 1);
    EXPECT_EQ(w.ask("retention.apply", {{"clock_is_right", true}})["counts"]["leavers"], 1);
    EXPECT_EQ(w.ask("retention.apply")["counts"]["leavers"], 0) << "said once";
}

TEST_F(ClockAhead, SomebodyWhoWasAtWorkAllTheTimeIsBelieved) {
    for (auto at = wall(); at < wall() + ten_years; at += days{80}) ran_at(at);
    EXPECT_EQ(w.ask("retention.apply")["counts"]["leavers"], 1);
}

}  // namespace
}  // namespace capbridge::engine
