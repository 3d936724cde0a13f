#include "core/engine/packages.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "core/xapi/descriptions.hpp"
#include "core/xapi/value_rules.hpp"

namespace capbridge::engine {
namespace {

using scorm::PackageActivity;

std::string dumped(const ordered_json& value) {
    // Names out of a zip are a stranger's text.
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string language_tag(std::string_view written) {
    std::string tag(written);
    std::replace(tag.begin(), tag.end(), '_', '-');
    return xapi::is_language_tag(tag) ? tag : "und";
}

ordered_json language_map(const scorm::Texts& texts) {
    ordered_json out = ordered_json::object();
    for (const auto& [language, text] : texts) {
        const auto tag = language_tag(language);
        if (!text.empty() && !out.contains(tag)) out[tag] = text;
    }
    return out;
}

// In a payload: pairs, so that nothing of what was written is lost.
ordered_json texts_json(const scorm::Texts& texts) {
    auto out = ordered_json::array();
    for (const auto& [language, text] : texts) out.push_back({language, text});
    return out;
}
scorm::Texts read_texts(const json& list) {
    scorm::Texts out;
    for (const auto& pair : list)
        out.push_back({pair.at(0).get<std::string>(), pair.at(1).get<std::string>()});
    return out;
}

ordered_json compact(const PackageActivity& a, const std::string& course) {
    ordered_json out{{"kind", scorm::kind_name(a.kind)}, {"iri", a.iri}, {"id", a.identifier}};
    if (a.parent != course) out["parent"] = a.parent;
    const auto put = [&](const char* name, const std::string& value) {
        if (!value.empty()) out[name] = value;
    };
    put("type", a.type);
    put("below", a.below);
    put("launch", a.launch);
    if (!a.name.empty()) out["name"] = texts_json(a.name);
    if (!a.description.empty()) out["description"] = texts_json(a.description);
    return out;
}
PackageActivity read_compact(const json& from, const std::string& course) {
    PackageActivity out;
    out.kind = scorm::kind_of_name(get_string(from, "kind")).value_or(PackageActivity::Kind::course);
    out.iri = get_string(from, "iri");
    out.identifier = get_string(from, "id");
    out.parent = out.iri == course ? std::string() : get_string(from, "parent", course);
    out.type = get_string(from, "type");
    out.below = get_string(from, "below");
    out.launch = get_string(from, "launch");
    if (from.contains("name")) out.name = read_texts(from.at("name"));
    if (from.contains("description")) out.description = read_texts(from.at("description"));
    return out;
}

PackageVersion read_version(const json& from) {
    PackageVersion out;
    out.number = from.at("version").get<int>();
    out.sha256 = from.at("sha256").get<std::string>();
    out.bytes = from.at("bytes").get<std::uint64_t>();
    out.format = get_string(from, "format");
    out.format_version = get_string(from, "format_version");
    out.title = get_string(from, "title");
    out.file_name = get_string(from, "file_name");
    out.who = get_string(from, "who");
    out.added_at = get_string(from, "added_at");
    out.run = from.value("run", std::int64_t{0});
    return out;
}

// Calls for the SHA-256 of each version that a payload speaks of.
template <class Visit>
void each_file(const json& payload, const Visit& visit) {
    if (!payload.is_object()) return;
    visit(get_string(payload, "sha256"));
    const auto earlier = payload.find("earlier");
    if (earlier == payload.end() || !earlier->is_array()) return;
    for (const auto& one : *earlier) visit(get_string(one, "sha256"));
}

}  // namespace

ordered_json version_json(const PackageVersion& v) {
    ordered_json out{{"version", v.number},
                     {"sha256", v.sha256},
                     {"bytes", v.bytes},
                     {"format", v.format},
                     {"format_version", v.format_version},
                     {"title", v.title},
                     {"file_name", v.file_name}};
    if (v.run != 0) {
        out["who"] = v.who;
        out["added_at"] = v.added_at;
        out["run"] = v.run;
    }
    return out;
}

std::string package_payload(const StoredPackage& package) {
    auto out = version_json(package.version);
    out["identifier"] = package.identifier;
    out["manifest"] = package.manifest;
    out["course"] = package.course;
    out["structure_sha256"] = package.structure_sha256;
    out["entries"] = package.entries;
    out["findings"] = ordered_json::parse(package.findings, nullptr, false);
    auto& activities = out["activities"] = ordered_json::array();
    for (const auto& a : package.activities) activities.push_back(compact(a, package.course));
    auto& earlier = out["earlier"] = ordered_json::array();
    for (const auto& v : package.earlier) earlier.push_back(version_json(v));
    return dumped(out);
}

Result<StoredPackage> read_package(const store::DecisionRow& decision) {
    const auto damaged = [&] {
        return fail("store_damaged", "what is kept of the package '" + decision.key + "' cannot be read");
    };
    const auto payload = json::parse(decision.payload, nullptr, false);
    if (!payload.is_object()) return damaged();
    try {
        StoredPackage out;
        out.key = decision.key;
        out.version = read_version(payload);
        out.version.who = decision.who;
        out.version.added_at = format_instant(decision.recorded);
        out.version.run = decision.run;
        out.identifier = get_string(payload, "identifier");
        out.manifest = get_string(payload, "manifest");
        out.course = get_string(payload, "course");
        out.structure_sha256 = get_string(payload, "structure_sha256");
        out.entries = payload.value("entries", std::size_t{0});
        out.findings = payload.value("findings", json::array()).dump();
        for (const auto& a : payload.at("activities")) out.activities.push_back(read_compact(a, out.course));
        for (const auto& v : payload.at("earlier")) out.earlier.push_back(read_version(v));
        return out;
    } catch (const json::exception&) {
        return damaged();
    }
}

ordered_json package_json(const StoredPackage& package) {
    std::size_t launchable = 0, objectives = 0;
    for (const auto& a : package.activities) {
        launchable += a.kind == PackageActivity::Kind::sco || a.kind == PackageActivity::Kind::au ? 1 : 0;
        objectives += a.kind == PackageActivity::Kind::objective ? 1 : 0;
    }
    ordered_json out{{"key", package.key}};
    out.update(version_json(package.version));
    out["identifier"] = package.identifier;
    out["course"] = package.course;
    out["files"] = package.entries;
    out["activities"] = package.activities.size();
    out["launchable"] = launchable;
    out["objectives"] = objectives;
    return out;
}

ordered_json definition_json(const PackageActivity& activity) {
    ordered_json out = ordered_json::object();
    if (!activity.type.empty()) out["type"] = activity.type;
    if (auto name = language_map(activity.name); !name.empty()) out["name"] = std::move(name);
    if (auto text = language_map(activity.description); !text.empty()) out["description"] = std::move(text);
    return out;
}

ordered_json activity_json(const PackageActivity& a) {
    ordered_json out{{"kind", scorm::kind_name(a.kind)},
                     {"iri", a.iri},
                     {"parent", a.parent.empty() ? ordered_json() : ordered_json(a.parent)},
                     {"identifier", a.identifier},
                     {"title", scorm::text_in(a.name)},
                     {"below", a.below}};
    out.update(definition_json(a));
    if (!a.launch.empty()) out["launch"] = a.launch;
    return out;
}

std::shared_ptr<const PackageShelf> PackageShelf::read(store::Journal& journal) {
    auto out = std::make_shared<PackageShelf>();
    for (const auto& decision : journal.decisions_in_force(package_kind)) {
        if (decision.payload.empty()) continue;
        if (auto package = read_package(decision)) {
            out->packages_.push_back(std::move(*package));
        } else {
            log::error("package_unreadable", {{"error", package.error().message}});
        }
    }
    auto& all = out->packages_;
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    for (const auto& package : all) {
        for (const auto& activity : package.activities)
            out->by_iri_.emplace(activity.iri, Found{&package, &activity});
    }
    return out;
}

const StoredPackage* PackageShelf::find(std::string_view key) const {
    const auto at = std::lower_bound(packages_.begin(), packages_.end(), key,
                                     [](const StoredPackage& p, std::string_view k) { return p.key < k; });
    return at != packages_.end() && at->key == key ? &*at : nullptr;
}

std::optional<PackageShelf::Found> PackageShelf::activity(std::string_view iri) const {
    const auto found = by_iri_.find(iri);
    return found == by_iri_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> definition_of_activity(Bridge& bridge, std::string_view activity) {
    auto told = bridge.store().journal().definition_of(activity);
    const auto shelf = bridge.packages();
    const auto found = shelf->activity(activity);
    if (!found) return told;
    auto definition = definition_json(*found->activity);
    if (!told) return dumped(definition);
    const auto statements = json::parse(*told, nullptr, false);
    for (const char* member : {"name", "description"}) {
        const auto ours = definition.find(member);
        if (ours == definition.end() || !statements.is_object()) continue;
        if (const auto theirs = statements.find(member);
            theirs != statements.end() && theirs->is_object() && !theirs->empty())
            ours->erase("und");
        if (ours->empty()) definition.erase(member);
    }
    return xapi::merge_definition(dumped(definition), *told);
}

Status sweep_packages(Bridge& bridge) {
    auto& journal = bridge.store().journal();
    auto& files = bridge.store().packages();
    const auto kept = files.kept();
    if (kept.empty()) return {};
    std::set<std::string, std::less<>> wanted;
    const auto want = [&](std::string sha256) { wanted.insert(std::move(sha256)); };
    for (const auto& decision : journal.decisions_in_force(package_kind))
        each_file(json::parse(decision.payload, nullptr, false), want);
    const auto today = day_of(bridge.now());
    for (const auto& decision : journal.decisions_in_force(removed_kind)) {
        const auto payload = json::parse(decision.payload, nullptr, false);
        const auto until = parse_day(get_string(payload, "until"));
        if (until && today < *until) each_file(payload, want);
    }
    for (const auto& sha256 : kept) {
        if (wanted.contains(sha256)) continue;
        CAPBRIDGE_TRY(files.remove(sha256));
        log::info("package_file_removed", {{"sha256", sha256}});
    }
    return {};
}

}  // namespace capbridge::engine
