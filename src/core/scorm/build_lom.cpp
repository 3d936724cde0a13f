// LOM in two spellings: IEEE LOM 1.0 (1484.12.3 binding, all-lower-case values) and IMS MD 1.2.1, which
// SCORM 1.2 uses. Chapters 1 (general), 5 (educational) and 9 (classification).
#include <algorithm>

#include "core/scorm/build_texts.hpp"

namespace capbridge::scorm {
namespace {

using framework::Requirement;

// What differs between the bindings.
struct Binding {
    bool lom_1_0 = false;
    std::string text, language_attribute, taxon_path, learning_time, duration, ns;
};

const Binding ims_md{false,
                     "langstring",
                     "xml:lang",
                     "taxonpath",
                     "typicallearningtime",
                     "datetime",
                     "http://www.imsglobal.org/xsd/imsmd_rootv1p2p1"};
const Binding ieee_lom{true,
                       "string",
                       "language",
                       "taxonPath",
                       "typicalLearningTime",
                       "duration",
                       "http://ltsc.ieee.org/xsd/LOM"};

struct TaxonText {
    std::string id, entry;
};

std::string spaced(std::string id) {
    std::replace(id.begin(), id.end(), '-', ' ');
    return id;
}

class LomWriter {
public:
    LomWriter(XmlText& xml, const PackagePlan& plan, const Binding& binding)
        : xml_(xml), plan_(plan), binding_(binding) {}

    void write(const PlannedPart* part) {
        xml_.open("lom", {{"xmlns", binding_.ns}});
        general(part);
        if (part && part->source->minutes > 0) learning_time(part->source->minutes);
        classification(part ? part->requirements : plan_.requirements);
        xml_.close();
    }

private:
    void text(std::string_view name, std::string_view words, const std::string& language) {
        xml_.open(name);
        xml_.leaf(binding_.text, words, {{binding_.language_attribute, language}});
        xml_.close();
    }

    void general(const PlannedPart* part) {
        xml_.open("general");
        text("title", part ? part->title : plan_.title, plan_.language);
        xml_.leaf("language", plan_.language);
        const auto& description = part ? part->source->description : plan_.request->description;
        if (!description.empty()) text("description", description, plan_.language);
        for (const auto* requirement : part ? part->requirements : plan_.requirements)
            text("keyword", requirement->title, "en");
        xml_.close();
    }

    void learning_time(int minutes) {
        xml_.open("educational");
        xml_.open(binding_.learning_time);
        xml_.leaf(binding_.duration, "PT" + std::to_string(minutes) + "M");
        xml_.close();
        xml_.close();
    }

    // A value of LOM's own vocabulary.
    void vocabulary(std::string_view name, const std::string& value) {
        xml_.open(name);
        if (binding_.lom_1_0) {
            xml_.leaf("source", "LOMv1.0");
            xml_.leaf("value", value);
        } else {
            text("source", "LOMv1.0", "x-none");
            text("value", value, "x-none");
        }
        xml_.close();
    }

    void classification(const std::vector<const Requirement*>& requirements) {
        xml_.open("classification");
        vocabulary("purpose", binding_.lom_1_0 ? "competency" : "Competency");
        for (const auto* requirement : requirements) {
            for (const auto& path : paths_of(*requirement)) taxon_path(path);
        }
        xml_.close();
    }

    // Tier, archetype, factor, topic, requirement: a path for each archetype that the requirement is for, and
    // one without that step when it is for everybody.
    [[nodiscard]] std::vector<std::vector<TaxonText>> paths_of(const Requirement& requirement) const {
        const auto& framework = *plan_.framework;
        std::vector<std::string> archetypes = requirement.archetypes;
        if (archetypes.empty() || archetypes.size() == framework.archetypes.size()) archetypes = {""};
        std::vector<std::vector<TaxonText>> paths;
        for (const auto& archetype : archetypes) {
            auto& path = paths.emplace_back();
            if (!requirement.tier.empty())
                path.push_back({requirement.tier, std::string(tier_title(requirement.tier))});
            if (const int at = framework.archetype_index(archetype); at >= 0)
                path.push_back({archetype, framework.archetypes[static_cast<std::size_t>(at)].name});
            if (const int at = framework.factor_index(requirement.factor); at >= 0)
                path.push_back({requirement.factor, framework.factors[static_cast<std::size_t>(at)].name});
            if (!requirement.topic.empty()) path.push_back({requirement.topic, spaced(requirement.topic)});
            path.push_back({requirement.id, requirement.title});
        }
        return paths;
    }

    void taxon_path(const std::vector<TaxonText>& path) {
        xml_.open(binding_.taxon_path);
        text("source", plan_.framework->iri, "x-none");
        for (const auto& taxon : path) {
            xml_.open("taxon");
            xml_.leaf("id", taxon.id);
            text("entry", taxon.entry, "en");
            if (binding_.lom_1_0) xml_.close();  // one after the other; IMS MD puts each into the one before
        }
        if (!binding_.lom_1_0) {
            for (std::size_t i = 0; i < path.size(); ++i) xml_.close();
        }
        xml_.close();
    }

    XmlText& xml_;
    const PackagePlan& plan_;
    const Binding& binding_;
};

}  // namespace

void write_lom(XmlText& xml, const PackagePlan& plan, const PlannedPart* part) {
    LomWriter(xml, plan, plan.format == Format::scorm_1_2 ? ims_md : ieee_lom).write(part);
}

std::string lom_file(const PackagePlan& plan, const PlannedPart* part) {
    if (plan.format != Format::scorm_2004_3) return {};
    return part ? "capbridge-lom-" + part->identifier + ".xml" : "capbridge-lom.xml";
}

std::string lom_document(const PackagePlan& plan, const PlannedPart* part) {
    XmlText xml;
    write_lom(xml, plan, part);
    return xml.take();
}

}  // namespace capbridge::scorm
