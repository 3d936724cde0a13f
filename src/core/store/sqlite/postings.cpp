#include "core/store/sqlite/postings.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "core/store/sqlite/journal.hpp"

namespace capbridge::store {
namespace {

// How far along StatementRefs keys are taken. People comment on a comment or void it, so real chains have two
// or three links; what a client builds beyond sixteen costs the one writer thread too much.
constexpr std::size_t most_links = 16;
// An ordinary statement has about nine; only lists of context activities or of a group's members are longer.
constexpr std::size_t most_handed_on = 64;
// In proportion to the work that a statement is anyway; so a large batch of ordinary references, or one that
// voids a whole run, needs nothing of the append's common share.
constexpr std::size_t free_postings = 16;

// 0: no kind implies it.
std::int64_t implied_by(std::int64_t kind) {
    if (kind == posting_kind::any_agent) return posting_kind::actor;
    return kind == posting_kind::any_activity ? posting_kind::object_activity : 0;
}

// Kinds of which a statement has one come before those of which it may have thousands.
std::ptrdiff_t rank(const Posting& posting) {
    static constexpr std::array order{
        posting_kind::verb,  posting_kind::registration, posting_kind::object_activity,
        posting_kind::actor, posting_kind::any_activity, posting_kind::any_agent};
    return std::find(order.begin(), order.end(), posting.kind) - order.begin();
}

// The statements between the arrival and another one, both included.
struct Chain {
    bool bound = false;     // one of them came in an only_own batch
    bool one_owner = true;  // all have the arrival's

    [[nodiscard]] Chain with(std::int64_t flags, std::int64_t owner, const Arrival& arrival) const {
        return {bound || (flags & flag::only_own) != 0, one_owner && owner == arrival.owner};
    }
    // Once it is closed, more links do not open it.
    [[nodiscard]] bool open() const { return one_owner || !bound; }
    friend Chain operator+(const Chain& a, const Chain& b) {
        return {a.bound || b.bound, a.one_owner && b.one_owner};
    }
};

// What the arrival and its targets hand on, by distance: first its own keys, then those of its target without
// these, and so on.
struct Along {
    struct Link {
        std::size_t end;  // of the link's keys
        Chain chain;      // from the arrival to it
    };
    std::vector<Posting> keys;
    std::vector<Link> links;

    // How many of the keys a referrer so many links before the arrival takes: those up to most_links from
    // itself, so that the order of arrival makes no difference.
    [[nodiscard]] std::size_t taken_by(std::size_t distance, const Chain& chain) const {
        std::size_t end = 0;
        for (std::size_t i = 0; i < links.size() && i + distance <= most_links; ++i) {
            if (!(links[i].chain + chain).open()) break;
            end = links[i].end;
        }
        return end;
    }
};

Along keys_along(Database& database, const Arrival& arrival) {
    Along along;
    std::set<Posting> known;
    const auto take = [&](const std::vector<Posting>& postings, const Chain& chain) {
        const auto count = std::min(postings.size(), most_handed_on);
        for (std::size_t i = 0; i < count; ++i) {
            if (known.insert(postings[i]).second) along.keys.push_back(postings[i]);
        }
        along.links.push_back({along.keys.size(), chain});
    };
    Chain chain{arrival.only_own, true};
    take(arrival.own, chain);
    // Chains can close into a ring, for an id may be referred to before it exists.
    std::set<std::string> seen{std::string(arrival.id)};
    std::string next(arrival.target);
    while (along.links.size() <= most_links && !next.empty() && seen.insert(next).second) {
        auto rows = database.query("select flags, owner, target, keys from statement where id = ?1");
        rows.bind(Blob{next});
        if (!rows.step()) break;
        chain = chain.with(rows.integer(0), rows.integer(1), arrival);  // no owner is 0
        if (!chain.open()) break;
        next = rows.blob(2);
        take(unpack(rows.blob(3), most_handed_on), chain);
    }
    return along;
}

struct Referrer {
    std::int64_t seq;
    std::size_t takes;  // of Along::keys
};

// The nearest first, at most so many.
std::vector<Referrer> referrers_of(Database& database, const Arrival& arrival, const Along& along,
                                   std::size_t most) {
    struct Place {
        std::string id;
        Chain chain;
    };
    std::vector<Referrer> out;
    std::set<std::string> seen{std::string(arrival.id)};
    std::vector<Place> places{{std::string(arrival.id), {arrival.only_own, true}}};
    for (std::size_t distance = 1; distance <= most_links && !places.empty(); ++distance) {
        std::vector<Place> farther;
        for (const auto& place : places) {
            auto rows =
                database.query("select seq, id, flags, owner from statement where target = ?1 order by seq");
            rows.bind(Blob{place.id});
            while (rows.step()) {
                if (out.size() == most) return out;
                const auto chain = place.chain.with(rows.integer(2), rows.integer(3), arrival);
                if (!chain.open() || !seen.emplace(rows.blob(1)).second) continue;
                out.push_back({rows.integer(0), along.taken_by(distance, chain)});
                farther.push_back({std::string(rows.blob(1)), chain});
            }
        }
        places = std::move(farther);
    }
    return out;
}

}  // namespace

std::vector<Posting> intern_keys(Terms& terms, const std::vector<xapi::Key>& keys) {
    std::vector<Posting> out;
    out.reserve(keys.size());
    for (const auto& key : keys) {
        if (!key.value.empty()) out.push_back({static_cast<std::int64_t>(key.kind), terms.intern(key.value)});
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    const auto implied = [&](const Posting& posting) {
        const auto kind = implied_by(posting.kind);
        return kind != 0 && std::binary_search(out.begin(), out.end(), Posting{kind, posting.id});
    };
    std::vector<Posting> kept;
    kept.reserve(out.size());
    std::copy_if(out.begin(), out.end(), std::back_inserter(kept),
                 [&](const auto& p) { return !implied(p); });
    std::sort(kept.begin(), kept.end(), [](const Posting& a, const Posting& b) {
        const auto rank_a = rank(a), rank_b = rank(b);
        return rank_a != rank_b ? rank_a < rank_b : a.id < b.id;
    });
    return kept;
}

void inherit_postings(Writing& writing, const Arrival& arrival, std::size_t& allowed) {
    if (arrival.target.empty() && !arrival.may_be_referred_to) return;
    auto left = allowed + free_postings;
    const auto along = keys_along(writing.database, arrival);
    for (auto i = along.links.front().end; i < along.keys.size() && left > 0; ++i, --left)
        writing.settling.add(along.keys[i], {arrival.seq});
    if (arrival.may_be_referred_to) {
        const auto referrers = referrers_of(writing.database, arrival, along, left);
        std::vector<std::int64_t> seqs;
        for (std::size_t i = 0; i < along.keys.size() && left > 0; ++i) {
            seqs.clear();
            for (const auto& referrer : referrers) {
                if (i < referrer.takes && seqs.size() < left) seqs.push_back(referrer.seq);
            }
            std::sort(seqs.begin(), seqs.end());
            writing.settling.add(along.keys[i], seqs);
            left -= seqs.size();
        }
    }
    allowed = std::min(allowed, left);
}

}  // namespace capbridge::store
