// The assurance checklist of a deployment: the framework's questions (Tables A3 and A6 of the report: what a
// Driver asks before buying, what an Embedder asks while bringing it in), each answered by somebody, on a
// day, with a document. An answer is a decision of its own in the journal; the one recorded last stands, the
// others are the question's history. Questions never say who needs what. Values; pure; any thread.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/competency/rules.hpp"

namespace capbridge::competency {

struct Answer {
    // open: asked again, such as after a change of the product.
    enum class Kind { open, no, partly, yes, not_applicable } kind = Kind::open;
    std::string id;  // UUID
    std::string deployment, question;
    std::string document, note;  // what shows it; in words. "" where there is none
    Day on{};                    // as of which it was answered
    std::string who;             // credential or command
    Instant recorded{};
    std::int64_t run = 0;
    // It says the same, whoever says it.
    [[nodiscard]] bool says(const Answer& other) const {
        return kind == other.kind && document == other.document && note == other.note;
    }
};
std::string_view text(Answer::Kind kind);
std::optional<Answer::Kind> answer_kind(std::string_view text);
json to_json(const Answer& answer);  // payload of an "assurance.answer" decision
Result<Answer> answer_from_json(const json& payload);

struct ChecklistFilter {
    std::string archetype, factor, state;  // "" = all; of the items, never of the counts
};
// {deployment, as_of, questions, answered, answered_by_go_live, counts:{open,no,partly,yes,not_applicable},
// archetypes:[...], factors:[{factor, name, group, questions, answered, counts, items:[...]}], former}.
// Factors in the framework's order; in each what is open first, then no, partly, and what is settled.
// `answers` in order of record, of any deployment; those of a later day than `as_of` are left out. `former`:
// answered questions that this version of the framework does not have.
ordered_json checklist(const Rules& rules, const Deployment& deployment, const std::vector<Answer>& answers,
                       Day as_of, const ChecklistFilter& filter = {});
// The counts alone: {questions, answered, counts}.
ordered_json checklist_counts(const Rules& rules, const Deployment& deployment,
                              const std::vector<Answer>& answers, Day as_of);
// {deployment, question:{...}, state, history:[... newest first]}; error "not_found".
Result<ordered_json> question_history(const Rules& rules, const Deployment& deployment,
                                      std::string_view question, const std::vector<Answer>& answers);

}  // namespace capbridge::competency
