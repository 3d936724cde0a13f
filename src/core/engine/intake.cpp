#include "core/engine/intake.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/engine/new_statement.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t pending_at_most = 4000;
constexpr std::size_t rejected_kept = 1000;
constexpr double fall_at_most = 0.30;
constexpr std::size_t fall_counts_from = 20;  // a small source may change as it likes

}  // namespace

ordered_json IntakeCounts::to_json() const {
    return {
        {"read", read},           {"added", added},       {"changed", changed},       {"same", same},
        {"withdrawn", withdrawn}, {"rejected", rejected}, {"superseded", superseded}, {"not_used", not_used}};
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
        auto reason = get_string(record, "reason", "rejected by the adapter");
        if (const auto column = get_string(record, "column"); !column.empty())
            reason = "column '" + column + "': " + reason;
        reject(get_string(record, "key"), get_string(record, "where"), "rejected_by_adapter",
               std::move(reason));
    } else if (kind == "withdraw") {
        const auto record = json::parse(record_json, nullptr, false);
        ++counts_.read;
        if (const auto key = get_string(record, "key"); !key.empty()) {
            pending_.emplace_back(key, std::nullopt);
        } else {
            reject("", "/key", "rejected_record", "a withdraw record needs a key");
        }
    } else if (kind == "snapshot_begin") {
        CAPBRIDGE_TRY(take_snapshot_begin(record_json));
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
        reject(get_string(record, "key"), completion.error().where, completion.error().code,
               completion.error().message);
        return {};
    }
    if (snapshot_) snapshot_->seen.insert(completion->key);
    auto key = completion->key;
    if (completion->what == xapi::Completion::What::withdrawn) {
        pending_.emplace_back(std::move(key), std::nullopt);
    } else {
        auto digest = xapi::digest_of(*completion);
        pending_.emplace_back(std::move(key), IntakePending{std::move(*completion), std::move(digest),
                                                            snapshot_ ? snapshot_->scope : ""});
    }
    if (counts_.read % 1000 == 0) progress_("reading " + source_.name, counts_.read, 0);
    return {};
}

Status Intake::take_snapshot_begin(std::string_view record_json) {
    CAPBRIDGE_TRY(flush(std::nullopt));
    snapshot_.emplace();
    snapshot_->scope = get_string(json::parse(record_json, nullptr, false), "scope");
    snapshot_->live_before =
        bridge_.store().sources().live_keys(source_.uuid, "completion", snapshot_->scope).size();
    return {};
}

// Inside a closed snapshot of a scope, and only there, absence means withdrawn.
Status Intake::take_snapshot_end() {
    if (!snapshot_) return fail("adapter_protocol", "the adapter closed a snapshot that it had not opened");
    CAPBRIDGE_TRY(flush(std::nullopt));
    std::vector<std::string> gone;
    for (auto& key : bridge_.store().sources().live_keys(source_.uuid, "completion", snapshot_->scope)) {
        if (!snapshot_->seen.contains(key) && !listed_.contains(key)) gone.push_back(std::move(key));
    }
    const auto before = snapshot_->live_before;
    const auto share = before == 0 ? 0.0 : static_cast<double>(gone.size()) / static_cast<double>(before);
    if (!accept_fall_ && before >= fall_counts_from && share > fall_at_most) {
        return fail("snapshot_fell", "the snapshot lacks " + std::to_string(gone.size()) + " of " +
                                         std::to_string(before) +
                                         " facts that this source had; nothing was withdrawn. If that is "
                                         "right, sync again with --accept-fall");
    }
    // A row that cannot be read may be any of those that seem to be missing.
    if (snapshot_->whole) {
        for (auto& key : gone) deferred_[key] = std::nullopt;
    }
    listed_.merge(snapshot_->seen);
    snapshot_.reset();
    return {};
}

void Intake::reject(const std::string& key, std::string where, std::string code, std::string message) {
    ++counts_.rejected;
    if (snapshot_) {
        if (key.empty()) {
            snapshot_->whole = false;
        } else {
            snapshot_->seen.insert(key);
        }
    }
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

void Intake::revise(store::Batch& batch, const std::string& key, const store::SourceRecordRow& before,
                    const Word& now) {
    if (now ? now->digest == before.digest : before.statement.empty()) {
        ++counts_.same;
        return;
    }
    const int revision = before.revision + 1;
    if (!before.statement.empty()) {
        batch.entries.emplace_back(new_statement(
            xapi::voiding_statement(before.statement, context_, now ? "revised" : "withdrawn")));
    }
    store::NewSourceRecord record{source_.uuid, "completion", key, revision, {}, {}, {}};
    if (now) {
        const auto statement =
            xapi::statement_of(now->completion, actor_of(now->completion), context_, revision);
        batch.entries.emplace_back(new_statement(statement));
        record.digest = now->digest;
        record.statement = statement.at("id").get<std::string>();
        record.scope = now->scope;
        ++(before.statement.empty() ? counts_.added : counts_.changed);
    } else {
        ++counts_.withdrawn;
    }
    batch.source_records.push_back(std::move(record));
}

void Intake::settle(store::Batch& batch) {
    std::vector<std::string> keys;
    keys.reserve(pending_.size());
    for (const auto& [key, word] : pending_) keys.push_back(key);
    auto latest = bridge_.store().sources().latest(source_.uuid, "completion", keys);
    for (auto& [key, word] : pending_) {
        auto& before = latest[key];
        const bool known = word ? word->digest == before.digest : before.statement.empty();
        if (known) {
            counts_.superseded += deferred_.erase(key);
            ++counts_.same;
            if (word && word->scope !=
                            before.scope) {  // it has moved to another snapshot: the same fact, of that one
                before = {key, before.revision + 1, before.digest, before.statement, run_, word->scope};
                batch.source_records.push_back({source_.uuid, "completion", key, before.revision,
                                                before.digest, before.statement, before.scope});
            }
        } else if (before.revision == 0) {
            revise(batch, key, before, word);
            const auto& written = batch.source_records.back();
            before = {key, written.revision, written.digest, written.statement, run_, written.scope};
        } else {
            const bool fresh = deferred_.insert_or_assign(key, std::move(word)).second;
            counts_.superseded += fresh ? 0 : 1;
        }
    }
    pending_.clear();
}

Status Intake::flush(std::optional<std::string> cursor) {
    // First: were they written after the cursor, a crash in between would lose what is wrong with the source.
    if (!rejected_.empty()) {
        CAPBRIDGE_TRY(bridge_.store().sources().add_rejected(rejected_));
        rejected_.clear();
    }
    store::Batch batch;
    batch.run = run_;
    batch.who = "source:" + source_.name;
    batch.owner = "source:" + source_.uuid;
    settle(batch);
    if (cursor && deferred_.empty()) {
        batch.cursor_source = source_.uuid;
        batch.cursor = std::move(cursor);
        held_cursor_.reset();
    } else if (cursor) {
        held_cursor_ = std::move(cursor);
    }
    if (batch.entries.empty() && batch.source_records.empty() && !batch.cursor) return {};
    CAPBRIDGE_TRY(bridge_.store().journal().append(std::move(batch)));
    return {};
}

Status Intake::checkpoint(std::string_view cursor) {
    CAPBRIDGE_TRY(flush(std::string(cursor)));
    progress_("reading " + source_.name, counts_.read, 0);
    return {};
}

Status Intake::finish() {
    CAPBRIDGE_TRY(flush(std::nullopt));
    auto next = deferred_.begin();
    while (next != deferred_.end() || held_cursor_) {
        if (bridge_.stopping) return fail("stopping", "the bridge is stopping");
        store::Batch batch;
        batch.run = run_;
        batch.who = "source:" + source_.name;
        batch.owner = "source:" + source_.uuid;
        std::vector<std::string> keys;
        auto last = next;
        for (; last != deferred_.end() && keys.size() < pending_at_most; ++last) keys.push_back(last->first);
        auto latest = bridge_.store().sources().latest(source_.uuid, "completion", keys);
        for (; next != last; ++next) revise(batch, next->first, latest[next->first], next->second);
        if (next == deferred_.end() && held_cursor_) {
            batch.cursor_source = source_.uuid;
            batch.cursor = std::exchange(held_cursor_, std::nullopt);
        }
        CAPBRIDGE_TRY(bridge_.store().journal().append(std::move(batch)));
    }
    deferred_.clear();
    return {};
}

}  // namespace capbridge::engine
