// What operations leave in the audit, through which door whoever came.
#include "core/engine/audit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "core/base/files.hpp"
#include "core/store/sqlite/database.hpp"
#include "world.hpp"

namespace capbridge::engine {
namespace {

using testing::HasSubstr;
using testing::Not;

class AuditOfOperations : public testing::Test {
protected:
    std::vector<json> entries() {
        std::vector<json> out;
        for (const auto& row : world.bridge->store().audit().after(0, 1000))
            out.push_back(json::parse(row.text));
        return out;
    }
    std::vector<json> of(const std::string& what) {
        std::vector<json> out;
        for (auto& entry : entries()) {
            if (entry["what"] == what) out.push_back(std::move(entry));
        }
        return out;
    }
    static Caller caller() {
        Caller out{"credential:abc"};
        out.from = "10.1.2.3";
        out.request = "req-1";
        out.reason = "CHG001";
        return out;
    }
    World world;
};

TEST_F(AuditOfOperations, AChangeHasAnIntentAndAnOutcome) {
    const auto made = run_operation(*world.bridge, "credential.add",
                                    {{"name", "the LMS of Anna"}, {"scopes", {"read"}}}, caller());
    ASSERT_TRUE(made);
    const auto found = of("credential.add");
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0]["phase"], "intent");
    EXPECT_EQ(found[0]["who"], "credential:abc");
    EXPECT_EQ(found[0]["from"], "10.1.2.3");
    EXPECT_EQ(found[0]["request"], "req-1");
    EXPECT_EQ(found[0]["why"], "CHG001");
    EXPECT_EQ(found[0]["subject"]["scopes"][0], "read");
    EXPECT_EQ(found[1]["phase"], "outcome");
    EXPECT_EQ(found[1]["of"], found[0]["n"]);
    EXPECT_EQ(found[1]["outcome"], "ok");
    EXPECT_EQ(found[1]["details"]["made"]["key"].get<std::string>(), made->at("key").get<std::string>());
    for (const auto& row : world.bridge->store().audit().after(0, 1000)) {
        EXPECT_THAT(row.text, Not(HasSubstr("Anna"))) << "a name is not on the list";
        EXPECT_THAT(row.text, Not(HasSubstr(made->at("secret").get<std::string>())));
    }
}

TEST_F(AuditOfOperations, WhatIsRefusedIsThereWithItsCode) {
    world.refused("run.revert", {{"run", 999}});
    const auto found = of("run.revert");
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0]["subject"]["run"], 999);
    EXPECT_EQ(found[1]["outcome"], "not_found");
}

TEST_F(AuditOfOperations, ARunIsNamed) {
    const auto done = world.ask("people.import", {{"csv", "employee_number,name\n1001,Ada Fictional\n"},
                                                  {"issuer", "demo"},
                                                  {"name", "people.csv"},
                                                  {"reason", "first load"}});
    const auto found = of("people.import");
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0]["why"], "first load");
    EXPECT_EQ(found[0]["subject"]["issuer"], "demo");
    EXPECT_EQ(found[0]["details"]["parameters"].get<std::string>().size(), 64u);
    EXPECT_EQ(found[1]["run"].get<std::int64_t>(), done["run"].get<std::int64_t>());
    for (const auto& row : world.bridge->store().audit().after(0, 1000)) {
        EXPECT_THAT(row.text, Not(HasSubstr("Ada")));
        EXPECT_THAT(row.text, Not(HasSubstr("1001")));
    }
}

TEST_F(AuditOfOperations, APersonIsNamedByUuidOnly) {
    const std::string uuid = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
    world.refused("person.unmerge", {{"person", "esr-employee:demo:1001"}});
    world.refused("person.unmerge", {{"person", uuid}});
    const auto found = of("person.unmerge");
    ASSERT_EQ(found.size(), 4u);
    EXPECT_TRUE(found[0]["subject"].empty());
    EXPECT_EQ(found[2]["subject"]["person"], uuid);
}

TEST_F(AuditOfOperations, QuestionsAndPostedCompletionsAreNot) {
    const auto before = entries().size();
    world.ask("status");
    world.ask("run.list");
    world.refused("completions.post", json::object());
    EXPECT_EQ(entries().size(), before);
}

TEST_F(AuditOfOperations, WithoutAnIntentNothingIsDone) {
    // What the disk would do, done by a trigger.
    world.bridge.reset();
    {
        store::Database database(world.dir / "capbridge.db", store::Database::Access::write);
        database.exec("create trigger no_more before insert on audit begin select raise(abort, 'no'); end");
    }
    world.open();
    EXPECT_NE(world.refused("credential.add", {{"name", "x"}, {"scopes", {"read"}}}).code, "");
    EXPECT_TRUE(world.ask("credential.list")["credentials"].empty());
}

TEST_F(AuditOfOperations, WhatACrashCutOffIsSaidToBeInterrupted) {
    store::NewAuditEntry intent;
    intent.at = world.bridge->now();
    intent.phase = "intent";
    intent.who = "cli:anna";
    intent.what = "run.revert";
    const auto mark = world.bridge->store().audit().append(intent);
    ASSERT_TRUE(mark);
    world.open();
    const auto found = of("run.revert");
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[1]["outcome"], "interrupted");
    EXPECT_EQ(found[1]["of"], mark->n);
    world.open();
    EXPECT_EQ(of("run.revert").size(), 2u) << "once";
}

TEST_F(AuditOfOperations, ACutEndIsSaidInTheChainItself) {
    world.refused("run.revert", {{"run", 1}});
    world.refused("run.revert", {{"run", 2}});
    world.bridge.reset();
    {
        store::Database database(world.dir / "capbridge.db", store::Database::Access::write);
        database.exec("drop trigger audit_is_not_cut");
        database.exec("delete from audit where n > 2");
    }
    {
        // Before the owner comes, a reader sees it by audit.head.
        auto store = store::open_store(world.dir, store::Mode::read);
        ASSERT_TRUE(store);
        Bridge reader(std::move(*store), nullptr, std::make_unique<StillClock>());
        const auto verdict = run_operation(reader, "audit.verify", json::object(), {"tests"});
        ASSERT_TRUE(verdict);
        EXPECT_EQ((*verdict)["problem"]["code"], "cut");
    }
    world.open();
    EXPECT_EQ(of("audit.end_differs").size(), 1u);
    const auto verdict = world.ask("audit.verify");
    EXPECT_TRUE(verdict["ok"].get<bool>());
    EXPECT_THAT(verdict["notes"].dump(), HasSubstr("audit.end_differs"));
}

// The next entry writes over it: the start is the last who can say so.
TEST_F(AuditOfOperations, AMarkThatCannotBeReadIsSaidOnce) {
    world.refused("run.revert", {{"run", 1}});
    const auto file = world.dir / "audit.head";
    std::size_t said = 0;
    for (const auto& spoilt : std::vector<std::string>{"", "nonsense\n", std::string(200, 'x')}) {
        world.bridge.reset();
        ASSERT_TRUE(write_file(file, spoilt));
        world.open();
        ASSERT_EQ(of("audit.end_differs").size(), ++said) << spoilt;
        EXPECT_EQ(of("audit.end_differs").back()["details"]["kept"], "unreadable");
        world.open();
        EXPECT_EQ(of("audit.end_differs").size(), said) << "it is whole again";
    }
}

TEST_F(AuditOfOperations, RefusalsAreCountedAndBounded) {
    auto& bridge = *world.bridge;
    for (int i = 0; i < 1000; ++i)
        bridge.refusals.note(bridge, {"credential", "10.0.0.1", "", "/api/v1/people", "r"});
    for (int i = 0; i < 500; ++i)
        bridge.refusals.note(bridge,
                             {"credential", "10.0.1." + std::to_string(i), "", "/xapi/statements", "r"});
    bridge.refusals.flush(bridge, true);
    for (int i = 0; i < 100 && of("refused.credential").size() < Refusals::most_kinds + 1; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    const auto found = of("refused.credential");
    EXPECT_EQ(found.size(), Refusals::most_kinds + 1)
        << "the first of each, and the count of the one that came again";
    std::int64_t sum = 0;
    for (const auto& entry : found) sum += entry["details"]["count"].get<std::int64_t>();
    for (const auto& entry : of("refused.others")) sum += entry["details"]["count"].get<std::int64_t>();
    EXPECT_EQ(sum, 1500) << "none is missing from the counts";
}

TEST_F(AuditOfOperations, ListsAreFilteredAndPaged) {
    for (int i = 0; i < 5; ++i) world.refused("run.revert", {{"run", 100 + i}});
    const auto all = world.ask("audit.list", {{"what", "run.revert"}, {"limit", 4}});
    EXPECT_EQ(all["entries"].size(), 4u);
    EXPECT_TRUE(all["more"].get<bool>());
    const auto rest =
        world.ask("audit.list", {{"what", "run.revert"}, {"before", all["entries"][3]["n"]}, {"limit", 100}});
    EXPECT_EQ(rest["entries"].size(), 6u);
    EXPECT_FALSE(rest["more"].get<bool>());
    EXPECT_TRUE(world.ask("audit.list", {{"since", "2030-01-01"}})["entries"].empty());
    EXPECT_EQ(world.refused("audit.list", {{"since", "yesterday"}}).code, "bad_parameter");
    EXPECT_EQ(world.refused("audit.export", {{"after", 1e300}}).code, "bad_parameter");
    EXPECT_EQ(world.ask("audit.list", {{"outcome", "not_found"}})["entries"].size(), 5u);
}

TEST_F(AuditOfOperations, NotesAreOfKnownThings) {
    EXPECT_EQ(world.refused("audit.note", {{"what", "run.revert"}}).code, "bad_parameter");
    world.ask("audit.note", {{"what", "statements.export"},
                             {"params", {{"source", "lms"}, {"agent", "mailto:ada@demo.example"}}},
                             {"reason", "CHG002"}});
    const auto found = of("statements.export");
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0]["subject"]["source"], "lms");
    EXPECT_EQ(found[0]["why"], "CHG002");
    EXPECT_THAT(found[0].dump(), Not(HasSubstr("ada@")));
}

TEST_F(AuditOfOperations, TheLogsLevelIsChanged) {
    const auto answer = world.ask("log.level", {{"level", "debug"}, {"component", "store"}, {"seconds", 60}});
    EXPECT_EQ(answer["for_now"][0]["component"], "store");
    EXPECT_EQ(world.refused("log.level", {{"level", "loud"}}).code, "bad_parameter");
    EXPECT_EQ(world.refused("log.level", {{"level", "info"}, {"component", "nowhere"}}).code,
              "bad_parameter");
    EXPECT_EQ(world.refused("log.level", {{"level", "info"}, {"seconds", 999'999}}).code, "bad_parameter");
    world.ask("log.level", {{"level", "info"}});
}

}  // namespace
}  // namespace capbridge::engine
