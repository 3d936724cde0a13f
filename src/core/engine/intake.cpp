#include "core/engine/intake.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace capbridge::engine {
namespace {

constexpr std::size_t pending_at_most = 4000;
constexpr std::size_t rejected_kept = 1000;
constexpr double fall_at_most = 0.30;
constexpr std::size_t fall_counts_from = 20;  // a small source may change as it likes

}  // namespace

ordered_json IntakeCounts::to_json() const {
    return {{"read", read},           {"added", added},       {"changed", changed},  {"same", same},
            {"withdrawn", withdrawn}, {"rejected", rejected}, {"not_used", not_used}};
}

Intake::Intake(Bridge& bridge, store::SourceRow source, std::int64_t run, const Progress& progress,
               bool accept_fall)
    : bridge_(bridge),
      source_(std::move(source)),
      run_(run),
      progress_(progress),
      accept_fall_(accept_fall),
      context_{source_.uuid, source_.name, source_.activity_base},
      iri_base_(bridge.store().installation().iri_base) {}

Status Intake::emit(std::string_view kind, std::string_view record_json) {
    if (bridge_.stopping) return fail("stopping", "the bridge is stopping");
    if (kind == "completion") {
        CAPBRIDGE_TRY(take_completion(record_json));
    } else if (kind == "rejected") {
        const auto record = json::parse(record_json, nullptr, false);
        ++counts_.read;
        reject(get_string(record, "where"), get_string(record, "code", "rejected_by_adapter"),
               get_string(record, "reason", get_string(record, "message", "rejected by the adapter")));
    } else if (kind == "withdraw") {
        const auto record = json::parse(record_json, nullptr, false);
        ++counts_.read;
        if (const auto key = get_string(record, "key"); !key.empty()) {
            pending_.emplace_back(key, std::nullopt);
        } else {
            reject("/key", "rejected_record", "a withdraw record needs a key");
        }
    } else if (kind == "snapshot_begin") {
        CAPBRIDGE_TRY(flush(std::nullopt));
        snapshot_.emplace();
    } else if (kind == "snapshot_end") {
        CAPBRIDGE_TRY(take_snapshot_end());
    } else {
        ++counts_.not_used;  // directory and catalogue records: known to the contract, not folded yet
    }
    if (pending_.size() >= pending_at_most) return flush(std::nullopt);
    return {};
}

Status Intake::take_completion(std::string_view record_json) {
    ++counts_.read;
    const auto record = json::parse(record_json, nullptr, false);
    auto completion = xapi::read_completion(record);
    if (!completion) {
        reject(completion.error().where, completion.error().code, completion.error().message);
        return {};
    }
    if (snapshot_) snapshot_->seen.insert(completion->key);
    auto key = completion->key;
    if (completion->what == xapi::Completion::What::withdrawn) {
        pending_.emplace_back(std::move(key), std::nullopt);
    } else {
        auto digest = xapi::digest_of(*completion);
        pending_.emplace_back(std::move(key), Pending{std::move(*completion), std::move(digest)});
    }
    if (counts_.read % 1000 == 0) progress_("reading " + source_.name, counts_.read, 0);
    return {};
}

// Inside a closed snapshot, and only there, absence means withdrawn.
Status Intake::take_snapshot_end() {
    if (!snapshot_) return fail("adapter_protocol", "the adapter closed a snapshot that it had not opened");
    CAPBRIDGE_TRY(flush(std::nullopt));
    const auto live = bridge_.store().sources().live_keys(source_.uuid, "completion");
    std::vector<std::string> gone;
    for (const auto& key : live) {
        if (!snapshot_->seen.contains(key)) gone.push_back(key);
    }
    const auto share =
        live.empty() ? 0.0 : static_cast<double>(gone.size()) / static_cast<double>(live.size());
    if (!accept_fall_ && live.size() >= fall_counts_from && share > fall_at_most) {
        return fail("snapshot_fell", "the snapshot lacks " + std::to_string(gone.size()) + " of " +
                                         std::to_string(live.size()) +
                                         " facts that this source had; nothing was withdrawn. If that is "
                                         "right, sync again with --accept-fall");
    }
    for (auto& key : gone) pending_.emplace_back(std::move(key), std::nullopt);
    snapshot_.reset();
    return flush(std::nullopt);
}

void Intake::reject(std::string where, std::string code, std::string message) {
    ++counts_.rejected;
    if (counts_.rejected <= rejected_kept)
        rejected_.push_back({run_, std::move(where), std::move(code), std::move(message)});
}

xapi::Agent Intake::actor_of(const xapi::Completion& completion) {
    const auto* chosen = &completion.who.front();
    if (completion.who.size() > 1) {  // the first that somebody is known by
        for (const auto& id : completion.who) {
            if (bridge_.store().projection().person_by_identifier(id.scheme, id.issuer, id.value)) {
                chosen = &id;
                break;
            }
        }
    }
    return people::agent_of(chosen->scheme, chosen->issuer, chosen->value, iri_base_);
}

void Intake::append_statement(store::Batch& batch, const json& statement) {
    store::NewStatement row;
    row.id = statement.at("id").get<std::string>();
    row.keys = xapi::keys_of(statement);
    row.timestamp_given = statement.contains("timestamp");
    const auto read = xapi::read_statement(statement);
    if (read.voids()) row.voids = read.object_id;
    row.body = statement.dump();
    batch.entries.emplace_back(std::move(row));
}

void Intake::revise(store::Batch& batch, const std::string& key, const Pending* now) {
    auto& before = latest_[key];
    if (now == nullptr ? before.statement.empty() : now->digest == before.digest) {
        ++counts_.same;
        return;
    }
    const int revision = before.revision + 1;
    if (!before.statement.empty()) {
        append_statement(batch, xapi::voiding_statement(before.statement, context_,
                                                        now == nullptr ? "withdrawn" : "revised"));
    }
    store::NewSourceRecord record{source_.uuid, "completion", key, revision, {}, {}};
    if (now != nullptr) {
        const auto statement =
            xapi::statement_of(now->completion, actor_of(now->completion), context_, revision);
        append_statement(batch, statement);
        record.digest = now->digest;
        record.statement = statement.at("id").get<std::string>();
        ++(before.statement.empty() ? counts_.added : counts_.changed);
    } else {
        ++counts_.withdrawn;
    }
    before = {key, revision, record.digest, record.statement, run_};
    batch.source_records.push_back(std::move(record));
}

Status Intake::flush(std::optional<std::string> cursor) {
    store::Batch batch;
    batch.run = run_;
    batch.who = "source:" + source_.name;
    if (!pending_.empty()) {
        std::vector<std::string> keys;
        keys.reserve(pending_.size());
        for (const auto& [key, what] : pending_) keys.push_back(key);
        latest_ = bridge_.store().sources().latest(source_.uuid, "completion", keys);
        for (const auto& [key, what] : pending_) revise(batch, key, what ? &*what : nullptr);
        pending_.clear();
        latest_.clear();
    }
    if (cursor) {
        batch.cursor_source = source_.uuid;
        batch.cursor = std::move(cursor);
    }
    if (!batch.entries.empty() || !batch.source_records.empty() || batch.cursor) {
        CAPBRIDGE_TRY(bridge_.store().journal().append(std::move(batch)));
    }
    if (!rejected_.empty()) {
        CAPBRIDGE_TRY(bridge_.store().sources().add_rejected(rejected_));
        rejected_.clear();
    }
    return {};
}

Status Intake::checkpoint(std::string_view cursor) {
    CAPBRIDGE_TRY(flush(std::string(cursor)));
    progress_("reading " + source_.name, counts_.read, 0);
    return {};
}

Status Intake::finish() {
    return flush(std::nullopt);
}

}  // namespace capbridge::engine
