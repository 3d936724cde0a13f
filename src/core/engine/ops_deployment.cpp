// Deployments: the list, one with its users' training, and single people who work with one, or do not,
// whatever its rule says.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "core/competency/rollout.hpp"
#include "core/competency/succession.hpp"
#include "core/engine/decision_writer.hpp"
#include "core/engine/deployment_parameter.hpp"
#include "core/engine/identity_decide.hpp"
#include "core/engine/learning_seen.hpp"
#include "core/engine/members.hpp"
#include "core/engine/operation_list.hpp"
#include "core/people/deployment_users.hpp"

namespace capbridge::engine {
namespace {

using competency::Deployment;
using competency::PersonFacts;
using competency::Rollout;
using competency::Rules;

constexpr const char* kind = "deployment.user";

ordered_json day_or_null(const std::optional<Day>& day) {
    return day ? ordered_json(format_day(*day)) : ordered_json();
}

// {as_of?}: how many work with each, and how much of its checklist is answered.
Result<ordered_json> deployment_list(Bridge& bridge, const json& params, const Caller&) {
    constexpr std::size_t shown = 500;
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto as_of, day_parameter(bridge, params, "as_of"));
    const auto& all = rules->deployments;
    std::vector<std::size_t> users(all.size(), 0);
    bridge.store().projection().each_person(false, [&](const PersonFacts& facts) {
        if (!competency::is_staff(facts.person, as_of)) return;
        for (std::size_t i = 0; i < all.size(); ++i)
            users[i] += rules->works_with(facts.person, static_cast<int>(i), as_of) ? 1 : 0;
    });
    const auto answers = answers_in_force(bridge);
    ordered_json out{
        {"as_of", format_day(as_of)}, {"total", all.size()}, {"deployments", ordered_json::array()}};
    for (std::size_t i = 0; i < std::min(all.size(), shown); ++i) {
        const auto& d = all[i];
        const auto* product = rules->product_of(static_cast<int>(i));
        const auto* former = competency::version_before(*rules, d);
        out["deployments"].push_back(
            {{"id", d.id},
             {"product", d.product},
             {"product_id", product == nullptr ? ordered_json() : ordered_json(product->id)},
             {"version", d.version},
             {"unit", d.unit},
             {"go_live", day_or_null(d.go_live)},
             {"live", d.go_live ? ordered_json(*d.go_live <= as_of) : ordered_json()},
             {"version_before", former == nullptr ? ordered_json() : ordered_json(former->id)},
             {"users", users[i]},
             {"assurance", competency::checklist_counts(*rules, d, answers, as_of)}});
    }
    return out;
}

// Those whom the deployment concerns are few of all; only of them is the evidence read.
Result<std::unique_ptr<Rollout>> rollout_of(Bridge& bridge, const Rules& rules, const Deployment& deployment,
                                            Day as_of) {
    auto rollout = std::make_unique<Rollout>(rules, rules.deployment_index(deployment.id), as_of);
    std::vector<std::string> people;
    auto& projection = bridge.store().projection();
    projection.each_person(false, [&](const PersonFacts& facts) {
        if (rollout->concerns(facts.person)) people.push_back(facts.person.id);
    });
    for (const auto& id : people) {
        if (bridge.stopping) return fail("stopping", "the bridge is stopping");
        if (const auto facts = projection.person_facts(id)) rollout->add(*facts);
    }
    return rollout;
}

// {deployment, as_of?}: counts only
Result<ordered_json> deployment_show(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto* deployment, deployment_of(*rules, params));
    CAPBRIDGE_LET(const auto as_of, day_parameter(bridge, params, "as_of"));
    CAPBRIDGE_LET(const auto rollout, rollout_of(bridge, *rules, *deployment, as_of));
    auto out = rollout->show();
    out["assurance"] = competency::checklist_counts(*rules, *deployment, answers_in_force(bridge), as_of);
    return out;
}

// {deployment, as_of?, state?: trained|in_grace|to_retrain|untrained|not_asked, retrain?, limit?, offset?}
Result<ordered_json> deployment_users(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto* deployment, deployment_of(*rules, params));
    CAPBRIDGE_LET(const auto as_of, day_parameter(bridge, params, "as_of"));
    Rollout::Page page;
    CAPBRIDGE_LET(page.limit, limit_of(params, 50, 1000));
    page.offset = params.value("offset", std::size_t{0});
    page.retrain = params.value("retrain", false);
    if (const auto state = get_string(params, "state"); !state.empty()) {
        page.only = Rollout::standing_from(state);
        if (!page.only)
            return fail("bad_parameter",
                        "'" + state + "' is none of trained, in_grace, to_retrain, untrained, not_asked",
                        "state");
    }
    CAPBRIDGE_LET(const auto rollout, rollout_of(bridge, *rules, *deployment, as_of));
    ordered_json out{{"deployment", deployment->id}, {"as_of", format_day(as_of)}};
    out.update(rollout->users(page));
    return out;
}

json payload_of(const std::string& person, const std::string& deployment, bool works_with,
                const std::optional<Day>& from, const std::optional<Day>& to) {
    json out = {{"person", person}, {"deployment", deployment}, {"works_with", works_with}};
    if (from) out["from"] = format_day(*from);
    if (to) out["to"] = format_day(*to);
    return out;
}

// Adds what makes it so; nothing when it is so already. Absent `works_with`: what was said by name is taken
// away, also what was said of somebody who was merged into the person: it lies under their own key.
bool change(Bridge& bridge, const std::string& person, const std::string& deployment,
            std::optional<bool> works_with, const std::optional<Day>& from, const std::optional<Day>& to,
            std::vector<store::NewDecision>& decisions) {
    const auto key = person + "|" + deployment;
    const auto before = bridge.store().journal().decision_in_force(kind, key);
    const bool said = before && !before->payload.empty();
    if (!works_with) {
        const auto count = decisions.size();
        for (const auto& each : bridge.store().projection().said_of(person, kind)) {
            if (get_string(json::parse(each.payload, nullptr, false), "deployment") == deployment)
                decisions.push_back({kind, each.key, "", {}});
        }
        return decisions.size() > count;
    }
    const auto payload = payload_of(person, deployment, *works_with, from, to);
    if (said && json::parse(before->payload, nullptr, false) == payload) return false;
    decisions.push_back({kind, key, payload.dump(), {}});
    return true;
}

// {csv, issuer?, deployment?, name?}
Result<ordered_json> users_import(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_TRY(check_members(params, {{"csv", "issuer", "deployment", "name"}}));
    CAPBRIDGE_LET(const auto csv, need_text(params, "csv"));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    const auto otherwise = get_string(params, "deployment"), name = get_string(params, "name", "users");
    if (!otherwise.empty()) CAPBRIDGE_TRY(deployment_of(*rules, params).map([](const Deployment*) {}));
    auto read =
        people::read_deployment_users(csv, get_string(params, "issuer"), otherwise,
                                      [&](std::string_view id) { return rules->deployment_index(id) >= 0; });
    if (!read) {
        auto error = read.error();
        error.where = name;
        return fail(std::move(error));
    }
    std::vector<store::NewDecision> decisions;
    std::set<std::string> seen;
    std::size_t changed = 0, same = 0;
    for (const auto& row : read->rows_read) {
        const auto person =
            bridge.store().projection().person_by_identifier(row.who.scheme, row.who.issuer, row.who.value);
        if (!person) {
            read->exceptions.push_back(
                {row.line, "unknown_person", "nobody is known by this identifier; import the people first"});
            continue;
        }
        if (!seen.insert(*person + "|" + row.deployment).second) {  // by another of their identifiers
            read->exceptions.push_back(
                {row.line, "named_twice",
                 "an earlier line already says it of the same person; that one stays"});
            continue;
        }
        const bool new_ =
            change(bridge, *person, row.deployment, row.works_with, row.from, row.to, decisions);
        ++(new_ ? changed : same);
    }
    std::stable_sort(read->exceptions.begin(), read->exceptions.end(),
                     [](const auto& a, const auto& b) { return a.line < b.line; });
    const ordered_json out{{"counts",
                            {{"rows", read->rows},
                             {"changed", changed},
                             {"same", same},
                             {"exceptions", read->exceptions.size()}}},
                           {"exceptions", exceptions_json(read->exceptions)}};
    if (decisions.empty()) return out;
    return in_run(bridge, run_of(caller, "import", "users of deployments from " + name),
                  [&](store::RunRow& run) -> Result<ordered_json> {
                      DecisionWriter writer(bridge, caller, run.id, "importing users of deployments",
                                            decisions.size());
                      for (auto& decision : decisions) CAPBRIDGE_TRY(writer.add(std::move(decision)));
                      CAPBRIDGE_TRY(writer.flush());
                      return out;
                  });
}

Result<std::optional<Day>> optional_day(const json& params, const char* name) {
    const auto text = get_string(params, name);
    if (text.empty()) return std::optional<Day>();
    const auto day = parse_day(text);
    if (!day) return fail("bad_parameter", "'" + text + "' is no day written YYYY-MM-DD", name);
    return day;
}

// {deployment, person, works_with: true|false|null (as its rule says again), from?, to?}
Result<ordered_json> users_set(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_TRY(check_members(params, {{"deployment", "person", "from", "to"}, {"works_with"}}));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto* deployment, deployment_of(*rules, params));
    CAPBRIDGE_LET(const auto text, need_text(params, "person"));
    CAPBRIDGE_LET(const auto person, known_person(bridge, text, "person"));
    const auto given = params.find("works_with");
    if (given == params.end() || (!given->is_boolean() && !given->is_null()))
        return fail("bad_parameter", "say true, false, or null: as the deployment's rule says", "works_with");
    const auto works_with = given->is_null() ? std::optional<bool>() : given->get<bool>();
    CAPBRIDGE_LET(const auto from, optional_day(params, "from"));
    CAPBRIDGE_LET(const auto to, optional_day(params, "to"));
    if (from && to && *to < *from) return fail("bad_parameter", "the last day lies before the first", "to");
    std::vector<store::NewDecision> decisions;
    const bool changed = change(bridge, person, deployment->id, works_with, from, to, decisions);
    return decide(bridge, caller, "decision", "a user of deployment " + deployment->id, std::move(decisions),
                  {{"person", person}, {"deployment", deployment->id}, {"changed", changed}});
}

}  // namespace

Result<const Deployment*> deployment_of(const Rules& rules, const json& params) {
    CAPBRIDGE_LET(const auto id, need_text(params, "deployment"));
    const int index = rules.deployment_index(id);
    if (index < 0)
        return fail("not_found", "there is no deployment '" + id + "' (capbridge deployment list shows them)",
                    "deployment");
    return &rules.deployments[static_cast<std::size_t>(index)];
}

std::vector<std::string> deployment_warnings(Bridge& bridge, const Rules& rules, std::string_view id) {
    std::vector<std::string> out;
    const int index = rules.deployment_index(id);
    if (index < 0) return out;
    const auto& d = rules.deployments[static_cast<std::size_t>(index)];
    const auto* product = rules.product_of(index);
    if (product == nullptr) {
        out.push_back("nothing is known of the product '" + d.product +
                      "': its users are asked as if it were of high risk and served clinical decisions "
                      "(capbridge product publish)");
    } else if (!product->versions.empty() && std::find(product->versions.begin(), product->versions.end(),
                                                       d.version) == product->versions.end()) {
        out.push_back("the product '" + product->id + "' has no version '" + d.version + "' in its file");
    }
    if (!d.go_live) out.push_back("it has no day of go-live, so training cannot be held against it");
    for (const auto& other : rules.deployments) {
        if (other.id != d.id && other.product == d.product && other.version == d.version &&
            other.unit == d.unit && other.go_live == d.go_live)
            out.push_back("'" + other.id + "' is the same product, version, unit and day");
    }
    bool anybody = false;
    std::size_t left_behind = 0;
    const auto* former = competency::version_before(rules, d);
    const auto is_named = [](const people::Person& person, const std::string& deployment) {
        return std::any_of(person.uses.begin(), person.uses.end(), [&](const people::DeploymentUse& use) {
            return use.works_with && use.deployment == deployment;
        });
    };
    bridge.store().projection().each_person(false, [&](const PersonFacts& facts) {
        const bool works = rules.works_with(facts.person, index, {});
        anybody = anybody || works;
        left_behind += !works && former != nullptr && is_named(facts.person, former->id) ? 1 : 0;
    });
    if (left_behind > 0) {
        out.push_back(std::to_string(left_behind) + " who work with '" + former->id +
                      "' by name do not with this one: name them for it too (capbridge deployment users)");
    }
    if (!anybody)
        out.push_back(
            "nobody works with it: no post is in its units, staff groups and job roles (written as "
            "in the list of people?)");
    return out;
}

std::vector<Operation> deployment_operations() {
    return {
        {"deployment.list", false, "read", deployment_list},
        {"deployment.show", false, "read", deployment_show},
        {"deployment.users", false, "read", deployment_users},
        {"deployment.users.import", true, "admin", users_import},
        {"deployment.users.set", true, "admin", users_set},
    };
}

}  // namespace capbridge::engine
