#include "core/engine/config_change.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/ids.hpp"
#include "core/base/log.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/rulebook.hpp"
#include "core/engine/source_change.hpp"
#include "core/engine/write_back/push.hpp"

namespace capbridge::engine {
namespace {

std::optional<store::DecisionRow> in_force(Bridge& bridge, const RuleText& rule) {
    auto all = bridge.store().journal().decisions_in_force(rule.kind);
    if (is_only_one(rule.kind)) {
        if (all.empty() || all.back().key != rule.id) return std::nullopt;
        return std::move(all.back());
    }
    const auto it = std::find_if(all.begin(), all.end(), [&](const auto& d) { return d.key == rule.id; });
    if (it == all.end()) return std::nullopt;
    return std::move(*it);
}

bool has_text(Bridge& bridge, const std::string& kind, const std::string& text) {
    const auto all = bridge.store().journal().decisions_in_force(kind);
    if (is_only_one(kind)) return !all.empty() && all.back().payload == text;
    return std::any_of(all.begin(), all.end(), [&](const auto& d) { return d.payload == text; });
}

template <class List, class Item>
void put(List& list, Item item) {
    const auto it =
        std::find_if(list.begin(), list.end(), [&](const auto& one) { return one.id == item.id; });
    if (it == list.end()) {
        list.push_back(std::move(item));
    } else {
        *it = std::move(item);
    }
}

const char* change_word(bool is_new, bool is_same) {
    return is_same ? "same" : is_new ? "new" : "changed";
}

}  // namespace

Result<ConfigChange> ConfigChange::plan(Bridge& bridge, const json& params) {
    ConfigChange out;
    out.organisation_ = get_string(params, "organisation");
    const auto add = [&](const std::string& kind, const json& file) -> Status {
        CAPBRIDGE_LET(auto text, need_text(file, "text"));
        out.texts_.push_back({kind, std::move(text), get_string(file, "name", kind)});
        return {};
    };
    for (const auto* kind : {"framework", "policy"}) {
        if (params.contains(kind)) CAPBRIDGE_TRY(add(kind, params.at(kind)));
    }
    for (const auto& [list, kind] :
         {std::pair{"mappings", "mapping"}, std::pair{"deployments", "deployment"}}) {
        for (const auto& file : params.value(list, json::array())) CAPBRIDGE_TRY(add(kind, file));
    }
    const auto sources = params.value("sources", json::array());
    if (!sources.empty() && bridge.adapters() == nullptr)
        return fail("internal", "this process has no adapters");
    std::set<std::string> names;
    for (const auto& source : sources) {
        CAPBRIDGE_LET(auto row, source_row_of(bridge, source));
        if (!names.insert(row.name).second)
            return fail("duplicate_source", "the source '" + row.name + "' is there twice");
        out.rows_.push_back(std::move(row));
    }
    names.clear();
    for (const auto& target : params.value("forward", json::array())) {
        CAPBRIDGE_LET(const auto asked, target_row_of(bridge, target));
        if (!names.insert(asked.row.name).second)
            return fail("duplicate_target", "the target '" + asked.row.name + "' is there twice");
        out.target_params_.push_back(target);
    }
    CAPBRIDGE_TRY(out.compare(bridge));
    return out;
}

Status ConfigChange::compare(Bridge& bridge) {
    organisation_changed_ =
        !organisation_.empty() && organisation_ != bridge.store().installation().organisation;
    CAPBRIDGE_TRY(compare_rules(bridge));
    compare_sources(bridge);
    return compare_targets(bridge);
}

// All texts are held against what will be in force with all of them: a mapping may take over an activity that
// another one gives up in the same file.
Status ConfigChange::compare_rules(Bridge& bridge) {
    rules_.clear();
    const auto* framework = texts_.empty() || texts_.front().kind != "framework" ? nullptr : &texts_.front();
    std::optional<Proposal> proposal;
    if (framework != nullptr && !has_text(bridge, "framework", framework->text)) {
        CAPBRIDGE_LET(const auto loaded, framework::load_framework(framework->text, framework->name));
        proposal = Proposal{"framework", loaded.id, framework->text};
    }
    CAPBRIDGE_LET(auto read, read_rulebook(bridge.store(), {.journal = nullptr,
                                                            .proposal = proposal ? &*proposal : nullptr}));
    auto& book = read.book;
    for (const auto& one : texts_) {
        if (one.kind != "mapping") continue;
        CAPBRIDGE_LET(auto set, competency::load_mapping(one.text, one.name, book.framework));
        put(book.mappings, std::move(set));
    }
    const competency::Rules rules(std::move(book));
    std::map<std::pair<std::string, std::string>, std::string> files;
    for (const auto& one : texts_) {
        CAPBRIDGE_LET(auto rule, read_rule_text(rules, one.kind, one.text, one.name));
        const auto [first, is_new] = files.emplace(std::pair{one.kind, rule.id}, one.name);
        if (!is_new)
            return fail("duplicate_id",
                        "the " + one.kind + " '" + rule.id + "' is in '" + first->second + "' too", one.name);
        const auto before = in_force(bridge, rule);
        const bool same = before && before->payload == rule.text;
        rules_.emplace_back(std::move(rule), same);
    }
    return {};
}

void ConfigChange::compare_sources(Bridge& bridge) {
    sources_.clear();
    for (const auto& row : rows_) {
        Source one{row, false, false, bridge.store().sources().source(row.name)};
        one.is_new = !one.before.has_value();
        one.row.uuid = one.before ? one.before->uuid : uuid_v4();
        if (one.row.activity_base.empty()) one.row.activity_base = activity_base_of(bridge, one.row.uuid);
        one.is_same = one.before && is_same_source(*one.before, one.row);
        sources_.push_back(std::move(one));
    }
}

Status ConfigChange::compare_targets(Bridge& bridge) {
    targets_.clear();
    for (const auto& params : target_params_) {
        CAPBRIDGE_LET(auto asked, target_row_of(bridge, params));
        targets_.push_back(std::move(asked));
    }
    return {};
}

ordered_json ConfigChange::told(Bridge& bridge) const {
    auto items = ordered_json::array();
    if (organisation_changed_)
        items.push_back({{"kind", "organisation"}, {"id", organisation_}, {"change", "changed"}});
    for (const auto& [rule, same] : rules_) {
        const bool is_new = !same && !in_force(bridge, rule);
        items.push_back({{"kind", rule.kind},
                         {"id", rule.id},
                         {"version", rule.version},
                         {"change", change_word(is_new, same)}});
    }
    std::set<std::string> named_sources, named_targets;
    for (const auto& one : sources_) {
        named_sources.insert(one.row.name);
        ordered_json item{{"kind", "source"},
                          {"id", one.row.name},
                          {"adapter", one.row.adapter},
                          {"change", change_word(one.is_new, one.is_same)}};
        if (!one.is_new && !one.is_same && reads_otherwise(*one.before, one.row))
            item["warnings"] = {
                "its next sync reads from the beginning; what is known already changes nothing"};
        items.push_back(std::move(item));
    }
    for (const auto& one : targets_) {
        named_targets.insert(one.row.name);
        ordered_json item{
            {"kind", "forward"}, {"id", one.row.name}, {"change", change_word(one.is_new, one.is_same)}};
        if (const auto secret = read_secret(one.settings); !secret)
            item["warnings"] = {secret.error().text()};
        items.push_back(std::move(item));
    }
    auto left = ordered_json::array();
    for (const auto& source : bridge.store().sources().sources()) {
        if (!named_sources.contains(source.name)) left.push_back({{"kind", "source"}, {"id", source.name}});
    }
    for (const auto& target : bridge.store().outbox().targets()) {
        if (!named_targets.contains(target.name)) left.push_back({{"kind", "forward"}, {"id", target.name}});
    }
    return {{"items", std::move(items)}, {"not_named", std::move(left)}};
}

Result<ordered_json> ConfigChange::preview(Bridge& bridge) {
    CAPBRIDGE_TRY(compare(bridge));
    return told(bridge);
}

std::vector<std::string> ConfigChange::changed_sources() const {
    std::vector<std::string> out;
    for (const auto& one : sources_) {
        if (!one.is_same) out.push_back(one.row.name);
    }
    std::sort(out.begin(), out.end());
    return out;
}

store::SettingsChange ConfigChange::change(Bridge& bridge) const {
    store::SettingsChange out;
    if (organisation_changed_) out.organisation = organisation_;
    for (const auto& [rule, same] : rules_) {
        if (!same) out.decisions.entries.emplace_back(store::NewDecision{rule.kind, rule.id, rule.text, {}});
    }
    for (const auto& one : sources_) {
        if (one.is_same) continue;
        out.sources.push_back(one.row);
        if (one.is_new) continue;
        if (reads_otherwise(*one.before, one.row)) out.from_the_beginning.push_back(one.row.uuid);
        const auto state = bridge.store().sources().source_state(one.row.uuid);
        if (auto next = state_after_change(*one.before, one.row, state); next != state)
            out.states.emplace_back(one.row.uuid, std::move(next));
    }
    for (const auto& one : targets_) {
        if (!one.is_same) out.targets.push_back(one.row);
    }
    return out;
}

Result<ordered_json> ConfigChange::commit(Bridge& bridge, const Caller& caller,
                                          store::SettingsChange change) {
    if (change.decisions.entries.empty()) {
        CAPBRIDGE_TRY(bridge.store().put_settings(change));
        return ordered_json::object();
    }
    store::RunRow run;
    run.kind = "decision";
    run.who = caller.who;
    run.what =
        "publish what the configuration names: " + std::to_string(change.decisions.entries.size()) + " rules";
    bool committed = false;
    auto answer = in_run(bridge, run, [&](store::RunRow& row) -> Result<ordered_json> {
        change.decisions.run = row.id;
        change.decisions.who = caller.who;
        CAPBRIDGE_TRY(bridge.store().put_settings(change));
        committed = true;
        run.id = row.id;
        return ordered_json{{"counts", {{"published", change.decisions.entries.size()}}}};
    });
    if (answer || !committed) return answer;
    // It is in force; what failed after it (a fold, the run's end) is made up for later.
    log::error("configuration_not_folded", {{"code", answer.error().code}});
    return ordered_json{{"run", run.id},
                        {"warnings", {"records are not up to date yet: " + answer.error().message}}};
}

Result<ordered_json> ConfigChange::apply(Bridge& bridge, const Caller& caller) {
    CAPBRIDGE_TRY(compare(bridge));
    // A sync under way reads by the settings that it began with, and its cursor is of those. In order of
    // name, as everybody does who holds several.
    std::vector<SyncBoard::Hold> holds;
    for (const auto& name : changed_sources()) {
        CAPBRIDGE_LET(auto hold, hold_source(bridge, name, "change", caller));
        holds.push_back(std::move(hold));
    }
    CAPBRIDGE_LET(const auto turn, take_turn(bridge, caller));
    const auto held = changed_sources();
    CAPBRIDGE_TRY(compare(bridge));  // others may have changed something meanwhile
    if (const auto now = changed_sources(); !std::includes(held.begin(), held.end(), now.begin(), now.end()))
        return fail("store_busy", "a source was changed at the same moment: please try again");
    auto out = told(bridge);
    out["warnings"] = ordered_json::array();
    const auto next = change(bridge);
    if (next.empty()) return out;
    CAPBRIDGE_LET(const auto committed, commit(bridge, caller, next));
    if (committed.contains("run")) out["run"] = committed["run"];
    for (const auto& warning : committed.value("warnings", ordered_json::array()))
        out["warnings"].push_back(warning);
    for (const auto& one : sources_) {
        if (one.is_same || one.is_new || !may_push_again(*one.before, one.row)) continue;
        if (const auto resumed = resume_push(bridge, one.row.uuid); !resumed)
            out["warnings"].push_back("writing back to " + one.row.name +
                                      " stays stopped: " + resumed.error().message);
    }
    bridge.syncing.changed();
    bridge.forwarding.changed();
    if (committed.contains("run") && bridge.rules()) {
        for (const auto& what : bridge.left_out())
            out["warnings"].push_back("out of force with this framework: " + what);
    }
    return out;
}

}  // namespace capbridge::engine
