#include "core/engine/backup/run.hpp"

#include <chrono>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/base/log.hpp"
#include "core/base/version.hpp"
#include "core/store/backup/write.hpp"

namespace capbridge::engine {
namespace {

using store::Repository;

class OneInstant final : public Clock {
public:
    explicit OneInstant(Instant at) : at_(at) {}
    [[nodiscard]] Instant now() const override { return at_; }

private:
    Instant at_;
};

// Sorts as time does, and two of one second are two.
std::string id_of(Instant taken) {
    std::string out;
    for (const char c : format_instant(taken).substr(0, 19)) {
        if (c != '-' && c != ':') out += c;
    }
    return out + "Z-" + to_hex(random_bytes(3));
}

std::int64_t ms_since(std::chrono::steady_clock::time_point began) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began)
        .count();
}

Result<ordered_json> make_backup(Bridge& bridge, const BackupTarget& target, const Caller& caller,
                                 store::WrittenBackup& written) {
    const auto began = std::chrono::steady_clock::now();
    const store::BackupProgress told = [&](std::string_view what, std::size_t done, std::size_t total) {
        caller.progress(what, done, total);
        return !bridge.stopping;
    };
    std::string secret;
    if (!target.key_file.empty()) {
        CAPBRIDGE_LET(secret, store::read_key_file(target.key_file));
    }
    CAPBRIDGE_LET(const auto repository, Repository::open(target.to, Repository::Use::write, secret));
    CAPBRIDGE_TRY(bridge.store().erasings().ledger());  // it is whole, and has what was carried out
    // So that the digest is of all that is in the journal, where nothing new comes meanwhile.
    CAPBRIDGE_TRY(bridge.project());
    store::Manifest manifest;
    manifest.taken = bridge.now();
    CAPBRIDGE_LET(const auto copy, bridge.store().copy([&](std::size_t done, std::size_t total) {
        return told("copying the database, pages", done, total);
    }));
    if (!copy->damage.empty())
        return fail("store_damaged",
                    "the database is damaged, so it is not backed up (the backups before are untouched): " +
                        copy->damage.front().what + ". See 'capbridge check-data' and the guide to incidents",
                    bridge.store().directory().string());
    told("asking the copy what it holds", 0, 0);
    CAPBRIDGE_LET(auto facts, ask_directory(copy->directory(), bridge.now()));
    manifest.id = id_of(manifest.taken);
    manifest.who = caller.who;
    manifest.made_by = program_version();
    manifest.format = copy->facts.format;
    manifest.installation = std::move(facts.installation);
    manifest.organisation = std::move(facts.organisation);
    manifest.seq = facts.seq;
    manifest.stored = facts.stored;
    manifest.folded = facts.folded;
    manifest.folded_by = std::move(facts.folded_by);
    manifest.digest = std::move(facts.digest);
    manifest.audit_head = copy->facts.audit_head;
    manifest.counts = copy->facts.counts;
    manifest.took_ms = ms_since(began);
    const auto log_bytes = copy->facts.log_bytes;
    CAPBRIDGE_LET(written, store::write_backup(*repository, bridge.store().directory(), *copy,
                                               std::move(manifest), told));
    const auto& made = written.manifest;
    ordered_json out = {{"id", made.id},
                        {"to", target.to.string()},
                        {"encrypted", repository->is_encrypted()},
                        {"taken", format_instant(made.taken)},
                        {"seq", made.seq},
                        {"digest", made.digest},
                        {"bytes", written.whole_bytes},
                        {"files", made.files},
                        {"new_bytes", made.new_bytes},
                        {"new_chunks", made.new_chunks},
                        {"log_bytes", log_bytes},
                        {"took_ms", ms_since(began)},
                        {"missing_attachments", written.missing_attachments.size()},
                        {"pruned", nullptr}};
    if (target.keep.any()) {
        // The backup is made whatever becomes of this.
        const auto pruned = store::prune_backups(*repository, target.keep, false, told);
        if (pruned) {
            out["pruned"] = {{"backups", pruned->plan.remove.size()}, {"bytes", pruned->bytes}};
        } else {
            out["pruned"] = {{"error", pruned.error().text()}};
            log::warn("backup_not_pruned", {{"code", pruned.error().code}});
        }
    }
    return out;
}

}  // namespace

Result<bool> keep_erasures(Bridge& bridge) {
    const auto settings = bridge.backups.settings();
    std::error_code ec;
    if (!settings.is_set() || !std::filesystem::exists(settings.to / "repository.json", ec)) return false;
    std::string secret;
    if (!settings.key_file.empty()) {
        CAPBRIDGE_LET(secret, store::read_key_file(settings.key_file));
    }
    CAPBRIDGE_LET(const auto repository, Repository::open(settings.to, Repository::Use::write, secret));
    CAPBRIDGE_TRY(bridge.store().erasings().ledger());
    CAPBRIDGE_TRY(repository->keep_erasures(bridge.store().directory()));
    return true;
}

Result<BackupFacts> ask_directory(const std::filesystem::path& dir, Instant now) {
    CAPBRIDGE_LET(auto opened, store::open_store(dir, store::Mode::read));
    Bridge reader(std::move(opened), nullptr, std::make_unique<OneInstant>(now));
    BackupFacts out;
    const auto installation = reader.store().installation();
    out.installation = installation.uuid;
    out.organisation = installation.organisation;
    const auto mark = reader.store().entry_at(INT64_MAX - 1);
    out.seq = mark.seq;
    out.stored = mark.stored;
    out.folded = reader.store().projection().cursor();
    out.folded_by = reader.store().projection().folded_by();
    if (out.folded > 0) {
        CAPBRIDGE_TRY(reader.rules());
        out.digest = reader.store().projection().digest();
    }
    return out;
}

Result<ordered_json> run_backup(Bridge& bridge, const BackupTarget& target, const Caller& caller) {
    CAPBRIDGE_LET(const auto turn, bridge.backups.begin(bridge.now()));
    store::WrittenBackup written;
    Result<ordered_json> answer = fail("internal", "the backup did not answer");
    try {
        answer = make_backup(bridge, target, caller, written);
    } catch (const std::exception& e) {
        answer = fail("store_io", std::string("the store cannot be read: ") + e.what());
    }
    const bool is_configured = target.to == bridge.backups.settings().to;
    if (!answer) {
        if (is_configured && answer.error().code != "stopping")
            bridge.backups.failed(answer.error(), bridge.now());
        log::error("backup_failed", {{"code", answer.error().code}, {"error", answer.error().text()}});
        return answer;
    }
    if (is_configured) bridge.backups.succeeded(written.manifest);
    if (!written.missing_attachments.empty())
        log::warn("backup_lacks_attachments", {{"count", std::to_string(written.missing_attachments.size())},
                                               {"first", written.missing_attachments.front()}});
    log::info("backup_made", {{"id", written.manifest.id},
                              {"seq", std::to_string(written.manifest.seq)},
                              {"new_bytes", std::to_string(written.manifest.new_bytes)}});
    return answer;
}

}  // namespace capbridge::engine
