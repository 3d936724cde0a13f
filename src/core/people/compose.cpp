#include "core/people/compose.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

namespace capbridge::people {
namespace {

std::optional<Day> day_at(const json& object, const char* member) {
    return parse_day(get_string(object, member));
}

const json& list_at(const json& object, const char* member) {
    static const json none = json::array();
    const auto it = object.find(member);
    return it == object.end() || !it->is_array() ? none : *it;
}

// The better of several decisions about one archetype: what was decided beats what was proposed, then the
// person's own beats that of one merged into them, then yes beats no.
int rank_of(const Assignment& assignment, bool own, bool hint) {
    if (hint) return 0;
    const bool decided = assignment.state != Assignment::State::proposed;
    return (decided ? 4 : 1) + (own ? 2 : 0) + (assignment.state == Assignment::State::confirmed ? 1 : 0);
}

class Composer {
public:
    Composer(std::string_view id, const std::vector<IdentityRule>& rules) : rules_(rules) { out_.id = id; }

    void take(const Said& said) {
        const auto payload = json::parse(said.payload, nullptr, false);
        if (!payload.is_object()) return;
        const bool own = said.person == out_.id;
        if (said.kind == "person") {
            take_import(payload, own);
        } else if (said.kind == "directory.person") {
            take_directory_person(payload, own, said.key);
        } else if (said.kind == "directory.employment") {
            take_employment(payload);
        } else if (said.kind == "identity.link") {
            if (const auto linked = identifier_from_json(payload.value("identifier", json()), "/identifier"))
                claim(*linked, Claim::Strength::linked, said.seq);
        } else if (said.kind == "deployment.user") {
            take_use(payload);
        } else if (said.kind == "assignment") {
            take_assignment(assignment_from_json(payload), own, false);
        } else if (said.kind == "directory.archetype_hint") {
            const auto record = payload.value("record", json::object());
            take_assignment(
                {out_.id, get_string(record, "archetype"), Assignment::State::proposed,
                 "source:" + get_string(payload, "source"), day_at(record, "from"), day_at(record, "to"), ""},
                own, true);
        }
    }

    Composed finish() {
        add_employments();
        derive_claims();
        for (auto& [deployment, use] : uses_) out_.uses.push_back(std::move(use));
        for (auto& [archetype, best] : assignments_) {
            best.second.person = out_.id;
            out_.assignments.push_back(std::move(best.second));
        }
        return std::move(out_);
    }

private:
    // own, of a directory, since when, key: the best has it.
    using NameRank = std::tuple<bool, bool, std::optional<Day>, std::string>;

    void name(std::string text, NameRank rank) {
        if (text.empty() || (!out_.name.empty() && rank < name_rank_)) return;
        out_.name = std::move(text);
        name_rank_ = std::move(rank);
    }

    void claim(Identifier identifier, Claim::Strength strength, std::int64_t seq = 0) {
        const Claim claim{std::move(identifier), strength, seq};
        if (std::find(out_.claims.begin(), out_.claims.end(), claim) == out_.claims.end())
            out_.claims.push_back(claim);
    }

    void take_import(const json& payload, bool own) {
        out_.exists = true;
        auto person = person_from_json(payload);
        name(std::move(person.name), {own, false, {}, ""});
        for (std::size_t i = 0; i < person.identifiers.size(); ++i) {
            const bool own_number = i == 0 && person.identifiers[i].scheme == "esr-employee";
            claim(std::move(person.identifiers[i]),
                  own_number ? Claim::Strength::own_number : Claim::Strength::said);
        }
        for (auto& e : person.employments) imported_.push_back(std::move(e));
        claim_former(payload);
    }

    // Numbers that nobody else ever gets are theirs at any time, also before the first row that a feed sent.
    void claim_who(const json& record, const std::optional<Day>& from, const std::optional<Day>& to) {
        for (const auto& each : list_at(record, "who")) {
            Identifier id{
                get_string(each, "scheme"), get_string(each, "issuer"), get_string(each, "value"), {}, {}};
            if (!is_lasting(id.scheme)) {
                id.valid_from = from;
                id.valid_to = to;
            }
            const bool number = id.scheme == "esr-employee";
            claim(std::move(id), number ? Claim::Strength::own_number : Claim::Strength::said);
        }
    }

    void claim_former(const json& payload) {
        for (const auto& each : list_at(payload, "former")) {
            if (const auto former = identifier_from_json(each, "")) claim(*former, Claim::Strength::former);
        }
    }

    void take_directory_person(const json& payload, bool own, const std::string& key) {
        out_.exists = true;
        const auto record = payload.value("record", json::object());
        const auto from = day_at(record, "valid_from");
        name(get_string(record, "name"), {own, true, from, key});
        claim_who(record, from, day_at(record, "valid_to"));
        claim_former(payload);
    }

    void take_employment(const json& payload) {
        out_.exists = true;
        const auto record = payload.value("record", json::object());
        Employment employment{get_string(record, "unit"),     get_string(record, "staff_group"),
                              get_string(record, "job_role"), get_string(record, "position"),
                              day_at(record, "from"),         day_at(record, "to")};
        claim_who(record, employment.from, employment.to);
        told_.push_back(std::move(employment));
    }

    void take_assignment(Assignment assignment, bool own, bool hint) {
        const int rank = rank_of(assignment, own, hint);
        const auto [it, is_new] = assignments_.try_emplace(assignment.archetype, rank, assignment);
        if (!is_new && rank > it->second.first) it->second = {rank, std::move(assignment)};
    }

    // Of several people who were merged, the first in the order of compose(): their own.
    void take_use(const json& payload) {
        DeploymentUse use{get_string(payload, "deployment"), payload.value("works_with", true),
                          day_at(payload, "from"), day_at(payload, "to")};
        uses_.try_emplace(use.deployment, std::move(use));
    }

    // Where a directory tells of somebody's posts, an imported one without an end would never end.
    void add_employments() {
        auto& all = out_.employments;
        const auto add = [&](Employment& e) {
            if (std::find(all.begin(), all.end(), e) == all.end()) all.push_back(std::move(e));
        };
        for (auto& e : imported_) {
            if (told_.empty() || e.to) add(e);
        }
        std::sort(told_.begin(), told_.end(), [](const Employment& a, const Employment& b) {
            return std::tie(a.from, a.to, a.unit, a.staff_group, a.job_role, a.position) <
                   std::tie(b.from, b.to, b.unit, b.staff_group, b.job_role, b.position);
        });
        for (auto& e : told_) add(e);
    }

    void derive_claims() {
        const auto given = out_.claims;
        for (const auto& rule : rules_) {
            if (rule.state != IdentityRule::State::automatic) continue;
            for (const auto& each : given) {
                if (auto derived = derive(rule, each.identifier))
                    claim(std::move(*derived), Claim::Strength::derived);
            }
        }
    }

    const std::vector<IdentityRule>& rules_;
    Composed out_;
    NameRank name_rank_;
    std::vector<Employment> imported_, told_;
    std::map<std::string, std::pair<int, Assignment>> assignments_;
    std::map<std::string, DeploymentUse> uses_;
};

// Imports first, so that a person who was only ever imported comes out as the import has them.
int order_of(const Said& said) {
    static constexpr const char* kinds[] = {"person", "directory.person", "directory.employment",
                                            "identity.link"};
    for (int i = 0; i < 4; ++i) {
        if (said.kind == kinds[i]) return i;
    }
    return 4;
}

}  // namespace

std::vector<std::string> keys_of(const Composed& composed) {
    std::vector<std::string> keys;
    for (const auto& claim : composed.claims) keys.push_back(identifier_key(claim.identifier));
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
}

json former_identifiers(const json& before, const json& former, const json& now,
                        const std::optional<Day>& from, Day until) {
    std::vector<std::string> known;
    const auto key_of = [](const json& each) {
        const auto identifier = identifier_from_json(each, "");
        return identifier && !is_lasting(identifier->scheme) ? identifier_key(*identifier) : std::string();
    };
    for (const auto& each : now) known.push_back(key_of(each));
    auto out = json::array();
    const auto add = [&](json each, bool until_now) {
        auto key = key_of(each);
        if (key.empty() || std::find(known.begin(), known.end(), key) != known.end()) return;
        known.push_back(std::move(key));
        if (until_now) {
            if (from && !each.contains("valid_from")) each["valid_from"] = format_day(*from);
            if (!each.contains("valid_to")) each["valid_to"] = format_day(until);
            if (get_string(each, "valid_to") < get_string(each, "valid_from")) return;
        }
        out.push_back(std::move(each));
    };
    for (const auto& each : before) add(each, true);
    for (const auto& each : former) add(each, false);
    return out;
}

Composed compose(std::string_view id, std::vector<Said> said, const std::vector<IdentityRule>& rules) {
    std::sort(said.begin(), said.end(), [&](const Said& a, const Said& b) {
        return std::tuple(order_of(a), a.person != id, std::string_view(a.person), std::string_view(a.kind),
                          std::string_view(a.key)) <
               std::tuple(order_of(b), b.person != id, std::string_view(b.person), std::string_view(b.kind),
                          std::string_view(b.key));
    });
    Composer composer(id, rules);
    for (const auto& each : said) composer.take(each);
    return composer.finish();
}

}  // namespace capbridge::people
