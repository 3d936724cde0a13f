// The fold. Facts are put in order of occurrence, each is judged through every mapping that knows its
// activity, and the pieces are gathered by requirement and context. Pieces hold pointers and indexes; text is
// made at the end, once a piece.
//
// Order of occurrence: an undated fact comes before every dated one, a day counts as its first instant, and
// what is left equal is ordered by seq. So an undated pass is undone by any dated failure, and an undated
// failure undoes nothing: nobody can say that it came later.
#include <algorithm>
#include <tuple>

#include "core/competency/record.hpp"
#include "core/competency/standing.hpp"

namespace capbridge::competency {
namespace {

using Use = Rules::Use;

enum class Why {
    counts,
    capped,
    score_too_low,
    needs_pass,
    outside_window,
    failed,
    voided,
    in_progress,
    contradicted
};

const char* why_text(Why why) {
    switch (why) {
        case Why::counts:
            return "";
        case Why::capped:
            return "capped";
        case Why::score_too_low:
            return "score_too_low";
        case Why::needs_pass:
            return "needs_pass";
        case Why::outside_window:
            return "outside_window";
        case Why::failed:
            return "failed";
        case Why::voided:
            return "voided";
        case Why::in_progress:
            return "in_progress";
        case Why::contradicted:
            break;
    }
    return "contradicted";
}

struct Piece {
    const Fact* fact;
    const Use* use;
    int via;
    bool same_level;
    EvidenceKind kind;
    Why why;
    std::optional<Day> from, to, contradicted_on;
};

// A fact through a mapping, before the caps, which depend on the requirement.
struct Judgement {
    EvidenceKind kind;  // what it is
    EvidenceKind
        cap_kind;  // what it would be if it went as far as the mapping needs: that is what the cap looks at
    Why why;
    std::optional<Day> from, to;
};

bool dated(const Fact& fact) {
    return fact.occurred.precision != When::Precision::unknown;
}

Judgement judge(const Fact& fact, const Use& use) {
    const auto& mapping = *use.mapping;
    Judgement out{use.kind_needed(), use.kind_needed(), Why::counts, {}, {}};
    if (dated(fact)) {
        out.from = day_of(fact.occurred.at);
        if (mapping.valid_for) out.to = add(*out.from, *mapping.valid_for);
    }
    if (fact.expires && (!out.to || *fact.expires < *out.to)) out.to = fact.expires;

    if (fact.what == Fact::What::passed) out.kind = out.cap_kind = EvidenceKind::passed;
    if (fact.what == Fact::What::failed) out.kind = out.cap_kind = EvidenceKind::passed;
    if (fact.what == Fact::What::completed) out.kind = EvidenceKind::completed;

    // Without a date nobody can say that it fell into the window.
    const bool outside = dated(fact) ? !use.open_on(*out.from) : mapping.from || mapping.until;
    if (outside) {
        out.why = Why::outside_window;
    } else if (fact.what == Fact::What::progressed) {
        out.why = Why::in_progress;
    } else if (fact.what == Fact::What::failed) {
        out.why = Why::failed;
    } else if (mapping.needs == Mapping::Needs::passed && fact.what == Fact::What::completed) {
        out.why = Why::needs_pass;
    } else if (mapping.min_score && !(fact.score && *fact.score >= *mapping.min_score)) {
        out.why = Why::score_too_low;
    }
    if (out.why != Why::counts) out.to.reset();
    return out;
}

class Folder {
public:
    Folder(const people::Person& person, const Rules& rules) : person_(person), rules_(rules) {
        pieces_.reserve(256);  // an ordinary person's; growing would move them all
        keys_.reserve(256);
    }

    void add(const Fact& fact) {
        if (fact.what == Fact::What::other) return;
        for (const auto& use : rules_.uses_of(fact.activity)) {
            const auto judgement = judge(fact, use);
            if (!use.is_product()) {
                add(fact, use, judgement, -1);
                continue;
            }
            for (const int deployment : use.deployments) {
                if (worked_at(deployment)) add(fact, use, judgement, deployment);
            }
        }
    }

    std::vector<Record> finish() {
        std::sort(keys_.begin(), keys_.end());
        std::size_t count = 0;
        for (std::size_t i = 0; i < keys_.size(); ++i)
            count += i == 0 || keys_[i] >> 32 != keys_[i - 1] >> 32 ? 1 : 0;
        std::vector<Record> records;
        records.reserve(count);
        for (std::size_t begin = 0; begin < keys_.size();) {
            std::size_t end = begin;
            while (end < keys_.size() && keys_[end] >> 32 == keys_[begin] >> 32) ++end;
            write(records.emplace_back(), begin, end);
            begin = end;
        }
        return records;
    }

private:
    // A person's training on a product follows the person to every unit ever worked in: who moved there later
    // has had it too.
    bool worked_at(int deployment) const {
        const auto& unit = rules_.deployments[static_cast<std::size_t>(deployment)].unit;
        return std::any_of(person_.employments.begin(), person_.employments.end(),
                           [&](const people::Employment& e) { return e.unit == unit; });
    }

    void add(const Fact& fact, const Use& use, const Judgement& judgement, int deployment) {
        const auto& gives = use.gives;
        for (std::size_t i = 0; i < gives.size();) {
            // One requirement may come in several ways; the first that the cap allows is the best.
            std::size_t end = i, chosen = gives.size();
            for (; end < gives.size() && gives[end].requirement == gives[i].requirement; ++end) {
                const int claim = gives[end].via < 0 ? gives[end].requirement : gives[end].via;
                if (chosen == gives.size() && rules_.allows(judgement.cap_kind, claim)) chosen = end;
            }
            auto why = judgement.why;
            const bool allowed = chosen != gives.size();
            if (!allowed && why != Why::outside_window) why = Why::capped;
            // Learning that is begun or failed, and could give nothing if it went well, says nothing either
            // way. What was voided is as if it had never been, unless that took something away.
            const bool ended = fact.what == Fact::What::completed || fact.what == Fact::What::passed;
            const bool silent = fact.voided ? why != Why::counts : why == Why::capped && !ended;
            if (!silent)
                push(gives[allowed ? chosen : i], deployment, fact, use, judgement,
                     fact.voided ? Why::voided : why);
            i = end;
        }
    }

    void push(const Use::Give& give, int deployment, const Fact& fact, const Use& use, const Judgement& j,
              Why why) {
        const auto to = why == Why::counts || why == Why::voided ? j.to : std::nullopt;
        // Requirement, context, order of arrival here: sorting numbers is what keeps the fold quick.
        keys_.push_back(static_cast<std::uint64_t>(give.requirement) << 48 |
                        static_cast<std::uint64_t>(deployment + 1) << 32 | pieces_.size());
        pieces_.push_back(
            {&fact, &use, give.via, give.via >= 0 && give.same_level, j.kind, why, j.from, to, {}});
    }

    Piece& piece(std::size_t key) { return pieces_[keys_[key] & 0xffffffffU]; }

    // A failure undoes what held on its day, for the requirement that its mapping claims; what it implies
    // stays: failing at a higher level says nothing about a lower one. A later success counts by itself and
    // so mends it.
    void contradict(std::size_t begin, std::size_t end) {
        for (std::size_t f = begin; f < end; ++f) {
            const auto& failure = piece(f);
            if (failure.why != Why::failed || failure.via >= 0 || !failure.from) continue;
            for (std::size_t h = begin; h < f; ++h) {
                auto& held = piece(h);
                if (held.why != Why::counts || (held.to && *held.to < *failure.from)) continue;
                held.why = Why::contradicted;
                held.contradicted_on = failure.from;
            }
        }
    }

    void write(Record& out, std::size_t begin, std::size_t end) {
        contradict(begin, end);
        out.requirement = static_cast<int>(keys_[begin] >> 48);
        if (const auto context = keys_[begin] >> 32 & 0xffffU; context > 0)
            out.context = rules_.deployments[context - 1].id;
        out.evidence.reserve(end - begin);
        for (std::size_t i = begin; i < end; ++i) write(out.evidence.emplace_back(), piece(i));
        const auto state = standing(out.evidence, std::nullopt);
        out.attainment = state.attainment;
        out.reason = state.reason;
        set_dates(out);
    }

    void write(Contribution& c, const Piece& p) const {
        c.statement = p.fact->statement;
        c.mapping = p.use->ref;
        c.learning_item = p.use->item->id;
        if (p.via >= 0) c.implied_by = rules_.framework.requirements[static_cast<std::size_t>(p.via)].id;
        c.kind = p.kind;
        c.counts = p.why == Why::counts;
        if (!c.counts) c.why_not = why_text(p.why);
        c.from = p.from;
        c.to = p.to;
        c.contradicted_on = p.contradicted_on;
        c.same_level = p.same_level;
    }

    static void set_dates(Record& record) {
        bool any = false, for_ever = false;
        for (const auto& c : record.evidence) {
            if (!held_once(c)) continue;
            if (c.from) {
                if (!record.first_achieved || *c.from < *record.first_achieved)
                    record.first_achieved = c.from;
                if (!record.last_achieved || *c.from > *record.last_achieved) record.last_achieved = c.from;
            }
            const auto end = last_day(c);
            if (!end) for_ever = true;
            if (!any || (end && record.valid_to && *end > *record.valid_to)) record.valid_to = end;
            any = true;
        }
        if (for_ever) record.valid_to.reset();
    }

    const people::Person& person_;
    const Rules& rules_;
    std::vector<Piece> pieces_;
    std::vector<std::uint64_t> keys_;
};

}  // namespace

std::vector<Record> fold(const std::vector<Fact>& facts, const people::Person& person, const Rules& rules) {
    std::vector<const Fact*> order;
    order.reserve(facts.size());
    for (const auto& fact : facts) order.push_back(&fact);
    // Of one statement given twice the voided one comes first, and stays.
    const auto key = [](const Fact* f) {
        return std::tuple(dated(*f), dated(*f) ? unix_ms(f->occurred.at) : 0, f->seq,
                          std::string_view(f->statement), !f->voided);
    };
    std::sort(order.begin(), order.end(), [&](const Fact* a, const Fact* b) { return key(a) < key(b); });
    Folder folder(person, rules);
    const Fact* last = nullptr;
    for (const auto* fact : order) {
        if (last == nullptr || fact->statement != last->statement || fact->seq != last->seq)
            folder.add(*fact);
        last = fact;
    }
    return folder.finish();
}

bool unmapped_only(const std::vector<Fact>& facts, const Rules& rules) {
    bool any = false;
    for (const auto& fact : facts) {
        if (fact.voided || fact.what == Fact::What::other) continue;
        if (rules.knows_activity(fact.activity)) return false;
        any = true;
    }
    return any;
}

}  // namespace capbridge::competency
