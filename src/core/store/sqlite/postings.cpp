#include "core/store/sqlite/postings.hpp"

#include <algorithm>
#include <set>

namespace capbridge::store {
namespace {

// How far along StatementRefs keys are taken. People comment on a comment or void it, so real chains have two
// or three links; what a client builds beyond sixteen costs the one writer thread too much, and is found by
// its nearer links only.
constexpr std::size_t most_links = 16;

void put(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out += static_cast<char>(value | 0x80);
        value >>= 7;
    }
    out += static_cast<char>(value);
}

std::uint64_t take(std::string_view& in) {
    std::uint64_t value = 0;
    for (int shift = 0; !in.empty() && shift < 64; shift += 7) {
        const auto byte = static_cast<unsigned char>(in.front());
        in.remove_prefix(1);
        value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
        if ((byte & 0x80) == 0) break;
    }
    return value;
}

void post(Database& database, std::int64_t seq, const std::vector<Posting>& postings) {
    auto insert = database.query("insert or ignore into posting(kind, id, seq) values (?1, ?2, ?3)");
    for (const auto& posting : postings) {
        insert.bind(posting.kind, posting.id, seq).run();
        insert.reset();
    }
}

}  // namespace

std::string pack(const std::vector<Posting>& postings) {
    std::string out;
    for (const auto& posting : postings) {
        put(out, static_cast<std::uint64_t>(posting.kind));
        put(out, static_cast<std::uint64_t>(posting.id));
    }
    return out;
}

std::vector<Posting> unpack(std::string_view packed) {
    std::vector<Posting> out;
    while (!packed.empty()) {
        const auto kind = static_cast<std::int64_t>(take(packed));
        const auto id = static_cast<std::int64_t>(take(packed));
        out.push_back({kind, id});
    }
    return out;
}

std::vector<Posting> intern_keys(Terms& terms, const std::vector<xapi::Key>& keys) {
    std::vector<Posting> out;
    out.reserve(keys.size());
    for (const auto& key : keys) {
        if (!key.value.empty()) out.push_back({static_cast<std::int64_t>(key.kind), terms.intern(key.value)});
    }
    return out;
}

void write_postings(Database& database, std::int64_t seq, std::string_view id, std::string_view target,
                    const std::vector<Posting>& own) {
    // Chains can close into a ring, for an id may be referred to before it exists.
    std::set<std::string> seen{std::string(id)};
    // By distance: the keys that no nearer link has. A referrer `n` links before us takes those up to
    // most_links - n, so that the order of arrival makes no difference.
    std::set<Posting> known(own.begin(), own.end());
    std::vector<std::vector<Posting>> along{{known.begin(), known.end()}};
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
    for (const auto& link : along) post(database, seq, link);

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
                for (std::size_t i = 0; i < reach; ++i) post(database, referrer, along[i]);
                farther.emplace_back(rows.blob(1));
            }
        }
        targets = std::move(farther);
    }
}

}  // namespace capbridge::store
