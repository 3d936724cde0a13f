// From a checked profile to asks with the indexes of their items.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/embedded.hpp"
#include "core/competency/documents.hpp"
#include "core/competency/profile.hpp"

namespace capbridge::competency {
namespace {

using framework::Framework;
using framework::Requirement;

enum class Unknown { refuse, pass_over };

Demand demand_from(std::string_view wanted) {
    for (const auto each : {Demand::required, Demand::optional, Demand::collective}) {
        if (text(each) == wanted) return each;
    }
    return Demand::not_demanded;
}

bool fits(const std::vector<std::string>& list, std::string_view value) {
    return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

class Reader {
public:
    Reader(const Framework& framework, Unknown unknown) : f_(framework), unknown_(unknown) {
        for (const auto& r : f_.requirements) {
            tiers_.insert(r.tier);
            topics_.insert(r.topic);
        }
        for (const auto& g : f_.groups) groups_.insert(g.id);
        for (const auto& l : f_.levels) levels_.insert(l.id);
    }

    std::vector<Ask> read(const json& document) {
        std::vector<Ask> out;
        std::set<std::string> ids;
        std::size_t i = 0;
        for (const auto& each : document.at("asks")) {
            at_ = "/asks/" + std::to_string(i++);
            auto ask = read_ask(each);
            if (!ids.insert(ask.id).second)
                problem("duplicate_id", "/id", "two asks are called '" + ask.id + "'");
            if (ask.indexes.empty() && unknown_ == Unknown::refuse)
                problem("asks_nothing", "/items", "no requirement of the framework fits all of this");
            out.push_back(std::move(ask));
        }
        return out;
    }

    Problems problems;

private:
    Ask read_ask(const json& each) {
        Ask ask;
        ask.id = get_string(each, "id");
        ask.title = get_string(each, "title");
        ask.demand = demand_from(get_string(each, "demand"));
        const auto& items = each.at("items");
        ask.items = {strings_of(items, "tiers"),       strings_of(items, "factors"),
                     strings_of(items, "groups"),      strings_of(items, "not_groups"),
                     strings_of(items, "topics"),      strings_of(items, "levels"),
                     strings_of(items, "requirements")};
        check(ask.items.tiers, "/items/tiers", "tier", [&](const auto& t) { return tiers_.contains(t); });
        check(ask.items.factors, "/items/factors", "factor",
              [&](const auto& id) { return f_.factor_index(id) >= 0; });
        const auto is_group = [&](const auto& id) { return groups_.contains(id); };
        check(ask.items.groups, "/items/groups", "group", is_group);
        check(ask.items.not_groups, "/items/not_groups", "group", is_group);
        check(ask.items.topics, "/items/topics", "topic", [&](const auto& t) { return topics_.contains(t); });
        check(ask.items.levels, "/items/levels", "level", [&](const auto& l) { return levels_.contains(l); });
        check(ask.items.requirements, "/items/requirements", "requirement", [&](const auto& id) {
            return f_.requirement_index(id) >= 0 || f_.former_requirement(id) != nullptr;
        });
        // Those that an earlier version of the framework had stand for what replaced them.
        std::vector<int> single;
        for (const auto& id : ask.items.requirements) {
            const auto now = f_.requirements_for(id);
            single.insert(single.end(), now.begin(), now.end());
        }
        if (const auto people = each.find("people"); people != each.end()) read_people(*people, ask.people);
        check(ask.people.archetypes, "/people/archetypes", "archetype",
              [&](const auto& id) { return f_.archetype_index(id) >= 0; });
        for (std::size_t i = 0; i < f_.requirements.size(); ++i) {
            const bool named = std::find(single.begin(), single.end(), static_cast<int>(i)) != single.end();
            if (is_meant(ask, f_.requirements[i], named)) ask.indexes.push_back(static_cast<int>(i));
        }
        return ask;
    }

    static void read_people(const json& people, Ask::People& out) {
        out.archetypes = strings_of(people, "archetypes");
        out.units = strings_of(people, "units");
        out.staff_groups = strings_of(people, "staff_groups");
        out.job_roles = strings_of(people, "job_roles");
        out.products = strings_of(people, "products");
        out.deployments = strings_of(people, "deployments");
        out.risks = strings_of(people, "risks");
        if (people.contains("clinical")) out.clinical = people.at("clinical").get<bool>();
    }

    // Items whose level is lost are never asked.
    static bool is_meant(const Ask& ask, const Requirement& r, bool named) {
        if (r.level.empty()) return false;
        const auto& i = ask.items;
        const bool archetype = ask.people.archetypes.empty() ||
                               std::any_of(r.archetypes.begin(), r.archetypes.end(),
                                           [&](const auto& a) { return fits(ask.people.archetypes, a); });
        if (!archetype) return false;
        if (named) return true;
        const bool any = !i.tiers.empty() || !i.factors.empty() || !i.groups.empty() || !i.topics.empty() ||
                         !i.levels.empty() || !i.not_groups.empty();
        return any && fits(i.tiers, r.tier) && fits(i.factors, r.factor) && fits(i.groups, r.group) &&
               (i.not_groups.empty() || !fits(i.not_groups, r.group)) && fits(i.topics, r.topic) &&
               fits(i.levels, r.level);
    }

    template <class Known>
    void check(const std::vector<std::string>& list, const std::string& pointer, const char* noun,
               Known known) {
        if (unknown_ == Unknown::pass_over) return;
        for (std::size_t i = 0; i < list.size(); ++i) {
            if (known(list[i])) continue;
            problem("unknown_id", pointer + "/" + std::to_string(i),
                    "the framework " + f_.id + " has no " + noun + " '" + list[i] + "'");
        }
    }

    void problem(const char* code, const std::string& pointer, std::string message) {
        problems.push_back({Problem::Severity::error, code, at_ + pointer, std::move(message), 0});
    }

    const Framework& f_;
    Unknown unknown_;
    std::string at_;
    std::set<std::string, std::less<>> tiers_, topics_, groups_, levels_;
};

Result<Profile> read_profile(std::string_view text, const std::string& name, const Framework& framework,
                             Unknown unknown) {
    CAPBRIDGE_LET(const json document, read_shaped(text, name, "schemas/profile.schema.json"));
    Reader reader(framework, unknown);
    Profile out;
    out.id = get_string(document, "id");
    out.version = get_string(document, "version");
    out.title = get_string(document, "title");
    const auto meant = get_string(document, "framework");
    if (!meant.empty() && meant != framework.id && unknown == Unknown::refuse) {
        reader.problems.push_back(
            {Problem::Severity::error, "unknown_framework", "/framework",
             "the profile is about the framework '" + meant + "', not about '" + framework.id + "'", 0});
    } else {
        out.asks = reader.read(document);
    }
    locate(reader.problems, text);
    if (has_errors(reader.problems)) return fail(problems_error(reader.problems, name));
    if (document.contains("extends")) {
        CAPBRIDGE_LET(auto first, default_profile(framework));
        out.asks.insert(out.asks.begin(), std::make_move_iterator(first.asks.begin()),
                        std::make_move_iterator(first.asks.end()));
    }
    return out;
}

}  // namespace

Result<Profile> load_profile(std::string_view text, const std::string& name, const Framework& framework) {
    return read_profile(text, name, framework, Unknown::refuse);
}

Result<Profile> default_profile(const Framework& framework) {
    const auto* file = find_embedded(embedded_config(), "profiles/default.json");
    if (file == nullptr) return fail("not_found", "the default profile is missing from this build");
    return read_profile(file->bytes, "profiles/default.json", framework, Unknown::pass_over);
}

}  // namespace capbridge::competency
