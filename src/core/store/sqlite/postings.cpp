#include "core/store/sqlite/postings.hpp"

#include <set>

namespace capbridge::store {
namespace {

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
                    std::vector<Posting> own) {
    // Chains can close into a ring, for an id may be referred to before it exists.
    std::set<std::string> seen{std::string(id)};
    std::string next(target);
    while (!next.empty() && seen.insert(next).second) {
        auto rows = database.query("select keys, target from statement where id = ?1");
        rows.bind(Blob{next});
        if (!rows.step()) break;
        const auto inherited = unpack(rows.blob(0));
        own.insert(own.end(), inherited.begin(), inherited.end());
        next = rows.blob(1);
    }
    post(database, seq, own);

    std::set<std::string> done{std::string(id)};
    std::vector<std::string> targets{std::string(id)};
    while (!targets.empty()) {
        const auto referred = std::move(targets.back());
        targets.pop_back();
        auto rows = database.query("select seq, id from statement where target = ?1");
        rows.bind(Blob{referred});
        while (rows.step()) {
            if (!done.insert(std::string(rows.blob(1))).second) continue;
            post(database, rows.integer(0), own);
            targets.emplace_back(rows.blob(1));
        }
    }
}

}  // namespace capbridge::store
