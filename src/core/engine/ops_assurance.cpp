// The assurance checklist of a deployment: answering a question, the list, a question's history. Each answer
// is a decision under a key of its own, so that taking its run back brings the answer before it back.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/engine/deployment_parameter.hpp"
#include "core/engine/identity_decide.hpp"
#include "core/engine/operation_list.hpp"

namespace capbridge::engine {
namespace {

using competency::Answer;
using competency::Rules;

constexpr std::string_view kind = "assurance.answer";
constexpr std::size_t longest_document = 500, longest_note = 2000;

Result<std::string> text_up_to(const json& params, const char* name, std::size_t longest) {
    auto text = get_string(params, name);
    if (text.size() > longest)
        return fail("bad_parameter", "it is longer than " + std::to_string(longest) + " bytes", name);
    return text;
}

Status known_question(const Rules& rules, const std::string& id) {
    const auto& all = rules.framework.questions;
    if (std::any_of(all.begin(), all.end(), [&](const auto& q) { return q.id == id; })) return {};
    return fail("not_found",
                "the framework " + rules.framework.id + " has no question '" + id +
                    "' (capbridge assurance DEPLOYMENT lists them)",
                "question");
}

// {deployment, question, answer: yes|no|partly|not_applicable|open, document?, note?, on?}: who and when come
// from the caller and the clock.
Result<ordered_json> assurance_answer(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto* deployment, deployment_of(*rules, params));
    Answer answer;
    answer.deployment = deployment->id;
    CAPBRIDGE_LET(answer.question, need_text(params, "question"));
    CAPBRIDGE_TRY(known_question(*rules, answer.question));
    CAPBRIDGE_LET(const auto wanted, need_text(params, "answer"));
    const auto said = competency::answer_kind(wanted);
    if (!said) {
        return fail("bad_parameter",
                    "'" + wanted + "' is none of yes, no, partly, not_applicable, open (ask it again)",
                    "answer");
    }
    answer.kind = *said;
    CAPBRIDGE_LET(answer.document, text_up_to(params, "document", longest_document));
    CAPBRIDGE_LET(answer.note, text_up_to(params, "note", longest_note));
    CAPBRIDGE_LET(answer.on, day_parameter(bridge, params, "on"));
    if (answer.on > day_of(bridge.now())) return fail("bad_parameter", "the day lies in the future", "on");
    // Somebody will ask why it need not be asked, or is asked again.
    const bool needs_why = answer.kind == Answer::Kind::not_applicable || answer.kind == Answer::Kind::open;
    if (needs_why && answer.note.empty())
        return fail("bad_parameter", "'" + wanted + "' needs a note that says why", "note");

    const Answer* before = nullptr;
    const auto all = answers_in_force(bridge);
    for (const auto& each : all) {
        if (each.deployment == answer.deployment && each.question == answer.question) before = &each;
    }
    ordered_json out{{"deployment", answer.deployment}, {"question", answer.question}, {"answer", wanted}};
    // The same on another day is said anew: somebody looked again.
    const bool same = before == nullptr
                          ? answer.kind == Answer::Kind::open
                          : before->says(answer) && (before->on == answer.on || !params.contains("on"));
    out["changed"] = !same;
    if (same) return out;
    out["before"] = before == nullptr ? "open" : text(before->kind);
    const auto id = uuid_v4();
    return decide(bridge, caller, "decision", "question " + answer.question + " of " + answer.deployment,
                  {{std::string(kind),
                    answer.deployment + "|" + answer.question + "|" + id,
                    competency::to_json(answer).dump(),
                    {}}},
                  std::move(out));
}

// Without a deployment: of each, how much is answered.
ordered_json all_checklists(Bridge& bridge, const Rules& rules, Day as_of) {
    constexpr std::size_t shown = 500;
    const auto answers = answers_in_force(bridge);
    ordered_json out{{"as_of", format_day(as_of)},
                     {"total", rules.deployments.size()},
                     {"deployments", ordered_json::array()}};
    for (std::size_t i = 0; i < std::min(rules.deployments.size(), shown); ++i) {
        const auto& d = rules.deployments[i];
        ordered_json one{{"id", d.id},
                         {"product", d.product},
                         {"version", d.version},
                         {"unit", d.unit},
                         {"go_live", d.go_live ? ordered_json(format_day(*d.go_live)) : ordered_json()}};
        one.update(competency::checklist_counts(rules, d, answers, as_of));
        out["deployments"].push_back(std::move(one));
    }
    return out;
}

// {deployment?, as_of?, archetype?, factor?, state?: open|no|partly|yes|not_applicable}
Result<ordered_json> assurance_list(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto as_of, day_parameter(bridge, params, "as_of"));
    if (get_string(params, "deployment").empty()) return all_checklists(bridge, *rules, as_of);
    CAPBRIDGE_LET(const auto* deployment, deployment_of(*rules, params));
    const competency::ChecklistFilter filter{get_string(params, "archetype"), get_string(params, "factor"),
                                             get_string(params, "state")};
    const auto& f = rules->framework;
    if (!filter.archetype.empty() && f.archetype_index(filter.archetype) < 0)
        return fail("not_found", "there is no archetype '" + filter.archetype + "'", "archetype");
    if (!filter.factor.empty() && f.factor_index(filter.factor) < 0)
        return fail("not_found", "there is no factor '" + filter.factor + "'", "factor");
    if (!filter.state.empty() && !competency::answer_kind(filter.state))
        return fail("bad_parameter",
                    "'" + filter.state + "' is none of open, no, partly, yes, not_applicable", "state");
    return competency::checklist(*rules, *deployment, answers_in_force(bridge), as_of, filter);
}

// {deployment, question}
Result<ordered_json> assurance_show(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto* deployment, deployment_of(*rules, params));
    CAPBRIDGE_LET(const auto question, need_text(params, "question"));
    return competency::question_history(*rules, *deployment, question, answers_in_force(bridge));
}

}  // namespace

std::vector<Answer> answers_in_force(Bridge& bridge) {
    std::vector<Answer> out;
    for (const auto& decision : bridge.store().journal().decisions_in_force(kind)) {
        const auto payload = json::parse(decision.payload, nullptr, false);
        if (!payload.is_object()) continue;
        auto answer = competency::answer_from_json(payload);
        if (!answer) continue;
        answer->id = decision.key.substr(decision.key.rfind('|') + 1);
        answer->who = decision.who;
        answer->recorded = decision.recorded;
        answer->run = decision.run;
        out.push_back(std::move(*answer));
    }
    return out;
}

std::vector<Operation> assurance_operations() {
    return {
        {"assurance.answer", true, "admin", assurance_answer},
        {"assurance.list", false, "read", assurance_list},
        {"assurance.show", false, "read", assurance_show},
    };
}

}  // namespace capbridge::engine
