#include "core/competency/succession.hpp"

namespace capbridge::competency {
namespace {

const Deployment* neighbour(const Rules& rules, const Deployment& deployment, bool after) {
    const Deployment* out = nullptr;
    if (!deployment.go_live) return out;
    const int index = rules.deployment_index(deployment.id);
    const auto* product = index < 0 ? nullptr : rules.product_of(index);
    for (std::size_t i = 0; i < rules.deployments.size(); ++i) {
        const auto& d = rules.deployments[i];
        if (!d.go_live || d.unit != deployment.unit || d.version == deployment.version) continue;
        if (after ? *d.go_live <= *deployment.go_live : *d.go_live >= *deployment.go_live) continue;
        if (out != nullptr && (after ? *out->go_live <= *d.go_live : *out->go_live >= *d.go_live)) continue;
        // A file may name the product by its id or by its name.
        const bool same = d.product == deployment.product ||
                          (product != nullptr && rules.product_of(static_cast<int>(i)) == product);
        if (same) out = &d;
    }
    return out;
}

}  // namespace

const Deployment* version_before(const Rules& rules, const Deployment& deployment) {
    return neighbour(rules, deployment, false);
}
const Deployment* version_after(const Rules& rules, const Deployment& deployment) {
    return neighbour(rules, deployment, true);
}

}  // namespace capbridge::competency
