#include "core/engine/completions.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "core/base/embedded.hpp"
#include "core/engine/facts.hpp"
#include "core/engine/intake_catalogue.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/privacy/door.hpp"

namespace capbridge::engine {
namespace {

constexpr int most_tries = 3;
constexpr const char* kind = "completion";

// What one record is, or what is wrong with it.
struct Posted {
    std::string key;
    std::optional<Fact> fact;
    Error wrong;
};

// Stricter than a pull: a client that misspells a member hears of it, for nobody else would. The first
// problem of each record, its pointer within the record.
std::map<std::size_t, Error> breaches(const json& records) {
    const auto* file = find_embedded(embedded_config(), "schemas/records/completion.schema.json");
    const json schema{{"type", "array"}, {"items", json::parse(file->bytes, nullptr, false)}};
    std::map<std::size_t, Error> out;
    for (const auto& problem : validate_json(records, schema)) {
        if (problem.severity != Problem::Severity::error || problem.pointer.size() < 2) continue;
        const auto end = std::min(problem.pointer.find('/', 1), problem.pointer.size());
        out.try_emplace(std::stoul(problem.pointer.substr(1, end - 1)),
                        Error{"rejected_record", problem.message, problem.pointer.substr(end), 0});
    }
    return out;
}

constexpr std::chrono::days a_day{1};  // clocks and zones differ
const Day earliest{std::chrono::year{1900} / 1 / 1};

// What nobody can have meant, and what would stand in a record for years.
std::optional<Error> implausible(const xapi::Completion& told, Day today) {
    const auto wrong = [](std::string what, std::string where) {
        return Error{"rejected_record", std::move(what), std::move(where), 0};
    };
    const auto& score = told.score;
    if (score.min && score.max && *score.min >= *score.max)
        return wrong("the lowest possible mark is not below the highest", "/score/min");
    if (score.raw && score.max && *score.raw > *score.max)
        return wrong("the mark is above the highest possible one", "/score/raw");
    if (score.raw && score.min && *score.raw < *score.min)
        return wrong("the mark is below the lowest possible one", "/score/raw");
    if (told.expires && *told.expires < earliest) return wrong("is before the year 1900", "/expires");
    if (told.occurred.precision == When::Precision::unknown) return {};
    const bool instant = told.occurred.precision == When::Precision::instant;
    const auto occurred = day_of(told.occurred.at);
    if (occurred < earliest) return wrong("is before the year 1900", "/occurred/value");
    if (occurred > today + a_day) return wrong("lies in the future", "/occurred/value");
    if (told.expires && *told.expires + (instant ? a_day : 0 * a_day) < occurred)
        return wrong("is before it occurred", "/expires");
    return {};
}

class Posting {
public:
    Posting(Bridge& bridge, store::SourceRow source, const Caller& caller)
        : bridge_(bridge), source_(std::move(source)), caller_(caller) {}

    Result<ordered_json> post(const json& records) {
        read_all(records);
        const bool any =
            std::any_of(posted_.begin(), posted_.end(), [](const auto& p) { return p.fact.has_value(); });
        std::int64_t run = 0;
        for (int tries = 1; any; ++tries) {
            CAPBRIDGE_LET(run, run_of_today());
            const auto stored = store_all(run);
            if (stored) break;
            // Of the moment: somebody else revised one of the facts, or took the day's run back.
            const auto& code = stored.error().code;
            if (code != "source_record_exists" && code != "run_reverted") return fail(stored.error());
            if (tries == most_tries)
                return fail("store_busy", "others keep changing the same facts: please try again");
        }
        if (run != 0) CAPBRIDGE_TRY(bridge_.store().sources().add_counts(run, json(counts()), bridge_.now()));
        bridge_.wake();
        return answer(run);
    }

private:
    void read_all(const json& records) {
        const auto wrong = breaches(records);
        const auto context = context_of(bridge_, source_);
        const auto today = day_of(bridge_.now());
        const auto issuer = get_string(json::parse(source_.options, nullptr, false), "issuer");
        posted_.reserve(records.size());
        for (std::size_t i = 0; i < records.size(); ++i) {
            Posted one{get_string(records[i], "key"), {}, {}};
            if (const auto it = wrong.find(i); it != wrong.end()) {
                one.wrong = it->second;
            } else if (is_barred_record(bridge_, records[i], issuer)) {
                one.wrong = {"erased",
                             "this person was erased here: somebody has to say yes first (capbridge person "
                             "readmit)",
                             "/who", 0};
            } else if (auto facts = read_facts(kind, records[i], {}, context)) {
                one.fact = std::move(facts->facts.front());
                // A fact that is taken back may be one of those that should never have been.
                const auto* told =
                    one.fact->word ? std::get_if<xapi::Completion>(&one.fact->word->says) : nullptr;
                if (auto why = told != nullptr ? implausible(*told, today) : std::nullopt) {
                    one.wrong = std::move(*why);
                    one.fact.reset();
                }
            } else {
                one.wrong = facts.error();
            }
            posted_.push_back(std::move(one));
        }
    }

    Result<std::int64_t> run_of_today() {
        store::RunRow run;
        run.kind = "sync";  // it is taken back as one
        run.source = source_.name;
        run.who = "source:" + source_.name;
        run.what = "completions posted on " + format_day(day_of(bridge_.now()));
        run.began = bridge_.now();
        if (const auto now = bridge_.store().sources().source(source_.name)) run.cursor_before = now->cursor;
        return bridge_.store().sources().run_of_day(run);
    }

    Status store_all(std::int64_t run) {
        std::vector<std::string> keys;
        for (const auto& one : posted_) {
            if (one.fact) keys.push_back(one.key);
        }
        auto latest = bridge_.store().sources().latest(source_.uuid, kind, keys);
        store::Batch batch;
        batch.run = run;
        batch.who = caller_.who;
        batch.owner = "source:" + source_.uuid;
        batch.quarantine_source = source_.uuid;
        std::set<std::string> kept;  // of quarantine: few, or none
        for (auto& one : bridge_.store().sources().quarantined_keys(source_.uuid)) {
            if (one.kind == kind) kept.insert(std::move(one.slot));
        }
        FactWriter facts(bridge_, source_);
        outcomes_.assign(posted_.size(), Outcome::same);
        for (std::size_t i = 0; i < posted_.size(); ++i) {
            if (!posted_[i].fact) continue;
            auto& before = latest[posted_[i].key];
            before.key = posted_[i].key;
            const auto& word = posted_[i].fact->word;
            outcomes_[i] = facts.revise(batch, kind, before, word ? &*word : nullptr);
            if (kept.contains(posted_[i].key)) batch.released.push_back({kind, posted_[i].key});
        }
        if (batch.entries.empty() && batch.released.empty()) return {};
        CAPBRIDGE_TRY(bridge_.store().journal().append(std::move(batch)));
        return {};
    }

    [[nodiscard]] std::map<std::string, std::int64_t> counts() const {
        std::map<std::string, std::int64_t> out{{"read", 0}, {"added", 0},     {"changed", 0},
                                                {"same", 0}, {"withdrawn", 0}, {"rejected", 0}};
        for (std::size_t i = 0; i < posted_.size(); ++i) {
            ++out["read"];
            ++out[posted_[i].fact ? std::string(text(outcomes_[i])) : "rejected"];
        }
        return out;
    }

    ordered_json answer(std::int64_t run) const {
        auto results = ordered_json::array();
        for (std::size_t i = 0; i < posted_.size(); ++i) {
            const auto& one = posted_[i];
            ordered_json result{{"key", one.key.empty() ? ordered_json(nullptr) : ordered_json(one.key)},
                                {"outcome", one.fact ? text(outcomes_[i]) : "rejected"}};
            if (!one.fact) {
                result["reason"] = one.wrong.message;
                result["where"] = one.wrong.where;
            }
            results.push_back(std::move(result));
        }
        ordered_json tally = ordered_json::object();
        const auto counted = counts();
        for (const auto* name : {"read", "added", "changed", "same", "withdrawn", "rejected"})
            tally[name] = counted.at(name);
        return {{"source", source_.name},
                {"run", run == 0 ? ordered_json(nullptr) : ordered_json(run)},
                {"counts", std::move(tally)},
                {"results", std::move(results)}};
    }

    Bridge& bridge_;
    const store::SourceRow source_;
    const Caller& caller_;
    std::vector<Posted> posted_;
    std::vector<Outcome> outcomes_;
};

Result<ordered_json> completions_post(Bridge& bridge, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto uuid, need_text(params, "source"));
    const auto records = params.find("completions");
    if (records == params.end() || !records->is_array())
        return fail("bad_parameter", "the completions are an array of records", "/completions");
    if (records->size() > most_completions) {
        return fail("too_many", "at most " + std::to_string(most_completions) +
                                    " completions go into one request; this one has " +
                                    std::to_string(records->size()));
    }
    for (auto& source : bridge.store().sources().sources()) {
        if (source.uuid != uuid) continue;
        // Never beside a pull of the same source, which would meet facts that it has not read.
        for (int tries = 0; tries < 20; ++tries) {
            if (const auto hold = bridge.syncing.try_hold(source.name, "post"))
                return Posting(bridge, std::move(source), caller).post(*records);
            std::this_thread::sleep_for(std::chrono::milliseconds{100});
        }
        return fail("store_busy", "this source is being read just now: please try again");
    }
    return fail("not_found", "the source of this credential is gone");
}

Result<ordered_json> list_courses(Bridge& bridge, const json& params, const Caller&) {
    return course_list(bridge, params);
}

}  // namespace

std::vector<Operation> completions_operations() {
    return {{"completions.post", true, "admin", completions_post, false, true},
            {"course.list", false, "read", list_courses}};
}

}  // namespace capbridge::engine
