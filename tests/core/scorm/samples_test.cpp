// All sample packages against the facts that another program found in them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/files.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/scorm/inspect.hpp"

namespace capbridge::scorm {
namespace {

std::set<std::string> codes(const Inspection& inspection) {
    std::set<std::string> out;
    for (const auto& finding : inspection.findings) out.insert(finding.code);
    return out;
}

// Its inline LOM is valid by the LOM schemas that the package brings along; the facts were taken with a set
// that has none, where any LOM is a breach.
bool needs_the_schemas(const std::string& file, const std::string& warning) {
    return file == "2004-3-golf-metadata.zip" && warning == "schema_invalid";
}

void check_verdict(const std::string& file, const json& expected, const Inspection& found) {
    const auto& reject = expected["must_reject"];
    if (reject.is_boolean()) {
        EXPECT_EQ(found.accepted, !reject.get<bool>());
    }
    const auto all = codes(found);
    if (expected["reject_code"].is_string()) {
        EXPECT_TRUE(all.count(expected["reject_code"].get<std::string>())) << expected["reject_code"];
    }
    for (const std::string warning : expected["warnings"]) {
        if (needs_the_schemas(file, warning) || found.format == "cmi5") continue;
        EXPECT_TRUE(all.count(warning)) << warning;
    }
    if (expected.value("xsd_valid", false)) {
        EXPECT_FALSE(all.count("schema_invalid") || all.count("cmi5_schema_invalid"));
    }
}

std::string text_or_empty(const json& value) {
    return value.is_string() ? value.get<std::string>() : std::string{};
}

void visit(const Node& node, std::size_t depth, const std::function<void(const Node&, std::size_t)>& see) {
    see(node, depth);
    for (const auto& child : node.children) visit(child, depth + 1, see);
}

std::size_t count(const Data& data, std::string_view name) {
    std::size_t n = data.name == name ? 1 : 0;
    for (const auto& child : data.children) n += count(child, name);
    return n;
}

// An objective of expected.json beside the one of the tree.
void check_objective(const json& expected, const Objective& found) {
    EXPECT_EQ(found.id, trim(text_or_empty(expected["id"])));
    EXPECT_EQ(found.primary, expected["primary"].get<bool>());
    EXPECT_EQ(found.satisfied_by_measure, expected["satisfied_by_measure"].get<bool>());
    const auto& measure = expected["min_normalized_measure"];
    EXPECT_EQ(found.min_normalized_measure.has_value(), !measure.is_null());
    if (found.min_normalized_measure) {
        EXPECT_DOUBLE_EQ(*found.min_normalized_measure,
                         measure.is_string() ? std::stod(measure.get<std::string>()) : measure.get<double>());
    }
}

void check_item(const json& expected, const Node& node) {
    SCOPED_TRACE(node.identifier);
    const auto written = [&](const char* member) {
        return trim(expected[member].value(node.identifier, ""));
    };
    // In 2004 a time limit may also come from limitConditions.
    if (!node.sequencing) {
        EXPECT_EQ(node.max_time_allowed, written("max_time_allowed"));
    }
    EXPECT_EQ(node.time_limit_action, written("time_limit_action"));
    EXPECT_EQ(node.data_from_lms, written("data_from_lms"));
    EXPECT_EQ(node.prerequisites, written("prerequisites"));
    const auto& thresholds = expected["completion_thresholds"];
    EXPECT_EQ(node.completion_threshold.has_value(), thresholds.contains(node.identifier));
    if (node.completion_threshold && thresholds.contains(node.identifier)) {
        const auto& threshold = thresholds[node.identifier];
        EXPECT_EQ(node.completion_threshold->by_measure,
                  threshold.value("completedByMeasure", "false") == "true");
        for (const auto& [name, value] :
             {std::pair{"minProgressMeasure", node.completion_threshold->min_progress},
              std::pair{"progressWeight", node.completion_threshold->progress_weight}}) {
            EXPECT_EQ(value.has_value(), threshold.contains(name)) << name;
            if (value && threshold.contains(name)) {
                EXPECT_DOUBLE_EQ(*value, std::stod(threshold[name].get<std::string>()));
            }
        }
    }
    std::vector<json> own;
    for (const auto& objective : expected["objectives"]) {
        if (objective["owner"] == node.identifier) own.push_back(objective);
    }
    if (own.empty()) return;  // it may have those of a collection
    ASSERT_EQ(node.objectives.size(), own.size());
    for (std::size_t i = 0; i < own.size(); ++i) check_objective(own[i], node.objectives[i]);
}

// Every fact of expected.json that is in the tree.
void check_tree(const json& expected, const Inspection& found) {
    std::size_t items = 0, in_used = 0, depth = 0, launchable = 0;
    std::vector<std::string> ids, titles;
    std::set<std::string> targets, kinds;
    const Node* first = nullptr;
    const auto& roots = found.structure.roots;
    for (std::size_t i = 0; i < roots.size(); ++i) {
        visit(roots[i], 0, [&](const Node& node, std::size_t at) {
            check_item(expected, node);
            for (const auto& objective : node.objectives) {
                for (const auto& map : objective.maps) targets.insert(map.target);
            }
            if (node.sequencing) {
                for (const auto* name : {"controlMode", "sequencingRules", "limitConditions", "rollupRules",
                                         "rollupConsiderations", "randomizationControls", "deliveryControls",
                                         "constrainedChoiceConsiderations", "objectives", "mapInfo"}) {
                    if (count(*node.sequencing, name)) kinds.insert(name);
                }
            }
            if (!node.hide_lms_ui.empty()) kinds.insert("hideLMSUI");
            if (node.completion_threshold) kinds.insert("completionThreshold");
            if (node.kind != Node::Kind::item) return;
            ++items;
            if (i != found.structure.default_root) return;
            ++in_used;
            depth = std::max(depth, at);
            launchable += node.launches();
            if (node.launches() && !first) first = &node;
            if (ids.size() < 3) {
                ids.push_back(node.identifier);
                titles.push_back(node.title.empty() ? std::string{} : node.title.front().text);
            }
        });
    }
    EXPECT_EQ(items, expected["items"].get<std::size_t>());
    EXPECT_EQ(in_used, expected["items_in_used_organization"].get<std::size_t>());
    EXPECT_EQ(depth, expected["max_depth"].get<std::size_t>());
    EXPECT_EQ(launchable, expected["launchable_items"].get<std::size_t>());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        EXPECT_EQ(ids[i], trim(text_or_empty(expected["item_ids_first3"][i])));
        EXPECT_EQ(titles[i], text_or_empty(expected["item_titles_first3"][i]));
    }
    for (const std::string target : expected["global_objective_ids"])
        EXPECT_TRUE(targets.count(target)) << target;
    for (const std::string kind : expected["sequencing"]) {
        // Prerequisites and mastery scores are checked above; the collection is resolved into the items.
        if (kind == "sequencingCollection" || kind == "prerequisites" || kind == "masteryscore") continue;
        EXPECT_TRUE(kinds.count(kind)) << kind;
    }
    const auto& launch = expected["launch_first"];
    EXPECT_EQ(first != nullptr, launch.is_object());
    if (first && launch.is_object()) {
        EXPECT_EQ(first->identifier, trim(text_or_empty(launch["item"])));
        EXPECT_EQ(first->resource, trim(text_or_empty(launch["resource"])));
        EXPECT_EQ(first->scorm_type, text_or_empty(launch["type"]));
        std::string href = text_or_empty(launch["href"]);
        std::replace(href.begin(), href.end(), '\\', '/');
        EXPECT_EQ(first->launch, href);
        EXPECT_EQ(first->parameters, text_or_empty(launch["parameters"]));
    }
}

void check_scorm(const json& expected, const Inspection& found) {
    check_tree(expected, found);
    EXPECT_EQ(found.identifier,
              expected["manifest_id"].is_string() ? expected["manifest_id"].get<std::string>() : "");
    ASSERT_EQ(found.organizations.size(), expected["organizations"].get<std::size_t>());
    for (std::size_t i = 0; i < found.organizations.size(); ++i) {
        const auto& id = expected["organization_ids"][i];
        EXPECT_EQ(found.organizations[i].identifier, id.is_string() ? id.get<std::string>() : "");
    }
    const auto& title = expected["organization_title"];
    EXPECT_EQ(found.title, title.is_string() ? title.get<std::string>() : "");
    std::set<std::string> resources, items;
    for (const auto& sco : found.scos) {
        resources.insert(sco.resource);
        items.insert(sco.identifier);
        const auto& scores = expected["mastery_scores"];
        const std::string written = scores.value(sco.identifier, "");
        if (written.empty()) {
            EXPECT_FALSE(sco.mastery_score);
        } else {
            ASSERT_TRUE(sco.mastery_score);
            EXPECT_DOUBLE_EQ(*sco.mastery_score, std::stod(written));
        }
        std::vector<std::string> own;
        for (const auto& objective : expected["objectives"]) {
            if (objective["owner"] == sco.identifier && objective["id"].is_string())
                own.push_back(objective["id"]);
        }
        if (!own.empty()) {
            EXPECT_EQ(sco.objectives, own) << sco.identifier;
        }
        for (const auto& id : sco.objectives) {
            EXPECT_NE(std::find(expected["objective_ids"].begin(), expected["objective_ids"].end(), id),
                      expected["objective_ids"].end());
        }
    }
    // A SCO without an href is counted there, but launches nothing.
    if (expected["reject_code"] != "nothing_to_launch") {
        EXPECT_EQ(resources.size(), expected["sco_resources_referenced"].get<std::size_t>());
    }
    if (const auto& first = expected["launch_first"]; first.is_object() && first["type"] == "sco") {
        const auto sco = std::find_if(found.scos.begin(), found.scos.end(), [&](const Sco& s) {
            return s.identifier == first["item"].get<std::string>();
        });
        ASSERT_NE(sco, found.scos.end());
        EXPECT_EQ(sco->href, first["href"].get<std::string>());
        EXPECT_EQ(sco->parameters,
                  first["parameters"].is_string() ? first["parameters"].get<std::string>() : "");
        EXPECT_EQ(sco->resource, first["resource"].get<std::string>());
    }
    const auto all = codes(found);
    EXPECT_EQ(all.count("dangling_identifierref") != 0, !expected["dangling_identifierrefs"].empty());
    EXPECT_EQ(all.count("missing_files") != 0, expected["missing_files"].get<int>() != 0);
    EXPECT_EQ(all.count("launch_file_missing") != 0, expected["launch_files_missing"].get<int>() != 0);
}

void check_cmi5(const json& expected, const Inspection& found) {
    EXPECT_EQ(found.identifier, expected["course_id"].get<std::string>());
    EXPECT_EQ(found.title, expected["course_title"].get<std::string>());
    ASSERT_EQ(found.aus.size(), expected["au_count"].get<std::size_t>());
    for (std::size_t i = 0; i < expected["aus"].size(); ++i) {
        const auto& au = expected["aus"][i];
        EXPECT_EQ(found.aus[i].id, au["id"].get<std::string>());
        EXPECT_EQ(found.aus[i].title, au["title"].get<std::string>());
        EXPECT_EQ(found.aus[i].url, au["url"].get<std::string>());
        EXPECT_EQ(found.aus[i].move_on, au["moveOn"].get<std::string>());
        EXPECT_EQ(found.aus[i].mastery_score.has_value(), !au["masteryScore"].is_null());
        if (found.aus[i].mastery_score) {
            EXPECT_DOUBLE_EQ(*found.aus[i].mastery_score, au["masteryScore"].get<double>());
        }
        EXPECT_EQ(found.aus[i].objectives, au["objective_refs"].get<std::vector<std::string>>());
    }
    std::vector<const Node*> units;
    std::vector<std::string> blocks;
    ASSERT_EQ(found.structure.roots.size(), 1u);
    const auto& course = found.structure.roots[0];
    visit(course, 0, [&](const Node& node, std::size_t) {
        if (node.kind == Node::Kind::au) units.push_back(&node);
        if (node.kind == Node::Kind::block) blocks.push_back(node.identifier);
    });
    EXPECT_EQ(blocks, expected["block_ids"].get<std::vector<std::string>>());
    std::vector<std::string> objectives;
    for (const auto& objective : course.objectives) objectives.push_back(objective.id);
    EXPECT_EQ(objectives, expected["objective_ids"].get<std::vector<std::string>>());
    for (std::size_t i = 0; i < expected["aus"].size(); ++i) {
        const auto& au = expected["aus"][i];
        EXPECT_EQ(units[i]->launch_method, au["launchMethod"].get<std::string>());
        EXPECT_EQ(units[i]->activity_type, text_or_empty(au["activityType"]));
        EXPECT_EQ(units[i]->launch_parameters, text_or_empty(au["launchParameters"]));
        EXPECT_EQ(units[i]->entitlement_key, text_or_empty(au["entitlementKey"]));
    }
}

TEST(Samples, GiveTheExpectedFacts) {
    const char* shared = std::getenv("CAPBRIDGE_SHARED");
    if (!shared) {
        GTEST_SKIP() << "CAPBRIDGE_SHARED is not set: point it at the folder that holds samples/scorm.";
    }
    const auto folder = std::filesystem::path(shared) / "samples" / "scorm";
    const auto text = read_file(folder / "expected.json");
    ASSERT_TRUE(text);
    const auto document = parse_json(*text);
    ASSERT_TRUE(document);
    std::size_t exact = 0;
    for (const auto& [file, expected] : (*document)["files"].items()) {
        SCOPED_TRACE(file);
        const auto bytes = read_file(folder / file);
        ASSERT_TRUE(bytes);
        const auto found = inspect(MemorySource(*bytes));
        const auto before =
            testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count();
        EXPECT_EQ(found.bytes, expected["bytes"].get<std::uint64_t>());
        EXPECT_EQ(found.sha256, expected["sha256"].get<std::string>());
        EXPECT_EQ(found.format, expected.value("format", ""));
        EXPECT_EQ(found.version, expected.value("version", ""));
        if (expected.contains("entries")) {
            EXPECT_EQ(found.entries, expected["entries"].get<std::size_t>());
        }
        if (expected.contains("manifest") && expected["manifest"].is_string()) {
            EXPECT_EQ(found.manifest, expected["manifest"].get<std::string>());
        }
        check_verdict(file, expected, found);
        if (expected.value("format", "") == "scorm") check_scorm(expected, found);
        if (expected.value("format", "") == "cmi5") check_cmi5(expected, found);
        if (testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count() == before)
            ++exact;
    }
    RecordProperty("exact", static_cast<int>(exact));
    std::cout << exact << " of " << (*document)["files"].size() << " samples exact\n";
}

}  // namespace
}  // namespace capbridge::scorm
