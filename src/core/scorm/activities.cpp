#include "core/scorm/activities.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "core/base/text.hpp"
#include "core/xapi/iri.hpp"

namespace capbridge::scorm {
namespace {

using Kind = PackageActivity::Kind;

constexpr std::string_view adl = "http://adlnet.gov/expapi/activities/";
constexpr std::string_view cmi5 = "https://w3id.org/xapi/cmi5/activitytype/";

constexpr std::array kind_names{
    std::pair{Kind::course, std::string_view("course")},
    std::pair{Kind::block, std::string_view("block")},
    std::pair{Kind::module, std::string_view("module")},
    std::pair{Kind::sco, std::string_view("sco")},
    std::pair{Kind::asset, std::string_view("asset")},
    std::pair{Kind::au, std::string_view("au")},
    std::pair{Kind::objective, std::string_view("objective")},
    std::pair{Kind::interaction, std::string_view("interaction")},
};

std::string adl_type(std::string_view name) {
    return std::string(adl).append(name);
}

// What the manifest's title leaves open, the metadata may say: other languages.
void add_languages(Texts& texts, const Texts& more) {
    for (const auto& one : more) {
        if (one.text.empty()) continue;
        const bool known = std::any_of(texts.begin(), texts.end(), [&](const Text& t) {
            // A title without a language that metadata has with one says nothing that it does not.
            return lower_ascii(t.language) == lower_ascii(one.language) || t.text == one.text;
        });
        if (!known) {
            texts.push_back(one);
            continue;
        }
        for (auto& t : texts) {
            if (t.language.empty() && t.text == one.text) t.language = one.language;
        }
    }
}

Texts name_of(const Node& node) {
    Texts out = node.title;
    if (node.metadata) add_languages(out, node.metadata->title);
    return out;
}

Texts description_of(const Node& node) {
    Texts out = node.description;
    if (out.empty() && node.metadata && !node.metadata->descriptions.empty())
        out = node.metadata->descriptions.front();
    return out;
}

class Walk {
public:
    Walk(std::string_view course, std::vector<PackageActivity>& out) : course_(course), out_(out) {}

    void course(const Node& root, const std::optional<Lom>& of_package) {
        PackageActivity activity;
        activity.identifier = root.identifier;
        activity.name = name_of(root);
        activity.description = description_of(root);
        if (of_package) {
            add_languages(activity.name, of_package->title);
            if (activity.description.empty() && !of_package->descriptions.empty())
                activity.description = of_package->descriptions.front();
        }
        activity.kind = Kind::course;
        activity.launch = root.launch;
        if (root.kind == Node::Kind::course) {
            activity.iri = root.identifier;
            activity.type = std::string(cmi5) + "course";
        } else {
            activity.iri = course_;
            activity.type = adl_type("course");
        }
        const auto iri = activity.iri;
        add(std::move(activity));
        inside(root, iri, iri);
    }

    // An organization that is not the default one: a part of the same package.
    void further(const Node& root, const std::string& course) { item(root, course, course, Kind::module); }

private:
    static Kind kind_of(const Node& node) {
        if (node.kind == Node::Kind::block) return Kind::block;
        if (node.kind == Node::Kind::au) return Kind::au;
        if (!node.launches()) return Kind::module;
        return node.scorm_type == "sco" ? Kind::sco : Kind::asset;
    }
    static std::string type_of(Kind kind, const Node& node) {
        switch (kind) {
            case Kind::block:
                return std::string(cmi5) + "block";
            case Kind::au:
                return xapi::is_iri(node.activity_type) ? node.activity_type : adl_type("lesson");
            case Kind::module:
                return adl_type("module");
            case Kind::asset:
                return adl_type("media");
            default:
                return adl_type("lesson");
        }
    }

    void item(const Node& node, const std::string& parent, const std::string& course, Kind kind) {
        const bool keeps_id = node.kind == Node::Kind::block || node.kind == Node::Kind::au;
        PackageActivity activity;
        activity.kind = kind;
        activity.identifier = node.identifier;
        activity.parent = parent;
        activity.type = type_of(kind, node);
        activity.name = name_of(node);
        activity.description = description_of(node);
        activity.launch = node.launch;
        if (node.identifier.empty()) return inside(node, parent, course);  // its parts still have ids
        activity.below = keeps_id ? std::string() : "/" + url_encode(node.identifier);
        activity.iri = keeps_id ? node.identifier : course + activity.below;
        const auto iri = activity.iri;
        add(std::move(activity));
        inside(node, iri, course);
    }

    void inside(const Node& node, const std::string& iri, const std::string& course) {
        const bool keeps_id =
            node.kind == Node::Kind::course || node.kind == Node::Kind::block || node.kind == Node::Kind::au;
        for (const auto& objective : node.objectives) {
            if (objective.id.empty()) continue;
            PackageActivity activity;
            activity.kind = Kind::objective;
            activity.type = adl_type("objective");
            activity.identifier = objective.id;
            activity.parent = iri;
            activity.name = objective.title;
            activity.description = objective.description;
            part(std::move(activity), keeps_id, iri, course, "/objectives/");
        }
        for (const auto& interaction : node.interactions) {
            if (interaction.id.empty()) continue;
            PackageActivity activity;
            activity.kind = Kind::interaction;
            activity.type = adl_type("cmi.interaction");
            activity.identifier = interaction.id;
            activity.parent = iri;
            activity.name = interaction.title;
            // An interaction of an AU has no id of the publisher's: it hangs on the AU's.
            part(std::move(activity), false, iri, course, "/interactions/");
        }
        for (const auto& child : node.children) item(child, iri, course, kind_of(child));
    }

    void part(PackageActivity activity, bool keeps_id, const std::string& iri, const std::string& course,
              std::string_view what) {
        if (keeps_id) {
            activity.iri = activity.identifier;
        } else {
            activity.iri = iri + std::string(what) + url_encode(activity.identifier);
            if (iri.starts_with(course) && course == course_)
                activity.below = activity.iri.substr(course.size());
        }
        add(std::move(activity));
    }

    void add(PackageActivity activity) {
        if (seen_.insert(activity.iri).second) out_.push_back(std::move(activity));
    }

    std::string course_;
    std::vector<PackageActivity>& out_;
    std::unordered_set<std::string> seen_;
};

}  // namespace

std::string_view kind_name(Kind kind) {
    for (const auto& [known, name] : kind_names) {
        if (known == kind) return name;
    }
    return "course";
}

std::optional<Kind> kind_of_name(std::string_view name) {
    for (const auto& [kind, known] : kind_names) {
        if (known == name) return kind;
    }
    return std::nullopt;
}

std::vector<PackageActivity> activities_of(const Structure& structure, std::string_view course_iri) {
    std::vector<PackageActivity> out;
    if (structure.roots.empty()) return out;
    Walk walk(course_iri, out);
    const auto first = std::min(structure.default_root, structure.roots.size() - 1);
    walk.course(structure.roots[first], structure.metadata);
    const std::string course = out.front().iri;
    for (std::size_t i = 0; i < structure.roots.size(); ++i) {
        if (i != first) walk.further(structure.roots[i], course);
    }
    return out;
}

std::string course_iri(std::string_view iri_base, std::string_view key) {
    std::string out(iri_base);
    if (!out.empty() && !out.ends_with('/')) out += '/';
    return out + "packages/" + url_encode(key);
}

}  // namespace capbridge::scorm
