// Products, and their deployments: product + version + unit + go-live is the context of product-specific
// records. Files (config/schemas/product.schema.json, deployment.schema.json) that become versions in the
// journal. Values; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/problem.hpp"
#include "core/base/time.hpp"

namespace capbridge::competency {

struct Product {
    std::string id, name;  // a deployment names either
    std::string supplier, intended_use;
    std::string risk;                    // "low", "moderate", "high"; "" = not known
    std::optional<bool> medical_device;  // absent: not known
    std::optional<bool> clinical;        // AI serves clinical decisions; absent: not known
    std::vector<std::string> versions;   // oldest first
};

struct Deployment {
    std::string id, product, version, unit;
    std::optional<Day> go_live;
    // Who works with it: who works in `unit`, or in one of these units, within these staff groups and job
    // roles where any are given. Single people are added and taken out by name (people::DeploymentUse).
    std::vector<std::string> units = {}, staff_groups = {}, job_roles = {};
};

Result<Product> load_product(std::string_view text, const std::string& name);
Result<Deployment> load_deployment(std::string_view text, const std::string& name);

}  // namespace capbridge::competency
