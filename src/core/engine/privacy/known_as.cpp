#include "core/engine/privacy/known_as.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/base/json.hpp"
#include "core/engine/doubt.hpp"
#include "core/engine/new_statement.hpp"
#include "core/engine/privacy/door.hpp"
#include "core/engine/privacy/folding.hpp"
#include "core/engine/privacy/redaction.hpp"
#include "core/engine/rulebook.hpp"
#include "core/people/identity_rule.hpp"
#include "core/xapi/erased.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t a_page = 500;

bool is_about(const store::DecisionRow& row, const std::set<std::string>& people) {
    if (is_rule_kind(row.kind) && row.kind != doubt_kind) return false;
    if (people.contains(row.key) || people.contains(row.key.substr(0, row.key.find('|')))) return true;
    if (row.payload.find("\"person\"") == std::string::npos) return false;
    const auto payload = json::parse(row.payload, nullptr, false);
    return payload.is_object() && people.contains(get_string(payload, "person"));
}

class Gathering {
public:
    Gathering(Bridge& bridge, KnownAs& out)
        : bridge_(bridge), out_(out), iri_base_(bridge.store().installation().iri_base) {}

    void decisions() {
        const std::set<std::string> people(out_.people.begin(), out_.people.end());
        std::set<std::pair<std::string, std::string>> keys;
        auto& erasings = bridge_.store().erasings();
        erasings.each_decision([&](const store::DecisionRow& row) {
            if (row.kind != "person.merge" && is_about(row, people)) keys.emplace(row.kind, row.key);
        });
        // Once more: what withdrew one of these says nobody's uuid.
        erasings.each_decision([&](const store::DecisionRow& row) {
            if (row.kind == "person.merge") {
                if (people.contains(row.key)) out_.merges.push_back(row);
            } else if (keys.contains({row.kind, row.key})) {
                learn(row);
                out_.decisions.push_back(row);
            }
        });
    }

    void projection() {
        for (const auto& id : out_.people) {
            auto person = bridge_.store().projection().person(id);
            if (!person) continue;
            add_name(person->name);
            for (const auto& each : person->identifiers) {
                add(each);
                standing_.push_back(people::normalised(each));
            }
            known_.push_back(std::move(*person));
        }
    }

    // An address that is known is theirs under its sum as well.
    void derived() {
        std::vector<people::Identifier> sums;
        for (const auto& each : out_.identifiers) {
            if (auto sum = sum_of(each)) sums.push_back(std::move(*sum));
        }
        for (const auto& each : sums) add(each);
    }

    void digested(const std::vector<store::Erasure>& erasures) {
        std::map<std::string, std::set<std::string>> digests;  // by key
        for (const auto& erasure : erasures)
            digests[erasure.key].insert(erasure.digests.begin(), erasure.digests.end());
        for (const auto& each : digests) {
            const auto& of_key = each.second;
            const auto key = bridge_.store().erasings().key_of(each.first);
            if (!key || of_key.empty()) continue;
            bridge_.store().erasings().each_agent([&](const std::string& agent) {
                if (!of_key.contains(store::erased_digest(*key, agent))) return;
                const auto read = xapi::agent_from_key(agent);
                if (!read) return;
                add(people::identifier_of(*read, iri_base_));
                standing_.push_back(people::normalised(people::identifier_of(*read, iri_base_)));
            });
        }
    }

    void actors() {
        for (const auto& each : standing_) {
            const bool shared = is_shared(each);
            add_actor(each, shared);
            // Whoever else has the address has its sum.
            if (const auto sum = sum_of(each)) add_actor(*sum, shared || is_shared(*sum));
        }
        // Of one that was given out again, only the days that are settled to be theirs count.
        for (auto& actor : out_.actors) {
            if (!actor.shared || known_.empty()) continue;
            std::vector<people::Identifier> own;
            for (const auto& person : known_) {
                for (const auto& each : person.identifiers) {
                    if (key_of(each) == actor.key) own.push_back(each);
                    auto sum = sum_of(people::normalised(each));
                    if (sum && key_of(*sum) == actor.key) own.push_back(std::move(*sum));
                }
            }
            actor.identifiers = std::move(own);
        }
    }

    // Two people of one name are common: what says the name alone may mean the other.
    void own_names() {
        for (const auto& name : out_.names) {
            if (!is_a_persons(name)) continue;
            store::PeopleQuery query;
            query.text = name;
            query.limit = a_page;
            const auto found = bridge_.store().projection().find_people(query);
            const bool others = std::any_of(found.first.begin(), found.first.end(), [&](const auto& other) {
                return !out_.is_one_of_them(other.id) && fold(other.name).text == fold(name).text;
            });
            if (!others) out_.own_names.insert(name);
        }
    }

    // As a whole these are somebody else, and nothing is to be cut out of them.
    void of_others() {
        Redaction found(out_, "");
        bridge_.store().projection().each_person(false, [&](const competency::PersonFacts& each) {
            if (out_.is_one_of_them(each.person.id)) return;
            if (found(each.person.name)) out_.of_others.push_back(each.person.name);
            for (const auto& one : each.person.identifiers) {
                for (auto text : {one.value, people::text_of(one), people::identifier_key(one)})
                    if (found(text)) out_.of_others.push_back(std::move(text));
            }
        });
    }

private:
    // Programs call people anything: "Moodle User", the course's title. What says nothing of a name that the
    // directory knows is not looked for in texts of others.
    [[nodiscard]] bool is_a_persons(const std::string& name) const {
        if (!called_.contains(name)) return true;
        const auto words_of = [](const std::string& text) {
            std::set<std::string> out;
            for (auto& word : parts_of_key(fold(text).text))
                if (word.size() > 2) out.insert(std::move(word));
            return out;
        };
        const auto words = words_of(name);
        return std::any_of(out_.names.begin(), out_.names.end(), [&](const std::string& known) {
            if (called_.contains(known)) return false;
            const auto others = words_of(known);
            return std::any_of(words.begin(), words.end(),
                               [&](const auto& word) { return others.contains(word); });
        });
    }
    static std::optional<people::Identifier> sum_of(const people::Identifier& one) {
        if (one.scheme != "email") return std::nullopt;
        return people::Identifier{"mbox_sha1sum", "", sha1_hex("mailto:" + one.value), one.valid_from,
                                  one.valid_to};
    }
    [[nodiscard]] std::string key_of(const people::Identifier& one) const {
        return people::agent_of(one.scheme, one.issuer, one.value, iri_base_).key();
    }
    [[nodiscard]] bool is_shared(const people::Identifier& one) const {
        const auto claimants = bridge_.store().projection().claimants(people::identifier_key(one));
        return std::any_of(claimants.begin(), claimants.end(),
                           [&](const auto& id) { return !out_.is_one_of_them(id); });
    }
    void add_actor(const people::Identifier& one, bool shared) {
        const auto key = key_of(one);
        if (key.empty()) return;
        auto found = std::find_if(out_.actors.begin(), out_.actors.end(),
                                  [&](const KnownActor& actor) { return actor.key == key; });
        if (found == out_.actors.end()) {
            found = out_.actors.insert(out_.actors.end(), {key, shared, {}});
            if (!shared) {
                for (auto& name : bridge_.store().journal().names_of(key)) {
                    if (!out_.names.contains(name)) called_.insert(name);
                    add_name(name);
                }
            }
        }
        found->identifiers.push_back(one);
    }
    void add(people::Identifier identifier) {
        identifier = people::normalised(std::move(identifier));
        if (identifier.scheme.empty() || identifier.value.empty()) return;
        if (std::find(out_.identifiers.begin(), out_.identifiers.end(), identifier) == out_.identifiers.end())
            out_.identifiers.push_back(std::move(identifier));
    }
    void add_name(const std::string& name) {
        if (!name.empty()) out_.names.insert(name);
    }

    // Wherever a decision about somebody says an identifier, it is one of theirs.
    void learn(const json& value) {
        if (value.is_object()) {
            if (value.contains("scheme") && value.contains("value")) {
                if (auto identifier = people::identifier_from_json(value, "")) add(std::move(*identifier));
                return;
            }
        } else if (!value.is_array()) {
            return;
        }
        for (const auto& each : value) learn(each);
    }
    void learn(const store::DecisionRow& row) {
        if (row.payload.empty()) return;
        const auto payload = json::parse(row.payload, nullptr, false);
        if (!payload.is_object()) return;
        if (row.kind == "person") add_name(get_string(payload, "name"));
        if (row.kind == "directory.person") {
            const auto record = payload.find("record");
            if (record != payload.end() && record->is_object()) add_name(get_string(*record, "name"));
        }
        // What is only proposed to be theirs is not.
        if (row.kind == "person" || row.kind == "identity.link" || row.kind.starts_with("directory."))
            learn(payload);
    }

    Bridge& bridge_;
    KnownAs& out_;
    std::vector<people::Identifier> standing_;
    std::vector<people::Person> known_;
    std::set<std::string> called_;  // by statements only
    const std::string iri_base_;
};

void add_merged(Bridge& bridge, KnownAs& out) {
    for (auto& id : bridge.store().projection().merged_into(out.person)) {
        if (!out.is_one_of_them(id)) out.people.push_back(std::move(id));
    }
}

void gather(Bridge& bridge, KnownAs& out, const std::vector<store::Erasure>& erasures) {
    Gathering gathering(bridge, out);
    gathering.decisions();
    gathering.projection();
    gathering.digested(erasures);
    gathering.derived();
    gathering.actors();
    gathering.own_names();
    gathering.of_others();
}

Day day_of_statement(const store::StatementRow& row) {
    const auto fact = fact_of_body(row.body);
    if (fact && *fact && (*fact)->fact.occurred.precision != When::Precision::unknown)
        return day_of((*fact)->fact.occurred.at);
    return day_of(row.stored);
}

bool has_one(const std::string& text, const std::set<std::string>& values) {
    const auto parts = parts_of_key(text);
    return values.contains(text) ||
           std::any_of(parts.begin(), parts.end(), [&](const auto& part) { return values.contains(part); });
}

bool names(const json& value, const KnownAs& known, const std::set<std::string>& values) {
    if (value.is_string()) return has_one(value.get_ref<const std::string&>(), values);
    if (value.is_number()) return has_one(value.dump(), values);
    if (value.is_object() && value.contains("scheme") && value.contains("value")) {
        const auto identifier = people::identifier_from_json(value, "");
        if (!identifier) return false;
        return std::any_of(known.identifiers.begin(), known.identifiers.end(), [&](const auto& own) {
            // A record may leave the issuer to its source.
            return own.scheme == identifier->scheme && own.value == identifier->value &&
                   (identifier->issuer.empty() || own.issuer == identifier->issuer);
        });
    }
    if (value.is_object()) {
        for (const auto& member : value.items())
            if (has_one(member.key(), values)) return true;
    }
    if (!value.is_structured()) return false;
    return std::any_of(value.begin(), value.end(),
                       [&](const json& each) { return names(each, known, values); });
}

}  // namespace

bool KnownActor::stood_for_them(Day day) const {
    return !shared || std::any_of(identifiers.begin(), identifiers.end(),
                                  [&](const auto& identifier) { return identifier.valid_on(day); });
}

const KnownActor* KnownAs::actor(std::string_view key) const {
    const auto found =
        std::find_if(actors.begin(), actors.end(), [&](const KnownActor& one) { return one.key == key; });
    return found == actors.end() ? nullptr : &*found;
}

bool KnownAs::is_one_of_them(std::string_view uuid) const {
    return std::find(people.begin(), people.end(), uuid) != people.end();
}

KnownAs known_as(Bridge& bridge, const std::string& person) {
    KnownAs out;
    out.person = bridge.store().projection().survivor(person);
    out.people = {out.person};
    add_merged(bridge, out);
    gather(bridge, out, {});
    return out;
}

KnownAs known_as(Bridge& bridge, const std::vector<store::Erasure>& erasures) {
    KnownAs out;
    for (const auto& erasure : erasures) {
        for (const auto& id : erasure.people) {
            if (!out.is_one_of_them(id)) out.people.push_back(id);
        }
    }
    if (!out.people.empty()) out.person = out.people.front();
    gather(bridge, out, erasures);
    return out;
}

void each_statement_of(Bridge& bridge, const KnownAs& known,
                       const std::function<void(const store::StatementRow&, bool)>& visit) {
    std::map<std::int64_t, std::pair<store::StatementRow, bool>> found;
    for (const auto& actor : known.actors) {
        store::StatementQuery query;
        query.agent_key = actor.key;
        query.related_agents = true;
        query.with_voided = true;
        query.ascending = true;
        query.limit = a_page;
        for (;;) {
            auto rows = bridge.store().journal().statements(query);
            for (auto& row : rows) {
                query.after_seq = row.seq;
                const auto body = json::parse(row.body, nullptr, false);
                if (!body.is_object()) continue;
                const auto by = xapi::read_agent(body.value("actor", json::object())).key();
                const bool theirs = by == actor.key && actor.stood_for_them(day_of_statement(row));
                // It may be found by what it refers to, or name one whose days these were not.
                auto copy = body;
                const bool named = actor.shared
                                       ? false
                                       : xapi::take_out_agents(
                                             copy, [&](const auto& key) { return key == actor.key; }, "") > 0;
                if (!theirs && !named) continue;
                const auto seq = row.seq;
                auto& one = found.try_emplace(seq, std::move(row), false).first->second;
                one.second = one.second || theirs;
            }
            if (rows.size() < a_page) break;
        }
    }
    for (const auto& [seq, one] : found) visit(one.first, one.second);
}

std::vector<store::QuarantineRow> quarantined_of(Bridge& bridge, const KnownAs& known) {
    std::set<std::string> values(known.own_names.begin(), known.own_names.end());
    for (const auto& actor : known.actors) {
        if (actor.shared) continue;
        for (const auto& each : actor.identifiers) {
            if (is_telling(each.value)) values.insert(each.value);
        }
    }
    std::vector<store::QuarantineRow> out;
    auto& sources = bridge.store().sources();
    for (const auto& source : sources.sources()) {
        std::int64_t after = 0;
        for (;;) {
            auto rows = sources.quarantined(source.uuid, after, a_page);
            for (auto& row : rows) {
                after = row.id;
                const auto record = json::parse(row.record, nullptr, false);
                if (has_one(row.key, values) || (!record.is_discarded() && names(record, known, values)))
                    out.push_back(std::move(row));
            }
            if (rows.size() < a_page) break;
        }
    }
    return out;
}

}  // namespace capbridge::engine
