// A small world for the tests: the shipped framework, the default policy, a mapping written as its authors
// write it.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "core/competency/answers.hpp"
#include "core/competency/demand.hpp"
#include "core/competency/record.hpp"

namespace capbridge::competency::test {

inline const framework::Framework& hee() {
    static const auto loaded =
        framework::load_framework(*framework::shipped_framework("hee-ai-confidence"), "hee");
    return *loaded;
}

inline Day day(std::string_view text) {
    return *parse_day(text);
}

inline Deployment deployment(std::string id, std::string version = "2") {
    return {std::move(id), "ChestScan", std::move(version), "Radiology", day("2025-01-01"), {}, {}, {}};
}

// Learning items are named by their mapping; the activity of item x is https://lms.example/x.
inline json mapping(std::string id, json claims, json more = json::object()) {
    json out = {{"id", id}, {"learning_item", id}, {"claims", std::move(claims)}};
    out.update(more);
    return out;
}
inline json mapping_file(const std::vector<json>& mappings) {
    json out = {{"id", "nymouth"},
                {"version", "3"},
                {"title", "Learning at Nymouth"},
                {"framework", "hee-ai-confidence"},
                {"learning_items", json::array()},
                {"mappings", mappings}};
    int minutes = 10;
    for (const auto& m : mappings) {
        const auto id = m.at("id").get<std::string>();
        out["learning_items"].push_back({{"id", id},
                                         {"title", "Course " + id},
                                         {"activities", {"https://lms.example/" + id}},
                                         {"minutes", minutes += 10}});
    }
    return out;
}
inline Rulebook book_of(std::vector<MappingSet> mappings, std::vector<Deployment> deployments = {}) {
    Rulebook book;
    book.framework = hee();
    book.mappings = std::move(mappings);
    book.policy = *default_policy(hee());
    book.profile = *default_profile(hee());
    book.deployments = std::move(deployments);
    return book;
}
inline std::unique_ptr<Rules> rules_of(const std::vector<json>& mappings,
                                       std::vector<Deployment> deployments = {}) {
    const auto set = load_mapping(mapping_file(mappings).dump(2), "mapping.json", hee());
    EXPECT_TRUE(set) << set.error().text();
    return std::make_unique<Rules>(book_of({*set}, std::move(deployments)));
}

inline json claim(const std::string& requirement) {
    return json::array({{{"requirement", requirement}}});
}
inline json claims(std::vector<std::string> requirements) {
    return json::array({{{"requirements", std::move(requirements)}}});
}

inline Fact fact(Fact::What what, const std::string& item, std::string_view when, std::int64_t seq = 1) {
    Fact f;
    f.seq = seq;
    f.statement = "s" + std::to_string(seq);
    f.activity = "https://lms.example/" + item;
    f.what = what;
    if (const auto at = parse_when(when)) f.occurred = *at;
    return f;
}
inline Fact completed(const std::string& item, std::string_view when, std::int64_t seq = 1) {
    return fact(Fact::What::completed, item, when, seq);
}
inline Fact passed(const std::string& item, std::string_view when, std::int64_t seq = 1) {
    return fact(Fact::What::passed, item, when, seq);
}
inline Fact failed(const std::string& item, std::string_view when, std::int64_t seq = 1) {
    return fact(Fact::What::failed, item, when, seq);
}

inline people::Person person(std::string id = "p1") {
    people::Person p;
    p.id = std::move(id);
    p.employments.push_back({"Radiology", "Medical", "Radiologist", "", day("2020-01-01"), std::nullopt});
    return p;
}
inline people::Assignment is(std::string archetype,
                             people::Assignment::State state = people::Assignment::State::confirmed) {
    return {"p1", std::move(archetype), state, "person", std::nullopt, std::nullopt, "lead"};
}

inline std::vector<Record> fold(const std::vector<Fact>& facts, const people::Person& who,
                                const Rules& rules) {
    return competency::fold(History{facts, {}, {}}, who, rules);
}
inline std::vector<Demanded> demand_of(const people::Person& who,
                                       const std::vector<people::Assignment>& assignments, const Rules& rules,
                                       Day as_of) {
    return Demands(rules, as_of).of(who, assignments).items;
}

inline const Record* find(const std::vector<Record>& records, std::string_view requirement,
                          std::string_view context = {}) {
    const int index = hee().requirement_index(requirement);
    for (const auto& record : records) {
        if (record.requirement == index && record.context == context) return &record;
    }
    return nullptr;
}
// "met/met_direct" on a day, "-" when nothing is known.
inline std::string at(const std::vector<Record>& records, std::string_view requirement, std::string_view when,
                      std::string_view context = {}) {
    const auto* record = find(records, requirement, context);
    if (record == nullptr) return "-";
    const auto state = state_at(*record, day(when), 90);
    return std::string(text(state.attainment)) + "/" + std::string(text(state.reason));
}

// Requirements of the shipped framework that the tests speak of.
inline constexpr const char* aware = "t1-ai-literacy-1";                       // awareness, topic of its own
inline constexpr const char* gdpr_familiar = "a1-regulation-and-standards-2";  // Shaper
inline constexpr const char* gdpr_understand = "a2-regulation-and-standards-5";      // Driver
inline constexpr const char* gdpr_understand_too = "a5-regulation-and-standards-3";  // Embedder
inline constexpr const char* gdpr_skill = "a4-regulation-and-standards-5";           // Creator, proficiency
inline constexpr const char* product_item = "t2-governance-1";                       // familiarity

}  // namespace capbridge::competency::test
