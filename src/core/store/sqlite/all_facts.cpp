// The facts of everybody, read in one pass in the order of the journal and kept small: one person after the
// other would look at every block of postings again and again.
#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "core/base/ids.hpp"
#include "core/store/sqlite/projection.hpp"
#include "core/store/sqlite/terms.hpp"

namespace capbridge::store {
namespace {

// Of more facts than this (at 56 bytes each) people are read one after the other.
constexpr std::int64_t most_facts = 4'000'000;

struct SmallFact {
    std::int64_t seq, occurred;
    double score;
    std::uint32_t actor, activity;  // activity: place among the wanted ones
    std::int32_t expires, day;
    std::array<char, 16> id;
    std::uint8_t what, precision;
    bool has_score, expires_ever, voided;
};
// That somebody did something about which nobody asks.
struct Other {
    std::uint32_t actor;
    std::int32_t day;
    friend auto operator<=>(const Other&, const Other&) = default;
};

class Everybody final : public AllFacts {
public:
    explicit Everybody(Connections& connections) : connections_(connections) {}

    void read(Database& database, const std::function<bool(std::string_view)>& wanted) {
        // A fact of a run that was taken back was never said; nor was what a revert restored and another took
        // back again.
        std::unordered_set<std::int64_t> gone, restored;
        auto runs = database.query("select id, kind, reverted_by from run");
        while (runs.step()) {
            if (runs.integer(2) != 0) gone.insert(runs.integer(0));
            if (runs.text(1) == "revert") restored.insert(runs.integer(0));
        }
        std::unordered_map<std::int64_t, std::uint32_t> places;
        auto rows = database.query(
            "select f.seq, f.actor, f.activity, f.what, f.score, f.occurred, f.occurred_precision, "
            "f.expires, s.id, s.voided_by, s.stored, s.run from fact f cross join statement s on s.seq = "
            "f.seq order by f.seq");
        while (rows.step()) {
            const bool voided = !rows.is_null(9);
            const auto run = rows.integer(11);
            if (gone.contains(run) || (voided && restored.contains(run))) continue;
            const auto place = place_of(database, places, rows.integer(2), wanted);
            const auto precision = static_cast<When::Precision>(rows.integer(6));
            const auto at = precision == When::Precision::unknown ? rows.instant(10) : rows.instant(5);
            const auto day = static_cast<std::int32_t>(day_of(at).time_since_epoch().count());
            const auto actor = static_cast<std::uint32_t>(rows.integer(1));
            const auto what = static_cast<competency::Fact::What>(rows.integer(3));
            if (place == not_wanted) {
                if (!voided && what != competency::Fact::What::other) others_.push_back({actor, day});
                continue;
            }
            SmallFact fact{};
            fact.seq = rows.integer(0);
            fact.occurred = rows.integer(5);
            fact.actor = actor;
            fact.activity = place;
            fact.day = day;
            fact.what = static_cast<std::uint8_t>(what);
            fact.precision = static_cast<std::uint8_t>(precision);
            fact.voided = voided;
            fact.has_score = !rows.is_null(4);
            fact.score = rows.real(4);
            fact.expires_ever = !rows.is_null(7);
            fact.expires = static_cast<std::int32_t>(rows.integer(7));
            const auto id = rows.blob(8);
            std::memcpy(fact.id.data(), id.data(), std::min(id.size(), fact.id.size()));
            facts_.push_back(fact);
        }
        std::sort(facts_.begin(), facts_.end(), [](const SmallFact& a, const SmallFact& b) {
            return a.actor != b.actor ? a.actor < b.actor : a.seq < b.seq;
        });
        std::sort(others_.begin(), others_.end());
        others_.erase(std::unique(others_.begin(), others_.end()), others_.end());
    }

    [[nodiscard]] std::vector<competency::Fact> of(const people::Person& person,
                                                   const std::vector<std::string>& actors) const override {
        auto database = connections_.readers.lease();
        std::vector<competency::Fact> out;
        // One agent may be two identifiers with dates of their own.
        std::set<std::pair<std::uint32_t, std::int64_t>> seen;
        std::unordered_set<std::uint32_t> once;
        std::optional<competency::Fact> other;
        for (std::size_t i = 0; i < person.identifiers.size() && i < actors.size(); ++i) {
            const auto term = find_term(*database, actors[i]);
            if (!term) continue;
            const auto actor = static_cast<std::uint32_t>(*term);
            const auto valid = [&](std::int32_t day) {
                return person.identifiers[i].valid_on(Day(std::chrono::days{day}));
            };
            const bool again = !once.insert(actor).second;
            const auto from = std::lower_bound(
                facts_.begin(), facts_.end(), actor,
                [](const SmallFact& fact, std::uint32_t wanted) { return fact.actor < wanted; });
            for (auto at = from; at != facts_.end() && at->actor == actor; ++at) {
                if (!valid(at->day)) continue;
                if (person.identifiers.size() > 1 && !seen.emplace(actor, at->seq).second && again) continue;
                out.push_back(fact_of(*at));
            }
            const auto first = std::lower_bound(others_.begin(), others_.end(), Other{actor, INT32_MIN});
            for (auto at = first; !other && at != others_.end() && at->actor == actor; ++at) {
                if (!valid(at->day)) continue;
                other.emplace();
                other->what = competency::Fact::What::completed;
            }
        }
        if (other) out.push_back(std::move(*other));
        return out;
    }

private:
    static constexpr std::uint32_t not_wanted = UINT32_MAX;

    std::uint32_t place_of(Database& database, std::unordered_map<std::int64_t, std::uint32_t>& places,
                           std::int64_t activity, const std::function<bool(std::string_view)>& wanted) {
        if (const auto known = places.find(activity); known != places.end()) return known->second;
        auto place = not_wanted;
        auto rows = database.query("select v from term where id = ?1");
        rows.bind(activity);
        if (rows.step() && wanted(rows.text(0))) {
            place = static_cast<std::uint32_t>(activities_.size());
            activities_.push_back(rows.string(0));
        }
        places.emplace(activity, place);
        return place;
    }

    [[nodiscard]] competency::Fact fact_of(const SmallFact& small) const {
        competency::Fact out;
        out.seq = small.seq;
        out.statement = uuid_text({small.id.data(), small.id.size()});
        out.activity = activities_[small.activity];
        out.what = static_cast<competency::Fact::What>(small.what);
        if (small.has_score) out.score = small.score;
        out.occurred.at = from_unix_ms(small.occurred);
        out.occurred.precision = static_cast<When::Precision>(small.precision);
        if (small.expires_ever) out.expires = Day(std::chrono::days{small.expires});
        out.voided = small.voided;
        return out;
    }

    Connections& connections_;
    std::vector<SmallFact> facts_;  // by actor, then seq
    std::vector<Other> others_;
    std::vector<std::string> activities_;
};

}  // namespace

void SqliteProjection::look_at_facts(const ActivityFilter& filter) {
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    if (database->integer("select count(*) from fact") > most_facts) return;
    std::unordered_map<std::int64_t, bool> wanted;
    auto rows = database->query("select seq, activity from fact");
    auto name = database->query("select v from term where id = ?1");
    while (rows.step()) {
        const auto [known, is_new] = wanted.try_emplace(rows.integer(1), false);
        if (is_new) {
            known->second = name.bind(rows.integer(1)).step() && filter.wants(rows.integer(1), name.text(0));
            name.reset();
        }
        filter.tell_fact(rows.integer(0), known->second);
    }
}

std::unique_ptr<AllFacts> SqliteProjection::all_facts(const ActivityFilter& wanted) {
    auto database = connections_.readers.lease();
    const Snapshot snapshot(*database);
    if (database->integer("select count(*) from fact") > most_facts) return nullptr;
    auto out = std::make_unique<Everybody>(connections_);
    out->read(*database, wanted.wants());
    return out;
}

}  // namespace capbridge::store
