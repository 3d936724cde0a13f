#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/engine/directory_state.hpp"
#include "core/engine/identity_fold.hpp"
#include "core/people/directory_record.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t leavers_count_from = 6;  // a small trust may lose a few at once
constexpr std::array<const char*, 4> kinds{"person", "employment", "archetype_hint", "unit"};
// So long does nobody else get a turn. What others decided in between is read anew, but not for ever.
constexpr std::chrono::milliseconds a_slice{20};
constexpr int most_tries = 3;
constexpr std::size_t entries_a_page = 4000;

bool concerns_people(const std::string& kind) {
    return is_said_kind(kind) || kind == "person.merge" || kind == "run.revert" ||
           kind.starts_with("identity.");
}

}  // namespace

std::string Directory::State::payload_of(const std::string& kind, const std::string& person,
                                         const DirectoryWord& word, const std::optional<std::string>& scope,
                                         const json& former) const {
    json out{{"source", source.name}, {"record", json::parse(word.content)}};
    if (kind != "unit") out["person"] = person;
    if (scope) out["scope"] = *scope;
    if (!former.empty()) out["former"] = former;
    return out.dump();
}

void Directory::State::write(const std::string& kind, std::string key, std::string before, std::string person,
                             std::string payload) {
    if (kind == "unit") {
        units.push_back({directory_decision_kind(kind), std::move(key), std::move(payload), {}});
    } else {
        changes->add(directory_decision_kind(kind), std::move(key), std::move(before), std::move(person),
                     std::move(payload));
    }
}

// Before the source said that they are the same, it knew somebody by one of the numbers only.
Status Directory::State::bring_over(const std::string& other, const std::string& person) {
    const auto own = key_of("");
    const auto said = bridge.store().projection().said_of(other);
    const bool ours =
        brought.insert(other).second && std::all_of(said.begin(), said.end(), [&](const people::Said& each) {
            return each.kind.starts_with("directory.") && each.key.starts_with(own);
        });
    if (!ours) return {};  // the review shows them as candidates of each other
    for (const auto& each : said) {
        const auto kind = each.kind.substr(std::string_view("directory.").size());
        if (pending[kind].contains(each.key.substr(own.size()))) continue;
        auto payload = json::parse(each.payload);
        payload["person"] = person;
        write(kind, each.key, each.person, person, payload.dump());
    }
    return {};
}

Status Directory::State::settle_one(const std::string& kind, const std::string& key,
                                    const DirectoryWord& word) {
    const auto stored_key = key_of(key);
    const auto in_force =
        bridge.store().journal().decision_in_force(directory_decision_kind(kind), stored_key);
    const auto before = in_force ? json::parse(in_force->payload) : json::object();
    const auto before_person = get_string(before, "person");
    if (word.content.empty()) {
        if (!in_force) return {};
        counts.units += kind == "unit" ? 1 : 0;
        write(kind, stored_key, before_person, "", "");
        return {};
    }
    auto scope = word.scope;
    if (!scope && before.contains("scope")) scope = before["scope"].get<std::string>();
    const auto record = json::parse(word.content);
    if (kind == "unit") {
        auto payload = payload_of(kind, "", word, scope, json::array());
        if (in_force && in_force->payload == payload) return {};
        ++counts.units;
        write(kind, stored_key, "", "", std::move(payload));
        return {};
    }
    auto keyed = record;
    keyed["key"] = key;
    CAPBRIDGE_LET(const auto read, people::read_directory_record(kind, keyed, issuer));
    const bool same = in_force && before["record"] == record;
    // A word of the past is looked up as of then: an address may have been somebody else's since.
    const auto day = read.to && *read.to < today       ? *read.to
                     : read.from && today < *read.from ? *read.from
                                                       : today;
    const auto person = same ? before_person : who->recognise(read.who, before_person, day);
    who->learn(read.who, person, kind == "person" && !read.to);
    mentioned.insert(person);
    auto former = before.value("former", json::array());
    if (kind == "person" && !same && in_force) {
        const auto& had = before["record"];
        const auto since = parse_day(get_string(had, "valid_from"));
        const auto changed = read.from && read.from != since ? *read.from : today;
        former = person == before_person
                     ? people::former_identifiers(had.value("who", json::array()), former, record["who"],
                                                  since, changed - std::chrono::days{1})
                     : json::array();
    }
    auto payload = payload_of(kind, person, word, scope, former);
    if (kind == "archetype_hint") counts.hints += in_force && in_force->payload == payload ? 0 : 1;
    if (!in_force || in_force->payload != payload)
        write(kind, stored_key, before_person, person, std::move(payload));
    if (kind == "person" && !same) {
        for (const auto& other : who->others(read.who, person)) CAPBRIDGE_TRY(bring_over(other, person));
    }
    return {};
}

Result<bool> Directory::State::others_decided() {
    bool any = false;
    for (;;) {
        const auto entries =
            bridge.store().journal().entries(seen_seq, entries_a_page, store::Journal::Bodies::no);
        if (entries.empty()) return any;
        seen_seq = store::seq_of(entries.back());
        for (const auto& entry : entries) {
            const auto* decision = std::get_if<store::DecisionRow>(&entry);
            any = any || (decision != nullptr && concerns_people(decision->kind));
        }
        if (bridge.stopping) return fail("stopping", "the bridge is stopping");
    }
}

Status Directory::State::give_others_way() {
    if (!give_way || std::chrono::steady_clock::now() - slice_began < a_slice) return {};
    CAPBRIDGE_TRY(give_way());
    slice_began = std::chrono::steady_clock::now();
    CAPBRIDGE_LET(const bool decided, others_decided());
    if (decided) return fail("people_changed", "somebody else decided about people meanwhile");
    return {};
}

void Directory::State::begin() {
    who = std::make_unique<DirectoryWho>(bridge);
    changes = std::make_unique<DirectoryChanges>(bridge);
    units.clear();
    mentioned.clear();
    brought.clear();
    slice_began = std::chrono::steady_clock::now();
}

// The words were let go as they were settled: what they said is in what would have been written, or, where
// that is nothing new, in force.
void Directory::State::take_back(const store::NewDecision& decision) {
    if (decision.payload.empty()) return;
    const std::string_view prefix = "directory.";
    const auto kind = decision.kind.starts_with(prefix) ? decision.kind.substr(prefix.size()) : decision.kind;
    auto& words = pending[kind];
    const auto it = words.find(decision.key.substr(key_of("").size()));
    if (it != words.end() && it->second.settled && !it->second.gone)
        it->second.content = json::parse(decision.payload)["record"].dump();
}

void Directory::State::begin_again(const DirectoryCounts& counts_before) {
    for (const auto& decision : changes->take()) take_back(decision);
    for (const auto& decision : units) take_back(decision);
    for (auto& [kind, words] : pending) {
        for (auto& [key, word] : words) {
            if (!word.settled) continue;
            word.settled = false;
            if (word.gone || !word.content.empty()) continue;
            const auto in_force =
                bridge.store().journal().decision_in_force(directory_decision_kind(kind), key_of(key));
            if (in_force) word.content = json::parse(in_force->payload)["record"].dump();
        }
    }
    counts = counts_before;
    begin();
}

Status Directory::State::judge() {
    // People first, and of them those with an employee number: the others' numbers are learnt from them.
    for (const auto* kind : kinds) {
        const bool people = std::string_view(kind) == "person";
        for (const bool numbered : {true, false}) {
            if (!people && !numbered) continue;
            for (auto& [key, word] : pending[kind]) {
                const bool has_number = word.content.find("\"esr-employee\"") != std::string::npos;
                if (word.settled || (people && has_number != numbered)) continue;
                word.gone = word.content.empty();
                CAPBRIDGE_TRY(settle_one(kind, key, word));
                word.settled = true;
                word.content = {};  // a large trust's words and decisions need not all be held at once
                CAPBRIDGE_TRY(give_others_way());
            }
        }
    }
    who.reset();
    return guard();
}

Status Directory::State::guard() {
    CAPBRIDGE_LET(const auto effect, changes->effect([this] { return give_others_way(); }));
    const auto counts_before = counts;
    counts.people_added += effect.added;
    counts.people_changed += effect.changed;
    counts.left += effect.left;
    auto& projection = bridge.store().projection();
    for (const auto& id : mentioned) {
        if (!changes->touches(projection.survivor(id))) ++counts.people_same;
    }
    left = left_so_far + effect.left;
    if (left < leavers_count_from || options.accept_leavers) return {};
    const auto in_post = projection.in_post(today) + left_so_far;
    if (static_cast<double>(left) <= options.leavers_at_most * static_cast<double>(in_post)) return {};
    const GuardHit hit{"leavers", "", "", left, in_post};
    if (cover(options.accepted, hit)) return {};
    counts = counts_before;
    counts.left += effect.left;
    held = hit;
    return fail("leavers", std::to_string(left) + " of " + std::to_string(in_post) +
                               " people in post would have left by this run; nothing of the "
                               "directory was changed. If that is right, accept it");
}

Status Directory::settle(std::vector<store::NewDecision>& decisions, const GiveWay& give_way) {
    auto& s = *state_;
    if (std::all_of(s.pending.begin(), s.pending.end(), [](const auto& each) { return each.second.empty(); }))
        return {};
    const auto counts_before = s.counts;
    for (int tries = 1;; ++tries) {
        CAPBRIDGE_TRY(s.bridge.project());  // who somebody is must be read as it is now
        s.seen_seq = s.bridge.store().projection().cursor();
        s.give_way = tries < most_tries ? give_way : GiveWay{};
        if (tries == 1) {
            s.begin();
        } else {
            s.begin_again(counts_before);
        }
        const auto judged = s.judge();
        if (judged) break;
        if (judged.error().code == "people_changed") continue;
        if (judged.error().code == "leavers") {
            // Nothing was changed: the counts say who would have left, no more.
            const auto left = s.counts.left;
            s.counts = counts_before;
            s.counts.left = left;
        }
        return fail(judged.error());
    }
    s.left_so_far = s.left;
    s.pending.clear();
    if (!s.options.dry_run) {
        decisions = s.changes->take();
        std::move(s.units.begin(), s.units.end(), std::back_inserter(decisions));
    }
    s.units.clear();
    s.changes.reset();
    return {};
}

}  // namespace capbridge::engine
