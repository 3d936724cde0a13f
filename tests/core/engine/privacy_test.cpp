// What an erasure and the doors make of cases that the end-to-end test does not have: numbers that were given
// out again, identifiers said by mistake, retention by day.
#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/files.hpp"
#include "core/base/text.hpp"
#include "core/engine/posting.hpp"
#include "core/engine/privacy/door.hpp"
#include "core/engine/privacy/redaction.hpp"
#include "core/xapi/erased.hpp"

namespace capbridge::engine {
namespace {

const std::string header = "employee_number,name,email,unit,staff_group,job_role,from,to\n";

class Privacy : public testing::Test {
protected:
    void import(const std::string& rows) {
        w.ask("people.import", {{"csv", header + rows}, {"issuer", "demo"}});
    }
    std::string id(const std::string& number) {
        return w.ask("person", {{"person", "esr-employee:demo:" + number}})["id"];
    }
    ordered_json erase(const std::string& person) {
        return w.ask("person.erase", {{"person", person}, {"reason", "test"}});
    }
    void expect_nothing_of(const std::vector<std::string>& texts) {
        for (const auto& file : std::filesystem::recursive_directory_iterator(w.dir)) {
            if (!file.is_regular_file()) continue;
            const auto bytes = lower_ascii(read_file(file.path()).value_or(""));
            for (const auto& text : texts)
                EXPECT_EQ(bytes.find(text), std::string::npos) << text << " in " << file.path();
        }
    }
    void expect_rebuilt_the_same() {
        const auto digest = w.bridge->store().projection().digest();
        ASSERT_TRUE(w.bridge->rebuild());
        EXPECT_EQ(w.bridge->store().projection().digest(), digest);
    }
    std::string body_of(const std::string& id) { return w.bridge->store().journal().statement(id)->body; }
    World w;
};

TEST_F(Privacy, AnAddressThatWasGivenOutAgainTakesOnlyTheirOwnDays) {
    import(
        "2001,Old Owner,shared@demo.example,Ward,Medical and Dental,Consultant,2020-01-01,2022-12-31\n"
        "2002,New Owner,shared@demo.example,Ward,Medical and Dental,Consultant,2023-01-01,\n");
    auto before = statement("shared@demo.example"), after = statement("shared@demo.example");
    before["timestamp"] = "2021-05-01T10:00:00Z";
    after["timestamp"] = "2024-05-01T10:00:00Z";
    const auto posted = post(w, json::array({before, after}));
    ASSERT_TRUE(posted);
    ASSERT_TRUE(w.bridge->project());
    const auto theirs = w.ask("record", {{"person", "esr-employee:demo:2002"}}).dump();
    erase("esr-employee:demo:2001");
    EXPECT_TRUE(xapi::is_erased(xapi::read_agent(json::parse(body_of(posted->ids[0]))["actor"])));
    EXPECT_EQ(json::parse(body_of(posted->ids[1]))["actor"]["mbox"], "mailto:shared@demo.example");
    EXPECT_EQ(w.ask("record", {{"person", "esr-employee:demo:2002"}}).dump(), theirs);
    const auto digest = w.bridge->store().projection().digest();
    ASSERT_TRUE(w.bridge->rebuild());
    EXPECT_EQ(w.bridge->store().projection().digest(), digest);
    // The new owner's learning goes on coming in.
    EXPECT_FALSE(is_barred(*w.bridge, "mbox|mailto:shared@demo.example"));
}

TEST_F(Privacy, WhoeverGetsTheirAddressLaterIsSomebodyElse) {
    import("2001,Old Owner,x@demo.example,Ward,Medical and Dental,Consultant,2020-01-01,\n");
    erase("esr-employee:demo:2001");
    EXPECT_TRUE(is_barred(*w.bridge, "mbox|mailto:x@demo.example"));
    EXPECT_TRUE(is_barred(*w.bridge, {{"esr-employee", "demo", "2001", {}, {}}}));
    EXPECT_TRUE(is_barred(*w.bridge, {{"email", "", "X@Demo.example", {}, {}}}));
    // A staff number says who it is.
    EXPECT_FALSE(is_barred(
        *w.bridge, {{"esr-employee", "demo", "2002", {}, {}}, {"email", "", "x@demo.example", {}, {}}}));
    EXPECT_FALSE(is_barred(*w.bridge, {{"esr-employee", "other", "2001", {}, {}}}));
    import("2002,New Owner,x@demo.example,Ward,Medical and Dental,Consultant,2026-01-01,\n");
    EXPECT_FALSE(is_barred(*w.bridge, "mbox|mailto:x@demo.example"));
}

TEST_F(Privacy, WhatWasSaidByMistakeAndTakenBackIsNotTheirs) {
    import("2001,Right Person,right@demo.example,Ward,Medical and Dental,Consultant,2020-01-01,\n");
    const auto linked = w.ask(
        "identity.link",
        {{"links", json::array({{{"person", id("2001")}, {"identifier", "email:stranger@demo.example"}}})}});
    w.ask("run.revert", {{"run", linked["run"]}});
    const auto posted = post(w, statement("stranger@demo.example"));
    ASSERT_TRUE(w.bridge->project());
    erase("esr-employee:demo:2001");
    EXPECT_EQ(json::parse(body_of(posted->ids[0]))["actor"]["mbox"], "mailto:stranger@demo.example");
}

TEST_F(Privacy, SomebodyElseOfTheSameNameKeepsIt) {
    import(
        "2001,John Smith,john1@demo.example,Ward,Medical and Dental,Consultant,2020-01-01,\n"
        "2002,John Smith,john2@demo.example,Ward,Medical and Dental,Consultant,2020-01-01,\n");
    erase("esr-employee:demo:2001");
    EXPECT_EQ(w.ask("person", {{"person", "esr-employee:demo:2002"}})["name"], "John Smith");
    const auto digest = w.bridge->store().projection().digest();
    ASSERT_TRUE(w.bridge->rebuild());
    EXPECT_EQ(w.bridge->store().projection().digest(), digest);
}

TEST_F(Privacy, APostForSomebodyErasedIsATombstone) {
    import("2001,Some One,x@demo.example,Ward,Medical and Dental,Consultant,2020-01-01,\n");
    erase("esr-employee:demo:2001");
    auto one = statement("x@demo.example"), other = statement("y@demo.example");
    other["context"] = {{"instructor", {{"mbox", "mailto:x@demo.example"}, {"name", "Some One"}}}};
    const auto posted = post(w, json::array({one, other}));
    ASSERT_TRUE(posted);
    for (const auto& each : posted->ids) EXPECT_EQ(body_of(each).find("x@demo"), std::string::npos);
    EXPECT_EQ(json::parse(body_of(posted->ids[1]))["actor"]["mbox"], "mailto:y@demo.example");
    ASSERT_TRUE(w.bridge->project());
    for (const auto& unknown : w.bridge->store().projection().unresolved(10))
        EXPECT_EQ(unknown.actor, "mbox|mailto:y@demo.example");
}

TEST_F(Privacy, ErasingTwiceIsNoMoreThanOnce) {
    import("2001,Some One,x@demo.example,Ward,Medical and Dental,Consultant,2020-01-01,\n");
    const auto uuid = id("2001");
    erase(uuid);
    EXPECT_EQ(w.refused("person.erase", {{"person", uuid}, {"reason", "again"}}).code, "not_found");
    EXPECT_EQ(w.refused("person.erase", {{"person", "x"}}).code, "bad_parameter");
    EXPECT_EQ(w.ask("person.erasures")["erasures"].size(), 1U);
    w.open();  // what is done is not done again
    EXPECT_EQ(w.ask("person.erasures")["erasures"].size(), 1U);
}

TEST_F(Privacy, TheRedactionTakesWholeWordsOfThemOnly) {
    KnownAs known;
    known.own_names = {"Ann Lee", "Bo"};
    known.actors = {{"a", false, {{"email", "", "ann.lee@demo.example", {}, {}}}},
                    {"b", false, {{"esr-employee", "demo", "1234567", {}, {}}}},
                    {"c", false, {{"account:https://lms.example", "", "alee77", {}, {}}}},
                    {"d", true, {{"email", "", "shared@demo.example", {}, {}}}}};
    Redaction redact(known, "X");
    EXPECT_EQ(redact("said by Ann Lee."), "said by erased-1-X.");
    EXPECT_EQ(redact("ANN LEE, ann.lee@demo.example"), "erased-2-X, erased-3-X");
    EXPECT_EQ(redact("mailto:Ann.Lee%40demo.example"), "mailto:erased-4-X");
    EXPECT_EQ(redact("https://lms.example/u/alee77/x"), "https://lms.example/u/erased-5-X/x");
    EXPECT_EQ(redact("esr-employee:demo:1234567"), "erased-6-X");
    EXPECT_EQ(redact("Ann Lee, ANN LEE"), "erased-1-X, erased-2-X") << "the same spelling, the same mark";
    for (const auto* text : {"Joann Lee", "Ann Leeson", "course 1234567", "Bo", "alee778",
                             "joann.lee@demo.example", "shared@demo.example", ""})
        EXPECT_EQ(redact(text), std::nullopt) << text;
}

// Texts that were alike but for whom they name stay apart: nothing stays because another became the same.
TEST_F(Privacy, LeaversWhoseActivitiesHaveTheirAddressesGoTogether) {
    import(
        "2001,Long Gone,gone.one@demo.example,Ward A,Medical and Dental,Consultant,2010-01-01,2020-05-31\n"
        "2002,Also Gone,gone.two@demo.example,Ward B,Medical and Dental,Consultant,2010-01-01,2020-05-31\n"
        "2003,Still There,c@demo.example,Ward A,Medical and Dental,Consultant,2010-01-01,\n");
    const auto profile = [](const std::string& who) { return "https://lms.example/profile/" + who; };
    const auto posted =
        post(w, json::array({statement("gone.one@demo.example", profile("gone.one@demo.example")),
                             statement("gone.two@demo.example", profile("gone.two@demo.example")),
                             statement("c@demo.example", profile("gone.one@demo.example")),
                             statement("c@demo.example", profile("Gone.One@demo.example")),
                             statement("c@demo.example", profile("gone.one%40demo.example"))}));
    ASSERT_TRUE(posted);
    ASSERT_TRUE(w.bridge->project());
    const json rules{{"version", "1"}, {"rules", {{{"class", "leavers"}, {"keep", "P1Y"}}}}};
    w.ask("retention.publish", {{"text", rules.dump()}});
    EXPECT_EQ(w.ask("retention.apply")["counts"]["leavers"], 2);
    std::set<std::string> activities;
    for (const auto& each : posted->ids)
        activities.insert(json::parse(body_of(each))["object"]["id"].get<std::string>());
    EXPECT_EQ(activities.size(), 4U) << "one for each spelling";
    for (const auto& activity : activities) {
        EXPECT_TRUE(activity.starts_with(profile("erased-"))) << activity;
        store::StatementQuery query;
        query.activity = activity;
        query.with_voided = true;
        EXPECT_FALSE(w.bridge->store().journal().statements(query).empty())
            << "is found by the term that its body says";
    }
    expect_nothing_of({"gone.one", "gone.two"});
    expect_rebuilt_the_same();
    w.open();
    expect_rebuilt_the_same();
}

// What an LMS sends that hides addresses behind their sums (sha1 of "mailto:x.sum@demo.example").
TEST_F(Privacy, TheSumOfTheirAddressIsTheirsAsWell) {
    const auto sum = sha1_hex("mailto:x.sum@demo.example");
    const auto by_sum = [&] {
        auto one = statement("");
        one["actor"] = {{"mbox_sha1sum", sum}, {"name", "Some One"}};
        return one;
    };
    import("2001,Some One,X.Sum@demo.example,Ward,Medical and Dental,Consultant,2020-01-01,\n");
    const auto before = post(w, by_sum());
    ASSERT_TRUE(before);
    ASSERT_TRUE(w.bridge->project());
    erase("esr-employee:demo:2001");
    EXPECT_TRUE(xapi::is_erased(xapi::read_agent(json::parse(body_of(before->ids[0]))["actor"])));
    const auto after = post(w, by_sum());
    ASSERT_TRUE(after);
    EXPECT_TRUE(xapi::is_erased(xapi::read_agent(json::parse(body_of(after->ids[0]))["actor"])));
    expect_nothing_of({sum, "x.sum@", "some one"});
    expect_rebuilt_the_same();
    // A new starter gets the address: the sum is theirs then.
    import("2002,New Owner,x.sum@demo.example,Ward,Medical and Dental,Consultant,2026-01-01,\n");
    const auto others = post(w, by_sum());
    EXPECT_EQ(json::parse(body_of(others->ids[0]))["actor"]["mbox_sha1sum"], sum);
}

TEST_F(Privacy, TheSumOfAnAddressThatWasGivenOutAgainTakesOnlyTheirOwnDays) {
    import(
        "2001,Old Owner,shared@demo.example,Ward,Medical and Dental,Consultant,2020-01-01,2022-12-31\n"
        "2002,New Owner,shared@demo.example,Ward,Medical and Dental,Consultant,2023-01-01,\n");
    auto before = statement(""), after = statement("");
    before["actor"] = after["actor"] = {{"mbox_sha1sum", sha1_hex("mailto:shared@demo.example")}};
    before["timestamp"] = "2021-05-01T10:00:00Z";
    after["timestamp"] = "2024-05-01T10:00:00Z";
    const auto posted = post(w, json::array({before, after}));
    ASSERT_TRUE(posted);
    ASSERT_TRUE(w.bridge->project());
    erase("esr-employee:demo:2001");
    EXPECT_TRUE(xapi::is_erased(xapi::read_agent(json::parse(body_of(posted->ids[0]))["actor"])));
    EXPECT_TRUE(json::parse(body_of(posted->ids[1]))["actor"].contains("mbox_sha1sum"));
}

// Whoever asks while the ledger cannot be read is refused; afterwards it is read again.
TEST_F(Privacy, ALedgerThatCannotBeReadLetsNobodyIn) {
    import("2001,Some One,x@demo.example,Ward,Medical and Dental,Consultant,2020-01-01,\n");
    erase("esr-employee:demo:2001");
    for (const auto* name : {"erasures.jsonl", "erasures.key"}) {
        w.open();
        // The start reads it; an admission of nobody makes that it is read anew.
        ASSERT_TRUE(w.bridge->store().erasings().admit(uuid_v4(), w.bridge->now()));
        const auto file = w.dir / name, away = w.dir / "away";
        std::filesystem::rename(file, away);
        std::filesystem::create_directory(file);
        EXPECT_THROW(static_cast<void>(is_barred(*w.bridge, "mbox|mailto:x@demo.example")), std::exception)
            << name;
        EXPECT_EQ(
            w.refused("people.import", {{"csv", header + "2001,Some One,x@demo.example,Ward,Medical and "
                                                         "Dental,Consultant,2020-01-01,\n"},
                                        {"issuer", "demo"}})
                .code,
            "store_io");
        std::filesystem::remove(file);
        std::filesystem::rename(away, file);
        EXPECT_TRUE(is_barred(*w.bridge, "mbox|mailto:x@demo.example")) << name;
    }
}

TEST_F(Privacy, RetentionErasesLeaversAfterTheirTimeAndNobodyElse) {
    import(
        "2001,Long Gone,a@demo.example,Ward A,Medical and Dental,Consultant,2010-01-01,2020-05-31\n"
        "2002,Just Gone,b@demo.example,Ward B,Medical and Dental,Consultant,2010-01-01,2020-06-02\n"
        "2003,Still There,c@demo.example,Ward A,Medical and Dental,Consultant,2010-01-01,\n");
    EXPECT_EQ(w.refused("retention.apply", json::object()).code, "not_found");
    const auto rules = [](const std::string& of, const std::string& keep) {
        return json{{"version", "1"}, {"rules", {{{"class", of}, {"keep", keep}}}}}.dump();
    };
    const auto preview = w.ask("retention.preview", {{"text", rules("leavers", "P6Y")}});
    EXPECT_EQ(preview["classes"][0]["rows"], 1);
    EXPECT_EQ(preview["classes"][0]["units"][0]["unit"], "Ward A");
    EXPECT_EQ(preview.dump().find("Long"), std::string::npos);
    w.ask("retention.publish", {{"text", rules("leavers", "P6Y")}});
    EXPECT_EQ(w.ask("people.list", {{"text", "Gone"}})["total"], 2);
    EXPECT_EQ(w.ask("retention.apply")["counts"]["leavers"], 1);
    EXPECT_EQ(w.ask("people.list", {{"text", "Gone"}})["total"], 1);
    EXPECT_EQ(w.ask("retention.apply")["counts"]["leavers"], 0);
    for (const auto& [of, keep] :
         {std::pair{"leavers", "6 years"}, {"everything", "P6Y"}, {"leavers", "P0D"}})
        EXPECT_EQ(w.refused("retention.publish", {{"text", rules(of, keep)}}).code, "invalid_document")
            << keep;
}

}  // namespace
}  // namespace capbridge::engine
