#include "core/competency/deployment.hpp"

#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/competency/documents.hpp"

namespace capbridge::competency {
namespace {

// Nobody has used such a product before, and nobody plans further.
constexpr Day first_go_live = std::chrono::sys_days{std::chrono::year{1980} / 1 / 1},
              last_go_live = std::chrono::sys_days{std::chrono::year{2099} / 12 / 31};

std::optional<bool> truth(const json& object, const char* member) {
    const auto it = object.find(member);
    if (it == object.end() || !it->is_boolean()) return {};
    return it->get<bool>();
}

Problem bad(const char* code, std::string pointer, std::string message) {
    return {Problem::Severity::error, code, std::move(pointer), std::move(message), 0};
}

void check_period(const json& object, const std::string& pointer, Problems& problems) {
    const auto from = day_of_member(object, "from", pointer, problems);
    const auto to = day_of_member(object, "to", pointer, problems);
    if (from && to && *to < *from)
        problems.push_back(bad("bad_period", pointer + "/to", "the last day lies before the first"));
}

void check_answered(const json& object, const std::string& pointer, std::int64_t asked, Problems& problems) {
    if (object.value("answered", std::int64_t{0}) > asked)
        problems.push_back(bad("bad_count", pointer + "/answered", "more answered than were asked"));
}

// Calls `each` with every element of an array and its pointer.
template <class Each>
void each_of(const json& object, const char* member, const std::string& pointer, Each each) {
    const auto list = object.find(member);
    if (list == object.end()) return;
    std::size_t i = 0;
    for (const auto& one : *list) each(one, pointer + "/" + member + "/" + std::to_string(i++));
}

void check_developer(const json& developer, const std::set<std::string>& versions, Problems& problems) {
    const std::string at = "/developer";
    day_of_member(developer, "told_on", at, problems);
    std::set<std::string> datasets;
    each_of(developer, "datasets", at, [&](const json& set, const std::string& pointer) {
        check_period(set, pointer, problems);
        datasets.insert(get_string(set, "name"));
        std::map<std::string, double> shares;  // by what people are told apart
        each_of(set, "demographics", pointer, [&](const json& part, const std::string&) {
            shares[get_string(part, "group")] += part.value("share", 0.0);
        });
        for (const auto& [group, sum] : shares) {
            constexpr double rounding = 0.02;
            if (sum > 1 + rounding)
                problems.push_back(bad("bad_share", pointer + "/demographics",
                                       "the shares of '" + group + "' add up to more than the whole"));
        }
    });
    each_of(developer, "performance", at, [&](const json& figure, const std::string& pointer) {
        const double value = figure.at("value").get<double>();
        if (figure.value("lower", value) > value || figure.value("upper", value) < value)
            problems.push_back(bad("bad_interval", pointer + "/value", "it lies outside its own interval"));
        const auto version = get_string(figure, "version"), dataset = get_string(figure, "dataset");
        if (!version.empty() && !versions.contains(version))
            problems.push_back(
                bad("unknown_version", pointer + "/version", "'" + version + "' is none of its versions"));
        if (!dataset.empty() && !datasets.contains(dataset))
            problems.push_back(
                bad("unknown_dataset", pointer + "/dataset", "no data set is called '" + dataset + "'"));
    });
}

void check_evaluations(const json& document, const std::set<std::string>& versions, Problems& problems) {
    each_of(document, "evaluations", "", [&](const json& evaluation, const std::string& pointer) {
        check_period(evaluation, pointer, problems);
        const auto most = std::numeric_limits<std::int64_t>::max();
        const auto asked = evaluation.value("asked", most);
        check_answered(evaluation, pointer, asked, problems);
        const auto answered = evaluation.value("answered", asked);
        each_of(evaluation, "results", pointer, [&](const json& result, const std::string& at) {
            check_answered(result, at, answered, problems);
        });
        const auto version = get_string(evaluation, "version");
        if (!version.empty() && !versions.contains(version))
            problems.push_back(
                bad("unknown_version", pointer + "/version", "'" + version + "' is none of its versions"));
    });
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
    std::set<std::string> versions;
    each_of(document, "versions", "", [&](const json& version, const std::string& pointer) {
        out.versions.push_back(get_string(version, "version"));
        if (!versions.insert(out.versions.back()).second)
            problems.push_back(bad("duplicate_version", pointer + "/version",
                                   "version '" + out.versions.back() + "' is there twice"));
        day_of_member(version, "released", pointer, problems);
    });
    if (const auto developer = document.find("developer"); developer != document.end())
        check_developer(*developer, versions, problems);
    if (const auto training = document.find("training"); training != document.end()) {
        day_of_member(*training, "agreed_with_developer_on", "/training", problems);
        each_of(*training, "engagement", "/training", [&](const json& one, const std::string& pointer) {
            day_of_member(one, "on", pointer, problems);
        });
    }
    check_evaluations(document, versions, problems);
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
    if (out.go_live && (*out.go_live < first_go_live || *out.go_live > last_go_live)) {
        problems.push_back(bad("bad_day", "/go_live",
                               "go-live in the year " + get_string(document, "go_live").substr(0, 4) +
                                   " is no plan: is the year right?"));
    }
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
