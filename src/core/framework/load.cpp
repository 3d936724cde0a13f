// From a framework document to a Framework, and back to the document of `framework export`.
#include <nlohmann/json.hpp>

#include "core/base/embedded.hpp"
#include "core/framework/framework.hpp"

namespace capbridge::framework {
namespace {

std::vector<std::string> strings(const json& object, const char* member) {
    std::vector<std::string> out;
    if (const auto it = object.find(member); it != object.end() && it->is_array()) {
        for (const auto& item : *it) {
            if (item.is_string()) out.push_back(item.get<std::string>());
        }
    }
    return out;
}

const json& list(const json& object, const char* member) {
    static const json none = json::array();
    const auto it = object.find(member);
    return it == object.end() ? none : *it;
}

Kind kind_of(const json& object) {
    return get_string(object, "kind") == "skill" ? Kind::skill : Kind::knowledge;
}

Requirement requirement_of(const json& r) {
    Requirement out;
    out.id = get_string(r, "id");
    out.table = get_string(r, "table");
    out.ordinal = r.value("ordinal", 0);
    out.tier = get_string(r, "tier");
    out.archetypes = strings(r, "archetypes");
    out.group = get_string(r, "group");
    out.factor = get_string(r, "factor");
    out.kind = kind_of(r);
    out.level = get_string(r, "level");
    out.topic = get_string(r, "topic");
    out.title = get_string(r, "title");
    out.statement = get_string(r, "statement");
    out.source_line = r.value("source_line", 0);
    out.flags = strings(r, "flags");
    out.equivalent_to = strings(r, "equivalent_to");
    return out;
}

Framework read(const json& d) {
    Framework f;
    f.id = get_string(d, "id");
    f.version = get_string(d, "version");
    f.iri = get_string(d, "iri");
    f.title = get_string(d, "title");
    for (const auto& a : list(d, "archetypes")) {
        f.archetypes.push_back({get_string(a, "id"), get_string(a, "name"), get_string(a, "definition"),
                                strings(a, "responsibilities")});
    }
    for (const auto& g : list(d, "groups")) f.groups.push_back({get_string(g, "id"), get_string(g, "name")});
    for (const auto& x : list(d, "factors"))
        f.factors.push_back({get_string(x, "id"), get_string(x, "name"), get_string(x, "group")});
    for (const auto& l : list(d, "levels")) {
        f.levels.push_back({get_string(l, "id"), get_string(l, "name"), kind_of(l), l.value("rank", 0),
                            strings(l, "implies")});
    }
    if (d.contains("applicability")) {
        for (const auto& [archetype, factors] : d.at("applicability").items()) {
            f.applicability[archetype] = factors.get<std::vector<std::string>>();
        }
    }
    for (const auto& r : list(d, "requirements")) f.requirements.push_back(requirement_of(r));
    for (const auto& q : list(d, "questions")) {
        f.questions.push_back({get_string(q, "id"), get_string(q, "table"), q.value("ordinal", 0),
                               get_string(q, "archetype"), get_string(q, "factor"), get_string(q, "title"),
                               q.value("source_line", 0)});
    }
    for (const auto& x : list(d, "former"))
        f.former.push_back({get_string(x, "id"), strings(x, "replaced_by"), get_string(x, "why")});
    f.index();
    return f;
}

ordered_json text_or_null(const std::string& text) {
    return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}
const char* kind_text(Kind kind) {
    return kind == Kind::skill ? "skill" : "knowledge";
}

}  // namespace

Result<Framework> load_framework(std::string_view text, const std::string& name) {
    auto document = parse_json(text);
    if (!document) {
        auto error = document.error();
        error.where = name;
        return fail(std::move(error));
    }
    const auto problems = check_framework(*document, text);
    if (has_errors(problems)) return fail(problems_error(problems, name));
    return read(*document);
}

Result<std::string_view> shipped_framework(std::string_view id) {
    if (const auto* file = find_embedded(embedded_config(), "frameworks/" + std::string(id) + ".json"))
        return file->bytes;
    std::string known;
    for (const auto& other : shipped_frameworks()) known += (known.empty() ? "" : ", ") + other;
    return fail("not_found", "there is no framework '" + std::string(id) + "'; known are: " + known);
}

std::vector<std::string> shipped_frameworks() {
    std::vector<std::string> ids;
    for (const auto& file : embedded_config()) {
        if (file.path.starts_with("frameworks/") && file.path.ends_with(".json")) {
            ids.emplace_back(file.path.substr(11, file.path.size() - 16));
        }
    }
    return ids;
}

ordered_json export_framework(const Framework& f) {
    ordered_json out;
    out["id"] = f.id;
    out["version"] = f.version;
    out["archetypes"] = ordered_json::array();
    for (const auto& a : f.archetypes) {
        out["archetypes"].push_back({{"id", a.id},
                                     {"name", a.name},
                                     {"definition", a.definition},
                                     {"responsibilities", a.responsibilities}});
    }
    out["groups"] = ordered_json::array();
    for (const auto& g : f.groups) out["groups"].push_back({{"id", g.id}, {"name", g.name}});
    out["factors"] = ordered_json::array();
    for (const auto& x : f.factors)
        out["factors"].push_back({{"id", x.id}, {"name", x.name}, {"group", text_or_null(x.group)}});
    out["levels"] = ordered_json::array();
    for (const auto& l : f.levels) {
        out["levels"].push_back(
            {{"id", l.id}, {"kind", kind_text(l.kind)}, {"rank", l.rank}, {"implies", l.implies}});
    }
    out["applicability"] = ordered_json::object();
    for (const auto& a : f.archetypes) {
        if (const auto it = f.applicability.find(a.id); it != f.applicability.end())
            out["applicability"][a.id] = it->second;
    }
    out["requirements"] = ordered_json::array();
    for (const auto& r : f.requirements) {
        out["requirements"].push_back({{"id", r.id},
                                       {"table", r.table},
                                       {"ordinal", r.ordinal},
                                       {"tier", r.tier},
                                       {"archetypes", r.archetypes},
                                       {"group", text_or_null(r.group)},
                                       {"factor", text_or_null(r.factor)},
                                       {"kind", kind_text(r.kind)},
                                       {"level", text_or_null(r.level)},
                                       {"topic", r.topic},
                                       {"title", r.title},
                                       {"statement", r.statement},
                                       {"source_line", r.source_line},
                                       {"flags", r.flags}});
        if (!r.equivalent_to.empty()) out["requirements"].back()["equivalent_to"] = r.equivalent_to;
    }
    out["questions"] = ordered_json::array();
    for (const auto& q : f.questions) {
        out["questions"].push_back({{"id", q.id},
                                    {"table", q.table},
                                    {"ordinal", q.ordinal},
                                    {"archetype", q.archetype},
                                    {"factor", q.factor},
                                    {"title", q.title},
                                    {"source_line", q.source_line}});
    }
    if (!f.former.empty()) out["former"] = ordered_json::array();
    for (const auto& x : f.former)
        out["former"].push_back({{"id", x.id}, {"replaced_by", x.replaced_by}, {"why", text_or_null(x.why)}});
    return out;
}

}  // namespace capbridge::framework
