#include "core/competency/product_gaps.hpp"

#include <nlohmann/json.hpp>

namespace capbridge::competency {
namespace {

struct Expected {
    const char* pointer;
    const char* says;
};

constexpr Expected expected[] = {
    {"/intended_use", "what its maker says it is for, and in whose hands"},
    {"/risk", "the risk class as the trust sees it"},
    {"/medical_device", "whether it is a medical device by law"},
    {"/clinical", "whether it serves clinical decisions"},
    {"/versions", "its versions"},
    {"/developer/intended_purpose", "the intended purpose"},
    {"/developer/scope_of_use", "the scope of use: settings, users, patients, what is excluded"},
    {"/developer/datasets", "the data it was trained and validated on"},
    {"/developer/biases", "potential biases that need risk management"},
    {"/developer/algorithmic_errors", "algorithmic errors that need risk management"},
    {"/developer/performance", "how well it performs, for subgroups too"},
    {"/developer/explainability", "features of explainability and transparency"},
    {"/developer/incidents", "how errors are recorded and adverse incidents reported"},
    {"/integration/workflow", "how it fits into the clinical workflow"},
    {"/integration/human_oversight", "how far people oversee it"},
    {"/users", "who uses it, and with what experience"},
    {"/training/ways", "how training is delivered"},
    {"/training/support", "who helps with queries"},
    {"/patients", "what patients are told, and how staff are prepared to tell them"},
    {"/evaluations", "what users know, and how confident they are, by surveys or written feedback"},
};

bool is_said(const json& document, const char* pointer) {
    const json::json_pointer at(pointer);
    if (!document.contains(at)) return false;
    const auto& value = document.at(at);
    return !value.is_null() && !(value.is_structured() && value.empty());
}

bool has_use(const json& datasets, std::string_view use) {
    for (const auto& set : datasets) {
        if (get_string(set, "use") == use) return true;
    }
    return false;
}

}  // namespace

std::vector<ProductGap> product_gaps(const json& document) {
    std::vector<ProductGap> out;
    if (!document.is_object()) return out;
    for (const auto& each : expected) {
        if (!is_said(document, each.pointer)) out.push_back({each.pointer, each.says});
    }
    const auto developer = document.value("developer", json::object());
    if (const auto datasets = developer.find("datasets"); datasets != developer.end()) {
        for (const char* use : {"training", "validation"}) {
            if (!has_use(*datasets, use))
                out.push_back({"/developer/datasets", "the data of its " + std::string(use)});
        }
        for (std::size_t i = 0; i < datasets->size(); ++i) {
            const auto at = "/developer/datasets/" + std::to_string(i);
            const auto& set = (*datasets)[i];
            if (!set.contains("size")) out.push_back({at + "/size", "how large this data is"});
            if (!set.contains("demographics")) out.push_back({at + "/demographics", "whose data it is"});
            if (!set.contains("impact"))
                out.push_back({at + "/impact", "what that means for fairness and confidence"});
        }
    }
    if (const auto figures = developer.find("performance"); figures != developer.end()) {
        bool subgroup = false;
        for (const auto& figure : *figures) subgroup = subgroup || figure.contains("subgroup");
        if (!subgroup && !figures->empty())
            out.push_back({"/developer/performance", "how well it performs for subgroups of the patients"});
    }
    return out;
}

}  // namespace capbridge::competency
