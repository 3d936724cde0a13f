// From checked documents to values: mapping files.
#include <nlohmann/json.hpp>
#include <set>

#include "core/competency/documents.hpp"
#include "core/competency/mapping.hpp"

namespace capbridge::competency {
namespace {

std::vector<std::string> strings(const json& list) {
    return list.get<std::vector<std::string>>();
}

std::vector<Claim> read_claims(const json& claims) {
    std::vector<Claim> out;
    for (const auto& claim : claims) {
        if (get_string(claim, "status", "accepted") != "accepted") continue;  // a suggestion gives nothing
        if (const auto many = claim.find("requirements"); many != claim.end()) {
            for (auto& id : strings(*many)) out.push_back({std::move(id), {}, {}});
        } else {
            out.push_back(
                {get_string(claim, "requirement"), get_string(claim, "topic"), get_string(claim, "level")});
        }
    }
    return out;
}

Mapping read_mapping(const json& m) {
    Mapping out;
    out.id = get_string(m, "id");
    out.learning_item = get_string(m, "learning_item");
    out.claims = read_claims(m.at("claims"));
    out.needs = get_string(m, "needs") == "passed" ? Mapping::Needs::passed : Mapping::Needs::completed;
    if (const auto score = m.find("min_score"); score != m.end()) out.min_score = score->get<double>();
    out.method = get_string(m, "method");
    if (m.contains("valid_for")) out.valid_for = parse_duration(get_string(m, "valid_for"));
    if (m.contains("from")) out.from = parse_day(get_string(m, "from"));
    if (m.contains("until")) out.until = parse_day(get_string(m, "until"));
    if (const auto product = m.find("product"); product != m.end()) {
        out.product = get_string(*product, "name");
        out.product_version = get_string(*product, "version");
    }
    return out;
}

}  // namespace

Result<MappingSet> load_mapping(std::string_view text, const std::string& name,
                                const framework::Framework& framework) {
    CAPBRIDGE_LET(const json document, read_document(text, name));
    const auto problems = check_mapping(document, framework, text);
    if (has_errors(problems)) return fail(problems_error(problems, name));
    MappingSet out;
    out.id = get_string(document, "id");
    out.version = get_string(document, "version");
    out.title = get_string(document, "title");
    out.framework = get_string(document, "framework");
    // An item that has nothing but suggestions, and a mapping without a claim, are not in force yet.
    std::set<std::string> suggested, mapped;
    for (const auto& mapping : document.at("mappings")) {
        auto read = read_mapping(mapping);
        (read.claims.empty() ? suggested : mapped).insert(read.learning_item);
        if (!read.claims.empty()) out.mappings.push_back(std::move(read));
    }
    if (mapped.empty() && !suggested.empty()) {
        return fail("nothing_accepted",
                    "every claim is a suggestion that nobody has accepted: read them, and set the status of "
                    "those that are right to \"accepted\"",
                    name);
    }
    for (const auto& item : document.at("learning_items")) {
        auto id = get_string(item, "id");
        if (suggested.contains(id) && !mapped.contains(id)) continue;
        out.items.push_back({std::move(id), get_string(item, "title"), strings(item.at("activities")),
                             item.value("minutes", 0)});
    }
    return out;
}

}  // namespace capbridge::competency
