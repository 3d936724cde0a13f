// Identifiers that several people hold: an address or a number that was given out again, or a mistake.
#include "core/people/holders.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/people/import.hpp"

namespace capbridge::people {
namespace {

// Both days belong to it; absent: without an end on that side.
struct Time {
    std::optional<Day> from, to;
};

Time time_of(const Holder& holder) {
    const auto& employments = holder.person->employments;
    Time time;
    bool has_begun = employments.empty(), goes_on = employments.empty();
    for (const auto& employment : employments) {
        if (!employment.from) has_begun = true;
        if (!time.from || (employment.from && *employment.from < *time.from)) time.from = employment.from;
        if (!employment.to) goes_on = true;
        if (!time.to || (employment.to && *time.to < *employment.to)) time.to = employment.to;
    }
    const auto& identifier = holder.identifier();
    if (has_begun) time.from.reset();
    if (goes_on) time.to.reset();
    if (identifier.valid_from && (!time.from || *time.from < *identifier.valid_from))
        time.from = identifier.valid_from;
    if (identifier.valid_to && (!time.to || *identifier.valid_to < *time.to)) time.to = identifier.valid_to;
    return time;
}

// But for the person's own employee number.
void take_away(Person& person, const std::string& key) {
    auto& ids = person.identifiers;
    for (auto at = ids.size(); at-- > 0;) {
        if (identifier_key(ids[at]) == key && !Holder{&person, at}.is_own_number())
            ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(at));
    }
}

}  // namespace

bool give_each_its_time(const std::vector<Holder>& holders) {
    struct Part {
        const Holder* holder;
        Time time;
    };
    std::vector<Part> parts;
    parts.reserve(holders.size());
    for (const auto& holder : holders) parts.push_back({&holder, time_of(holder)});
    std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) {
        return b.time.from && (!a.time.from || *a.time.from < *b.time.from);
    });
    for (std::size_t i = 1; i < parts.size(); ++i) {
        const auto &before = parts[i - 1].time, &after = parts[i].time;
        if (!before.to || !after.from || *after.from <= *before.to) return false;
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
        auto& identifier = parts[i].holder->identifier();
        if (i > 0) identifier.valid_from = parts[i].time.from;
        if (i + 1 < parts.size()) identifier.valid_to = parts[i].time.to;
    }
    return true;
}

Settled settle_identifiers(std::vector<Person>& incoming, const std::vector<Person>& known,
                           const std::vector<int>& lines) {
    Settled out;
    // Only those of the known who hold something that comes in are looked at, on copies.
    std::unordered_map<std::string, std::vector<std::size_t>> held;  // key -> incoming
    std::unordered_set<std::string_view> coming_ids;
    for (std::size_t i = 0; i < incoming.size(); ++i) {
        coming_ids.insert(incoming[i].id);
        for (const auto& identifier : incoming[i].identifiers) {
            auto& who = held[identifier_key(identifier)];
            if (who.empty() || who.back() != i) who.push_back(i);
        }
    }
    std::vector<Person> copies;
    std::vector<const Person*> originals;
    std::vector<std::string> clashes;  // in order of the known, so that the same import settles the same
    std::unordered_map<std::string, std::vector<std::size_t>> known_holders;  // key -> copies
    for (const auto& person : known) {
        if (coming_ids.contains(person.id)) continue;
        bool copied = false;
        for (const auto& identifier : person.identifiers) {
            auto key = identifier_key(identifier);
            if (!held.contains(key)) continue;
            if (!copied) {
                copies.push_back(person);
                originals.push_back(&person);
                copied = true;
            }
            auto& who = known_holders[key];
            if (who.empty()) clashes.push_back(key);
            if (who.empty() || who.back() != copies.size() - 1) who.push_back(copies.size() - 1);
        }
    }

    for (const auto& key : clashes) {
        std::vector<Holder> holders;
        bool once_each = true;
        const auto add = [&](Person& person) {
            std::size_t found = 0;
            for (std::size_t at = 0; at < person.identifiers.size(); ++at) {
                if (identifier_key(person.identifiers[at]) != key) continue;
                holders.push_back({&person, at});
                ++found;
            }
            once_each = once_each && found == 1;
        };
        const auto& coming = held[key];
        for (const auto i : coming) add(incoming[i]);
        const auto in_file = holders.size();
        for (const auto i : known_holders[key]) add(copies[i]);

        const auto owner =
            std::find_if(holders.begin(), holders.end(), [](const Holder& h) { return h.is_own_number(); });
        if (owner == holders.end() && once_each && give_each_its_time(holders)) continue;
        // An incoming person's own employee number that the known ones hold by some mistake is theirs no
        // more.
        const bool theirs_to_lose =
            owner != holders.end() && static_cast<std::size_t>(owner - holders.begin()) < in_file;
        if (theirs_to_lose) {
            for (const auto i : known_holders[key]) take_away(copies[i], key);
        }
        for (const auto i : coming) {
            const auto before = incoming[i].identifiers.size();
            take_away(incoming[i], key);
            if (incoming[i].identifiers.size() == before && !theirs_to_lose) continue;
            out.exceptions.push_back({i < lines.size() ? lines[i] : 0, "shared_id",
                                      theirs_to_lose ? "this employee number was recorded as another "
                                                       "person's too; it is that person's no more"
                                                     : "an identifier is that of somebody who was imported "
                                                       "before, at the same time; it stays "
                                                       "with them and was not given to this person",
                                      false});
        }
    }
    for (std::size_t i = 0; i < copies.size(); ++i) {
        if (copies[i] != *originals[i]) out.changed.push_back(std::move(copies[i]));
    }
    std::stable_sort(out.exceptions.begin(), out.exceptions.end(),
                     [](const Exception& a, const Exception& b) { return a.line < b.line; });
    return out;
}

}  // namespace capbridge::people
