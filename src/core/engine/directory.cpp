#include "core/engine/directory.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/engine/directory_effect.hpp"
#include "core/engine/directory_who.hpp"
#include "core/people/directory_record.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t leavers_count_from = 6;  // a small trust may lose a few at once
constexpr std::array<const char*, 4> kinds{"person", "employment", "archetype_hint", "unit"};

std::string decision_kind(std::string_view kind) {
    return kind == "unit" ? "unit" : "directory." + std::string(kind);
}

// What a pull says of one key: the last word counts.
struct Word {
    std::string content;               // "" withdrawn
    std::optional<std::string> scope;  // of the snapshot that it came in
    bool settled = false;
};

struct Snapshot {
    std::string scope;
    std::map<std::string, std::set<std::string>, std::less<>> seen;  // kind -> keys
    bool whole = true;
};

}  // namespace

struct Directory::State {
    State(Bridge& b, store::SourceRow s, Options o)
        : bridge(b),
          source(std::move(s)),
          options(o),
          issuer(get_string(json::parse(source.options, nullptr, false), "issuer")),
          today(day_of(b.now())) {}

    std::string key_of(std::string_view key) const { return source.uuid + "|" + std::string(key); }
    std::string payload_of(const std::string& kind, const std::string& person, const Word& word,
                           const std::optional<std::string>& scope, const json& former) const;
    Status settle_one(const std::string& kind, const std::string& key, const Word& word);
    Status bring_over(const std::string& other, const std::string& person);
    void write(const std::string& kind, std::string key, std::string before, std::string person,
               std::string payload);

    Bridge& bridge;
    store::SourceRow source;
    Options options;
    std::string issuer;
    Day today;
    DirectoryCounts counts;
    std::map<std::string, std::map<std::string, Word>, std::less<>> pending;  // kind -> key -> word
    std::optional<Snapshot> snapshot;
    std::size_t left_so_far = 0;

    // Of one settle().
    std::unique_ptr<DirectoryWho> who;
    std::unique_ptr<DirectoryChanges> changes;
    std::vector<store::NewDecision> units;
    std::set<std::string> mentioned, brought;
};

Directory::Directory(Bridge& bridge, store::SourceRow source, std::int64_t, Options options)
    : state_(std::make_unique<State>(bridge, std::move(source), options)) {}
Directory::~Directory() = default;

bool Directory::takes(std::string_view kind) {
    return people::is_directory_kind(kind);
}

const DirectoryCounts& Directory::counts() const {
    return state_->counts;
}

Status Directory::take(std::string_view kind, std::string_view record_json) {
    auto& s = *state_;
    const auto record = json::parse(record_json, nullptr, false);
    auto read = people::read_directory_record(kind, record, s.issuer);
    if (read && kind == "archetype_hint") {
        CAPBRIDGE_LET(const auto rules, s.bridge.rules());
        const auto framework = get_string(record, "framework");
        if ((!framework.empty() && framework != rules->framework.id) ||
            rules->framework.archetype_index(get_string(record, "archetype")) < 0)
            read = fail("rejected_record", "the framework in force has no such archetype", "/archetype");
    }
    if (!read) {
        // Silence about a rejected fact is no withdrawal; of one that does not say which it is, none is.
        if (s.snapshot) {
            const auto key = get_string(record, kind == "unit" ? "id" : "key");
            if (key.empty()) s.snapshot->whole = false;
            s.snapshot->seen[std::string(kind)].insert(key);
        }
        return fail(std::move(read).error());
    }
    if (s.snapshot) s.snapshot->seen[std::string(kind)].insert(read->key);
    s.pending[std::string(kind)][std::move(read->key)] = {
        std::move(read->content), s.snapshot ? std::optional(s.snapshot->scope) : std::nullopt, false};
    return {};
}

Status Directory::withdraw(std::string_view kind, std::string_view key) {
    if (key.empty()) return fail("rejected_record", "a withdrawal needs a key", "/key");
    state_->pending[std::string(kind)][std::string(key)] = {};
    return {};
}

Status Directory::snapshot_begin(std::string_view scope) {
    state_->snapshot.emplace();
    state_->snapshot->scope = scope;
    return {};
}

// A kind that the snapshot has nothing of is not what it is about.
Status Directory::snapshot_end(bool whole) {
    auto& s = *state_;
    if (!s.snapshot) return {};
    if (whole && s.snapshot->whole) {
        CAPBRIDGE_TRY(s.bridge.project());
        for (const auto& [kind, seen] : s.snapshot->seen) {
            auto& words = s.pending[kind];
            for (const auto& stored : s.bridge.store().projection().said_keys(
                     decision_kind(kind), s.key_of(""), s.snapshot->scope)) {
                const auto key = stored.substr(s.key_of("").size());
                // This pull may have said it in another snapshot.
                if (!seen.contains(key)) words.try_emplace(key);
            }
        }
    }
    s.snapshot.reset();
    return {};
}

std::string Directory::State::payload_of(const std::string& kind, const std::string& person, const Word& word,
                                         const std::optional<std::string>& scope, const json& former) const {
    json out{{"source", source.name}, {"record", json::parse(word.content)}};
    if (kind != "unit") out["person"] = person;
    if (scope) out["scope"] = *scope;
    if (!former.empty()) out["former"] = former;
    return out.dump();
}

void Directory::State::write(const std::string& kind, std::string key, std::string before, std::string person,
                             std::string payload) {
    if (kind == "unit") {
        units.push_back({decision_kind(kind), std::move(key), std::move(payload), {}});
    } else {
        changes->add(decision_kind(kind), std::move(key), std::move(before), std::move(person),
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

Status Directory::State::settle_one(const std::string& kind, const std::string& key, const Word& word) {
    const auto stored_key = key_of(key);
    const auto in_force = bridge.store().journal().decision_in_force(decision_kind(kind), stored_key);
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

Status Directory::settle(std::vector<store::NewDecision>& decisions) {
    auto& s = *state_;
    if (std::all_of(s.pending.begin(), s.pending.end(), [](const auto& each) { return each.second.empty(); }))
        return {};
    CAPBRIDGE_TRY(s.bridge.project());  // who somebody is must be read as it is now
    s.who = std::make_unique<DirectoryWho>(s.bridge);
    s.changes = std::make_unique<DirectoryChanges>(s.bridge);
    s.units.clear();
    s.mentioned.clear();
    s.brought.clear();
    const auto counts_before = s.counts;
    // People first, and of them those with an employee number: the others' numbers are learnt from them.
    for (const auto* kind : kinds) {
        const bool people = std::string_view(kind) == "person";
        for (const bool numbered : {true, false}) {
            if (!people && !numbered) continue;
            for (auto& [key, word] : s.pending[kind]) {
                const bool has_number = word.content.find("\"esr-employee\"") != std::string::npos;
                if (word.settled || (people && has_number != numbered)) continue;
                CAPBRIDGE_TRY(s.settle_one(kind, key, word));
                word.settled = true;
                word.content = {};  // a large trust's words and decisions need not all be held at once
            }
        }
    }
    s.who.reset();
    const auto effect = s.changes->effect();
    s.counts.people_added += effect.added;
    s.counts.people_changed += effect.changed;
    s.counts.left += effect.left;
    auto& projection = s.bridge.store().projection();
    for (const auto& id : s.mentioned) {
        if (!s.changes->touches(projection.survivor(id))) ++s.counts.people_same;
    }
    const auto left = s.left_so_far + effect.left;
    if (left >= leavers_count_from && !s.options.accept_leavers) {
        const auto in_post = projection.in_post(s.today) + s.left_so_far;
        if (static_cast<double>(left) > s.options.leavers_at_most * static_cast<double>(in_post)) {
            s.counts = counts_before;
            s.counts.left += effect.left;
            return fail("leavers", std::to_string(left) + " of " + std::to_string(in_post) +
                                       " people in post would have left by this run; nothing of the "
                                       "directory was changed. If that is right, accept it");
        }
    }
    s.left_so_far = left;
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
