// A few rules and people on which the tests of the answers agree.
#pragma once
#include "core/competency/answers.hpp"
#include "world.hpp"

namespace capbridge::competency::test {

inline Question on(std::string_view when) {
    return {day(when), {}, "Nymouth", 17};
}

// Users' liability has one item that "law" gives with a pass; ChestScan has one course; the foundation has
// one course.
inline std::unique_ptr<Rules> small_rules() {
    return rules_of(
        {mapping("intro", claims({aware, "t1-ai-literacy-2"}), {{"valid_for", "P1Y"}, {"method", "quiz"}}),
         mapping("law", claim("a2-liability-1"), {{"needs", "passed"}}),
         mapping("scan", claim(product_item), {{"product", {{"name", "ChestScan"}}}})},
        {deployment("scan-2")});
}

inline PersonFacts somebody(const Rules& rules, const std::vector<Fact>& facts,
                            std::vector<people::Assignment> assignments, const std::string& id = "p1") {
    PersonFacts p;
    p.person = person(id);
    p.assignments = std::move(assignments);
    p.records = fold(facts, p.person, rules);
    p.unmapped_only = unmapped_only(facts, rules);
    return p;
}

inline const ordered_json& cell_of(const ordered_json& cells, std::string_view axis, std::string_view id) {
    for (const auto& cell : cells) {
        if (cell.at(std::string(axis)) == id) return cell;
    }
    throw std::runtime_error("no such cell");
}

}  // namespace capbridge::competency::test
