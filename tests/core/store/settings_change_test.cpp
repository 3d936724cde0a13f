// A configuration's settings: all of them in one commit, or nothing.
#include "core/store/settings_change.hpp"

#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

class SettingsChangeTest : public StoreTest {
protected:
    static SourceRow source(const std::string& name, const std::string& folder = "/a") {
        SourceRow row;
        row.uuid = uuid_v5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", name);
        row.name = name;
        row.adapter = "csv";
        row.folder = folder;
        row.settings = "{}";
        return row;
    }
    static TargetRow target(const std::string& name) {
        TargetRow row;
        row.name = name;
        row.kind = "lrs";
        row.settings = "{}";
        row.cursor = 3;
        return row;
    }
    SettingsChange whole(std::int64_t run_id) {
        SettingsChange out;
        out.organisation = "Trust";
        out.decisions =
            batch({NewDecision{"mapping", "m", "{}", {}}, NewDecision{"policy", "p", "{}", {}}}, run_id);
        out.sources = {source("lms"), source("esr")};
        out.targets = {target("lrs")};
        return out;
    }
};

TEST_F(SettingsChangeTest, EverythingIsThereAfterwards) {
    ASSERT_TRUE(store_->put_settings(whole(run())));
    EXPECT_EQ("Trust", store_->installation().organisation);
    EXPECT_TRUE(journal().decision_in_force("mapping", "m"));
    EXPECT_EQ(2u, sources().sources().size());
    ASSERT_TRUE(store_->outbox().target("lrs"));
    EXPECT_EQ(3, store_->outbox().target("lrs")->cursor);

    SettingsChange next;
    next.sources = {source("lms", "/b")};
    next.from_the_beginning = {next.sources[0].uuid};
    SourceStateRow state;
    state.failures = 7;
    next.states = {{next.sources[0].uuid, state}};
    ASSERT_TRUE(sources().set_cursor(next.sources[0].uuid, "far"));
    ASSERT_TRUE(store_->put_settings(next));
    EXPECT_EQ("/b", sources().source("lms")->folder);
    EXPECT_EQ("", sources().source("lms")->cursor);
    EXPECT_EQ(7, sources().source_state(next.sources[0].uuid).failures);
    EXPECT_EQ("/a", sources().source("esr")->folder);
    EXPECT_EQ("Trust", store_->installation().organisation);
}

TEST_F(SettingsChangeTest, WhatIsRefusedLeavesNothingBehind) {
    const auto nothing = [&] {
        return store_->installation().organisation.empty() && sources().sources().empty() &&
               store_->outbox().targets().empty() && !journal().decision_in_force("mapping", "m");
    };
    EXPECT_EQ("no_such_run", store_->put_settings(whole(4711)).error().code);
    EXPECT_TRUE(nothing());
    auto twice = whole(run());
    twice.targets.push_back(target("lrs"));
    EXPECT_EQ("name_taken", store_->put_settings(twice).error().code);
    EXPECT_TRUE(nothing());
    auto statements = whole(run());
    statements.decisions.entries.emplace_back(statement(1));
    EXPECT_FALSE(store_->put_settings(statements));
    EXPECT_TRUE(nothing());
    open(Mode::read);
    EXPECT_EQ("read_only", store_->put_settings(SettingsChange{}).error().code);
}

TEST_F(SettingsChangeTest, AFullDiskLeavesTheOldSettings) {
    ASSERT_TRUE(store_->put_settings(whole(run())));
    open(Mode::own, {.now = {}, .max_page_count = 1});  // no page more than there are
    SettingsChange large;
    large.organisation = "Other";
    for (int i = 0; i < 50; ++i) {
        auto one = source("s" + std::to_string(i));
        one.settings = "{\"x\": \"" + std::string(20'000, 'x') + "\"}";
        large.sources.push_back(std::move(one));
    }
    EXPECT_EQ("store_full", store_->put_settings(large).error().code);
    EXPECT_EQ("Trust", store_->installation().organisation);
    EXPECT_EQ(2u, sources().sources().size());
    open();
    EXPECT_EQ("Trust", store_->installation().organisation);
    EXPECT_EQ(2u, sources().sources().size());
}

}  // namespace
}  // namespace capbridge::store::test
