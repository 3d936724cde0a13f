#include "core/competency/package_learning.hpp"

#include <algorithm>
#include <unordered_map>

#include "core/base/text.hpp"
#include "core/base/time.hpp"

namespace capbridge::competency {
namespace {

using scorm::Node;
using scorm::PackageActivity;
using scorm::text_in;
using Kind = PackageActivity::Kind;

constexpr std::size_t most_parts = 5000, most_keywords = 200, most_paths = 200;

bool launches(Kind kind) {
    return kind == Kind::sco || kind == Kind::asset || kind == Kind::au;
}

int minutes_of(const std::string& text) {
    const auto duration = parse_duration(text);
    if (!duration || duration->years != 0 || duration->months != 0) return 0;
    const auto minutes = duration->days * 24 * 60 + duration->ms / 60'000;
    return minutes > 0 && minutes < 100'000 ? static_cast<int>(minutes) : 0;
}

class Parts {
public:
    Parts(const scorm::Structure& structure, const std::string& course_iri)
        : structure_(structure), activities_(scorm::activities_of(structure, course_iri)) {
        if (structure.roots.empty()) return;
        const auto first = std::min(structure.default_root, structure.roots.size() - 1);
        collect(structure.roots[first]);
        for (const auto& root : structure.roots) collect(root);
        for (const auto& activity : activities_) by_iri_.try_emplace(activity.iri, &activity);
    }

    std::vector<PackagePart> list() {
        std::vector<PackagePart> out;
        const auto leaves = std::count_if(activities_.begin(), activities_.end(),
                                          [](const auto& a) { return launches(a.kind); });
        for (const auto& activity : activities_) {
            if (out.size() >= most_parts) break;
            if (activity.kind == Kind::interaction || is_of_cmi5(activity)) continue;
            auto part = part_of(activity);
            if (leaves == 1 && !out.empty() && launches(activity.kind)) {
                join(out.front(), std::move(part));
            } else {
                out.push_back(std::move(part));
            }
        }
        return out;
    }

private:
    void collect(const Node& node) {
        if (!node.identifier.empty()) nodes_.try_emplace(node.identifier, &node);
        for (const auto& objective : node.objectives) {
            if (!objective.title.empty()) objectives_.try_emplace(objective.id, &objective);
        }
        for (const auto& child : node.children) collect(child);
    }

    [[nodiscard]] const Node* node_of(const std::string& identifier) const {
        const auto it = nodes_.find(identifier);
        return it == nodes_.end() ? nullptr : it->second;
    }
    [[nodiscard]] const PackageActivity* activity_at(const std::string& iri) const {
        const auto it = by_iri_.find(iri);
        return it == by_iri_.end() ? nullptr : it->second;
    }
    [[nodiscard]] bool is_of_cmi5(const PackageActivity& activity) const {
        return activity.kind == Kind::objective && activity.iri == activity.identifier;
    }

    PackagePart part_of(const PackageActivity& activity) {
        PackagePart out;
        out.kind = scorm::kind_name(activity.kind);
        out.is_course = activity.kind == Kind::course;
        out.iris = {activity.iri};
        if (out.is_course || !activity.below.empty()) out.below = {activity.below};
        auto& text = out.text;
        text.iri = activity.iri;
        text.title = text_in(activity.name);
        text.description = text_in(activity.description);
        text.context = context_of(activity);
        if (activity.kind == Kind::objective) {
            if (text.title.empty()) text.title = activity.identifier;
            text.names.push_back({activity.identifier, text.title, text.description});
            add_targets(activity, text);
            return out;
        }
        const Node* node = out.is_course ? root() : node_of(activity.identifier);
        if (out.is_course && structure_.metadata) add(*structure_.metadata, out);
        if (node == nullptr) return out;
        if (node->metadata) add(*node->metadata, out);
        const bool keeps = node->kind == Node::Kind::au || node->kind == Node::Kind::block;
        for (const auto& objective : node->objectives) {
            if (!keeps) break;
            const auto said = objectives_.find(objective.id);
            const auto& full = said == objectives_.end() ? objective : *said->second;
            text.names.push_back({objective.id, text_in(full.title), text_in(full.description)});
        }
        return out;
    }

    [[nodiscard]] const Node* root() const {
        return &structure_.roots[std::min(structure_.default_root, structure_.roots.size() - 1)];
    }

    // Titles of what it is part of.
    [[nodiscard]] std::string context_of(const PackageActivity& activity) const {
        std::string out;
        const auto* at = activity_at(activity.parent);
        for (int depth = 0; at != nullptr && depth < 20; ++depth) {
            out += text_in(at->name) + "\n";
            at = activity_at(at->parent);
        }
        if (!activities_.empty() && activity.kind != Kind::course)
            out += text_in(activities_.front().description);
        return out;
    }

    // A global objective (SS 3.10.2) may be named after what it stands for.
    void add_targets(const PackageActivity& activity, LearningText& text) const {
        const auto* parent = activity_at(activity.parent);
        if (parent == nullptr) return;
        const Node* node = parent->kind == Kind::course ? root() : node_of(parent->identifier);
        if (node == nullptr) return;
        for (const auto& objective : node->objectives) {
            if (objective.id != activity.identifier) continue;
            for (const auto& map : objective.maps) {
                if (map.target != objective.id) text.names.push_back({map.target, text.title, {}});
            }
        }
    }

    static void add(const scorm::Lom& lom, PackagePart& out) {
        auto& text = out.text;
        const auto more = [&](const std::string& said) {
            if (!said.empty() && said != text.title && said != text.description) text.more.push_back(said);
        };
        more(text_in(lom.title));
        for (const auto& description : lom.descriptions) {
            if (text.description.empty()) {
                text.description = text_in(description);
            } else {
                more(text_in(description));
            }
        }
        for (const auto& keyword : lom.keywords) add_keywords(text_in(keyword), text);
        for (const auto& classification : lom.classifications) {
            more(text_in(classification.description));
            for (const auto& keyword : classification.keywords) add_keywords(text_in(keyword), text);
            for (const auto& path : classification.paths) {
                if (text.paths.size() >= most_paths) break;
                LearningText::Path one{classification.purpose, text_in(path.source), {}};
                for (const auto& taxon : path.taxons) one.taxons.emplace_back(taxon.id, text_in(taxon.entry));
                text.paths.push_back(std::move(one));
            }
        }
        if (out.minutes == 0) out.minutes = minutes_of(lom.typical_learning_time);
    }

    // Tools write many keywords into one.
    static void add_keywords(const std::string& keywords, LearningText& text) {
        for (const auto& part : split(keywords, ',')) {
            for (const auto& keyword : split(part, ';')) {
                auto one = trim(keyword);
                if (!one.empty() && text.keywords.size() < most_keywords &&
                    std::find(text.keywords.begin(), text.keywords.end(), one) == text.keywords.end())
                    text.keywords.push_back(std::move(one));
            }
        }
    }

    static void join(PackagePart& course, PackagePart leaf) {
        course.iris.push_back(leaf.iris.front());
        course.below.insert(course.below.end(), leaf.below.begin(), leaf.below.end());
        if (course.minutes == 0) course.minutes = leaf.minutes;
        auto& text = course.text;
        const auto append = [](auto& to, auto& from) {
            to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
        };
        if (text.description.empty()) text.description = leaf.text.description;
        for (auto* said : {&leaf.text.title, &leaf.text.description}) {
            if (!said->empty() && *said != text.title && *said != text.description)
                text.more.push_back(std::move(*said));
        }
        append(text.keywords, leaf.text.keywords);
        append(text.names, leaf.text.names);
        append(text.paths, leaf.text.paths);
        append(text.more, leaf.text.more);
    }

    const scorm::Structure& structure_;
    std::vector<PackageActivity> activities_;
    std::unordered_map<std::string, const Node*> nodes_;
    std::unordered_map<std::string, const scorm::Objective*> objectives_;
    std::unordered_map<std::string, const PackageActivity*> by_iri_;
};

}  // namespace

std::vector<PackagePart> parts_of(const scorm::Structure& structure, const std::string& course_iri) {
    if (structure.roots.empty()) return {};
    return Parts(structure, course_iri).list();
}

}  // namespace capbridge::competency
