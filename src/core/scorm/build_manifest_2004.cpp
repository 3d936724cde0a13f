// imsmanifest.xml of SCORM 2004, 3rd and 4th edition (CAM, 3.4 and 5.1), with IMS Simple Sequencing.
//
// Foundational before advanced: each foundational SCO writes that it is done to an objective that is global
// to the package, and the cluster of the advanced ones reads them; until all are known and satisfied, a
// precondition keeps the advanced cluster disabled for choice and flow alike. (A rule on "not satisfied"
// alone would not do: while nobody knows, IMS SS evaluates it to unknown, and the rule does not fire. And it
// is the SCOs that write, not their cluster: some players hold back what a cluster says until the learner has
// left it.)
//
// The wrapper says "done" through an objective of its own, when the SCO is passed or, without a mastery
// score, completed; a SCO that was only read must not count as passed. Pages with an API of their own do not
// know that objective, so there the primary one is written; without a mastery score the player satisfies it
// when an attempt ends.
#include <optional>

#include "core/scorm/build_texts.hpp"
#include "core/scorm/interactions.hpp"

namespace capbridge::scorm {
namespace {

constexpr std::string_view foundation =
    "foundation";  // id of the local objectives that meet in the global one

class Manifest2004 {
public:
    explicit Manifest2004(const PackagePlan& plan)
        : plan_(plan), is_4th_(plan.format == Format::scorm_2004_4) {}

    std::string write() {
        xml_.open("manifest", {{"identifier", plan_.identifier},
                               {"version", "1"},
                               {"xmlns", "http://www.imsglobal.org/xsd/imscp_v1p1"},
                               {"xmlns:adlcp", "http://www.adlnet.org/xsd/adlcp_v1p3"},
                               {"xmlns:adlseq", "http://www.adlnet.org/xsd/adlseq_v1p3"},
                               {"xmlns:imsss", "http://www.imsglobal.org/xsd/imsss"}});
        xml_.open("metadata");
        xml_.leaf("schema", "ADL SCORM");
        xml_.leaf("schemaversion", is_4th_ ? "2004 4th Edition" : "2004 3rd Edition");
        lom(nullptr);
        xml_.close();
        organization();
        resources();
        return xml_.take();
    }

private:
    // The schema of the 3rd edition admits only what it knows, and it does not know LOM.
    void lom(const PlannedPart* part) {
        const auto file = lom_file(plan_, part);
        if (file.empty()) {
            write_lom(xml_, plan_, part);
        } else {
            xml_.leaf("adlcp:location", file);
        }
    }

    void organization() {
        xml_.open("organizations", {{"default", "organization-1"}});
        // Not global to the system: what one package unlocks must not depend on what else a learner did.
        xml_.open("organization",
                  {{"identifier", "organization-1"}, {"adlseq:objectivesGlobalToSystem", "false"}});
        xml_.leaf("title", plan_.title);
        if (plan_.has_tiers()) {
            for (std::size_t from = 0; from < plan_.parts.size();) {
                std::size_t to = from;
                while (to < plan_.parts.size() && plan_.parts[to].tier == plan_.parts[from].tier) ++to;
                cluster(from, to);
                from = to;
            }
        } else {
            for (const auto& part : plan_.parts) item(part);
        }
        xml_.open("imsss:sequencing");
        control_mode();
        xml_.close();
        xml_.close();
        xml_.close();
    }

    void control_mode() { xml_.empty("imsss:controlMode", {{"choice", "true"}, {"flow", "true"}}); }

    void cluster(std::size_t from, std::size_t to) {
        const auto& tier = plan_.parts[from].tier;
        xml_.open("item", {{"identifier", tier}});
        xml_.leaf("title", tier_title(tier));
        for (std::size_t i = from; i < to; ++i) item(plan_.parts[i]);
        xml_.open("imsss:sequencing");
        control_mode();
        if (plan_.locks_advanced() && tier == tier_advanced) wait_for_foundation();
        xml_.close();
        xml_.close();
    }

    void wait_for_foundation() {
        std::vector<std::string> awaited;
        for (const auto& part : plan_.parts) {
            if (part.tier == tier_foundational) awaited.push_back(done_objective(plan_, part));
        }
        xml_.open("imsss:sequencingRules");
        xml_.open("imsss:preConditionRule");
        xml_.open("imsss:ruleConditions", {{"conditionCombination", "any"}});
        for (const auto& id : awaited) {
            for (const char* condition : {"satisfied", "objectiveStatusKnown"})
                xml_.empty("imsss:ruleCondition",
                           {{"referencedObjective", id}, {"operator", "not"}, {"condition", condition}});
        }
        xml_.close();
        xml_.empty("imsss:ruleAction", {{"action", "disabled"}});
        xml_.close();
        xml_.close();
        xml_.open("imsss:objectives");
        xml_.empty("imsss:primaryObjective");
        for (const auto& id : awaited) {
            xml_.open("imsss:objective", {{"objectiveID", id}});
            map_info(id, false);
            xml_.close();
        }
        xml_.close();
    }

    void map_info(const std::string& id, bool writes) {
        xml_.empty("imsss:mapInfo", {{"targetObjectiveID", id},
                                     {"readSatisfiedStatus", writes ? "false" : "true"},
                                     {"readNormalizedMeasure", "false"},
                                     {"writeSatisfiedStatus", writes ? "true" : "false"},
                                     {"writeNormalizedMeasure", "false"}});
    }

    void item(const PlannedPart& part) {
        xml_.open("item", {{"identifier", part.identifier}, {"identifierref", part.resource}});
        xml_.leaf("title", part.title);
        xml_.open("metadata");
        lom(&part);
        xml_.close();
        xml_.open("imsss:sequencing");
        xml_.open("imsss:objectives");
        const auto done = done_objective(plan_, part);
        const bool by_primary = !done.empty() && part.source->own_api;
        primary_objective(part.source->mastery_score, by_primary ? done : "");
        for (const auto* requirement : part.requirements)
            xml_.empty("imsss:objective", {{"objectiveID", objective_id(plan_, *requirement)}});
        if (!done.empty() && !by_primary) {
            xml_.open("imsss:objective", {{"objectiveID", done}});
            map_info(done, true);
            xml_.close();
        }
        xml_.close();
        const bool by_player = by_primary && !part.source->mastery_score;
        xml_.empty("imsss:deliveryControls", {{"completionSetByContent", "true"},
                                              {"objectiveSetByContent", by_player ? "false" : "true"}});
        xml_.close();
        xml_.close();
    }

    // It stands for the SCO as a whole and for no requirement, so it needs an id only to be mapped.
    void primary_objective(const std::optional<double>& score, const std::string& done) {
        if (!score && done.empty()) return xml_.empty("imsss:primaryObjective");
        XmlText::Attributes attributes;
        if (score) attributes.emplace_back("satisfiedByMeasure", "true");
        if (!done.empty()) attributes.emplace_back("objectiveID", done);
        xml_.open("imsss:primaryObjective", attributes);
        if (score) xml_.leaf("imsss:minNormalizedMeasure", number_text(*score));
        if (!done.empty()) map_info(done, true);
        xml_.close();
    }

    void resources() {
        xml_.open("resources");
        for (const auto& part : plan_.parts) {
            xml_.open("resource", {{"identifier", part.resource},
                                   {"type", "webcontent"},
                                   {"adlcp:scormType", "sco"},
                                   {"href", href_of(part.launch)}});
            for (const auto& file : part.files) xml_.empty("file", {{"href", href_of(file)}});
            xml_.empty("dependency", {{"identifierref", "resource-facts"}});
            xml_.close();
        }
        xml_.open("resource",
                  {{"identifier", "resource-facts"}, {"type", "webcontent"}, {"adlcp:scormType", "asset"}});
        xml_.empty("file", {{"href", std::string(capbridge_file)}});
        xml_.close();
    }

    const PackagePlan& plan_;
    bool is_4th_;
    XmlText xml_;
};

}  // namespace

std::string manifest_2004(const PackagePlan& plan) {
    return Manifest2004(plan).write();
}

}  // namespace capbridge::scorm
