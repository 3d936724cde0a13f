#include "core/store/sqlite/postings.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace capbridge::store {
namespace {

// How far along StatementRefs keys are taken. People comment on a comment or void it, so real chains have two
// or three links; what a client builds beyond sixteen costs the one writer thread too much, and is found by
// its nearer links only.
constexpr std::size_t most_links = 16;

// 0: no kind implies it.
std::int64_t implied_by(std::int64_t kind) {
    if (kind == posting_kind::any_agent) return posting_kind::actor;
    return kind == posting_kind::any_activity ? posting_kind::object_activity : 0;
}

// The keys by distance: those of the statement, of its target without these, and so on. A referrer `n` links
// before us takes those up to most_links - n, so that the order of arrival makes no difference.
std::vector<std::vector<Posting>> keys_along(Database& database, std::string_view id, std::string_view target,
                                             const std::vector<Posting>& own) {
    std::vector<std::vector<Posting>> along{own};
    if (target.empty()) return along;
    // Chains can close into a ring, for an id may be referred to before it exists.
    std::set<std::string> seen{std::string(id)};
    std::set<Posting> known(own.begin(), own.end());
    std::string next(target);
    while (along.size() <= most_links && !next.empty() && seen.insert(next).second) {
        auto rows = database.query("select keys, target from statement where id = ?1");
        rows.bind(Blob{next});
        if (!rows.step()) break;
        auto& link = along.emplace_back();
        for (const auto& posting : unpack(rows.blob(0))) {
            if (known.insert(posting).second) link.push_back(posting);
        }
        next = rows.blob(1);
    }
    return along;
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
        return kind != 0 && std::find(out.begin(), out.end(), Posting{kind, posting.id}) != out.end();
    };
    std::vector<Posting> kept;
    kept.reserve(out.size());
    std::copy_if(out.begin(), out.end(), std::back_inserter(kept),
                 [&](const auto& p) { return !implied(p); });
    return kept;
}

void inherit_postings(Writing& writing, std::int64_t seq, std::string_view id, std::string_view target,
                      const std::vector<Posting>& own, bool may_be_referred_to) {
    if (target.empty() && !may_be_referred_to) return;
    auto& database = writing.database;
    const auto along = keys_along(database, id, target, own);
    for (std::size_t i = 1; i < along.size(); ++i) writing.settling.add(seq, along[i]);
    if (!may_be_referred_to) return;

    std::set<std::string> done{std::string(id)};
    std::vector<std::string> targets{std::string(id)};
    for (std::size_t distance = 1; distance <= most_links && !targets.empty(); ++distance) {
        const auto reach = std::min(along.size(), most_links - distance + 1);
        std::vector<std::string> farther;
        for (const auto& referred : targets) {
            auto rows = database.query("select seq, id from statement where target = ?1");
            rows.bind(Blob{referred});
            while (rows.step()) {
                if (!done.insert(std::string(rows.blob(1))).second) continue;
                const auto referrer = rows.integer(0);
                for (std::size_t i = 0; i < reach; ++i) writing.settling.add(referrer, along[i]);
                farther.emplace_back(rows.blob(1));
            }
        }
        targets = std::move(farther);
    }
}

}  // namespace capbridge::store
