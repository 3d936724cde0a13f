// Questions about packages: which there are, what is in one, what a new version would change. A key is what
// `package list` shows; `version` is a number of ours, and absent the one in force.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "core/engine/learning_seen.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/package_effects.hpp"
#include "core/engine/package_reading.hpp"

namespace capbridge::engine {
namespace {

using scorm::PackageActivity;

bool is_stored(Bridge& bridge, const StoredPackage& package) {
    return bridge.store().packages().path(package.version.sha256).has_value();
}

// {text?, limit?, offset?}
Result<ordered_json> package_list(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto limit, limit_of(params, 200, 5000));
    const auto offset = params.value("offset", std::size_t{0});
    const auto text = get_string(params, "text");
    const auto shelf = bridge.packages();
    ordered_json out{{"total", 0}, {"offset", offset}, {"packages", ordered_json::array()}};
    std::size_t total = 0;
    for (const auto& package : shelf->packages()) {
        if (!text.empty() && !contains_ignoring_case(package.key, text) &&
            !contains_ignoring_case(package.version.title, text))
            continue;
        if (total >= offset && out["packages"].size() < limit) {
            auto one = package_json(package);
            one["stored"] = is_stored(bridge, package);
            out["packages"].push_back(std::move(one));
        }
        ++total;
    }
    out["total"] = total;
    return out;
}

// {package, version?}
Result<ordered_json> package_show(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto asked, asked_version(bridge, params));
    const auto& package = asked.package;
    auto out = package_json(package);
    out["in_force"] = asked.current;
    out["stored"] = is_stored(bridge, package);
    out["structure_sha256"] = package.structure_sha256;
    out["manifest"] = package.manifest;
    auto& counts = out["findings"] = {{"error", 0}, {"warning", 0}, {"info", 0}};
    for (const auto& finding : json::parse(package.findings, nullptr, false)) {
        const auto severity = get_string(finding, "severity");
        if (counts.contains(severity)) counts[severity] = counts[severity].get<int>() + 1;
    }
    auto& kinds = out["kinds"] = ordered_json::object();
    for (const auto& a : package.activities) {
        const std::string kind(scorm::kind_name(a.kind));
        kinds[kind] = kinds.value(kind, 0) + 1;
    }
    auto& earlier = out["earlier"] = ordered_json::array();
    for (const auto& v : package.earlier) earlier.push_back(version_json(v));
    return out;
}

ordered_json head_of(const StoredPackage& package) {
    return {{"key", package.key}, {"version", package.version.number}, {"title", package.version.title}};
}

// {package, version?}: as the version was inspected when it was added.
Result<ordered_json> package_findings(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto asked, asked_version(bridge, params));
    auto out = head_of(asked.package);
    out["findings"] = ordered_json::parse(asked.package.findings, nullptr, false);
    return out;
}

// {package, version?, kind?, limit?, offset?}
Result<ordered_json> package_activities(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto asked, asked_version(bridge, params));
    CAPBRIDGE_LET(const auto limit, limit_of(params, 1000, most_activities));
    const auto offset = params.value("offset", std::size_t{0});
    const auto kind = get_string(params, "kind");
    if (!kind.empty() && !scorm::kind_of_name(kind))
        return fail("bad_parameter",
                    "'" + kind +
                        "' is no kind: there are course, block, module, sco, asset, au, objective and "
                        "interaction",
                    "kind");
    auto out = head_of(asked.package);
    auto list = ordered_json::array();
    std::size_t total = 0;
    for (const auto& a : asked.package.activities) {
        if (!kind.empty() && kind != scorm::kind_name(a.kind)) continue;
        if (total >= offset && list.size() < limit) list.push_back(activity_json(a));
        ++total;
    }
    out["total"] = total;
    out["offset"] = offset;
    out["activities"] = std::move(list);
    return out;
}

Result<std::unique_ptr<scorm::ByteSource>> bytes_of(Bridge& bridge, const StoredPackage& package) {
    auto source = bridge.store().packages().open(package.version.sha256);
    if (!source && source.error().code == "not_found")
        return fail("not_found",
                    "the file of '" + package.key +
                        "' is not in the data directory any more; add the same "
                        "file again (SHA-256 " +
                        package.version.sha256 + ")",
                    "package");
    return source;
}

// {package, version?}: the manifest's tree, read from the package.
Result<ordered_json> package_structure(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto asked, asked_version(bridge, params));
    CAPBRIDGE_LET(const auto source, bytes_of(bridge, asked.package));
    CAPBRIDGE_LET(const auto read, read_incoming(bridge, *source, caller));
    auto out = head_of(asked.package);
    out["structure"] = read.report.value("structure", ordered_json());
    return out;
}

std::string download_name(const StoredPackage& package) {
    std::string name;
    for (const char c : package.key) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '_' || c == '.';
        name += plain ? c : '-';
    }
    name = name.substr(0, 80);
    const bool bare_xml = package.manifest == "cmi5.xml" && package.entries == 0;
    return name + "-" + std::to_string(package.version.number) + (bare_xml ? ".xml" : ".zip");
}

// {package, version?}: where its bytes are, for whoever hands them on.
Result<ordered_json> package_download(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto asked, asked_version(bridge, params));
    CAPBRIDGE_TRY(bytes_of(bridge, asked.package).map([](const auto&) {}));
    auto out = head_of(asked.package);
    out["sha256"] = asked.package.version.sha256;
    out["bytes"] = asked.package.version.bytes;
    out["file_name"] = download_name(asked.package);
    const auto path = bridge.store().packages().path(asked.package.version.sha256);
    out["path"] = path ? ordered_json(path->string()) : ordered_json();
    return out;
}

// {staged, key?} against the package of that key; or {package, version?} of two versions, by default the one
// in force and the one before it.
Result<ordered_json> package_diff(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    StoredPackage before, after;
    if (const auto staged = get_string(params, "staged"); !staged.empty()) {
        CAPBRIDGE_LET(const auto source, bridge.store().packages().open_staged(staged));
        CAPBRIDGE_LET(auto incoming, read_incoming(bridge, *source, caller));
        if (!incoming.inspection.accepted)
            return ordered_json{{"accepted", false}, {"findings", incoming.report["findings"]}};
        CAPBRIDGE_TRY(complete(bridge, incoming, get_string(params, "key")));
        CAPBRIDGE_LET(auto asked, asked_version(bridge, {{"package", incoming.package.key}}));
        before = std::move(asked.package);
        after = std::move(incoming.package);
        after.version.number = before.version.number + 1;
    } else {
        json other = params;
        other.erase("version");
        CAPBRIDGE_LET(auto now, asked_version(bridge, other));
        after = std::move(now.package);
        if (params.contains("version") && !params["version"].is_null()) {
            other["version"] = params["version"];
        } else if (!after.earlier.empty()) {
            other["version"] = after.earlier.front().number;
        } else {
            return fail("not_found", "the package '" + after.key + "' has one version only", "version");
        }
        CAPBRIDGE_LET(auto then, asked_version(bridge, other));
        before = std::move(then.package);
    }
    const auto diff = scorm::diff_of(before.activities, after.activities);
    ordered_json out{{"key", after.key}, {"accepted", true}};
    out["before"] = version_json(before.version);
    out["after"] = version_json(after.version);
    out["same_bytes"] = before.version.sha256 == after.version.sha256;
    out.update(diff_json(diff, before.activities, after.activities));
    out["mappings"] =
        mapping_effects(bridge, *rules, before.course, going(diff, before.activities, after.activities));
    return out;
}

}  // namespace

std::vector<Operation> package_questions() {
    return {
        {"package.list", false, "read", package_list},
        {"package.show", false, "read", package_show},
        {"package.findings", false, "read", package_findings},
        {"package.activities", false, "read", package_activities},
        {"package.structure", false, "read", package_structure},
        {"package.download", false, "read", package_download},
        {"package.diff", false, "read", package_diff},
    };
}

}  // namespace capbridge::engine
