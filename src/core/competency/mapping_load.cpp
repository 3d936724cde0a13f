// From checked documents to values: mapping files, the policy, deployments.
#include <array>
#include <nlohmann/json.hpp>

#include "core/base/embedded.hpp"
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

constexpr std::array kinds{EvidenceKind::completed, EvidenceKind::passed, EvidenceKind::observed,
                           EvidenceKind::attested, EvidenceKind::self};

enum class UnknownLevel { refuse, pass_over };

Result<Policy> read_policy(std::string_view text, const std::string& name,
                           const framework::Framework& framework, UnknownLevel unknown) {
    CAPBRIDGE_LET(const json document, read_document(text, name));
    auto problems = check_shape(document, "schemas/policy.schema.json", text);
    if (has_errors(problems)) return fail(problems_error(problems, name));
    Policy out;
    out.id = get_string(document, "id");
    out.version = get_string(document, "version");
    out.amber_days = document.at("amber_days").get<int>();
    const auto refuse = [&](const char* code, const std::string& pointer, std::string message) {
        problems.push_back({Problem::Severity::error, code, pointer, std::move(message), 0});
    };
    for (const auto kind : kinds) {
        const auto& caps = document.at("caps");
        const auto cap = caps.find(std::string(competency::text(kind)));
        if (cap == caps.end()) continue;
        for (const auto* side : {"knowledge", "skill"}) {
            const auto id = get_string(*cap, side);
            if (id.empty()) continue;
            const auto pointer = "/caps/" + std::string(competency::text(kind)) + "/" + side;
            const auto* level = framework.level(id);
            const bool skill = std::string_view(side) == "skill";
            if (level == nullptr) {
                if (unknown == UnknownLevel::refuse) {
                    refuse("unknown_level", pointer,
                           "the framework " + framework.id + " has no level '" + id + "'");
                }
            } else if ((level->kind == framework::Kind::skill) != skill) {
                refuse("level_kind", pointer, "'" + id + "' is no level of " + side);
            } else {
                out.highest[kind].push_back(id);
            }
        }
    }
    locate(problems, text);
    if (has_errors(problems)) return fail(problems_error(problems, name));
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
    for (const auto& item : document.at("learning_items")) {
        out.items.push_back({get_string(item, "id"), get_string(item, "title"),
                             strings(item.at("activities")), item.value("minutes", 0)});
    }
    for (const auto& mapping : document.at("mappings")) out.mappings.push_back(read_mapping(mapping));
    return out;
}

Result<Policy> load_policy(std::string_view text, const std::string& name,
                           const framework::Framework& framework) {
    return read_policy(text, name, framework, UnknownLevel::refuse);
}

Result<Policy> default_policy(const framework::Framework& framework) {
    const auto* file = find_embedded(embedded_config(), "policies/default.json");
    if (file == nullptr) return fail("not_found", "the default policy is missing from this build");
    return read_policy(file->bytes, "policies/default.json", framework, UnknownLevel::pass_over);
}

bool within_cap(const Policy& policy, EvidenceKind kind, const framework::Framework& framework,
                const framework::Requirement& requirement) {
    const auto* wanted = framework.level(requirement.level);
    const auto caps = policy.highest.find(kind);
    if (wanted == nullptr || caps == policy.highest.end()) return false;
    for (const auto& id : caps->second) {
        const auto* cap = framework.level(id);
        if (cap != nullptr && cap->kind == wanted->kind) return wanted->rank <= cap->rank;
    }
    return false;
}

Result<Deployment> load_deployment(std::string_view text, const std::string& name) {
    CAPBRIDGE_LET(const json document, read_document(text, name));
    auto problems = check_shape(document, "schemas/deployment.schema.json", text);
    if (has_errors(problems)) return fail(problems_error(problems, name));
    Deployment out;
    out.id = get_string(document, "id");
    out.product = get_string(document, "product");
    out.version = get_string(document, "version");
    out.unit = get_string(document, "unit");
    if (document.contains("go_live")) {
        out.go_live = parse_day(get_string(document, "go_live"));
        if (!out.go_live) {
            problems.push_back({Problem::Severity::error, "bad_day", "/go_live",
                                "'" + get_string(document, "go_live") + "' is no day written YYYY-MM-DD", 0});
            locate(problems, text);
            return fail(problems_error(problems, name));
        }
    }
    return out;
}

}  // namespace capbridge::competency
