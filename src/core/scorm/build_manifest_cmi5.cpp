// cmi5.xml: the course structure (cmi5 1.0, section 13). cmi5 has no sequencing, so foundational AUs stand
// first, in blocks by tier. LOM is an extension at the end of the course and of each AU, where the schema
// leaves room for one.
#include "core/scorm/build_texts.hpp"

namespace capbridge::scorm {
namespace {

class CourseStructure {
public:
    explicit CourseStructure(const PackagePlan& plan) : plan_(plan) {}

    std::string write() {
        xml_.open("courseStructure",
                  {{"xmlns", "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"}});
        xml_.open("course", {{"id", plan_.iri}});
        const auto& description = plan_.request->description;
        texts(plan_.title, description.empty() ? plan_.title : description, plan_.language);
        write_lom(xml_, plan_, nullptr);
        xml_.close();
        xml_.open("objectives");
        for (const auto* requirement : plan_.requirements) {
            xml_.open("objective", {{"id", objective_id(plan_, *requirement)}});
            const auto& statement = requirement->statement;
            texts(requirement->title, statement.empty() ? requirement->title : statement, "en");
            xml_.close();
        }
        xml_.close();
        std::string tier;
        for (const auto& part : plan_.parts) {
            if (plan_.has_tiers() && part.tier != tier) {
                if (!tier.empty()) xml_.close();
                tier = part.tier;
                xml_.open("block", {{"id", plan_.iri + "/" + tier}});
                texts(tier_title(tier), tier_title(tier), "en");
            }
            au(part);
        }
        return xml_.take();
    }

private:
    void texts(std::string_view title, std::string_view description, const std::string& language) {
        for (const auto& [name, text] : {std::pair{"title", title}, std::pair{"description", description}}) {
            xml_.open(name);
            xml_.leaf("langstring", text, {{"lang", language}});
            xml_.close();
        }
    }

    void au(const PlannedPart& part) {
        const auto score = part.source->mastery_score;
        XmlText::Attributes attributes{{"id", part.iri}, {"moveOn", score ? "Passed" : "Completed"}};
        if (score) attributes.emplace_back("masteryScore", number_text(*score));
        attributes.emplace_back("launchMethod", "AnyWindow");
        attributes.emplace_back("activityType", "http://adlnet.gov/expapi/activities/lesson");
        xml_.open("au", attributes);
        const auto& description = part.source->description;
        texts(part.title, description.empty() ? part.title : description, plan_.language);
        xml_.open("objectives");
        for (const auto* requirement : part.requirements)
            xml_.empty("objective", {{"idref", objective_id(plan_, *requirement)}});
        xml_.close();
        xml_.leaf("url", href_of(part.launch));
        write_lom(xml_, plan_, &part);
        xml_.close();
    }

    const PackagePlan& plan_;
    XmlText xml_;
};

}  // namespace

std::string course_structure(const PackagePlan& plan) {
    return CourseStructure(plan).write();
}

}  // namespace capbridge::scorm
