#include "core/engine/data_check.hpp"

#include <chrono>
#include <nlohmann/json.hpp>

#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/engine/packages.hpp"
#include "core/scorm/digest.hpp"
#include "core/store/ledger_lines.hpp"

namespace capbridge::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_told = 100;
constexpr std::size_t most_attachment_bytes = std::size_t{4} << 30;

class Check {
public:
    Check(Bridge& bridge, const Caller& caller) : bridge_(bridge), caller_(caller) {}

    Result<ordered_json> all() {
        const auto began = std::chrono::steady_clock::now();
        caller_.progress("reading the database", 0, 0);
        CAPBRIDGE_LET(const auto damage, bridge_.store().damage());
        for (const auto& one : damage) tell(one.code, one.what);
        const auto took =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
        // What is damaged there cannot be asked what files it names.
        if (damage.empty()) CAPBRIDGE_TRY(packages_in_force());
        CAPBRIDGE_TRY(attachments());
        CAPBRIDGE_TRY(packages());
        if (damage.empty()) audit();
        ledger(damage);
        ordered_json out = {{"ok", damage_.empty()},
                            {"checked",
                             {{"database_ms", took.count()},
                              {"attachments", attachments_},
                              {"packages", packages_},
                              {"bytes", bytes_},
                              {"audit_entries", audit_entries_},
                              {"erasures", erasures_}}},
                            {"damage", damage_},
                            {"more", more_}};
        return out;
    }

private:
    void tell(std::string code, std::string what) {
        if (damage_.size() == most_told) {
            ++more_;
            return;
        }
        damage_.push_back({{"code", std::move(code)}, {"what", std::move(what)}});
    }

    Status go_on(std::string_view what, std::size_t done) {
        if (bridge_.stopping) return fail("stopping", "the bridge is stopping");
        caller_.progress(what, done, 0);
        return {};
    }

    Status packages_in_force() {
        const auto shelf = PackageShelf::read(bridge_.store().journal());
        for (const auto& package : shelf->packages()) {
            if (!bridge_.store().packages().path(package.version.sha256))
                tell("file_missing", "packages: the file of " + package.key + " (" + package.version.sha256 +
                                         ") is not there");
        }
        return {};
    }

    Status attachments() {
        std::error_code ec;
        for (const auto& folder : fs::directory_iterator(bridge_.store().directory() / "attachments", ec)) {
            if (folder.path().filename().string().size() != 2) continue;
            std::error_code gone;
            for (const auto& file : fs::directory_iterator(folder.path(), gone)) {
                CAPBRIDGE_TRY(go_on("reading attachments", ++attachments_));
                const auto name = file.path().filename().string();
                const auto bytes = read_file(file.path(), most_attachment_bytes);
                if (!bytes) {
                    tell("file_damaged", "attachments: " + name + " cannot be read");
                    continue;
                }
                bytes_ += bytes->size();
                if (sha2_hex(*bytes, name.size()) != name)
                    tell("file_damaged", "attachments: " + name + " is not what was stored");
            }
        }
        return {};
    }

    Status packages() {
        for (const auto& name : bridge_.store().packages().kept()) {
            CAPBRIDGE_TRY(go_on("reading packages", ++packages_));
            const auto source = bridge_.store().packages().open(name);
            if (!source) {
                tell("file_damaged", "packages: " + name + " cannot be read");
                continue;
            }
            bytes_ += (*source)->size();
            const auto digest = scorm::sha256_of(**source);
            if (!digest || *digest != name)
                tell("file_damaged", "packages: " + name + " is not what was stored");
        }
        return {};
    }

    void audit() {
        const auto verdict = run_operation(bridge_, "audit.verify", json::object(), caller_);
        if (!verdict) {
            if (verdict.error().code != "unknown_operation")
                tell("audit", "audit: " + verdict.error().text());
            return;
        }
        audit_entries_ = verdict->value("entries", std::int64_t{0});
        if (verdict->value("ok", true)) return;
        const auto problem = verdict->value("problem", ordered_json());
        tell("audit",
             "audit: " +
                 (problem.is_object() ? problem.value("message", problem.dump()) : "the chain is broken") +
                 " (capbridge audit verify)");
    }

    void ledger(const std::vector<store::Damage>& damage) {
        const auto lines = store::read_ledger_lines(bridge_.store().directory());
        if (!lines) return tell("bad_erasures", "ledger of erasures: " + lines.error().message);
        for (const auto& bad : lines->bad)
            tell("bad_erasures", bad.file.filename().string() + ": line " + std::to_string(bad.number) +
                                     " of the ledger of erasures cannot be read");
        // What it lacks of what the database has carried out.
        if (lines->bad.empty() && damage.empty()) {
            if (const auto held = bridge_.store().erasings().ledger(); !held)
                tell(held.error().code, "ledger of erasures: " + held.error().message);
        }
        erasures_ = lines->count();
    }

    Bridge& bridge_;
    const Caller& caller_;
    ordered_json damage_ = ordered_json::array();
    std::size_t more_ = 0, attachments_ = 0, packages_ = 0, erasures_ = 0;
    std::uint64_t bytes_ = 0;
    std::int64_t audit_entries_ = 0;
};

}  // namespace

Result<ordered_json> check_data(Bridge& bridge, const Caller& caller) {
    return Check(bridge, caller).all();
}

}  // namespace capbridge::engine
