#include "core/framework/xapi_profile.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"

namespace capbridge::framework {
namespace {

// Of the templates and patterns below: raise the number and set the time when one of them changes, for a
// template that asks for something else must have another id.
constexpr std::string_view edition = "1";
constexpr std::string_view edition_time = "2026-11-22T11:00:00Z";

constexpr std::string_view profile_context = "https://w3id.org/xapi/profiles/context";
constexpr std::string_view activity_context = "https://w3id.org/xapi/profiles/activity-context";

ordered_json words(std::string_view text) {
    return {{"en", text}};
}

template <typename List>
std::string name_of(const List& list, std::string_view id) {
    const auto found = std::find_if(list.begin(), list.end(), [&](const auto& one) { return one.id == id; });
    return found == list.end() ? std::string(id) : found->name;
}

bool is_of(const Requirement& r, const Competency& one) {
    if (r.factor != one.factor || r.level.empty()) return false;
    if (one.archetype.empty()) return r.tier == "foundational";
    return r.tier == "advanced" &&
           std::find(r.archetypes.begin(), r.archetypes.end(), one.archetype) != r.archetypes.end();
}

constexpr std::string_view extension_schema =
    R"({"type":"object","required":["bridge","framework","factor","tier"],"properties":{)"
    R"("bridge":{"type":"string"},"framework":{"type":"string"},"archetype":{"type":"string"},)"
    R"("factor":{"type":"string"},"tier":{"enum":["foundational","advanced"]},"day":{"type":"string","format":"date"},)"
    R"("reason":{"type":"string"},"items":{"type":"integer","minimum":0}}})";

class Writer {
public:
    explicit Writer(const Framework& framework) : f_(framework), version_(profile_version_iri(framework)) {
        for (const auto& one : competencies(f_))
            iris_.push_back(competency_iri(f_, one.archetype, one.factor));
    }

    ordered_json write() {
        ordered_json out{
            {"id", profile_iri(f_)},
            {"@context", profile_context},
            {"type", "Profile"},
            {"conformsTo", "https://w3id.org/xapi/profiles#1.0"},
            {"prefLabel", words(f_.title)},
            {"definition", words("The competencies of this framework (" + f_.id + " " + f_.version +
                                 ") as activities, and the statements by which a bridge says that a person "
                                 "achieved one, that it expired, or that it was revoked.")},
            {"seeAlso", f_.iri},
            {"versions",
             ordered_json::array({ordered_json{{"id", version_}, {"generatedAtTime", edition_time}}})},
            {"author", {{"type", "Organization"}, {"name", "capbridge"}}}};
        out["concepts"] = concepts();
        // Without a competency the rules would have empty lists, which a profile may not.
        if (iris_.empty()) return out;
        out["templates"] = ordered_json::array({achieved(), expired(), revoked()});
        out["patterns"] = patterns();
        return out;
    }

private:
    ordered_json concept_of(std::string_view id, const char* type, std::string_view label,
                            std::string_view definition) const {
        return {{"id", id},
                {"type", type},
                {"inScheme", version_},
                {"prefLabel", words(label)},
                {"definition", words(definition)}};
    }

    ordered_json concepts() const {
        auto out = ordered_json::array();
        out.push_back(concept_of(tla::achieved, "Verb", "achieved",
                                 "The person has everything that is asked of them in the competency. Said "
                                 "again, with a reference to the former statement, when its end or what is "
                                 "asked has changed."));
        out.push_back(concept_of(tla::expired, "Verb", "expired",
                                 "The validity of what a competency stood on is over. It happens to the "
                                 "person with time; the context refers to the statement that it ends."));
        out.push_back(
            concept_of(tla::revoked, "Verb", "revoked",
                       "The organisation takes a competency back, for what it stood on is not there "
                       "any more. The object is the person, the competency is in the grouping, and "
                       "the context refers to the statement that is taken back."));
        out.push_back(concept_of(tla::competency, "ActivityType", "competency",
                                 "Something to be competent in; here an archetype's items of a factor, a "
                                 "factor of the foundation, or one item."));
        auto evidence = concept_of(tla::evidence, "ContextExtension", "evidence",
                                   "What the competency stands on: references to statements, and the ids of "
                                   "attestations.");
        evidence["recommendedVerbs"] = ordered_json::array({tla::achieved});
        out.push_back(std::move(evidence));
        auto expires = concept_of(tla::expires, "ContextExtension", "expires",
                                  "The last day on which the competency holds. Absent: it has no end.");
        expires["recommendedVerbs"] = ordered_json::array({tla::achieved});
        out.push_back(std::move(expires));
        auto assertion = concept_of(assertion_extension, "ContextExtension", "competency assertion",
                                    "Which bridge says it, by which version of the framework, of what; day: "
                                    "of the last learning that counts, or the last day of validity; reason: "
                                    "why it was revoked. Such a statement is no learning: a bridge does not "
                                    "count it as evidence.");
        assertion["recommendedVerbs"] = ordered_json::array({tla::achieved, tla::expired, tla::revoked});
        assertion["inlineSchema"] = extension_schema;
        out.push_back(std::move(assertion));
        for (const auto& one : competencies(f_))
            out.push_back(activity(competency_activity(f_, one.archetype, one.factor)));
        for (const auto& r : f_.requirements) {
            json definition{{"type", tla::competency}, {"name", {{"en", r.title.empty() ? r.id : r.title}}}};
            if (!r.statement.empty()) definition["description"] = {{"en", r.statement}};
            out.push_back(activity({{"id", f_.requirement_iri(r)}, {"definition", std::move(definition)}}));
        }
        return out;
    }

    ordered_json activity(const json& one) const {
        ordered_json definition{{"@context", activity_context}};
        definition.update(ordered_json(one.at("definition")));
        return {{"id", one.at("id")},
                {"type", "Activity"},
                {"inScheme", version_},
                {"activityDefinition", std::move(definition)}};
    }

    static ordered_json has(std::string location) {
        return {{"location", std::move(location)}, {"presence", "included"}};
    }
    static ordered_json has_not(std::string location) {
        return {{"location", std::move(location)}, {"presence", "excluded"}};
    }
    static ordered_json all_of(std::string location, ordered_json values) {
        return {{"location", std::move(location)}, {"presence", "included"}, {"all", std::move(values)}};
    }
    static std::string extension(std::string_view iri) {
        return "$.context.extensions['" + std::string(iri) + "']";
    }

    ordered_json rules() const {
        auto category = has("$.context.contextActivities.category[*].id");
        category["any"] = ordered_json::array({version_});
        auto nameless = has_not("$.actor.name");
        nameless["scopeNote"] = words("People are known by their identifier alone.");
        return ordered_json::array({has("$.id"), has("$.timestamp"), has_not("$.result"),
                                    has("$.context.registration"), std::move(category),
                                    has(extension(assertion_extension)), std::move(nameless)});
    }

    ordered_json template_of(std::string_view verb, const char* name, std::string_view label,
                             std::string_view definition) const {
        return {{"id", template_iri(f_, name)}, {"type", "StatementTemplate"},     {"inScheme", version_},
                {"prefLabel", words(label)},    {"definition", words(definition)}, {"verb", verb}};
    }

    ordered_json about_a_competency(ordered_json out) const {
        out["objectActivityType"] = tla::competency;
        out["rules"] = rules();
        out["rules"].push_back(all_of("$.object.objectType", ordered_json::array({"Activity"})));
        out["rules"].push_back(all_of("$.object.id", iris_));
        return out;
    }

    static ordered_json refers() {
        return all_of("$.context.statement.objectType", ordered_json::array({"StatementRef"}));
    }

    ordered_json achieved() const {
        auto out = about_a_competency(template_of(tla::achieved, "achieved", "Competency achieved",
                                                  "A person has all that is asked of them in a competency. "
                                                  "Of one that was said before and changed, "
                                                  "the context refers to the statement before."));
        out["rules"].push_back(has(extension(tla::evidence)));
        return out;
    }

    ordered_json expired() const {
        auto out = about_a_competency(
            template_of(tla::expired, "expired", "Competency expired",
                        "What a competency stood on is over. The context refers to the statement it ends."));
        out["rules"].push_back(refers());
        return out;
    }

    ordered_json revoked() const {
        auto out =
            template_of(tla::revoked, "revoked", "Competency revoked",
                        "An organisation takes a competency back from the person that is the object. The "
                        "grouping has the competency; the context refers to the statement taken back.");
        out["contextGroupingActivityType"] = ordered_json::array({tla::competency});
        out["rules"] = rules();
        auto& rules = out["rules"];
        rules.erase(rules.end() - 1);  // the actor is the organisation, which may be named
        rules.push_back(all_of("$.object.objectType", ordered_json::array({"Agent"})));
        rules.push_back(has_not("$.object.name"));
        rules.push_back(all_of("$.context.contextActivities.grouping[*].id", iris_));
        rules.push_back(refers());
        return out;
    }

    // Of one registration: one person and one competency, from the first time that it was said.
    ordered_json patterns() const {
        const auto iri = [&](const char* name) { return profile_version_iri(f_) + "/patterns/" + name; };
        const auto pattern = [&](const char* name, const char* member, ordered_json value) {
            return ordered_json{
                {"id", iri(name)}, {"type", "Pattern"}, {"inScheme", version_}, {member, std::move(value)}};
        };
        auto whole = pattern("competency", "oneOrMore", iri("spell"));
        whole["primary"] = true;
        whole["prefLabel"] = words("A competency of a person");
        whole["definition"] = words(
            "It is achieved, perhaps several times as its end moves; then perhaps it expires or is revoked; "
            "and so on from the beginning. All of it has one registration.");
        return ordered_json::array(
            {std::move(whole),
             pattern("spell", "sequence", ordered_json::array({iri("gain"), iri("perhaps-loss")})),
             pattern("gain", "oneOrMore", template_iri(f_, "achieved")),
             pattern("perhaps-loss", "optional", iri("loss")),
             pattern("loss", "alternates",
                     ordered_json::array({template_iri(f_, "expired"), template_iri(f_, "revoked")}))});
    }

    const Framework& f_;
    const std::string version_;
    std::vector<std::string> iris_;
};

}  // namespace

std::vector<Competency> competencies(const Framework& f) {
    std::vector<Competency> out;
    const auto add = [&](const std::string& archetype) {
        for (const auto& factor : f.factors) {
            const Competency one{archetype, factor.id};
            if (std::any_of(f.requirements.begin(), f.requirements.end(),
                            [&](const Requirement& r) { return is_of(r, one); }))
                out.push_back(one);
        }
    };
    add("");
    for (const auto& archetype : f.archetypes) add(archetype.id);
    return out;
}

std::string competency_iri(const Framework& f, std::string_view archetype, std::string_view factor) {
    if (archetype.empty()) return f.iri + "/competencies/foundation/" + url_encode(factor);
    return f.iri + "/competencies/archetypes/" + url_encode(archetype) + "/" + url_encode(factor);
}

json competency_activity(const Framework& f, std::string_view archetype, std::string_view factor) {
    const auto factor_name = name_of(f.factors, factor);
    const auto of = archetype.empty() ? std::string("foundation") : name_of(f.archetypes, archetype);
    const auto description = archetype.empty()
                                 ? "What everyone is to know of “" + factor_name + "”"
                                 : "What is asked of the archetype " + of + " in “" + factor_name + "”";
    return {{"objectType", "Activity"},
            {"id", competency_iri(f, archetype, factor)},
            {"definition",
             {{"type", tla::competency},
              {"name", {{"en", factor_name + " (" + of + ")"}}},
              {"description", {{"en", description}}}}}};
}

std::string profile_iri(const Framework& f) {
    return f.iri + "/xapi-profile";
}

std::string profile_version_iri(const Framework& f) {
    return profile_iri(f) + "/" + url_encode(f.version) + "-" + std::string(edition);
}

std::string template_iri(const Framework& f, std::string_view verb_name) {
    return profile_version_iri(f) + "/templates/" + std::string(verb_name);
}

ordered_json xapi_profile(const Framework& f) {
    return Writer(f).write();
}

}  // namespace capbridge::framework
