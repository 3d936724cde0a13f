// Changes of packages: a new one, a new version of one, one that goes. A package is staged first
// (store::Packages::stage) by the door that it came through, which also clears it away when it is not kept.
// Inspecting takes seconds, so it is done before the turn is taken.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/log.hpp"
#include "core/engine/identity_decide.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/package_effects.hpp"
#include "core/engine/package_reading.hpp"

namespace capbridge::engine {
namespace {

constexpr std::chrono::days kept_after_removal{30};
constexpr std::size_t longest_file_name = 200;

Result<IncomingPackage> staged_package(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto staged, need_text(params, "staged"));
    CAPBRIDGE_LET(const auto source, bridge.store().packages().open_staged(staged));
    return read_incoming(bridge, *source, caller);
}

std::string file_name_of(const json& params) {
    auto name = get_string(params, "file_name");
    name.erase(0, name.find_last_of("/\\") + 1);
    std::erase_if(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
    return name.size() > longest_file_name ? std::string() : name;
}

// What both answer of a package that is refused: that is no error of the caller's, and has its reasons.
ordered_json refused(const IncomingPackage& incoming) {
    return {{"accepted", false},
            {"changed", false},
            {"sha256", incoming.inspection.sha256},
            {"findings", incoming.report.value("findings", ordered_json::array())}};
}

ordered_json answer_of(const StoredPackage& package, bool changed, bool dry) {
    auto out = package_json(package);
    out.erase("run");  // here it is the run of this change
    out["accepted"] = true;
    out["changed"] = changed;
    out["dry_run"] = dry;
    out["findings"] = ordered_json::parse(package.findings, nullptr, false);
    return out;
}

std::optional<StoredPackage> in_force(Bridge& bridge, const std::string& key) {
    const auto decision = bridge.store().journal().decision_in_force(package_kind, key);
    if (!decision || decision->payload.empty()) return std::nullopt;
    auto package = read_package(*decision);
    return package ? std::optional(std::move(*package)) : std::nullopt;
}

// The file first, then the decision that names it: a crash between leaves a file that the next start removes.
Result<ordered_json> keep(Bridge& bridge, const json& params, const Caller& caller,
                          const StoredPackage& package, std::string what, ordered_json out) {
    CAPBRIDGE_TRY(bridge.store().packages().keep(get_string(params, "staged"), package.version.sha256));
    std::vector<store::NewDecision> decisions;
    // A removed package of this key keeps its files until their day: this may be reverted, and that too.
    decisions.push_back({std::string(package_kind), package.key, package_payload(package), {}});
    out["counts"] = {{"activities", package.activities.size()}};
    return decide(bridge, caller, "decision", std::move(what), std::move(decisions), std::move(out));
}

void sweep(Bridge& bridge) {
    if (const auto swept = sweep_packages(bridge); !swept)
        log::warn("packages_not_swept", {{"code", swept.error().code}});
}

ordered_json others_with(Bridge& bridge, const StoredPackage& package) {
    auto out = ordered_json::array();
    for (const auto& other : bridge.packages()->packages()) {
        if (other.version.sha256 == package.version.sha256 && other.key != package.key)
            out.push_back(other.key);
    }
    return out;
}

// A file that was lost (a data directory restored without packages/) comes back with the same bytes.
Result<ordered_json> known_bytes(Bridge& bridge, const json& params, const StoredPackage& known, bool dry) {
    auto& files = bridge.store().packages();
    auto out = answer_of(known, false, dry);
    out["file_restored"] = !dry && !files.path(known.version.sha256);
    if (out["file_restored"].get<bool>())
        CAPBRIDGE_TRY(files.keep(get_string(params, "staged"), known.version.sha256));
    return out;
}

// {staged, key?, file_name?, dry_run?}
Result<ordered_json> package_add(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(auto incoming, staged_package(bridge, params, caller));
    if (!incoming.inspection.accepted) return refused(incoming);
    CAPBRIDGE_TRY(complete(bridge, incoming, get_string(params, "key")));
    auto& package = incoming.package;
    package.version.file_name = file_name_of(params);
    const bool dry = params.value("dry_run", false);

    CAPBRIDGE_LET(const auto turn, take_turn(bridge, caller));
    if (const auto known = in_force(bridge, package.key)) {
        if (known->version.sha256 == package.version.sha256) return known_bytes(bridge, params, *known, dry);
        return fail("conflict",
                    "there is a package '" + package.key + "' (\"" + known->version.title + "\", version " +
                        std::to_string(known->version.number) +
                        ") with other content. If this is a new version of it, use `package replace`; if it "
                        "is another course, give it a key of its own (--key, or ?key=)",
                    "key");
    }
    auto out = answer_of(package, true, dry);
    out["same_bytes_as"] = others_with(bridge, package);
    if (dry) return out;
    auto done = keep(bridge, params, caller, package, "add package " + package.key, std::move(out));
    sweep(bridge);
    return done;
}

// {package, staged, file_name?, dry_run?}
Result<ordered_json> package_replace(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto key, need_text(params, "package"));
    const auto not_there = [&] {
        return fail("not_found",
                    "there is no package '" + key +
                        "' to replace (capbridge package list); a new one is added by `package add`",
                    "package");
    };
    if (bridge.packages()->find(key) == nullptr) return not_there();  // before a long look at the file
    CAPBRIDGE_LET(auto incoming, staged_package(bridge, params, caller));
    if (!incoming.inspection.accepted) return refused(incoming);
    CAPBRIDGE_TRY(complete(bridge, incoming, key));
    auto& package = incoming.package;
    package.version.file_name = file_name_of(params);
    const bool dry = params.value("dry_run", false);

    CAPBRIDGE_LET(const auto turn, take_turn(bridge, caller));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    const auto known = in_force(bridge, key);
    if (!known) return not_there();
    if (known->version.sha256 == package.version.sha256) return known_bytes(bridge, params, *known, dry);
    package.version.number = known->version.number + 1;
    package.earlier = known->earlier;
    package.earlier.insert(package.earlier.begin(), known->version);

    auto out = answer_of(package, true, dry);
    out["before"] = version_json(known->version);
    out["other_identifier"] =
        known->identifier == package.identifier ? ordered_json() : ordered_json(known->identifier);
    const auto diff = scorm::diff_of(known->activities, package.activities);
    out["changes"] = diff_json(diff, known->activities, package.activities);
    out["mappings"] =
        mapping_effects(bridge, *rules, known->course, going(diff, known->activities, package.activities));
    if (dry) return out;
    auto done = keep(bridge, params, caller, package,
                     "replace package " + key + ", version " + std::to_string(package.version.number),
                     std::move(out));
    sweep(bridge);
    return done;
}

// What was removed under this key before, and may still come back.
void add_waiting(Bridge& bridge, const store::DecisionRow& removed, ordered_json& earlier) {
    const auto payload = ordered_json::parse(removed.payload, nullptr, false);
    if (!payload.is_object()) return;
    const auto day = payload.find("until");
    const auto until =
        day != payload.end() && day->is_string() ? parse_day(day->get<std::string>()) : std::optional<Day>();
    if (!until || day_of(bridge.now()) >= *until) return;
    for (const auto& version : payload.value("earlier", ordered_json::array())) earlier.push_back(version);
    auto last = payload;
    last.erase("earlier");
    last.erase("until");
    earlier.push_back(std::move(last));
}

// {package, purge?, dry_run?}: its files wait for thirty days, so that the run can be reverted; with purge
// they go at once.
Result<ordered_json> package_remove(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto key, need_text(params, "package"));
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    const bool purge = params.value("purge", false), dry = params.value("dry_run", false);
    const auto known = in_force(bridge, key);
    const auto removed = bridge.store().journal().decision_in_force(removed_kind, key);
    if (!known && !(purge && removed))
        return fail("not_found", "there is no package '" + key + "' (capbridge package list shows them)",
                    "package");
    ordered_json out{{"key", key}, {"dry_run", dry}, {"purged", purge}};
    std::vector<store::NewDecision> decisions;
    ordered_json waiting{{"until", nullptr}};
    if (known) {
        std::vector<GoingActivity> all;
        for (const auto& a : known->activities) all.push_back({&a, nullptr});
        out["version"] = known->version.number;
        out["title"] = known->version.title;
        out["mappings"] = mapping_effects(bridge, *rules, known->course, all);
        waiting.update(version_json(known->version));
        auto& earlier = waiting["earlier"] = ordered_json::array();
        for (const auto& v : known->earlier) earlier.push_back(version_json(v));
        if (removed && !purge) add_waiting(bridge, *removed, earlier);
        decisions.push_back({std::string(package_kind), key, "", {}});
    }
    if (!purge) {
        const auto until = format_day(day_of(bridge.now()) + kept_after_removal);
        out["files_kept_until"] = until;
        waiting["until"] = until;
    }
    if (dry) return out;
    decisions.push_back({std::string(removed_kind), key, waiting.dump(), {}});
    auto done =
        decide(bridge, caller, "decision", "remove package " + key, std::move(decisions), std::move(out));
    sweep(bridge);
    return done;
}

// {package, text, name?}: publishes a mapping file that speaks of this package; whether it does is checked,
// the rest is mapping.publish.
Result<ordered_json> publish_mapping(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto asked, asked_version(bridge, params));
    CAPBRIDGE_LET(const auto text, need_text(params, "text"));
    CAPBRIDGE_LET(const auto document, parse_json(text));
    std::size_t named = 0;
    for (const auto& item : document.is_object() ? document.value("learning_items", json::array()) : json()) {
        if (!item.is_object()) continue;
        for (const auto& id : item.value("activities", json::array())) {
            const auto is_it = [&](const auto& a) { return id.is_string() && id == a.iri; };
            const auto& all = asked.package.activities;
            named += std::any_of(all.begin(), all.end(), is_it) ? 1 : 0;
        }
    }
    if (named == 0)
        return fail("bad_parameter",
                    "no learning item of the mapping names an activity of '" + asked.package.key +
                        "' (capbridge package activities lists them)",
                    "text");
    const auto done =
        find_operation("mapping.publish")
            ->run(bridge, {{"text", text}, {"name", get_string(params, "name", "mapping")}}, caller);
    if (!done) return fail(done.error());
    auto out = *done;
    out["package"] = asked.package.key;
    out["activities_named"] = named;
    return out;
}

}  // namespace

std::vector<Operation> package_changes() {
    return {
        {"package.add", true, "admin", package_add, false, true},
        {"package.replace", true, "admin", package_replace, false, true},
        {"package.remove", true, "admin", package_remove},
        {"package.publish_mapping", true, "admin", publish_mapping},
    };
}

}  // namespace capbridge::engine
