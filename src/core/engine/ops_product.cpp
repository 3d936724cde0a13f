// What was published about products and of whom the profile asks what: lists, the documents as they were
// published, and the versions before.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/competency/product_gaps.hpp"
#include "core/engine/learning_seen.hpp"
#include "core/engine/operation_list.hpp"
#include "core/engine/rule_history.hpp"

namespace capbridge::engine {
namespace {

using competency::Rules;

ordered_json text_or_null(const std::string& text) {
    return text.empty() ? ordered_json() : ordered_json(text);
}
ordered_json truth_or_null(const std::optional<bool>& truth) {
    return truth ? ordered_json(*truth) : ordered_json();
}

ordered_json deployments_of(const Rules& rules, const competency::Product& product) {
    auto out = ordered_json::array();
    for (std::size_t i = 0; i < rules.deployments.size(); ++i) {
        const auto* named = rules.product_of(static_cast<int>(i));
        if (named == nullptr || named->id != product.id) continue;
        const auto& d = rules.deployments[i];
        out.push_back({{"id", d.id},
                       {"version", d.version},
                       {"unit", d.unit},
                       {"go_live", d.go_live ? ordered_json(format_day(*d.go_live)) : ordered_json()}});
    }
    return out;
}

// {}: also the products that deployments name and of which nothing is known.
Result<ordered_json> product_list(Bridge& bridge, const json&, const Caller&) {
    constexpr std::size_t shown = 500;
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    ordered_json out{{"total", rules->products.size()},
                     {"products", ordered_json::array()},
                     {"unknown", ordered_json::array()}};
    for (std::size_t i = 0; i < std::min(rules->products.size(), shown); ++i) {
        const auto& p = rules->products[i];
        const auto decision = bridge.store().journal().decision_in_force("product", p.id);
        const auto document = decision ? json::parse(decision->payload, nullptr, false) : json();
        out["products"].push_back({{"id", p.id},
                                   {"version", get_string(document, "version")},
                                   {"name", p.name},
                                   {"supplier", text_or_null(p.supplier)},
                                   {"risk", text_or_null(p.risk)},
                                   {"medical_device", truth_or_null(p.medical_device)},
                                   {"clinical", truth_or_null(p.clinical)},
                                   {"versions", p.versions},
                                   {"deployments", deployments_of(*rules, p).size()},
                                   {"gaps", competency::product_gaps(document).size()}});
    }
    for (std::size_t i = 0; i < rules->deployments.size(); ++i) {
        const auto& named = rules->deployments[i].product;
        const auto& unknown = out["unknown"];
        if (rules->product_of(static_cast<int>(i)) == nullptr &&
            std::find(unknown.begin(), unknown.end(), named) == unknown.end())
            out["unknown"].push_back(named);
    }
    return out;
}

// {product}: the whole document, where it is deployed, what its developer has not told yet, and the versions
// of the file.
Result<ordered_json> product_show(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto wanted, need_text(params, "product"));
    const auto& all = rules->products;
    const auto product = std::find_if(all.begin(), all.end(),
                                      [&](const auto& p) { return p.id == wanted || p.name == wanted; });
    const auto decision = product == all.end()
                              ? std::nullopt
                              : bridge.store().journal().decision_in_force("product", product->id);
    if (!decision)
        return fail("not_found", "there is no product '" + wanted + "' (capbridge product list shows them)",
                    "product");
    const auto document = ordered_json::parse(decision->payload, nullptr, false);
    ordered_json out{{"id", product->id},
                     {"version", document.value("version", "")},
                     {"who", decision->who},
                     {"published_at", format_instant(decision->recorded)},
                     {"document", document},
                     {"gaps", ordered_json::array()},
                     {"deployments", deployments_of(*rules, *product)},
                     {"history", ordered_json::array()}};
    for (const auto& gap : competency::product_gaps(json::parse(decision->payload, nullptr, false)))
        out["gaps"].push_back({{"pointer", gap.pointer}, {"says", gap.says}});
    for (const auto& each : rule_history(bridge, "product", product->id))
        out["history"].push_back(published_json(each));
    return out;
}

// {limit?}: newest first. One at a time is in force, whatever its id.
Result<ordered_json> profile_list(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    CAPBRIDGE_LET(const auto limit, limit_of(params, 50, 1000));
    const auto all = rule_history(bridge, "profile");
    ordered_json out{{"in_force", {{"id", rules->profile.id}, {"version", rules->profile.version}}},
                     {"total", all.size()},
                     {"profiles", ordered_json::array()}};
    for (std::size_t i = 0; i < std::min(all.size(), limit); ++i) {
        auto one = published_json(all[i]);
        const auto document = json::parse(all[i].text, nullptr, false);
        one["title"] = text_or_null(get_string(document, "title"));
        out["profiles"].push_back(std::move(one));
    }
    return out;
}

ordered_json ask_json(const competency::Ask& ask) {
    const auto& i = ask.items;
    const auto& p = ask.people;
    ordered_json items = ordered_json::object(), people = ordered_json::object();
    const auto put = [](ordered_json& into, const char* name, const std::vector<std::string>& list) {
        if (!list.empty()) into[name] = list;
    };
    put(items, "tiers", i.tiers);
    put(items, "factors", i.factors);
    put(items, "groups", i.groups);
    put(items, "not_groups", i.not_groups);
    put(items, "topics", i.topics);
    put(items, "levels", i.levels);
    put(items, "requirements", i.requirements);
    put(people, "archetypes", p.archetypes);
    put(people, "units", p.units);
    put(people, "staff_groups", p.staff_groups);
    put(people, "job_roles", p.job_roles);
    put(people, "products", p.products);
    put(people, "deployments", p.deployments);
    if (p.clinical) people["clinical"] = *p.clinical;
    put(people, "risks", p.risks);
    return {{"id", ask.id},
            {"title", text_or_null(ask.title)},
            {"demand", competency::text(ask.demand)},
            {"items", std::move(items)},
            {"people", std::move(people)},
            {"requirements", ask.indexes.size()}};
}

// {id?, version?, run?}: the profile in force as it is compiled (what it extends first); or one that was
// published, held against the framework in force.
Result<ordered_json> profile_show(Bridge& bridge, const json& params, const Caller&) {
    CAPBRIDGE_LET(const auto rules, bridge.rules());
    const auto id = get_string(params, "id"), version = get_string(params, "version");
    const auto all = rule_history(bridge, "profile", id);
    const auto wanted = std::find_if(all.begin(), all.end(), [&](const PublishedRule& each) {
        return version.empty() ? each.in_force || !id.empty() : each.version == version;
    });
    const bool asked = !id.empty() || !version.empty();
    if (asked && wanted == all.end())
        return fail("not_found",
                    "no profile '" + id + (version.empty() ? "" : "' of version '" + version) +
                        "' was ever published (capbridge profile list)",
                    id.empty() ? "version" : "id");
    ordered_json out = wanted == all.end() ? ordered_json{{"id", rules->profile.id},
                                                          {"version", rules->profile.version},
                                                          {"state", "in_force"}}
                                           : published_json(*wanted);
    auto profile = rules->profile;
    out["problem"] = nullptr;
    if (wanted != all.end() && !wanted->in_force) {
        auto loaded = competency::load_profile(wanted->text, "profile " + wanted->id, rules->framework);
        if (loaded) {
            profile = std::move(*loaded);
        } else {
            out["problem"] = loaded.error().text();
            profile = {};
        }
    }
    out["title"] = text_or_null(profile.title);
    out["asks"] = ordered_json::array();
    for (const auto& ask : profile.asks) out["asks"].push_back(ask_json(ask));
    out["document"] =
        wanted == all.end() ? ordered_json() : ordered_json::parse(wanted->text, nullptr, false);
    return out;
}

}  // namespace

std::vector<Operation> product_operations() {
    return {
        {"product.list", false, "read", product_list},
        {"product.show", false, "read", product_show},
        {"profile.list", false, "read", profile_list},
        {"profile.show", false, "read", profile_show},
    };
}

}  // namespace capbridge::engine
