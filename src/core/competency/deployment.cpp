#include "core/competency/deployment.hpp"

#include <nlohmann/json.hpp>

#include "core/competency/documents.hpp"

namespace capbridge::competency {
namespace {

std::optional<bool> truth(const json& object, const char* member) {
    const auto it = object.find(member);
    if (it == object.end() || !it->is_boolean()) return {};
    return it->get<bool>();
}

}  // namespace

Result<Product> load_product(std::string_view text, const std::string& name) {
    CAPBRIDGE_LET(const json document, read_shaped(text, name, "schemas/product.schema.json"));
    Problems problems;
    Product out;
    out.id = get_string(document, "id");
    out.name = get_string(document, "name");
    out.supplier = get_string(document, "supplier");
    out.intended_use = get_string(document, "intended_use");
    out.risk = get_string(document, "risk");
    out.medical_device = truth(document, "medical_device");
    out.clinical = truth(document, "clinical");
    std::size_t i = 0;
    for (const auto& version : document.value("versions", json::array())) {
        out.versions.push_back(get_string(version, "version"));
        day_of_member(version, "released", "/versions/" + std::to_string(i++), problems);
    }
    i = 0;
    for (const auto& evaluation : document.value("evaluations", json::array())) {
        const auto pointer = "/evaluations/" + std::to_string(i++);
        const auto from = day_of_member(evaluation, "from", pointer, problems);
        const auto to = day_of_member(evaluation, "to", pointer, problems);
        if (from && to && *to < *from) {
            problems.push_back({Problem::Severity::error, "bad_period", pointer + "/to",
                                "the last day lies before the first", 0});
        }
    }
    locate(problems, text);
    if (has_errors(problems)) return fail(problems_error(problems, name));
    return out;
}

Result<Deployment> load_deployment(std::string_view text, const std::string& name) {
    CAPBRIDGE_LET(const json document, read_shaped(text, name, "schemas/deployment.schema.json"));
    Problems problems;
    Deployment out;
    out.id = get_string(document, "id");
    out.product = get_string(document, "product");
    out.version = get_string(document, "version");
    out.unit = get_string(document, "unit");
    out.go_live = day_of_member(document, "go_live", "", problems);
    if (const auto users = document.find("users"); users != document.end()) {
        out.units = strings_of(*users, "units");
        out.staff_groups = strings_of(*users, "staff_groups");
        out.job_roles = strings_of(*users, "job_roles");
    }
    locate(problems, text);
    if (has_errors(problems)) return fail(problems_error(problems, name));
    return out;
}

}  // namespace capbridge::competency
