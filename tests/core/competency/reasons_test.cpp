// The reasons of every cell add up exactly, in any world and any scope: random mappings, people, profiles,
// overrides, attestations, archetypes and deployments, counted anew here, in another way.
#include <algorithm>
#include <map>
#include <random>

#include "world.hpp"

namespace capbridge::competency::test {
namespace {

const Day today = day("2025-09-01");
const std::vector<std::string> units{"Division", "Imaging", "Radiology", "Surgery", "Finance"};
const std::vector<std::string> groups{"Medical", "Nursing"}, roles{"Radiologist", "Nurse", "Clerk"};

struct World {
    explicit World(unsigned seed) : random(seed) {
        std::vector<json> mappings;
        for (int m = 0; m < 12; ++m) {
            std::vector<std::string> targets;
            const bool product = m % 4 == 3;
            for (int c = 0; c < 8; ++c) {
                const auto& r = pick(hee().requirements);
                if ((r.tier == "product-specific") == product) targets.push_back(r.id);
            }
            if (targets.empty()) targets.push_back(product ? product_item : aware);
            json more = json::object();
            if (one_in(2)) more["needs"] = "passed";
            if (one_in(2)) more["valid_for"] = one_in(2) ? "P1Y" : "P3M";
            if (one_in(5)) more["until"] = "2025-06-30";
            if (product) more["product"] = {{"name", "ChestScan"}};
            mappings.push_back(mapping("i" + std::to_string(m), claims(targets), more));
        }
        const auto set = load_mapping(mapping_file(mappings).dump(2), "mapping.json", hee());
        EXPECT_TRUE(set) << set.error().text();
        auto surgery = deployment("scan-1", "1");
        surgery.units = {"Surgery"};
        surgery.staff_groups = {"Nursing"};
        auto book = book_of({*set}, {deployment("scan-2"), surgery});
        book.profile = profile();
        book.units = Units({{"u|1", "Division", "", ""},
                            {"u|2", "Imaging", "I", "u|1"},
                            {"u|3", "Radiology", "", "u|2"},
                            {"u|4", "Surgery", "", "u|1"},
                            {"u|5", "Finance", "", ""}});
        Assessor lead, elsewhere;
        lead.id = "lead";
        lead.lead = true;
        elsewhere.id = "elsewhere";
        elsewhere.units = {"Imaging"};
        book.assessors = {elsewhere, lead};
        Team team;
        team.id = "board";
        for (int i = 0; i < 40; i += 3) team.members.push_back({"p" + std::to_string(i), {}});
        book.teams = {team};
        rules = std::make_unique<Rules>(std::move(book));
        for (int i = 0; i < 40; ++i) people.push_back(somebody("p" + std::to_string(i)));
    }

    int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); }
    bool one_in(int n) { return below(n) == 0; }
    template <class T>
    const T& pick(const std::vector<T>& list) {
        return list[static_cast<std::size_t>(below(static_cast<int>(list.size())))];
    }

    // A few asks of its own after the shipped ones: each demand comes up.
    Profile profile() {
        json asks = json::array();
        for (int i = 0; i < 4; ++i) {
            static constexpr const char* demands[] = {"optional", "required", "collective", "not_demanded"};
            const auto& like = pick(hee().requirements);
            json of_whom = json::object();
            if (one_in(2)) of_whom["archetypes"] = {pick(like.archetypes)};
            if (one_in(3)) of_whom["units"] = {pick(units)};
            if (one_in(3)) of_whom["staff_groups"] = {pick(groups)};
            json ask = {{"id", "a" + std::to_string(i)},
                        {"items",
                         {{"tiers", {like.tier}},
                          {like.factor.empty() ? "groups" : "factors",
                           {like.factor.empty() ? like.group : like.factor}}}},
                        {"demand", demands[below(4)]}};
            if (!of_whom.empty()) ask["people"] = of_whom;
            asks.push_back(ask);
        }
        const json document = {{"id", "own"}, {"version", "1"}, {"extends", "default"}, {"asks", asks}};
        const auto loaded = load_profile(document.dump(2), "own.json", hee());
        EXPECT_TRUE(loaded) << loaded.error().text();
        return loaded ? *loaded : *default_profile(hee());
    }

    PersonFacts somebody(const std::string& id) {
        PersonFacts p;
        p.person.id = id;
        for (int i = below(3); i > 0; --i) {
            people::Employment e{pick(units), pick(groups), pick(roles), "", day("2020-01-01"), {}};
            if (one_in(6)) e.to = day("2025-01-01");
            p.person.employments.push_back(std::move(e));
        }
        if (one_in(4)) p.person.uses.push_back({one_in(2) ? "scan-1" : "scan-2", !one_in(3), {}, {}});
        for (const auto& a : hee().archetypes) {
            if (one_in(3)) {
                auto assignment = is(a.id, static_cast<people::Assignment::State>(below(3)));
                assignment.person = id;
                p.assignments.push_back(std::move(assignment));
            }
        }
        History history;
        for (int i = below(14); i > 0; --i) {
            auto f = fact(static_cast<Fact::What>(below(5)), "i" + std::to_string(below(14)), "", i);
            if (!one_in(8))
                f.occurred = {When::Precision::day,
                              Instant{day("2024-01-01") + std::chrono::days{below(800)}}};
            if (one_in(6)) f.expires = day("2025-01-01") + std::chrono::days{below(700)};
            f.voided = one_in(6);
            history.facts.push_back(std::move(f));
        }
        for (int i = below(6); i > 0; --i) {
            Attestation a;
            a.id = "att" + std::to_string(i);
            const auto& r = pick(hee().requirements);
            a.requirements = {r.id};
            if (r.tier == "product-specific") a.context = one_in(2) ? "scan-1" : "scan-2";
            a.kind = one_in(4)   ? EvidenceKind::self
                     : one_in(2) ? EvidenceKind::observed
                                 : EvidenceKind::attested;
            if (a.kind != EvidenceKind::self)
                a.assessor = one_in(3) ? "elsewhere" : one_in(5) ? "nobody" : "lead";
            a.met = !one_in(5);
            a.withdrawn = one_in(6);
            a.on = day("2024-06-01") + std::chrono::days{below(600)};
            a.seq = i;
            history.attestations.push_back(std::move(a));
        }
        std::map<std::pair<std::string, std::string>, Override> overrides;
        for (int i = below(25); i > 0; --i) {
            Override o;
            const auto& r = pick(hee().requirements);
            o.requirement = r.id;
            if (r.tier == "product-specific") o.context = one_in(2) ? "scan-1" : "scan-2";
            o.kind = one_in(2) ? Override::Kind::waived : Override::Kind::not_applicable;
            if (one_in(4)) o.until = day("2025-06-01");
            if (one_in(4)) o.from = day("2025-12-01");
            overrides[{o.requirement, o.context}] = std::move(o);
        }
        for (auto& [key, o] : overrides) history.overrides.push_back(std::move(o));
        p.records = competency::fold(history, p.person, *rules);
        p.unmapped_only = unmapped_only(history.facts, *rules);
        return p;
    }

    Scope scope() {
        Scope s;
        if (one_in(3)) s.unit = pick(units);
        s.descendants = !one_in(3);
        if (one_in(4)) s.staff_group = pick(groups);
        if (one_in(4)) s.job_role = pick(roles);
        if (one_in(4)) s.archetype = pick(hee().archetypes).id;
        if (one_in(6)) s.team = "board";
        if (one_in(6)) s.deployment = one_in(2) ? "scan-1" : "scan-2";
        return s;
    }

    // The scope once more, word for word as the documentation has it.
    bool is_in(const PersonFacts& p, const Scope& s) const {
        static const std::map<std::string, std::vector<std::string>> beneath{
            {"Division", {"Division", "Imaging", "Radiology", "Surgery"}},
            {"Imaging", {"Imaging", "Radiology"}}};
        const auto unit_fits = [&](const std::string& unit) {
            if (s.unit.empty() || s.unit == unit) return true;
            const auto list = beneath.find(s.unit);
            return s.descendants && list != beneath.end() &&
                   std::find(list->second.begin(), list->second.end(), unit) != list->second.end();
        };
        if (!s.team.empty() && std::stoi(p.person.id.substr(1)) % 3 != 0) return false;
        if (!s.deployment.empty() &&
            !rules->works_with(p.person, rules->deployment_index(s.deployment), today))
            return false;
        if (!s.archetype.empty()) {
            const auto confirmed = roles_of(p.assignments, hee(), today).confirmed;
            if (std::find(confirmed.begin(), confirmed.end(), hee().archetype_index(s.archetype)) ==
                confirmed.end())
                return false;
        }
        const bool narrowed = !(s.unit + s.staff_group + s.job_role).empty();
        if (p.person.employments.empty()) return !narrowed;
        return std::any_of(p.person.employments.begin(), p.person.employments.end(), [&](const auto& e) {
            return e.current_on(today) && unit_fits(e.unit) &&
                   (s.staff_group.empty() || s.staff_group == e.staff_group) &&
                   (s.job_role.empty() || s.job_role == e.job_role);
        });
    }

    std::mt19937 random;
    std::unique_ptr<Rules> rules;
    std::vector<PersonFacts> people;
};

struct Counted {
    std::map<std::string, std::size_t> reasons;
    std::size_t cases = 0, met = 0, waived = 0, optional_asked = 0, optional_met = 0;
};
// By archetype ("" of the foundation) or deployment, and factor or group.
using Cells = std::map<std::pair<std::string, std::string>, Counted>;

Cells recount(const World& world, const Scope& scope) {
    Cells out;
    for (const auto& p : world.people) {
        if (!world.is_in(p, scope)) continue;
        for (const auto& asked : demand_of(p.person, p.assignments, *world.rules, today)) {
            const auto& r = hee().requirements[static_cast<std::size_t>(asked.requirement)];
            if (r.level.empty() || asked.demand == Demand::not_demanded) continue;
            const auto context =
                asked.deployment < 0
                    ? ""
                    : world.rules->deployments[static_cast<std::size_t>(asked.deployment)].id;
            const auto part = !context.empty() ? context
                              : asked.archetype < 0
                                  ? std::string()
                                  : hee().archetypes[static_cast<std::size_t>(asked.archetype)].id;
            auto& cell = out[{part, context.empty() ? r.factor : r.group}];
            const auto* record = find(p.records, r.id, context);
            if (record != nullptr && record->overriding.in_force(today)) {
                ++cell.waived;
                continue;
            }
            auto state =
                record == nullptr ? State{} : state_at(*record, today, world.rules->policy.amber_days);
            if (state.reason == Reason::not_attempted) {
                const bool reachable = world.rules->reachable(asked.requirement, context, today);
                state.reason = !reachable        ? Reason::no_learning_exists
                               : p.unmapped_only ? Reason::unmapped_only
                                                 : Reason::not_attempted;
            }
            if (asked.demand == Demand::optional) {
                ++cell.optional_asked;
                cell.optional_met += state.holds() ? 1 : 0;
                continue;
            }
            ++cell.cases;
            cell.met += state.holds() ? 1 : 0;
            ++cell.reasons[std::string(text(state.reason))];
        }
    }
    return out;
}

Counted told(const ordered_json& cell) {
    Counted out;
    std::size_t sum = 0, sum_met = 0;
    for (const auto& [code, n] : cell.at("reasons").items()) {
        out.reasons[code] = n.get<std::size_t>();
        sum += n.get<std::size_t>();
        sum_met += code.starts_with("met_") ? n.get<std::size_t>() : 0;
    }
    for (const auto* kind : {"knowledge", "skill"}) {
        out.cases += cell.at("kind_split").at(kind).at("required").get<std::size_t>();
        out.met += cell.at("kind_split").at(kind).at("met").get<std::size_t>();
    }
    EXPECT_EQ(sum, out.cases);
    EXPECT_EQ(sum_met, out.met);
    out.waived = cell.at("waived").get<std::size_t>();
    out.optional_asked = cell.at("optional").at("asked").get<std::size_t>();
    out.optional_met = cell.at("optional").at("met").get<std::size_t>();
    return out;
}

void expect_same(const Counted& a, const Counted& b, const std::string& where) {
    EXPECT_EQ(a.reasons, b.reasons) << where;
    EXPECT_EQ(a.cases, b.cases) << where;
    EXPECT_EQ(a.met, b.met) << where;
    EXPECT_EQ(a.waived, b.waived) << where;
    EXPECT_EQ(a.optional_asked, b.optional_asked) << where;
    EXPECT_EQ(a.optional_met, b.optional_met) << where;
}

TEST(Reasons, OfEveryCellAddUpInEveryScope) {
    std::size_t cases = 0, waived = 0, optional = 0, attested = 0, narrowed = 0;
    for (unsigned seed = 1; seed <= 25; ++seed) {
        World world(seed);
        for (int i = 0; i < 8; ++i) {
            Question question{today, i == 0 ? Scope{} : world.scope(), "Nymouth", 17};
            MatrixBuilder builder(*world.rules, question);
            std::size_t in_scope = 0;
            for (const auto& p : world.people) {
                builder.add(p);
                in_scope += world.is_in(p, question.scope) ? 1 : 0;
            }
            const auto matrix = builder.finish();
            EXPECT_EQ(matrix.at("people").get<std::size_t>(), in_scope);
            auto expected = recount(world, question.scope);
            const auto where = [&](const std::string& part, const std::string& axis) {
                return "seed " + std::to_string(seed) + ", scope " + matrix.at("scope").dump() + ", " + part +
                       " " + axis;
            };
            const auto check = [&](const std::string& part, const ordered_json& cell, const char* axis) {
                const auto id = cell.at(axis).get<std::string>();
                const auto counted = told(cell);
                expect_same(counted, expected[{part, id}], where(part, id));
                cases += counted.cases;
                waived += counted.waived;
                optional += counted.optional_asked;
                const auto by_word = counted.reasons.find("met_attested");
                attested += by_word == counted.reasons.end() ? 0 : by_word->second;
                expected.erase({part, id});
            };
            for (const auto& cell : matrix.at("foundation").at("cells")) check("", cell, "factor");
            for (const auto& row : matrix.at("rows")) {
                for (const auto& cell : row.at("cells")) check(row.at("archetype"), cell, "factor");
            }
            for (const auto& product : matrix.at("products")) {
                for (const auto& cell : product.at("cells")) check(product.at("deployment"), cell, "group");
            }
            // With an archetype in the scope the other rows are left out; nothing else may be.
            for (const auto& [place, counted] : expected) {
                const bool other_row = !question.scope.archetype.empty() && !place.first.empty() &&
                                       hee().archetype_index(place.first) >= 0;
                EXPECT_TRUE(other_row || counted.cases + counted.waived + counted.optional_asked == 0)
                    << where(place.first, place.second);
            }
            narrowed += in_scope < world.people.size() ? 1 : 0;
        }
    }
    // The worlds are worth the name.
    EXPECT_GT(cases, 100'000U);
    EXPECT_GT(waived, 1'000U);
    EXPECT_GT(optional, 1'000U);
    EXPECT_GT(attested, 100U);
    EXPECT_GT(narrowed, 100U);
}

// The explanation of a cell counts what the matrix counts.
TEST(Reasons, OfACellsExplanationAreThoseOfTheMatrix) {
    std::size_t explained = 0;
    for (unsigned seed = 1; seed <= 15; ++seed) {
        World world(seed);
        for (int i = 0; i < 6; ++i) {
            Question question{today, world.scope(), "Nymouth", 17};
            question.scope.archetype.clear();
            CellPlace place;
            const auto which = world.below(3);
            if (which < 2) place.factor = world.pick(hee().factors).id;
            if (which == 1) place.archetype = world.pick(hee().archetypes).id;
            if (which == 2) {
                place.context = world.one_in(2) ? "scan-1" : "scan-2";
                place.group = world.pick(hee().groups).id;
            }
            CellExplainer explainer(*world.rules, question, place);
            for (const auto& p : world.people) explainer.add(p);
            const auto answer = explainer.finish();
            if (!answer) continue;  // nothing is asked in it
            ++explained;
            const auto part = which == 2 ? place.context : place.archetype;
            auto counted = recount(world, question.scope)[{part, which == 2 ? place.group : place.factor}];
            expect_same(told(answer->at("counts")), counted,
                        "seed " + std::to_string(seed) + " " + part + " " + place.factor + place.group);
        }
    }
    EXPECT_GT(explained, 30U);
}

}  // namespace
}  // namespace capbridge::competency::test
