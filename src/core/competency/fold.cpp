// The fold. Facts and attestations are put in order of occurrence; each fact is judged through every mapping
// that knows its activity, each attestation by the register, and the pieces are gathered by requirement and
// context. Pieces hold pointers and indexes; text is made at the end, once a piece.
//
// Order of occurrence: an undated fact comes before every dated one, a day counts as its first instant, and
// what is left equal is ordered by seq. So an undated pass is undone by any dated failure, and an undated
// failure undoes nothing: nobody can say that it came later.
// An assessor's finding that something is not met has only a day, and is of the end of it: it undoes what
// statements of that day gave. Between attestations of one day the seq decides.
#include <algorithm>
#include <tuple>

#include "core/competency/claims.hpp"
#include "core/competency/judgement.hpp"
#include "core/competency/record.hpp"
#include "core/competency/rules.hpp"
#include "core/competency/standing.hpp"
#include "core/competency/words.hpp"

namespace capbridge::competency {
namespace {

using Use = Rules::Use;

// Of a fact through a mapping, or of an attestation.
struct Piece {
    const Fact* fact;
    const Use* use;
    const Attestation* attestation;
    int via;
    bool same_level, is_implied;
    EvidenceKind kind;
    Why why;
    std::optional<Day> from, to, contradicted_on;
    std::string_view refused;
};

class Folder {
public:
    Folder(const people::Person& person, const Rules& rules) : person_(person), rules_(rules) {
        pieces_.reserve(256);  // an ordinary person's; growing would move them all
        keys_.reserve(256);
    }

    void add(const Fact& fact) {
        if (fact.what == Fact::What::other) return;
        for (const auto& use : rules_.uses_of(fact.activity)) {
            auto judgement = judge(fact, use, rules_.policy.expiry);
            if (!use.is_product()) {
                add(fact, use, judgement, -1);
                continue;
            }
            for (const auto& reach : use.deployments) {
                if (!worked_at(reach.deployment)) continue;
                auto in_grace = judgement;
                if (reach.until && judgement.why == Why::counts) {
                    in_grace.to = earlier(judgement.to, reach.until);
                    if (judgement.from && *judgement.from > *reach.until) in_grace.why = Why::outside_window;
                }
                add(fact, use, in_grace, reach.deployment);
            }
        }
    }

    void add(const Attestation& said) {
        const int deployment = said.context.empty() ? -1 : rules_.deployment_index(said.context);
        if (!said.context.empty() && deployment < 0) return;  // of a deployment that is no more
        auto claims = claims_of(said.requirements, rules_.framework);
        for (auto* list : {&claims.direct, &claims.replaced}) {
            std::erase_if(*list, [&](int index) {
                return is_product_specific(rules_.framework.requirements[static_cast<std::size_t>(index)]) !=
                       (deployment >= 0);
            });
        }
        const auto gives = gives_of(claims, rules_);
        for (std::size_t i = 0; i < gives.size();) {
            std::size_t end = i + 1;
            while (end < gives.size() && gives[end].requirement == gives[i].requirement) ++end;
            add(said, gives, i, end, deployment);
            i = end;
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
    [[nodiscard]] bool worked_at(int deployment) const { return rules_.works_with(person_, deployment, {}); }

    // [i, end): the ways in which the claims of an attestation come to one requirement.
    void add(const Attestation& said, const std::vector<Rules::Give>& gives, std::size_t i, std::size_t end,
             int deployment) {
        Judgement judgement{said.kind, said.kind, said.met ? Why::counts : Why::failed, said.on,
                            said.valid_to};
        std::string_view refused;
        std::size_t chosen = end;
        const auto* assessor = rules_.assessor(said.assessor);
        for (std::size_t g = i; g < end && chosen == end; ++g) {
            const int claim = gives[g].via < 0 ? gives[g].requirement : gives[g].via;
            if (rules_.allows({said.kind, assessor != nullptr && assessor->lead, said.method}, claim))
                chosen = g;
        }
        const auto& give = gives[chosen == end ? i : chosen];
        if (said.kind == EvidenceKind::self) {
            judgement.why = Why::self_assessment;
        } else {
            refused = rules_.assessor_refused(said.assessor, person_,
                                              give.via < 0 ? give.requirement : give.via, said.on);
            if (!refused.empty()) {
                judgement.why = Why::refused;
            } else if (chosen == end) {
                if (!said.met) return;  // a failure that could have given nothing says nothing
                judgement.why = Why::capped;
            }
        }
        if (said.withdrawn) {
            if (judgement.why != Why::counts) return;
            judgement.why = Why::voided;
        }
        push(give, deployment,
             {nullptr, nullptr, &said, 0, false, false, said.kind, judgement.why, {}, {}, {}, refused},
             judgement);
    }

    void add(const Fact& fact, const Use& use, const Judgement& judgement, int deployment) {
        const auto& gives = use.gives;
        for (std::size_t i = 0; i < gives.size();) {
            // One requirement may come in several ways; the first that the cap allows is the best.
            std::size_t end = i, chosen = gives.size();
            for (; end < gives.size() && gives[end].requirement == gives[i].requirement; ++end) {
                const int claim = gives[end].via < 0 ? gives[end].requirement : gives[end].via;
                if (chosen == gives.size() &&
                    rules_.allows({judgement.cap_kind, false, use.mapping->method}, claim)) {
                    chosen = end;
                }
            }
            auto why = judgement.why;
            const bool allowed = chosen != gives.size();
            if (!allowed && why != Why::outside_window) why = Why::capped;
            // Learning that is begun or failed, and could give nothing if it went well, says nothing either
            // way. What was voided is as if it had never been, unless that took something away.
            const bool ended = fact.what == Fact::What::completed || fact.what == Fact::What::passed;
            const bool silent = fact.voided ? why != Why::counts : why == Why::capped && !ended;
            if (!silent) {
                push(gives[allowed ? chosen : i], deployment,
                     {&fact,
                      &use,
                      nullptr,
                      0,
                      false,
                      false,
                      judgement.kind,
                      fact.voided ? Why::voided : why,
                      {},
                      {},
                      {},
                      {}},
                     judgement);
            }
            i = end;
        }
    }

    void push(const Rules::Give& give, int deployment, Piece piece, const Judgement& j) {
        piece.via = give.via;
        piece.same_level = give.via >= 0 && give.same_level;
        piece.is_implied = give.via >= 0 && !is_replaced(give);
        piece.from = j.from;
        if (piece.why == Why::counts || piece.why == Why::voided) {
            piece.to = j.to;
            const auto& otherwise = rules_.valid_for(give.requirement);
            if (!piece.to && otherwise && j.from) piece.to = capbridge::add(*j.from, *otherwise);
        }
        // Requirement, context, order of arrival here: sorting numbers is what keeps the fold quick.
        keys_.push_back(static_cast<std::uint64_t>(give.requirement) << 48 |
                        static_cast<std::uint64_t>(deployment + 1) << 32 | pieces_.size());
        pieces_.push_back(piece);
    }

    Piece& piece(std::size_t key) { return pieces_[keys_[key] & 0xffffffffU]; }

    // A failure undoes what held on its day, for the requirement that its mapping claims; what it implies
    // stays: failing at a higher level says nothing about a lower one. A later success counts by itself and
    // so mends it.
    void contradict(std::size_t begin, std::size_t end) {
        for (std::size_t f = begin; f < end; ++f) {
            const auto& failure = piece(f);
            if (failure.why != Why::failed || failure.is_implied || !failure.from) continue;
            for (std::size_t h = begin; h < end; ++h) {
                auto& held = piece(h);
                const bool earlier_that_day =
                    failure.attestation != nullptr && held.fact != nullptr && held.from == failure.from;
                if (h >= f && !earlier_that_day) continue;
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
        if (p.attestation != nullptr) {
            c.statement = p.attestation->id;
            c.method = p.attestation->method;
            c.assessor = p.attestation->assessor;
            c.document = p.attestation->document;
            c.reviewer = p.attestation->reviewer;
        } else {
            c.statement = p.fact->statement;
            c.mapping = p.use->ref;
            c.learning_item = p.use->item->id;
        }
        if (p.via >= 0 && p.is_implied) {
            c.implied_by = rules_.framework.requirements[static_cast<std::size_t>(p.via)].id;
        } else if (p.via >= 0) {
            c.implied_by = former_id(p, p.via);
        }
        c.kind = p.kind;
        c.counts = p.why == Why::counts;
        if (!c.counts) c.why_not = p.why == Why::refused ? std::string(p.refused) : why_text(p.why);
        c.from = p.from;
        c.to = p.to;
        c.contradicted_on = p.contradicted_on;
        c.same_level = p.same_level;
    }

    // By which it was claimed: the requirement replaced it.
    [[nodiscard]] std::string former_id(const Piece& p, int requirement) const {
        if (p.attestation != nullptr)
            return competency::former_id(p.attestation->requirements, requirement, rules_.framework);
        std::vector<std::string> ids;
        for (const auto& claim : p.use->mapping->claims) ids.push_back(claim.requirement);
        return competency::former_id(ids, requirement, rules_.framework);
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

// Each override stands at its record, which may have nothing else to say.
void override_records(std::vector<Record>& records, const std::vector<Override>& overrides,
                      const Rules& rules) {
    const auto before = [](const Record& a, const Record& b) {
        return std::tie(a.requirement, a.context) < std::tie(b.requirement, b.context);
    };
    const auto put = [&](const Override& each, int requirement) {
        Record wanted;
        wanted.requirement = requirement;
        wanted.context = each.context;
        auto at = std::lower_bound(records.begin(), records.end(), wanted, before);
        if (at == records.end() || before(wanted, *at)) at = records.insert(at, std::move(wanted));
        if (at->overriding.kind == Override::Kind::none) at->overriding = each;
    };
    for (const auto& each : overrides) {
        if (const int own = rules.framework.requirement_index(each.requirement); own >= 0) put(each, own);
    }
    // What was said of an item that was replaced holds for those that replaced it, if nothing is said of
    // them.
    for (const auto& each : overrides) {
        if (rules.framework.requirement_index(each.requirement) >= 0) continue;
        for (const int successor : rules.framework.requirements_for(each.requirement)) put(each, successor);
    }
}

}  // namespace

std::vector<Record> fold(const History& history, const people::Person& person, const Rules& rules) {
    struct Event {
        bool dated;
        std::int64_t at, seq;
        std::string_view id;
        bool stands;  // of one thing given twice the one taken back comes first, and stays
        const Fact* fact;
        const Attestation* attestation;
        [[nodiscard]] auto key() const { return std::tuple(dated, at, seq, id, stands); }
    };
    std::vector<Event> order;
    order.reserve(history.facts.size() + history.attestations.size());
    for (const auto& f : history.facts)
        order.push_back(
            {dated(f), dated(f) ? unix_ms(f.occurred.at) : 0, f.seq, f.statement, !f.voided, &f, nullptr});
    for (const auto& a : history.attestations)
        order.push_back(
            {true, unix_ms(Instant(a.on.time_since_epoch())), a.seq, a.id, !a.withdrawn, nullptr, &a});
    std::sort(order.begin(), order.end(), [](const Event& a, const Event& b) { return a.key() < b.key(); });
    Folder folder(person, rules);
    const Event* last = nullptr;
    for (const auto& event : order) {
        if (last == nullptr || event.id != last->id || event.seq != last->seq) {
            if (event.fact != nullptr) folder.add(*event.fact);
            if (event.attestation != nullptr) folder.add(*event.attestation);
        }
        last = &event;
    }
    auto records = folder.finish();
    override_records(records, history.overrides, rules);
    return records;
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
