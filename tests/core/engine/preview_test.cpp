// Dry runs: what a preview says is what happens when it is done, and a preview changes nothing.
#include <gtest/gtest.h>

#include <map>

#include "core/engine/posting.hpp"

namespace capbridge::engine {
namespace {

json mapping_file(const std::vector<std::pair<std::string, std::string>>& claims, const json& more = {}) {
    json out{{"id", "demo"},
             {"version", std::to_string(claims.size()) + "x"},
             {"title", "Demo"},
             {"framework", "hee-ai-confidence"},
             {"learning_items", json::array()},
             {"mappings", json::array()}};
    for (const auto& [item, requirement] : claims) {
        out["learning_items"].push_back(
            {{"id", item}, {"title", item}, {"activities", {"https://lms.example/" + item}}});
        json mapping{{"id", "m-" + item},
                     {"learning_item", item},
                     {"claims", {{{"requirement", requirement}}}},
                     {"needs", "completed"},
                     {"method", "reading"}};
        if (more.is_object()) mapping.update(more);
        out["mappings"].push_back(mapping);
    }
    return out;
}

// (person, requirement, context) that is held today, of everybody.
std::set<std::string> held(World& w) {
    std::set<std::string> out;
    const auto rules = *w.bridge->rules();
    w.bridge->store().projection().each_person(true, [&](const competency::PersonFacts& p) {
        for (const auto& r : p.records) {
            if (competency::state_at(r, day_of(w.bridge->now()), rules->policy.amber_days).holds())
                out.insert(p.person.id + " " +
                           rules->framework.requirements[static_cast<std::size_t>(r.requirement)].id + " " +
                           r.context);
        }
    });
    return out;
}

struct Change {
    std::size_t gained = 0, lost = 0;
    std::set<std::string> people;
};
Change between(const std::set<std::string>& before, const std::set<std::string>& after) {
    Change out;
    for (const auto& one : after) {
        if (before.contains(one)) continue;
        ++out.gained;
        out.people.insert(one.substr(0, 36));
    }
    for (const auto& one : before) {
        if (after.contains(one)) continue;
        ++out.lost;
        out.people.insert(one.substr(0, 36));
    }
    return out;
}

class Previews : public testing::Test {
protected:
    void SetUp() override {
        w.people(30);
        for (int i = 0; i < 30; ++i) {
            for (int item = 0; item < 4; ++item) {
                if ((i * 7 + item * 3) % 5 < 2) continue;
                ASSERT_TRUE(post(w, statement("p" + std::to_string(1000 + i) + "@demo.example",
                                              "https://lms.example/i" + std::to_string(item))));
            }
        }
        ASSERT_TRUE(w.bridge->project());
    }
    void expect_true_of(const json& params, const std::function<void()>& doing) {
        const auto before = held(w);
        const auto digest = w.digest();
        const auto seq = w.bridge->store().journal().watermark().seq;
        const auto told = w.ask("preview", params);
        EXPECT_EQ(w.digest(), digest);
        EXPECT_EQ(w.bridge->store().journal().watermark().seq, seq);
        doing();
        const auto change = between(before, held(w));
        EXPECT_EQ(told["items"]["gained"], change.gained);
        EXPECT_EQ(told["items"]["lost"], change.lost);
        EXPECT_GE(told["people"]["changed"].get<std::size_t>(), change.people.size());
        std::size_t gained = 0, lost = 0, reasons = 0;
        for (const auto& row : told["by_factor"]) {
            gained += row["gained"].get<std::size_t>();
            lost += row["lost"].get<std::size_t>();
        }
        EXPECT_EQ(gained, change.gained);
        EXPECT_EQ(lost, change.lost);
        for (const auto& [reason, count] : told["reasons"]["lost"].items())
            reasons += count.get<std::size_t>();
        EXPECT_EQ(reasons, change.lost);
    }
    void publish(const char* kind, const json& document) {
        expect_true_of({{"kind", kind}, {"text", document.dump()}}, [&] {
            w.ask(std::string(kind) + ".publish", {{"text", document.dump()}});
        });
    }
    World w;
};

TEST_F(Previews, SayWhatAMappingDoes) {
    publish("mapping", mapping_file({{"i0", "t1-ai-literacy-1"}}));
    publish("mapping", mapping_file({{"i0", "t1-ai-literacy-2"}, {"i1", "a2-regulation-and-standards-1"}}));
    publish(
        "mapping",
        mapping_file({{"i0", "t1-ai-literacy-2"}, {"i2", "t1-ai-literacy-2"}, {"i3", "t1-guidelines-1"}}));
    publish("mapping", mapping_file({{"i0", "t1-ai-literacy-2"}}, {{"valid_for", "P1M"}}));
    publish("mapping", mapping_file({{"i0", "t1-ai-literacy-2"}}, {{"until", "2026-01-01"}}));
    publish("mapping", mapping_file({{"i1", "t1-ai-literacy-1"}}));
    expect_true_of({{"kind", "mapping"}, {"id", "demo"}, {"withdraw", true}}, [&] {
        w.ask("mapping.withdraw", {{"id", "demo"}, {"why", "tests"}});
    });
    EXPECT_TRUE(held(w).empty());
}

TEST_F(Previews, SayWhatAPolicyDoes) {
    w.ask("mapping.publish",
          {{"text", mapping_file({{"i0", "t1-ai-literacy-1"}, {"i1", "t1-ai-literacy-2"}}).dump()}});
    const auto in_force = w.bridge->store().journal().decisions_in_force("policy").back();
    auto policy = json::parse(in_force.payload);
    policy["version"] = "99";
    policy["caps"]["completed"]["knowledge"] = nullptr;
    policy["method_caps"]["reading"]["knowledge"] = nullptr;
    publish("policy", policy);
}

TEST_F(Previews, SayWhatIsAskedByAnotherProfile) {
    w.ask("mapping.publish", {{"text", mapping_file({{"i0", "t1-ai-literacy-1"}}).dump()}});
    auto profile = json::parse(w.bridge->store().journal().decisions_in_force("profile").back().payload);
    profile["version"] = "99";
    profile["asks"] = json::array();
    profile["asks"].push_back({{"id", "only-one"},
                               {"title", "One item of everybody"},
                               {"items", {{"requirements", {"t1-ai-literacy-1"}}}},
                               {"demand", "required"}});
    const auto read =
        run_operation(*w.bridge, "preview", {{"kind", "profile"}, {"text", profile.dump()}}, {"tests"});
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ((*read)["items"]["gained"], 0);
    EXPECT_EQ((*read)["items"]["lost"], 0);
    EXPECT_EQ((*read)["items"]["newly_asked"], 0);
    EXPECT_GT((*read)["items"]["no_longer_asked"].get<int>(), 30);
    EXPECT_EQ((*read)["foundation"]["complete_before"], 0);
    EXPECT_GT((*read)["foundation"]["complete_after"].get<int>(), 10);  // one item is all of it
    EXPECT_EQ((*read)["gaps"]["opened"], 0);
}

TEST_F(Previews, SayWhoLosesTheWholeFoundation) {
    const auto rules = *w.bridge->rules();
    json file = mapping_file({{"i0", "t1-ai-literacy-1"}});
    file["mappings"][0]["claims"] = json::array();
    for (const auto& r : rules->framework.requirements) {
        if (r.tier == "foundational") file["mappings"][0]["claims"].push_back({{"requirement", r.id}});
    }
    w.ask("mapping.publish", {{"text", file.dump()}});
    const auto told =
        w.ask("preview", {{"kind", "mapping"}, {"id", "demo"}, {"withdraw", true}, {"list", 3}});
    const auto complete = told["foundation"]["complete_before"].get<std::size_t>();
    EXPECT_EQ(complete, 18u);  // who did the first course
    EXPECT_EQ(told["foundation"]["lost"], complete);
    EXPECT_EQ(told["foundation"]["complete_after"], 0);
    EXPECT_EQ(told["foundation"]["lost_people"].size(), std::min<std::size_t>(3, complete));
    EXPECT_LE(told["list"].size(), 3u);
    EXPECT_EQ(told["listed_of"], told["people"]["changed"]);
    EXPECT_EQ(told["by_unit"][0]["unit"], "Ward");
}

TEST_F(Previews, RefuseWhatCouldNotBePublished) {
    EXPECT_EQ(w.refused("preview", {{"kind", "sandwich"}, {"text", "{}"}}).where, "/kind");
    EXPECT_EQ(w.refused("preview", {{"kind", "mapping"}, {"text", "{"}, {"name", "m.json"}}).code,
              "invalid_json");
    EXPECT_EQ(w.refused("preview", {{"kind", "mapping"}, {"text", "{}"}}).code, "invalid_document");
    EXPECT_EQ(w.refused("preview", {{"kind", "mapping"}, {"id", "nothing"}, {"withdraw", true}}).code,
              "not_found");
    EXPECT_EQ(w.refused("preview", {{"kind", "policy"}, {"id", "default"}, {"withdraw", true}}).where,
              "/kind");
    EXPECT_EQ(w.refused("mapping.withdraw", {{"id", "nothing"}, {"why", "x"}}).code, "not_found");
    EXPECT_EQ(w.refused("mapping.withdraw", {{"id", "demo"}}).where, "/why");
}

TEST_F(Previews, OfAnUpgradeShowNothingWhenNothingIsNew) {
    w.ask("mapping.publish", {{"text", mapping_file({{"i0", "t1-ai-literacy-1"}}).dump()}});
    auto told = w.ask("upgrade.preview");
    EXPECT_EQ(told["refolds"], false);
    EXPECT_EQ(told["people"]["changed"], 0);
    EXPECT_EQ(told["people"]["total"], 30);
    // Records as another version of the fold might have left them.
    auto& projection = w.bridge->store().projection();
    store::ProjectionBatch batch;
    const auto holder = held(w).begin()->substr(0, 36);
    batch.records.push_back({holder, {}, false});
    batch.folded_by = "fold@0 something else";
    ASSERT_TRUE(projection.apply(batch));
    told = w.ask("upgrade.preview");
    EXPECT_EQ(told["refolds"], true);
    EXPECT_EQ(told["people"]["changed"], 1);
    EXPECT_EQ(told["items"]["gained"], 1);
    EXPECT_EQ(told["list"][0]["person"], holder);
}

}  // namespace
}  // namespace capbridge::engine
