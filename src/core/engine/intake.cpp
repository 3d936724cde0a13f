#include "core/engine/intake.hpp"

#include <malloc.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace capbridge::engine {
namespace {

// Of facts and of catalogue rows: small enough that the writer is at work while the next are read.
constexpr std::size_t pending_at_most = 1000;
// When more changes than these wait for the pull's last word (somebody changed how people are named, say),
// they are written as they come: the last word stands all the same, but exports that contradict each other
// make a revision each.
constexpr std::size_t deferred_at_most = 30'000;

}  // namespace

ordered_json IntakeCounts::to_json() const {
    ordered_json out{{"read", read},
                     {"added", added},
                     {"changed", changed},
                     {"same", same},
                     {"withdrawn", withdrawn},
                     {"rejected", rejected},
                     {"superseded", superseded},
                     {"catalogue", catalogue},
                     {"directory", directory},
                     {"not_used", not_used}};
    if (left_out > 0) out["left_out"] = left_out;
    if (erased > 0) out["erased"] = erased;
    return out;
}

bool Intake::brought_something() const {
    const auto& people = directory_.counts();
    return counts_.added + counts_.changed + counts_.withdrawn + counts_.catalogue + people.people_added +
               people.people_changed + people.left >
           0;
}

Intake::Intake(Bridge& bridge, store::SourceRow source, std::int64_t run, const Progress& progress,
               IntakeOptions options)
    : bridge_(bridge),
      source_(std::move(source)),
      issuer_(get_string(json::parse(source_.options, nullptr, false), "issuer")),
      run_(run),
      progress_(progress),
      options_(std::move(options)),
      facts_(bridge, source_),
      directory_(bridge, source_, run,
                 {options_.leavers_at_most, options_.accept_leavers, options_.dry_run, options_.accepted,
                  options_.fall_at_most, options_.accept_fall}),
      catalogue_(bridge, facts_.context()),
      quarantine_(bridge, source_.uuid),
      appending_(bridge.store().journal(), options_.dry_run) {}

Status Intake::emit(std::string_view kind, std::string_view record_json) {
    if (bridge_.stopping) return fail("stopping", "the bridge is stopping");
    CAPBRIDGE_TRY(take(kind, record_json));
    if (counts_.read % 1000 == 0) progress_("reading " + source_.name, counts_.read, 0);
    if (std::max({pending_.size(), catalogue_.pending(), quarantine_.pending()}) >= pending_at_most)
        return flush(std::nullopt);
    return {};
}

void Intake::show(const char* what, std::string_view kind, std::string_view key, const Error* why) {
    if (!options_.dry_run) return;
    auto& shown = shown_.try_emplace(what, ordered_json::array()).first->second;
    if (shown.size() >= options_.examples) return;
    ordered_json one{{"kind", kind}, {"key", key}};
    if (why != nullptr) {
        one["where"] = why->where;
        one["code"] = why->code;
        one["message"] = why->message;
    }
    shown.push_back(std::move(one));
}

ordered_json Intake::examples() const {
    ordered_json out = ordered_json::object();
    for (const auto* what : {"added", "changed", "withdrawn", "rejected"}) {
        const auto it = shown_.find(what);
        out[what] = it == shown_.end() ? ordered_json::array() : it->second;
    }
    if (const auto it = shown_.find("left_out"); it != shown_.end()) out["left_out"] = it->second;
    return out;
}

void Intake::count(Outcome outcome, std::string_view kind, std::string_view key) {
    switch (outcome) {
        case Outcome::same:
            ++counts_.same;
            return;
        case Outcome::added:
            ++counts_.added;
            break;
        case Outcome::changed:
            ++counts_.changed;
            break;
        case Outcome::withdrawn:
            ++counts_.withdrawn;
            break;
    }
    show(text(outcome).data(), kind, key);
}

store::Batch Intake::new_batch() const {
    store::Batch batch;
    batch.run = run_;
    batch.who = "source:" + source_.name;
    batch.owner = "source:" + source_.uuid;
    return batch;
}

Intake::Latest Intake::latest(const std::string& kind, const std::vector<std::string>& keys) {
    auto out = bridge_.store().sources().latest(source_.uuid, kind, keys);
    const auto newer = under_way_.find(kind);
    if (newer == under_way_.end()) return out;
    for (const auto& key : keys) {
        if (const auto it = newer->second.find(key); it != newer->second.end()) out[key] = it->second;
    }
    return out;
}

Outcome Intake::write(store::Batch& batch, std::string_view kind, store::SourceRecordRow& before,
                      const Word* word) {
    if (!options_.dry_run) return facts_.revise(batch, kind, before, word);
    const auto outcome = FactWriter::outcome_of(before, word);
    if (before.revision == 0) dry_added_.insert(std::string(kind) + '\n' + before.key);
    return outcome;
}

Status Intake::settle(store::Batch& batch) {
    std::map<std::string, std::vector<std::string>> keys;
    for (const auto& one : pending_) keys[one.kind].push_back(one.key);
    std::map<std::string, Latest> before;
    for (const auto& [kind, of_kind] : keys) before[kind] = latest(kind, of_kind);
    for (auto& one : pending_) {
        auto& row = before[one.kind][one.key];
        row.key = one.key;
        CAPBRIDGE_TRY(settle_one(batch, one, row));
    }
    pending_.clear();
    return {};
}

Status Intake::settle_one(store::Batch& batch, Pending& one, store::SourceRecordRow& before) {
    const auto* word = one.word ? &*one.word : nullptr;
    // Or it is a later word on what waits, and stays behind it.
    const bool is_new = word != nullptr && before.revision == 0 && !one.text.empty();
    if (!waited_in_ && (waiting_.holds(one.kind, one.key) || (is_new && snapshots_.guarded(one.kind))))
        return waiting_.add(
            {one.kind, one.key, word == nullptr ? std::string() : word->scope, std::move(one.text)});
    if (FactWriter::outcome_of(before, word) == Outcome::same) {
        if (!deferred_.empty()) counts_.superseded += deferred_.erase({one.kind, one.key});
        ++counts_.same;
        if (word != nullptr && !word->scope.empty() && word->scope != before.scope) {
            // It has moved to another snapshot: the same fact, of that one.
            before = {one.key, before.revision + 1, before.digest, before.statement, run_, word->scope};
            batch.source_records.push_back({source_.uuid, one.kind, one.key, before.revision, before.digest,
                                            before.statement, before.scope});
        }
        return {};
    }
    if (word != nullptr && one.kind == "statement" && (before.revision == 0 || !before.statement.empty()))
        return settle_statement(batch, one, before);
    if (before.revision == 0) {
        if (options_.dry_run && dry_added_.contains(one.kind + '\n' + one.key)) {
            ++counts_.superseded;  // what came first is not stored, so it cannot be told what it said
            return {};
        }
        count(write(batch, one.kind, before, word), one.kind, one.key);
        return {};
    }
    const bool fresh = deferred_.insert_or_assign({one.kind, one.key}, std::move(one.word)).second;
    counts_.superseded += fresh ? 0 : 1;
    return {};
}

// Statements do not change (xAPI 1.0.3 part 2, 2.3.1): what has the id of a stored one is the same, or wrong.
Status Intake::settle_statement(store::Batch& batch, Pending& one, store::SourceRecordRow& before) {
    auto stored = bridge_.store().journal().statement(one.key);
    if (!stored && before.revision > 0) {  // it is under way
        CAPBRIDGE_TRY(appending_.drain());
        stored = bridge_.store().journal().statement(one.key);
    }
    const auto& body = std::get<VerbatimStatement>(one.word->says).body;
    if (!stored && before.revision == 0) {
        if (options_.dry_run && dry_added_.contains(one.kind + '\n' + one.key)) {
            ++counts_.same;
            return {};
        }
        batch.only_own = true;  // what a source voids is its own
        count(write(batch, one.kind, before, &*one.word), one.kind, one.key);
    } else if (stored && xapi::equivalent(json::parse(body, nullptr, false),
                                          json::parse(stored->text(), nullptr, false))) {
        ++counts_.same;
    } else {
        reject(one.kind, one.key,
               {"statement_conflict", "a statement of this id is stored with another content",
                "/statement/id", 0},
               {});
    }
    return {};
}

void Intake::settle_catalogue(store::Batch& batch) {
    if (catalogue_.pending() == 0) return;
    const auto settled = catalogue_.settle(batch);
    counts_.same += settled.same;
    counts_.catalogue += settled.added.size() + settled.changed.size() + settled.gone.size();
    for (const auto& key : settled.added) show("added", key.kind, key.id);
    for (const auto& key : settled.changed) show("changed", key.kind, key.id);
    for (const auto& key : settled.gone) show("withdrawn", key.kind, key.id);
}

Status Intake::post(store::Batch batch) {
    quarantine_.settle(batch);
    const bool nothing = batch.entries.empty() && batch.source_records.empty() && batch.catalogue.empty() &&
                         batch.catalogue_gone.empty() && batch.quarantined.empty() &&
                         batch.released.empty() && !batch.cursor;
    if (nothing) return {};
    std::map<std::string, Latest> written;
    for (const auto& record : batch.source_records) {
        written[record.kind][record.key] = {record.key, record.revision, record.digest, record.statement,
                                            run_,       record.scope};
    }
    CAPBRIDGE_TRY(appending_.post(std::move(batch)));
    // What was under way before is stored now.
    under_way_ = std::move(written);
    return {};
}

Status Intake::flush(std::optional<std::string> cursor) {
    auto batch = new_batch();
    CAPBRIDGE_TRY(settle(batch));
    settle_catalogue(batch);
    // Behind this batch, and before its cursor.
    if (deferred_.size() > deferred_at_most) {
        CAPBRIDGE_TRY(post(std::move(batch)));
        CAPBRIDGE_TRY(write_deferred(nullptr));
        batch = new_batch();
    }
    // First: were they written after the cursor, a crash in between would lose what is wrong with the source.
    if (!rejected_.empty() && !options_.dry_run)
        CAPBRIDGE_TRY(bridge_.store().sources().add_rejected(rejected_));
    rejected_.clear();
    if (cursor && deferred_.empty() && waiting_.empty() && !directory_spoke_) {
        batch.cursor_source = source_.uuid;
        batch.cursor = std::move(cursor);
        held_cursor_.reset();
    } else if (cursor) {
        held_cursor_ = std::move(cursor);
    }
    return post(std::move(batch));
}

Status Intake::checkpoint(std::string_view cursor) {
    CAPBRIDGE_TRY(flush(std::string(cursor)));
    CAPBRIDGE_TRY(appending_.drain());
    attempts_.clear();
    progress_("reading " + source_.name, counts_.read, 0);
    return {};
}

// In the order of arrival; `give_way` is called between chunks.
Status Intake::write_waiting(const GiveWay& give_way) {
    if (waiting_.empty()) return {};
    CAPBRIDGE_TRY(appending_.drain());
    attempts_.clear();
    auto waiting = std::exchange(waiting_, {});
    const auto take_one = [&](const WaitingRecord& record) -> Status {
        CAPBRIDGE_TRY(take_waiting(record));
        if (pending_.size() < pending_at_most) return {};
        if (bridge_.stopping) return fail("stopping", "the bridge is stopping");
        if (give_way) CAPBRIDGE_TRY(give_way());
        return flush(std::nullopt);
    };
    CAPBRIDGE_TRY(waiting.each(take_one));
    CAPBRIDGE_TRY(flush(std::nullopt));
    waited_in_.reset();
    return {};
}

// `last`, when given, takes the end of it: it goes with the cursor.
Status Intake::write_deferred(store::Batch* last, const GiveWay& give_way) {
    while (!deferred_.empty()) {
        if (bridge_.stopping) return fail("stopping", "the bridge is stopping");
        if (give_way) CAPBRIDGE_TRY(give_way());  // each chunk reads for itself what stands
        const auto kind = deferred_.begin()->first.first;
        std::vector<std::string> keys;
        for (const auto& [name, word] : deferred_) {
            if (name.first != kind || keys.size() == pending_at_most) break;
            keys.push_back(name.second);
        }
        auto rows = latest(kind, keys);
        auto batch = new_batch();
        batch.only_own = kind == "statement";
        for (const auto& key : keys) {
            auto next = deferred_.begin();
            auto& before = rows[key];
            before.key = key;
            count(write(batch, kind, before, next->second ? &*next->second : nullptr), kind, key);
            deferred_.erase(next);
        }
        if (last != nullptr && deferred_.empty() && !batch.only_own) {
            std::move(batch.entries.begin(), batch.entries.end(), std::back_inserter(last->entries));
            last->source_records = std::move(batch.source_records);
        } else {
            CAPBRIDGE_TRY(post(std::move(batch)));
        }
    }
    return {};
}

Status Intake::finish(const GiveWay& give_way) {
    CAPBRIDGE_TRY(flush(std::nullopt));
    snapshots_ = {};  // the directory's settling needs the room
    // Before anything else: when its guard holds the run, nothing that waited for the end is written.
    std::vector<store::NewDecision> decisions;
    CAPBRIDGE_TRY(directory_.settle(decisions, give_way));
    auto last = new_batch();
    for (auto& decision : decisions) {
        last.entries.emplace_back(std::move(decision));
        if (last.entries.size() < pending_at_most) continue;
        CAPBRIDGE_TRY(post(std::move(last)));
        last = new_batch();
    }
    decisions = {};
    // Others get a turn: what was judged is written before.
    if (!last.entries.empty() && !(deferred_.empty() && waiting_.empty())) {
        CAPBRIDGE_TRY(post(std::move(last)));
        last = new_batch();
    }
    CAPBRIDGE_TRY(write_waiting(give_way));
    CAPBRIDGE_TRY(write_deferred(&last, give_way));
    // A whole delivery that does not have them any more: nobody waits for them.
    if (options_.full && !gap_ && !closed_kinds_.empty()) quarantine_.release_unseen(closed_kinds_);
    if (held_cursor_) {
        last.cursor_source = source_.uuid;
        last.cursor = std::exchange(held_cursor_, std::nullopt);
    }
    CAPBRIDGE_TRY(post(std::move(last)));
    CAPBRIDGE_TRY(appending_.drain());
    ::malloc_trim(0);  // what a large pull held is not needed for folding it
    return {};
}

}  // namespace capbridge::engine
