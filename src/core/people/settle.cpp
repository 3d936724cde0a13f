// Whose an identifier is that several people claim, day by day.
#include <algorithm>
#include <functional>
#include <limits>
#include <set>
#include <tuple>

#include "core/people/compose.hpp"

namespace capbridge::people {
namespace {

using Strength = Claim::Strength;

// Days since 1970, both inclusive; the ends of time stand for "no date".
struct Span {
    static constexpr std::int64_t first = std::numeric_limits<std::int64_t>::min() / 2;
    static constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max() / 2;
    std::int64_t from = first, to = last;
    [[nodiscard]] bool empty() const { return to < from; }
};
using Spans = std::vector<Span>;

std::int64_t number_of(Day day) {
    return day.time_since_epoch().count();
}

Span span_of(const std::optional<Day>& from, const std::optional<Day>& to) {
    return {from ? number_of(*from) : Span::first, to ? number_of(*to) : Span::last};
}

Span common(const Span& a, const Span& b) {
    return {std::max(a.from, b.from), std::min(a.to, b.to)};
}

// In order, neighbours joined.
Spans joined(Spans spans) {
    std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
    Spans out;
    for (const auto& span : spans) {
        if (span.empty()) continue;
        if (!out.empty() && span.from <= out.back().to + 1) {
            out.back().to = std::max(out.back().to, span.to);
        } else {
            out.push_back(span);
        }
    }
    return out;
}

Spans without(const Spans& spans, const Spans& taken) {
    Spans left = spans;
    for (const auto& cut : taken) {
        Spans next;
        for (const auto& span : left) {
            if (common(span, cut).empty()) {
                next.push_back(span);
                continue;
            }
            if (span.from < cut.from) next.push_back({span.from, cut.from - 1});
            if (cut.to < span.to) next.push_back({cut.to + 1, span.to});
        }
        left = std::move(next);
    }
    return left;
}

Spans within(const Spans& spans, const Span& limit) {
    Spans out;
    for (const auto& span : spans) {
        if (const auto part = common(span, limit); !part.empty()) out.push_back(part);
    }
    return out;
}

// From the first to the last day of all employments; a gap between two counts as theirs.
Span time_of(const Composed& person) {
    if (person.employments.empty()) return {};
    Span out{Span::last, Span::first};
    for (const auto& e : person.employments) {
        const auto span = span_of(e.from, e.to);
        out = {std::min(out.from, span.from), std::max(out.to, span.to)};
    }
    return out;
}

struct Part {
    const Composed* who;
    Spans spans;
    bool former = false;
    Span time{};
};

bool overlap(const std::vector<Part>& parts) {
    Spans all;
    for (const auto& part : parts) all.insert(all.end(), part.spans.begin(), part.spans.end());
    std::sort(all.begin(), all.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
    for (std::size_t i = 1; i < all.size(); ++i) {
        if (all[i].from <= all[i - 1].to) return true;
    }
    return false;
}

// Each has it for their own time, the first also before and the last also after. False when their times
// overlap.
bool give_each_their_time(std::vector<Part>& parts) {
    if (!overlap(parts)) return true;
    for (auto& part : parts)
        part.time = common(time_of(*part.who), {part.spans.front().from, part.spans.back().to});
    std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
        return std::tie(a.time.from, a.who->id) < std::tie(b.time.from, b.who->id);
    });
    for (std::size_t i = 0; i < parts.size(); ++i) {
        parts[i].spans = within(parts[i].spans, {i > 0 ? parts[i].time.from : Span::first,
                                                 i + 1 < parts.size() ? parts[i].time.to : Span::last});
    }
    return !overlap(parts);
}

// Nobody has what equals dispute; but who has it now has it before somebody who had it once.
void share(std::vector<Part>& parts) {
    auto shared = parts;
    if (!give_each_their_time(shared)) {
        std::erase_if(parts, [](const Part& part) { return part.former; });
        shared = parts;
        if (!give_each_their_time(shared)) shared.clear();
    }
    parts = std::move(shared);
}

Spans claimed(const Composed& person, const std::string& key, Strength strength,
              const std::optional<std::int64_t>& seq = {}) {
    Spans spans;
    for (const auto& claim : person.claims) {
        if (claim.strength == strength && (!seq || claim.seq == *seq) &&
            identifier_key(claim.identifier) == key)
            spans.push_back(span_of(claim.identifier.valid_from, claim.identifier.valid_to));
    }
    return joined(std::move(spans));
}

// What goes before what: the last link first, then the one before it, then what is said.
struct Rank {
    Strength strength;
    std::optional<std::int64_t> seq;
};

std::vector<Rank> ranks_of(const std::string& key, const std::vector<const Composed*>& all) {
    std::set<std::int64_t, std::greater<>> links;
    for (const auto* who : all) {
        for (const auto& claim : who->claims) {
            if (claim.strength == Strength::linked && identifier_key(claim.identifier) == key)
                links.insert(claim.seq);
        }
    }
    std::vector<Rank> out;
    for (const auto seq : links) out.push_back({Strength::linked, seq});
    for (const auto strength : {Strength::own_number, Strength::said, Strength::derived})
        out.push_back({strength, {}});
    return out;
}

Spans share_of(const Composed& asked, const std::string& key, const std::vector<const Composed*>& all) {
    Spans taken, out;
    for (const auto& [strength, seq] : ranks_of(key, all)) {
        std::vector<Part> parts;
        Spans wanted;
        for (const auto* who : all) {
            auto spans = claimed(*who, key, strength, seq);
            const bool former = spans.empty() && strength == Strength::said;
            if (former) spans = claimed(*who, key, Strength::former);
            if (spans.empty()) continue;
            wanted.insert(wanted.end(), spans.begin(), spans.end());
            spans = without(spans, taken);
            if (!spans.empty()) parts.push_back({who, std::move(spans), former});
        }
        if (parts.size() > 1) share(parts);
        for (const auto& part : parts) {
            if (part.who->id == asked.id) out.insert(out.end(), part.spans.begin(), part.spans.end());
        }
        // What equals dispute is nobody's: a weaker claim does not get it either.
        taken.insert(taken.end(), wanted.begin(), wanted.end());
        taken = joined(std::move(taken));
    }
    return joined(std::move(out));
}

std::optional<Day> day_of_number(std::int64_t number) {
    if (number == Span::first || number == Span::last) return {};
    return Day{std::chrono::days{number}};
}

}  // namespace

bool claims_beyond_links(const Composed& person, const std::string& key,
                         const std::vector<const Composed*>& claimants) {
    Spans said = claimed(person, key, Strength::own_number), linked;
    for (const auto& span : claimed(person, key, Strength::said)) said.push_back(span);
    for (const auto* who : claimants) {
        for (const auto& span : claimed(*who, key, Strength::linked)) linked.push_back(span);
    }
    return !without(said, joined(std::move(linked))).empty();
}

Person settle(const Composed& composed, const Claimants& claimants, std::vector<Identifier>* lost) {
    Person out{composed.id, composed.name, {}, composed.employments, composed.uses};
    std::vector<std::string> done;
    for (const auto& claim : composed.claims) {
        auto key = identifier_key(claim.identifier);
        if (std::find(done.begin(), done.end(), key) != done.end()) continue;
        auto holders = claimants(key);
        if (std::none_of(holders.begin(), holders.end(),
                         [&](const Composed* c) { return c->id == composed.id; }))
            holders.push_back(&composed);
        const auto spans = share_of(composed, key, holders);
        for (const auto& span : spans) {
            auto identifier = claim.identifier;
            identifier.valid_from = day_of_number(span.from);
            identifier.valid_to = day_of_number(span.to);
            out.identifiers.push_back(std::move(identifier));
        }
        if (spans.empty() && lost != nullptr) lost->push_back(claim.identifier);
        done.push_back(std::move(key));
    }
    return out;
}

}  // namespace capbridge::people
