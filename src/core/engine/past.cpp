#include "core/engine/past.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <thread>

namespace capbridge::engine {
namespace {

constexpr std::size_t most_kept = 2;
// Whoever comes second is told so: waiting would take the threads from those who ask of the present.
constexpr std::chrono::milliseconds longest_wait{250};
constexpr std::chrono::milliseconds between_looks{10};
constexpr std::string_view says_then = "then", says_now = "now";

// Stands at the moment that is looked back at.
class MomentClock final : public Clock {
public:
    [[nodiscard]] Instant now() const override { return from_unix_ms(at_); }
    void set(Instant at) { at_ = unix_ms(at); }

private:
    std::atomic<std::int64_t> at_{0};
};

tl::unexpected<Error> no_moment(const std::string& why) {
    return fail("bad_parameter",
                "'known_at' must be the number of a journal entry, an instant such as 2026-03-31T12:00:00Z, "
                "or a day such as 2026-03-31: " +
                    why,
                "/known_at");
}

std::optional<std::int64_t> number_of(const json& value) {
    if (value.is_number_integer()) return value.get<std::int64_t>();
    if (!value.is_string()) return std::nullopt;
    const auto& text = value.get_ref<const std::string&>();
    std::int64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return out;
}

}  // namespace

struct Pasts::Kept {
    std::int64_t seq = 0;
    // Whose rules they were, when they are today's: another version of them needs another fold.
    std::shared_ptr<const competency::Rules> rules_now;
    MomentClock* clock = nullptr;  // the bridge's
    std::unique_ptr<Bridge> bridge;
};

Pasts::Pasts(Bridge& now) : now_(now) {}
Pasts::~Pasts() = default;

bool answers_of_the_past(std::string_view operation) {
    static constexpr std::array names{
        "matrix",         "record",          "explain",          "person",           "people.list",
        "unit.list",      "assign.status",   "framework.export", "mapping.list",     "mapping.export",
        "assessor.list",  "team.list",       "team.coverage",    "coverage.show",    "brief.show",
        "next.learning",  "journey.list",    "journey.show",     "digest",           "attestation.list",
        "override.list",  "deployment.list", "deployment.show",  "deployment.users", "assurance.list",
        "assurance.show", "product.list"};
    return std::find(names.begin(), names.end(), operation) != names.end();
}

Result<Pasts::Moment> Pasts::moment(const json& params) {
    Moment out;
    const auto rules = get_string(params, "rules", std::string(says_then));
    if (rules != says_then && rules != says_now)
        return fail("bad_parameter", "'rules' must be then (in force at known_at) or now", "/rules");
    out.rules_now = rules == says_now;
    auto& store = now_.store();
    const auto last = store.projection().cursor();
    const auto given = params.find("known_at");
    if (given == params.end()) return no_moment("it is missing");
    if (const auto seq = number_of(*given)) {
        if (*seq < 1 || *seq > last)
            return no_moment("the journal has the entries 1 to " + std::to_string(last) + " so far");
        const auto entry = store.entry_at(*seq);
        out.seq = entry.seq;
        out.at = entry.stored;
        return out;
    }
    const auto text = given->is_string() ? given->get<std::string>() : given->dump();
    if (const auto day = parse_day(text)) {
        const Instant end =
            Instant(day->time_since_epoch()) + std::chrono::days{1} - std::chrono::milliseconds{1};
        if (*day > day_of(now_.now())) return no_moment("'" + text + "' is still to come");
        out.at = std::min(end, now_.now());
    } else if (const auto instant = parse_instant(text)) {
        if (*instant > now_.now()) return no_moment("'" + text + "' is still to come");
        out.at = *instant;
    } else {
        return no_moment("'" + text + "' is none of these");
    }
    out.seq = std::min(store.entry_at(out.at).seq, last);
    if (out.seq == 0) return no_moment("the journal had nothing at " + format_instant(out.at));
    return out;
}

// Whoever stops the bridge does not know of its pasts: somebody looks while one is folded.
Status Pasts::fold(Bridge& past) {
    const std::jthread watch([&](const std::stop_token& over) {
        while (!over.stop_requested()) {
            if (now_.stopping) past.stopping = true;
            std::this_thread::sleep_for(between_looks);
        }
    });
    return past.project();
}

Result<Pasts::Kept*> Pasts::at(const Moment& moment, const Caller& caller) {
    std::shared_ptr<const competency::Rules> rules;
    if (moment.rules_now) {
        CAPBRIDGE_LET(rules, now_.rules());
    }
    const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const auto& kept) {
        return kept->seq == moment.seq && kept->rules_now == rules;
    });
    if (found != kept_.end()) {
        kept_.splice(kept_.begin(), kept_, found);
        return kept_.front().get();
    }
    while (kept_.size() >= most_kept) kept_.pop_back();
    const auto go_on = [&](std::size_t done, std::size_t total) {
        caller.progress("reading the journal as it was", done, total);
        return !now_.stopping;
    };
    CAPBRIDGE_LET(auto store, now_.store().past(moment.seq, go_on));
    auto kept = std::make_unique<Kept>();
    kept->seq = moment.seq;
    kept->rules_now = std::move(rules);
    auto clock = std::make_unique<MomentClock>();
    kept->clock = clock.get();
    kept->bridge = std::make_unique<Bridge>(std::move(store), std::move(clock),
                                            moment.rules_now ? &now_.store().journal() : nullptr);
    caller.progress("folding it", 0, 0);
    CAPBRIDGE_TRY(fold(*kept->bridge));
    kept_.push_front(std::move(kept));
    return kept_.front().get();
}

void Pasts::forget() {
    const std::lock_guard turn(asking_);
    kept_.clear();
}

Result<ordered_json> Pasts::ask(const Operation& operation, const json& params, const Caller& caller) {
    CAPBRIDGE_LET(const auto when, moment(params));
    return ask(operation, params, when, caller);
}

Result<ordered_json> Pasts::ask(const Operation& operation, json params, const Moment& moment,
                                const Caller& caller) {
    if (operation.changes || !answers_of_the_past(operation.name)) {
        return fail("bad_parameter",
                    "'" + operation.name +
                        "' says nothing of an earlier time: leave 'known_at' out (a question about people, "
                        "records, rules or teams takes it)",
                    "/known_at");
    }
    const std::unique_lock turn(asking_, longest_wait);
    if (!turn.owns_lock())
        return fail("store_busy", "another question about an earlier time is being answered: try again");
    CAPBRIDGE_LET(auto* past, at(moment, caller));
    past->clock->set(moment.at);
    if (params.contains("valid_at") && !params.contains("as_of")) params["as_of"] = params["valid_at"];
    params.erase("known_at");
    params.erase("rules");
    CAPBRIDGE_LET(auto answer, operation.run(*past->bridge, params, caller));
    if (answer.is_object()) {
        answer["known_at"] = {{"seq", moment.seq},
                              {"at", format_instant(moment.at)},
                              {"rules", moment.rules_now ? says_now : says_then}};
    }
    return answer;
}

}  // namespace capbridge::engine
