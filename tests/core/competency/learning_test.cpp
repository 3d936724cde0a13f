// The list of learning and its triage, journeys, mapping packs, lint.
#include <algorithm>

#include "core/competency/journey.hpp"
#include "core/competency/lint.hpp"
#include "core/competency/pack.hpp"
#include "core/competency/team.hpp"
#include "core/competency/triage.hpp"
#include "world.hpp"

namespace capbridge::competency::test {
namespace {

constexpr const char* today = "2026-06-01";
using Names = std::vector<std::string>;

TEST(Triage, PatternsFitWholeTexts) {
    EXPECT_TRUE(fits_pattern("*/fire-*", "https://lms.example/Fire-1"));
    EXPECT_TRUE(fits_pattern("AI ?asics", "ai basics"));
    EXPECT_TRUE(fits_pattern("*", ""));
    EXPECT_TRUE(fits_pattern("a*b*c", "axxbyybzzc"));
    EXPECT_FALSE(fits_pattern("fire", "fire safety"));
    EXPECT_FALSE(fits_pattern("", "x"));
    EXPECT_TRUE(fits_pattern("", ""));
    // A pattern made to be slow is quick enough.
    EXPECT_FALSE(fits_pattern(std::string(2000, '*') + "b", std::string(20'000, 'a')));
}

LearningSeen seen() {
    LearningSeen out;
    out.activities = {{"https://lms.example/a", "Course a", 12, 10},
                      {"https://lms.example/fire", "Fire safety", 900, 800},
                      {"https://other.example/a", " COURSE  a ", 30, 25},
                      {"https://other.example/new", "", 3, 3}};
    return out;
}

TEST(Triage, TheListShowsWhatNobodyHasLookedAtMostPeopleFirst) {
    const auto rules = rules_of({mapping("a", claim(aware)), mapping("never", claim(aware))});
    auto what = seen();
    auto answer = learning_list(*rules, what, {});
    EXPECT_EQ(answer["counts"]["learning_items"], 2);
    EXPECT_EQ(answer["counts"]["learning_items_never_seen"], 1);
    EXPECT_EQ(answer["counts"]["not_yet_looked_at"], 3);
    EXPECT_EQ(answer["total"], 5);
    EXPECT_EQ(answer["learning"][0]["title"], "Fire safety");
    EXPECT_EQ(answer["learning"][0]["triage"], "not_yet_looked_at");
    EXPECT_EQ(answer["learning"][1]["same_title_as"][0]["learning_item"], "a");

    what.triage["https://lms.example/fire"] = {false, "cli:lead", "not about AI", "2026-05-01T00:00:00.000Z"};
    answer = learning_list(*rules, what, {"not_yet", "", 50, 0});
    EXPECT_EQ(answer["total"], 2);
    answer = learning_list(*rules, what, {"irrelevant", "", 50, 0});
    ASSERT_EQ(answer["total"], 1);
    EXPECT_EQ(answer["learning"][0]["activities"][0]["triage"]["why"], "not about AI");
    answer = learning_list(*rules, what, {"", "course A", 1, 1});
    EXPECT_EQ(answer["total"], 1) << "titles are searched as they are written";
    EXPECT_TRUE(answer["learning"].empty()) << "the second page";
}

std::string journey_text(const json& steps) {
    return json{{"id", "start"}, {"version", "1"}, {"title", "A start"}, {"steps", steps}}.dump(2);
}

TEST(Journey, ShowsHowFarSomebodyHasCome) {
    const auto rules =
        rules_of({mapping("first", claim(aware), {{"valid_for", "P1M"}}),
                  mapping("second", claim("t1-ai-literacy-2")), mapping("third", claim("t1-ai-literacy-2")),
                  mapping("fourth", claim("t1-ai-literacy-3"), {{"needs", "passed"}}),
                  mapping("fifth", claim("t1-ai-literacy-4"))});
    const auto journey = load_journey(journey_text({{{"learning_item", "first"}},
                                                    {{"learning_item", "second"}},
                                                    {{"learning_item", "third"}},
                                                    {{"learning_item", "fourth"}},
                                                    {{"learning_item", "fifth"}, {"optional", true}}}),
                                      "journey.json");
    ASSERT_TRUE(journey) << journey.error().text();
    EXPECT_TRUE(check_journey(*journey, *rules).empty());
    PersonFacts p;
    p.person = person();
    p.records = fold({completed("first", "2026-01-01", 1), completed("second", "2026-01-01", 2),
                      completed("fourth", "2026-01-01", 3)},
                     p.person, *rules);
    const auto states = [&](std::string_view when) {
        Names out;
        const auto answer = journey_progress(*journey, p, *rules, day(when));
        for (const auto& step : answer["steps"]) out.push_back(step["state"]);
        return out;
    };
    EXPECT_EQ(states(today), (Names{"run_out", "done", "not_needed", "begun", "not_begun"}));
    EXPECT_EQ(states("2026-01-05"), (Names{"done", "done", "not_needed", "begun", "not_begun"}));
    EXPECT_EQ(states("2025-12-01"), Names(5, "not_begun"));
    const auto answer = journey_progress(*journey, p, *rules, day("2026-01-05"));
    EXPECT_EQ(answer["done"], 3);
    EXPECT_EQ(answer["needed"], 4);
    EXPECT_EQ(answer["next"], "fourth");
    EXPECT_EQ(journey_json(*journey, *rules, day(today))["minutes"], 20 + 30 + 40 + 50 + 60);
}

TEST(Journey, BadFilesSaySo) {
    const auto refused = [](const std::string& text) {
        const auto journey = load_journey(text, "journey.json");
        return journey ? std::string() : journey.error().text();
    };
    EXPECT_NE(refused(journey_text(json::array())), "");
    EXPECT_NE(refused("[]"), "");
    EXPECT_NE(refused("{"), "");
    EXPECT_NE(refused(journey_text({{{"learning_item", "a"}}, {{"learning_item", "a"}}})).find("twice"),
              std::string::npos);
    const auto rules = rules_of({mapping("a", claim(aware))});
    const auto journey = load_journey(journey_text({{{"learning_item", "gone"}}}), "j");
    const auto problems = check_journey(*journey, *rules);
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].code, "unknown_learning_item");
    PersonFacts p;
    p.person = person();
    EXPECT_EQ(journey_progress(*journey, p, *rules, day(today))["steps"][0]["state"], "gone");
}

ordered_json pack_of(const std::vector<json>& mappings) {
    return make_pack(ordered_json::parse(mapping_file(mappings).dump()), "Nymouth", day(today),
                     std::string(64, 'a'));
}

TEST(Pack, AnImportHasTheIdsOfHere) {
    const auto pack = pack_of({mapping("intro", claim(aware)), mapping("ethics", claim("t1-ai-literacy-2")),
                               mapping("unknown", claim("t1-ai-literacy-3"))});
    const auto here = rules_of({});
    LearningSeen what;
    what.activities = {{"https://here.example/7", "Course ethics", 5, 5}};
    const auto table = read_pack_table(
        "learning_item,activity\r\nintro,https://here.example/1\r\n\"course  "
        "INTRO\",https://here.example/2\r\n"
        "nothing,https://here.example/3\r\n",
        "table.csv");
    ASSERT_TRUE(table) << table.error().text();
    const auto done = rekey(pack, *table, *here, what, {"from-nymouth", true});
    const auto& report = done["report"];
    EXPECT_EQ(report["learning_items"]["matched"], 2);
    EXPECT_EQ(report["mappings"]["kept"], 2);
    EXPECT_EQ(report["left_out"][0]["learning_item"], "unknown");
    EXPECT_EQ(report["left_out"][0]["mappings"], 1);
    EXPECT_EQ(report["unused_rows"][0]["line"], 4);
    EXPECT_EQ(report["not_seen"].size(), 2U) << "of the table, nothing was seen here";
    const auto set = load_mapping(done["document"].dump(2), "imported", hee());
    ASSERT_TRUE(set) << set.error().text();
    EXPECT_EQ(set->id, "from-nymouth");
    EXPECT_EQ(set->version, "3");
    EXPECT_EQ(set->items[0].activities, (Names{"https://here.example/1", "https://here.example/2"}));
    EXPECT_EQ(set->items[1].activities, (Names{"https://here.example/7"}));
    EXPECT_EQ(done["document"]["origin"]["organisation"], "Nymouth");
    EXPECT_EQ(done["document"]["origin"]["mapping"], "nymouth");
    // Passed on again it still says whose it was.
    EXPECT_EQ(make_pack(done["document"], "Here", day(today), std::string(64, 'b'))["origin"]["organisation"],
              "Nymouth");
    // Without titles and table only what has the same id here.
    EXPECT_EQ(rekey(pack, {}, *here, what, {})["report"]["learning_items"]["matched"], 0);
    what.activities.push_back({"https://lms.example/intro", "", 1, 1});
    EXPECT_EQ(rekey(pack, {}, *here, what, {})["report"]["matched"][0]["activities"][0]["by"], "same_id");
    // What another mapping has already is not taken from it by a title.
    const auto taken = rules_of({mapping("intro", claim(aware))});
    EXPECT_EQ(rekey(pack, {}, *taken, what, {"other", true})["report"]["learning_items"]["matched"], 1);
}

TEST(Pack, TablesAreRead) {
    const auto code = [](std::string_view csv) {
        const auto table = read_pack_table(csv, "t");
        return table ? std::to_string(table->size()) : table.error().code;
    };
    EXPECT_EQ(code("learning_item\nx\n"), "missing_column");
    EXPECT_EQ(code("learning_item,activity\nx,\n"), "empty_field");
    EXPECT_EQ(code("activity,learning_item\nhttps://a.example/1,x\n,\n"), "1");
}

std::map<std::string, std::size_t> codes(const ordered_json& answer) {
    return answer["by_code"].get<std::map<std::string, std::size_t>>();
}

TEST(Lint, FindsWhatDoesNothingOrWaits) {
    const auto set =
        load_mapping(mapping_file({mapping("a", claim(aware)), mapping("never", claim("t1-ai-literacy-2")),
                                   mapping("vain", claim(gdpr_skill)),
                                   mapping("far", claim(product_item), {{"product", {{"name", "Unknown"}}}}),
                                   mapping("old", claim("t1-ai-literacy-3"), {{"until", "2020-01-01"}})})
                         .dump(),
                     "m", hee());
    ASSERT_TRUE(set) << set.error().text();
    auto book = book_of({*set}, {deployment("scan")});
    book.assessors = {{"nobody", "Nobody's", "", {}, false, {}, {"liability"}, {}, {}, {}},
                      {"revoked", "Revoked", "", {"credential:gone"}, false, {}, {"liability"}, {}, {}, {}},
                      {"fine", "Fine", "", {"credential:k1"}, false, {}, {"liability"}, {}, {}, {}}};
    const Rules rules(std::move(book));
    LintFacts facts;
    facts.today = day(today);
    facts.seen = seen();
    facts.seen.triage["https://lms.example/a"] = {false, "cli:x", "why", ""};
    facts.seen.triage["https://other.example/new"] = {true, "cli:x", "", ""};
    facts.left_out = {"team x: broken"};
    facts.waiting[{"creator", "rule:r/1@1"}] = 31;
    facts.absent = {{"mdt", 1, 2}};
    facts.credentials = {"k1"};
    facts.overlaps = {{"r1", "r2", "creator", 5}};
    facts.against = {{"r1", "", "creator", 2}};
    const auto answer = lint(rules, facts, 3);
    auto found = codes(answer);
    EXPECT_EQ(found["mapping_matches_nothing"], 4U);
    EXPECT_EQ(found["claim_above_cap"], 1U);
    EXPECT_EQ(found["product_not_deployed"], 1U);
    EXPECT_EQ(found["mapping_over"], 1U);
    EXPECT_EQ(found["mapped_but_irrelevant"], 1U);
    EXPECT_EQ(found["activity_untriaged"], 2U);
    EXPECT_EQ(found["relevant_not_mapped"], 1U);
    EXPECT_EQ(found["assessor_without_anybody"], 2U);
    EXPECT_EQ(found["team_member_left"], 1U);
    EXPECT_EQ(found["team_member_unknown"], 1U);
    EXPECT_EQ(found["deployment_without_product"], 1U);
    EXPECT_EQ(found["assignment_without_yes"], 1U);
    EXPECT_EQ(found["archetype_rules_overlap"], 1U);
    EXPECT_EQ(found["archetype_rule_contradicted"], 1U);
    EXPECT_EQ(found["out_of_force"], 1U);
    EXPECT_GT(found["requirement_without_evidence"], 50U);
    std::map<std::string, std::size_t> shown;
    std::size_t all = 0;
    for (const auto& [severity, n] : answer["counts"].items()) all += n.get<std::size_t>();
    for (const auto& [code, n] : found) all -= n;
    EXPECT_EQ(all, 0U) << "the counts are of all";
    for (const auto& f : answer["findings"]) {
        EXPECT_LE(++shown[f["code"]], 3U);
        EXPECT_FALSE(f["todo"].get<std::string>().empty());
        EXPECT_FALSE(f["where"].get<std::string>().empty());
    }
    EXPECT_EQ(answer["findings"][0]["severity"], "error");
    for (const auto& f : answer["findings"]) {
        if (f["code"] == "activity_untriaged") {
            EXPECT_EQ(f["people"], 800) << "most people first";
            break;
        }
    }
}

TEST(Lint, MappingsOfOneActivityOverlapWhereTheySayDifferentThings) {
    const auto with = [](json second) {
        auto file = mapping_file({mapping("a", claim(aware))});
        file["mappings"].push_back(mapping("b", claim(aware), std::move(second)));
        file["mappings"].back()["learning_item"] = "a";
        const auto set = load_mapping(file.dump(), "m", hee());
        EXPECT_TRUE(set) << set.error().text();
        const Rules rules(book_of({*set}));
        LintFacts facts;
        facts.today = day(today);
        const auto answer = lint(rules, facts, 50);
        for (const auto& f : answer["findings"]) {
            if (f["code"] == "mappings_overlap") return f["severity"].get<std::string>();
        }
        return std::string();
    };
    EXPECT_EQ(with({{"valid_for", "P1Y"}}), "warning");
    EXPECT_EQ(with(json::object()), "info");
    EXPECT_EQ(with({{"needs", "passed"}}), "") << "a ladder";
}

TEST(Lint, NothingIsWrongWithNothing) {
    auto book = book_of({});
    book.assessors = {{"lead", "Lead", "", {"cli:x"}, true, {}, {}, {}, {}, {}}};
    const Rules rules(std::move(book));
    LintFacts facts;
    facts.today = day(today);
    const auto answer = lint(rules, facts, 500);
    for (const auto& f : answer["findings"]) {
        EXPECT_TRUE(f["code"] == "requirement_without_evidence" || f["code"] == "level_lost") << f.dump();
    }
}

}  // namespace
}  // namespace capbridge::competency::test
