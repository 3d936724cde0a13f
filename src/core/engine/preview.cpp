#include "core/engine/preview.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "core/engine/history.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t threads = 2;
constexpr std::size_t people_a_look = 200;
// Of more people than this all facts are read at once.
constexpr std::size_t most_one_by_one = 1000;

using Ids = std::vector<std::string>;
using competency::Comparison;
using competency::PersonFacts;
using competency::Rules;

// What a person's history comes to by some rules.
void fold_into(PersonFacts& out, const competency::History& history, const Rules& rules) {
    out.records = competency::fold(history, out.person, rules);
    out.unmapped_only = competency::unmapped_only(history.facts, rules);
}

class Everybody {
public:
    Everybody(Bridge& bridge, const Rules& before, const Rules& after,
              const competency::ComparisonLimits& limits, const Caller& caller)
        : bridge_(bridge),
          projection_(bridge.store().projection()),
          iri_base_(bridge.store().installation().iri_base),
          before_(before),
          after_(after),
          limits_(limits),
          caller_(caller),
          as_of_(day_of(bridge.now())),
          people_(projection_.all_people()),
          wanted_([this](std::string_view activity) {
              return before_.knows_activity(activity) || after_.knows_activity(activity);
          }) {}

    // By a fold of each side.
    Result<ordered_json> fold_both() {
        read_all_facts();
        return compare([this](const Ids& ids, Comparison& comparison) {
            for (const auto& id : ids) {
                PersonFacts before;
                auto person = projection_.person(id);
                if (!person) continue;
                before.person = std::move(*person);
                before.assignments = projection_.assignments_of(id);
                const auto history = history_of(before.person);
                PersonFacts after = before;
                fold_into(before, history, before_);
                fold_into(after, history, after_);
                comparison.add(before, after);
            }
        });
    }
    // Records are the same on both sides: only what is asked may differ.
    Result<ordered_json> keep_records() {
        return compare([this](const Ids& ids, Comparison& comparison) {
            projection_.people_facts(ids, [&](const PersonFacts& person) { comparison.add(person, person); });
        });
    }
    // What is stored against a fold of now.
    Result<ordered_json> fold_after() {
        read_all_facts();
        return compare([this](const Ids& ids, Comparison& comparison) {
            projection_.people_facts(ids, [&](const PersonFacts& before) {
                PersonFacts after{before.person, before.assignments, {}, false};
                fold_into(after, history_of(after.person), after_);
                comparison.add(before, after);
            });
        });
    }

private:
    template <class Each>
    Result<ordered_json> compare(const Each& each) {
        const auto share = (people_.size() + threads - 1) / threads;
        std::vector<Comparison> parts;
        for (std::size_t t = 0; t < threads; ++t) parts.emplace_back(before_, after_, as_of_, limits_);
        std::exception_ptr failed;
        std::thread other([&] {
            try {
                go(parts[1], each, share, people_.size(), false);
            } catch (...) {
                failed = std::current_exception();
                stop_ = true;
            }
        });
        try {
            go(parts[0], each, 0, share, true);
        } catch (...) {
            stop_ = true;
            other.join();
            throw;
        }
        other.join();
        if (failed) std::rethrow_exception(failed);
        if (bridge_.stopping) return fail("stopping", "the bridge is stopping");
        parts[0].merge(std::move(parts[1]));
        auto out = parts[0].finish();
        out["watermark"] = projection_.cursor();
        return out;
    }

    template <class Each>
    void go(Comparison& comparison, const Each& each, std::size_t from, std::size_t upto, bool tells) {
        upto = std::min(upto, people_.size());
        for (std::size_t i = from; i < upto; i += people_a_look) {
            if (stop_ || bridge_.stopping) return;
            const auto at = [&](std::size_t n) { return people_.begin() + static_cast<std::ptrdiff_t>(n); };
            const Ids ids(at(i), at(std::min(upto, i + people_a_look)));
            each(ids, comparison);
            const auto done = done_ += ids.size();
            if (tells) caller_.progress("comparing people", done, people_.size());
        }
    }

    void read_all_facts() {
        if (people_.size() <= most_one_by_one) return;
        caller_.progress("reading what was learnt", 0, 0);
        all_ = projection_.all_facts(wanted_);
    }
    competency::History history_of(const people::Person& person) {
        std::vector<std::string> actors;
        for (const auto& i : person.identifiers)
            actors.push_back(people::agent_of(i.scheme, i.issuer, i.value, iri_base_).key());
        return engine::history_of(projection_, person, actors, all_.get(), &wanted_);
    }

    Bridge& bridge_;
    store::Projection& projection_;
    std::string iri_base_;
    const Rules& before_;
    const Rules& after_;
    const competency::ComparisonLimits& limits_;
    const Caller& caller_;
    Day as_of_;
    Ids people_;
    // Learning that neither knows says one thing only, however much there is of it: that there is some.
    store::ActivityFilter wanted_;
    std::unique_ptr<store::AllFacts> all_;
    std::atomic<std::size_t> done_{0};
    std::atomic<bool> stop_{false};
};

// What is stored was read in slices: a framework that was published meanwhile has other items.
Status still_by(Bridge& bridge, const std::shared_ptr<const Rules>& before) {
    CAPBRIDGE_LET(const auto now, bridge.rules());
    if (now == before) return {};
    return fail("store_busy", "the rules were changed while everybody was compared: try again");
}

}  // namespace

Result<ordered_json> preview_rules(Bridge& bridge, const Proposal& proposal,
                                   const competency::ComparisonLimits& limits, const Caller& caller) {
    CAPBRIDGE_LET(const auto before, bridge.rules());
    CAPBRIDGE_LET(auto read, read_rulebook(bridge.store(), {.journal = nullptr, .proposal = &proposal}));
    const auto out_before = bridge.left_out();
    std::erase_if(read.left_out, [&](const std::string& what) {
        return std::find(out_before.begin(), out_before.end(), what) != out_before.end();
    });
    const Rules after(std::move(read.book));
    Everybody everybody(bridge, *before, after, limits, caller);
    const bool asks_only = proposal.kind == "profile" || proposal.kind == "team";
    CAPBRIDGE_LET(auto out, asks_only ? everybody.keep_records() : everybody.fold_both());
    out["out_of_force"] = read.left_out;
    CAPBRIDGE_TRY(still_by(bridge, before));
    return out;
}

Result<ordered_json> preview_fold(Bridge& bridge, const competency::ComparisonLimits& limits,
                                  const Caller& caller) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(auto out, Everybody(bridge, *rules, *rules, limits, caller).fold_after());
    CAPBRIDGE_TRY(still_by(bridge, rules));
    return out;
}

}  // namespace capbridge::engine
