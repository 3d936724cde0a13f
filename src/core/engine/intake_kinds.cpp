// What a record of each kind asks of the intake.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/engine/intake.hpp"
#include "core/engine/privacy/door.hpp"
#include "core/xapi/from_scorm.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t rejected_kept = 1000;  // of a run
constexpr std::size_t keys_a_page = 5000;

// A fact of an attempt counts as present when its attempt does: what the attempt lacks is withdrawn with it.
std::string_view seen_as(std::string_view kind, std::string_view key) {
    return kind == "scorm_attempt" ? xapi::attempt_of(key) : key;
}

}  // namespace

Status Intake::take(std::string_view kind, std::string_view text) {
    const bool fact = is_fact_kind(kind), directory = Directory::takes(kind);
    const bool word =
        fact || directory || CatalogueIntake::takes(kind) || kind == "rejected" || kind == "withdraw";
    if (!word && kind != "snapshot_begin" && kind != "snapshot_end" && kind != "feed_gap") {
        ++counts_.not_used;  // of a later version of the contract
        return {};
    }
    if (word) ++counts_.read;
    auto parsed = parse_json(text);
    if (!parsed) {
        reject(kind, "", {parsed.error().code, parsed.error().message, "", 0}, {});
        return {};
    }
    const auto& record = *parsed;
    if ((fact || directory) && is_barred_record(bridge_, record, issuer_)) {
        ++counts_.erased;
        return {};
    }
    if (kind == "statement") return take_statement(std::move(*parsed), text);
    if (fact) return take_facts(kind, record, text);
    if (directory) return take_directory(kind, record, text);
    if (kind == "rejected") return take_rejected(record);
    if (kind == "withdraw") return take_withdraw(record, text);
    if (kind == "snapshot_begin") return take_snapshot_begin(record);
    if (kind == "snapshot_end") return take_snapshot_end(record);
    if (kind == "feed_gap") return take_gap(record);
    return take_catalogue(kind, record, text);
}

void Intake::put(std::string_view kind, std::string key, std::optional<Word> word, std::string text) {
    if (word) word->scope = waited_in_ ? *waited_in_ : snapshots_.scope_of(kind);
    pending_.push_back({std::string(kind), std::move(key), std::move(word), std::move(text)});
}

// A statement has one id wherever it stands: it never counts twice.
bool Intake::may_wait(std::string_view kind) const {
    return !waited_in_ && kind != "statement" && (!waiting_.empty() || snapshots_.guarded(kind));
}

// As a post is: nothing of somebody who was erased gets in, be it as it should or not.
Status Intake::take_statement(json record, std::string_view text) {
    const auto given = record.is_object() ? record.find("statement") : record.end();
    const auto taken_out = given == record.end() ? TakenOut::nobody : take_out_erased(bridge_, *given);
    if (taken_out == TakenOut::nobody) return take_facts("statement", record, text);
    const auto key = key_of("statement", record);
    if (taken_out == TakenOut::actor) {
        ++counts_.erased;
        quarantine_.well("statement", key, text);
        return {};
    }
    // What an erasure left of it may be less than what is left of it here.
    if (is_uuid(key) && bridge_.store().journal().statement(key)) {
        ++counts_.same;
        snapshots_.saw("statement", key);
        return {};
    }
    return take_facts("statement", record, record.dump());
}

Status Intake::take_facts(std::string_view kind, const json& record, std::string_view text) {
    auto read = read_facts(kind, record, text, facts_.context());
    if (!read) {
        reject(kind, key_of(kind, record), read.error(), text);
        return {};
    }
    quarantine_.well(kind, read->key, text);
    snapshots_.saw(kind, read->key);
    tell(kind, read->key, read->left_out);
    if (kind == "scorm_attempt") return take_attempt(std::move(*read), text);
    for (auto& fact : read->facts)
        put(kind, std::move(fact.key), std::move(fact.word), std::string(may_wait(kind) ? text : ""));
    return {};
}

Status Intake::take_waiting(const WaitingRecord& record) {
    const auto& kind = record.kind;
    waited_in_ = record.scope;
    if (record.text.empty()) {
        if (kind == "scorm_attempt") return take_attempt({record.key, {}}, {});
        put(kind, record.key, std::nullopt);
        return {};
    }
    CAPBRIDGE_LET(const auto parsed, parse_json(record.text));
    CAPBRIDGE_LET(auto read, read_facts(kind, parsed, record.text, facts_.context()));
    if (kind == "scorm_attempt") return take_attempt(std::move(read), {});
    for (auto& fact : read.facts) put(kind, std::move(fact.key), std::move(fact.word));
    return {};
}

// The attempt as it is now: what it told before and does not tell any more is withdrawn. `text`: its record,
// "" when it is withdrawn.
Status Intake::take_attempt(ReadFacts attempt, std::string_view text) {
    const std::string kind = "scorm_attempt";
    if (!attempts_.insert(attempt.key).second) {  // twice in one go: the store must show the first
        CAPBRIDGE_TRY(flush(std::nullopt));
        CAPBRIDGE_TRY(appending_.drain());
        attempts_.clear();
        attempts_.insert(attempt.key);
    }
    const auto known =
        bridge_.store().sources().live_keys_below(source_.uuid, kind, attempt.key + xapi::scorm_separator);
    if (!waited_in_ &&
        (waiting_.holds(kind, attempt.key) || (known.empty() && !text.empty() && snapshots_.guarded(kind))))
        return waiting_.add({kind, attempt.key, snapshots_.scope_of(kind), std::string(text)});
    for (const auto& key : known) {
        const auto told = std::any_of(attempt.facts.begin(), attempt.facts.end(),
                                      [&](const Fact& fact) { return fact.key == key; });
        const auto unsaid = std::any_of(attempt.unsaid.begin(), attempt.unsaid.end(),
                                        [&](const auto& sco) { return xapi::is_of(key, sco); });
        if (!told && !unsaid) put(kind, key, std::nullopt);
    }
    for (auto& fact : attempt.facts) put(kind, std::move(fact.key), std::move(fact.word));
    return {};
}

Status Intake::take_catalogue(std::string_view kind, const json& record, std::string_view text) {
    auto row = catalogue_.read(kind, record, snapshots_.scope_of(kind));
    if (!row) {
        reject(kind, key_of(kind, record), row.error(), text);
        return {};
    }
    quarantine_.well(kind, row->id, text);
    snapshots_.saw(kind, row->id);
    if (kind == "competency_definition") facts_.know_competency(row->id, row->title);
    catalogue_.put(std::move(*row));
    return {};
}

Status Intake::take_directory(std::string_view kind, const json& record, std::string_view text) {
    const auto key = key_of(kind, record);
    directory_spoke_ = true;
    ++counts_.directory;
    if (const auto taken = directory_.take(kind, text); !taken) {
        if (taken.error().code != "rejected_record") return fail(taken.error());
        reject(kind, key, taken.error(), text);
        return {};
    }
    quarantine_.well(kind, key, text);
    return {};
}

Status Intake::take_rejected(const json& record) {
    auto reason = get_string(record, "reason", "rejected by the adapter");
    if (const auto column = get_string(record, "column"); !column.empty())
        reason = "column '" + column + "': " + reason;
    reject(get_string(record, "kind"), get_string(record, "key"),
           {"rejected_by_adapter", std::move(reason), get_string(record, "where"), 0}, {});
    return {};
}

Status Intake::take_withdraw(const json& record, std::string_view text) {
    const auto key = get_string(record, "key"), kind = get_string(record, "kind", "completion");
    if (key.empty()) {
        reject(kind, "", {"rejected_record", "a withdraw record needs a key", "/key", 0}, text);
    } else if (Directory::takes(kind)) {
        directory_spoke_ = true;
        ++counts_.directory;
        if (const auto taken = directory_.withdraw(kind, key); !taken) return fail(taken.error());
    } else if (CatalogueIntake::takes(kind)) {
        catalogue_.remove(kind, key);
    } else if (kind == "scorm_attempt") {
        return take_attempt({key, {}}, {});
    } else if (is_fact_kind(kind)) {
        put(kind, key, std::nullopt);
    } else {
        ++counts_.not_used;
    }
    quarantine_.well(kind, key);
    return {};
}

Status Intake::take_snapshot_begin(const json& record) {
    CAPBRIDGE_TRY(flush(std::nullopt));
    CAPBRIDGE_TRY(appending_.drain());
    OpenSnapshot snapshot;
    snapshot.scope = get_string(record, "scope");
    snapshot.kinds = Snapshots::kinds_of(record);
    for (const auto& kind : snapshot.kinds) {
        const bool fact = is_fact_kind(kind), catalogue = CatalogueIntake::takes(kind);
        snapshot.live_before.push_back(
            fact        ? bridge_.store().sources().count_live(source_.uuid, kind, snapshot.scope)
            : catalogue ? catalogue_.ids_of(kind, snapshot.scope).size()
                        : 0);
    }
    if (std::any_of(snapshot.kinds.begin(), snapshot.kinds.end(), Directory::takes)) {
        directory_spoke_ = true;
        CAPBRIDGE_TRY(directory_.snapshot_begin(snapshot.scope));
    }
    snapshots_.open(std::move(snapshot));
    return {};
}

// Keys that the source had in this scope and does not list any more.
Result<std::vector<std::string>> Intake::missing_from(OpenSnapshot& snapshot, std::size_t index) {
    const auto& kind = snapshot.kinds[index];
    std::vector<std::string> missing;
    const auto look_at = [&](std::string key) {
        const auto seen = seen_as(kind, key);
        if (!snapshot.seen.contains(kind, seen) && !snapshots_.listed(kind, seen))
            missing.push_back(std::move(key));
    };
    if (CatalogueIntake::takes(kind)) {
        for (auto& id : catalogue_.ids_of(kind, snapshot.scope)) look_at(std::move(id));
    }
    std::string after;
    while (is_fact_kind(kind)) {
        auto page =
            bridge_.store().sources().live_keys_after(source_.uuid, kind, snapshot.scope, after, keys_a_page);
        if (page.empty()) break;
        after = page.back();
        for (auto& key : page) look_at(std::move(key));
        if (bridge_.stopping) return fail("stopping", "the bridge is stopping");
    }
    const GuardHit hit{"snapshot_fell", kind, snapshot.scope, missing.size(), snapshot.live_before[index]};
    const bool accepted = options_.accept_fall || cover(options_.accepted, hit);
    if (!accepted && falls(hit, options_.fall_at_most)) {
        fell_ = hit;
        return fail(fall_error(hit, source_.name));
    }
    return missing;
}

Status Intake::take_snapshot_end(const json& record) {
    CAPBRIDGE_TRY(flush(std::nullopt));
    CAPBRIDGE_TRY(appending_.drain());
    bool found = false;
    auto snapshot = snapshots_.close(get_string(record, "scope"), Snapshots::kinds_of(record), found);
    if (!found) return fail("adapter_protocol", "the adapter closed a snapshot that it had not opened");
    std::vector<std::vector<std::string>> missing(snapshot.kinds.size());
    for (std::size_t i = 0; i < snapshot.kinds.size(); ++i) {
        const auto& kind = snapshot.kinds[i];
        if (is_fact_kind(kind) || CatalogueIntake::takes(kind)) {
            CAPBRIDGE_LET(missing[i], missing_from(snapshot, i));
        }
    }
    if (std::any_of(snapshot.kinds.begin(), snapshot.kinds.end(), Directory::takes))
        CAPBRIDGE_TRY(directory_.snapshot_end(snapshot.whole));
    // A row that cannot be read may be any of those that seem to be missing.
    for (std::size_t i = 0; snapshot.whole && i < missing.size(); ++i) {
        for (auto& key : missing[i]) {
            if (CatalogueIntake::takes(snapshot.kinds[i])) {
                catalogue_.remove(snapshot.kinds[i], key);
            } else {
                deferred_[{snapshot.kinds[i], std::move(key)}] = std::nullopt;
            }
        }
    }
    closed_kinds_.insert(snapshot.kinds.begin(), snapshot.kinds.end());
    snapshots_.list(std::move(snapshot));
    return {};
}

Status Intake::take_gap(const json& record) {
    FeedGap gap{get_string(record, "key"), get_string(record, "expected"), get_string(record, "found")};
    const auto& accepted = options_.accepted_gaps;
    if (std::find(accepted.begin(), accepted.end(), gap) != accepted.end()) return {};
    gap_ = gap;
    return fail(
        "feed_gap",
        "the feed has a gap at " + gap.key + ": expected " + gap.expected + ", found " + gap.found +
            ". Nothing behind it was read. Put the missing files into the folder and sync again; or "
            "'capbridge gap accept SOURCE' reads on without them (what they said stays unknown until a "
            "full file), or 'capbridge gap reseed SOURCE' begins anew with the newest full file",
        gap.key);
}

void Intake::reject(std::string_view kind, const std::string& key, const Error& why,
                    std::string_view record) {
    if (key.empty()) {
        snapshots_.saw_unknown(kind);
    } else {
        snapshots_.saw(kind, key);  // also below: it may be somebody else's, and is there
    }
    if (is_barred_key(bridge_, key)) {
        ++counts_.erased;
        if (rejected_.size() < rejected_kept)
            rejected_.push_back(
                {run_, "", why.code,
                 "A record that could not be used has a number or name in its key that belongs to "
                 "somebody who was erased. Nothing else of it is kept."});
        return;
    }
    ++counts_.rejected;
    show("rejected", kind, key, &why);
    // It would be kept as it came, and nobody could tell where in it they stand.
    quarantine_.keep(kind, key, why, has_erased(bridge_, record) ? std::string_view() : record);
    if (counts_.rejected <= rejected_kept) rejected_.push_back({run_, why.where, why.code, why.message});
}

// What is wrong in a package is wrong for everybody who takes it: it is written down once.
void Intake::tell(std::string_view kind, const std::string& key, const std::vector<Error>& left_out) {
    for (const auto& why : left_out) {
        ++counts_.left_out;
        show("left_out", kind, key, &why);
        if (told_.size() < rejected_kept && told_.insert(why.where + '\n' + why.message).second)
            rejected_.push_back({run_, why.where, why.code, why.message});
    }
}

}  // namespace capbridge::engine
