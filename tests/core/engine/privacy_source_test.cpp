// What a source says of somebody who was erased, in statements that it hands on as they are; and what is kept
// in quarantine of what it says.
#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/engine/intake_world.hpp"
#include "core/engine/privacy/door.hpp"

namespace capbridge::engine {
namespace {

const std::string theirs = "mailto:p1001@demo.example", others = "mailto:p1002@demo.example";

json agent(const std::string& mbox, const std::string& name) {
    return {{"mbox", mbox}, {"name", name}};
}
const json erased_one = agent(theirs, "Person 1001"), other = agent(others, "Person 1002");

class PrivacyOfSources : public testing::Test {
protected:
    static json record(const json& actor, const json& more = json::object()) {
        json out{{"id", uuid_v4()},
                 {"actor", actor},
                 {"verb", {{"id", "http://adlnet.gov/expapi/verbs/completed"}}},
                 {"object", {{"id", "https://lms.example/AI-1"}}},
                 {"timestamp", "2026-03-01T09:00:00Z"}};
        out.update(more);
        return {{"statement", out}};
    }
    void erase() { w.ask("person.erase", {{"person", "esr-employee:demo:1001"}, {"reason", "test"}}); }
    void expect_nothing_of_them() {
        for (const auto& file : std::filesystem::recursive_directory_iterator(w.dir)) {
            if (!file.is_regular_file()) continue;
            const auto bytes = lower_ascii(read_file(file.path()).value_or(""));
            for (const auto* text : {"p1001@demo", "person 1001"})
                EXPECT_EQ(bytes.find(text), std::string::npos) << text << " in " << file.path();
        }
    }
    std::vector<store::QuarantineRow> quarantined() {
        return w.bridge->store().sources().quarantined(w.row().uuid, 0, 100);
    }
    IntakeWorld w;
};

TEST_F(PrivacyOfSources, NothingOfSomebodyErasedComesInWithAStatement) {
    erase();
    const auto named = record(other, {{"context", {{"instructor", erased_one}}}});
    auto wrong = record(erased_one), wrong_and_named = named, bare = wrong;
    wrong["statement"]["verb"] = wrong_and_named["statement"]["verb"] = "completed";
    wrong_and_named["statement"]["id"] = uuid_v4();
    bare["statement"]["actor"]["mbox"] = "p1001@demo.example";
    const auto done = w.intake({{"statement", record(erased_one)},
                                {"statement", named},
                                {"statement", wrong},
                                {"statement", wrong_and_named},
                                {"statement", bare}});
    ASSERT_TRUE(done.status);
    EXPECT_EQ(done.counts.erased, 2U);
    EXPECT_EQ(done.counts.added, 1U);
    EXPECT_EQ(done.counts.rejected, 2U);
    ASSERT_EQ(w.standing().size(), 1U);
    EXPECT_EQ(w.standing().begin()->second["actor"]["mbox"], others);
    ASSERT_EQ(quarantined().size(), 2U);
    for (const auto& row : quarantined()) EXPECT_EQ(row.record.empty(), row.key == bare["statement"]["id"]);
    expect_nothing_of_them();
    EXPECT_EQ(w.intake({{"statement", named}}).counts.same, 1U);
    EXPECT_EQ(w.refused("person.erase", {{"person", "esr-employee:demo:1001"}, {"reason", "x"}}).code,
              "not_found");
}

TEST_F(PrivacyOfSources, AStatementThatNamedThemIsStillTheSameStatement) {
    const auto named = record(other, {{"context", {{"instructor", erased_one}}},
                                      {"result", {{"response", "Person 1001 taught me"}}}});
    EXPECT_EQ(w.intake({{"statement", named}, {"statement", record(erased_one)}}).counts.added, 2U);
    erase();
    const auto again = w.intake({{"statement", named}});
    EXPECT_EQ(again.counts.same, 1U);
    EXPECT_EQ(again.counts.rejected, 0U);
    expect_nothing_of_them();
}

TEST_F(PrivacyOfSources, AnExportShowsNobodyElseOfWhatIsInQuarantine) {
    auto wrong =
        record(erased_one, {{"context",
                             {{"instructor", other},
                              {"team",
                               {{"objectType", "Group"},
                                {"member", {{{"name", "Bea Other"}}, agent("x@a.example", "Cy Other")}}}}}}});
    wrong["statement"]["verb"] = "completed";
    ASSERT_EQ(w.intake({{"statement", wrong}}).counts.rejected, 1U);
    store::Batch batch;
    batch.run = 1;
    batch.quarantined.push_back({});
    auto& row = batch.quarantined.back();
    row.source = w.row().uuid;
    row.kind = "completion";
    row.key = "p1001@demo.example/AI-1";
    row.record = "p1001@demo.example;Dee Other";
    ASSERT_TRUE(w.bridge->store().journal().append(std::move(batch)));
    const auto held = w.ask("person.export", {{"person", "esr-employee:demo:1001"}})["quarantine"];
    ASSERT_EQ(held.size(), 2U);
    for (const auto* text : {"Person 1002", others.c_str(), "Bea Other", "Cy Other", "Dee Other"})
        EXPECT_EQ(held.dump().find(text), std::string::npos) << text;
    EXPECT_NE(held.dump().find(theirs), std::string::npos);
    EXPECT_TRUE(held[1]["record"].get<std::string>().starts_with("withheld"));
}

// By the address that they had before, too.
TEST_F(PrivacyOfSources, WhoeverIsErasedAgainIsBarredByAllThatTheyWereEverKnownBy) {
    const auto barred = [&](const std::string& mbox) { return is_barred(*w.bridge, "mbox|" + mbox); };
    const json who{{"identifier", "esr-employee:demo:1001"}, {"reason", "test"}};
    erase();
    EXPECT_TRUE(barred(theirs));
    w.ask("person.readmit", who);
    EXPECT_FALSE(barred(theirs));
    w.ask("people.import", {{"csv",
                             "employee_number,name,email,unit,staff_group,job_role,from\n1001,Person "
                             "1001,new@demo.example,Ward,Medical and Dental,Consultant,2026-01-01\n"},
                            {"issuer", "demo"}});
    erase();
    EXPECT_TRUE(barred("mailto:new@demo.example"));
    EXPECT_TRUE(barred(theirs));
    w.ask("person.readmit", who);
    EXPECT_FALSE(barred(theirs));
    EXPECT_FALSE(barred("mailto:new@demo.example"));
}

}  // namespace
}  // namespace capbridge::engine
