#include "core/engine/package_reading.hpp"

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/scorm_schemas.hpp"
#include "core/scorm/inspect.hpp"
#include "core/scorm/interactions.hpp"
#include "core/scorm/paths.hpp"
#include "core/scorm/zip.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t longest_key = 500, longest_iri = 2000, most_file_bytes = 8u << 20;

// Tells how much was read: each byte about twice, for its digest and to be inflated.
class WatchedSource final : public scorm::ByteSource {
public:
    WatchedSource(const scorm::ByteSource& source, Bridge& bridge, const Caller& caller)
        : source_(source), bridge_(bridge), caller_(caller) {}
    [[nodiscard]] std::uint64_t size() const override { return source_.size(); }
    Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const override {
        if (bridge_.stopping) return fail("read_failed", "the bridge is stopping");
        auto got = source_.read(offset, into);
        if (got) read_ += *got;
        if (read_ - told_ >= between_words) {
            told_ = read_;
            const auto total = 2 * source_.size();
            caller_.progress("bytes checked", static_cast<std::size_t>(std::min(read_, total)),
                             static_cast<std::size_t>(total));
        }
        return got;
    }

private:
    const scorm::ByteSource& source_;
    Bridge& bridge_;
    const Caller& caller_;
    static constexpr std::uint64_t between_words = 1u << 20;
    mutable std::uint64_t read_ = 0, told_ = 0;
};

// SCORM's manifests cannot name interactions; packages that we built say them in a file of their own.
void read_interactions(const scorm::ByteSource& source, const scorm::Inspection& inspection,
                       scorm::Structure& structure) {
    const auto archive = scorm::ZipArchive::open(source);
    if (!archive) return;  // cmi5.xml alone
    const auto name = scorm::folder_of(inspection.manifest) + std::string(scorm::capbridge_file);
    if (const auto text = archive->read(name, most_file_bytes)) scorm::add_interactions(*text, structure);
}

bool is_plain(std::string_view text) {
    return is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
               return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
           });
}

void leave_out(std::vector<scorm::PackageActivity>& activities, ordered_json& findings) {
    const auto had = activities.size();
    std::erase_if(activities, [](const auto& a) { return a.iri.size() > longest_iri; });
    if (activities.size() > most_activities) activities.resize(most_activities);
    if (activities.size() == had) return;
    findings.push_back(
        {{"severity", "warning"},
         {"code", "activities_left_out"},
         {"message", std::to_string(had - activities.size()) +
                         " activities are not kept: an id is longer than 2,000 bytes, or there "
                         "are more than 20,000."},
         {"where", ""}});
}

std::optional<StoredPackage> version_of_run(Bridge& bridge, const std::string& key, std::int64_t run,
                                            int number) {
    for (const auto& decision : bridge.store().journal().decisions_of_run(run)) {
        if (decision.kind != package_kind || decision.key != key || decision.payload.empty()) continue;
        auto package = read_package(decision);
        if (package && package->version.number == number) return std::move(*package);
    }
    return std::nullopt;
}

}  // namespace

Result<IncomingPackage> read_incoming(Bridge& bridge, const scorm::ByteSource& source, const Caller& caller) {
    const WatchedSource watched(source, bridge, caller);
    IncomingPackage out;
    const InstalledSchemas schemas;
    auto checks = schemas.checks();
    checks.stopping = [&bridge] { return bridge.stopping.load(); };
    out.inspection = scorm::inspect(watched, {}, checks);
    if (bridge.stopping) return fail("stopping", "the bridge is stopping");
    out.report = scorm::inspection_json(out.inspection);
    const auto& seen = out.inspection;
    if (!seen.accepted) return out;
    out.structure = seen.structure;
    read_interactions(source, seen, out.structure);
    out.report["structure"] = scorm::structure_json(out.structure);
    auto& package = out.package;
    package.version.sha256 = seen.sha256;
    package.version.bytes = seen.bytes;
    package.version.format = seen.format;
    package.version.format_version = seen.version;
    package.version.title = seen.title;
    package.identifier = seen.identifier;
    package.manifest = seen.manifest;
    package.entries = seen.entries;
    package.structure_sha256 =
        sha256_hex(out.report["structure"].dump(-1, ' ', false, json::error_handler_t::replace));
    return out;
}

Status complete(Bridge& bridge, IncomingPackage& incoming, const std::string& wanted) {
    auto& package = incoming.package;
    package.key = trim(wanted.empty() ? package.identifier : wanted);
    if (package.key.empty())
        return fail("package_key_needed",
                    "the manifest has no identifier: give the package a key (--key, or ?key=)", "key");
    if (package.key.size() > longest_key || !is_plain(package.key))
        return fail("bad_parameter",
                    wanted.empty()
                        ? "the manifest's identifier is too long or has control characters: give the "
                          "package a key (--key, or ?key=)"
                        : "a key has at most 500 bytes and no control characters",
                    "key");
    package.activities = scorm::activities_of(
        incoming.structure, scorm::course_iri(bridge.store().installation().iri_base, package.key));
    if (package.activities.empty()) return fail("package_empty", "the package has no course");
    package.course = package.activities.front().iri;
    auto findings = incoming.report.value("findings", ordered_json::array());
    leave_out(package.activities, findings);
    package.findings = findings.dump(-1, ' ', false, json::error_handler_t::replace);
    return {};
}

Result<AskedVersion> asked_version(Bridge& bridge, const json& params) {
    CAPBRIDGE_LET(const auto key, need_text(params, "package"));
    const auto shelf = bridge.packages();
    const auto* found = shelf->find(key);
    if (found == nullptr)
        return fail("not_found", "there is no package '" + key + "' (capbridge package list shows them)",
                    "package");
    const auto it = params.find("version");
    if (it == params.end() || it->is_null()) return AskedVersion{*found, true};
    if (!it->is_number_integer())
        return fail("bad_parameter", "'version' is the number of a version of the package", "version");
    const int number = it->get<int>();
    if (number == found->version.number) return AskedVersion{*found, true};
    for (const auto& earlier : found->earlier) {
        if (earlier.number != number) continue;
        if (auto package = version_of_run(bridge, key, earlier.run, number))
            return AskedVersion{std::move(*package), false};
    }
    return fail("not_found",
                "the package '" + key + "' has no version " + it->dump() + " (capbridge package show)",
                "version");
}

}  // namespace capbridge::engine
