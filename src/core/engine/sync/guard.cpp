#include "core/engine/sync/guard.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t drift_at_least = 2, drift_share = 20;

}  // namespace

ordered_json GuardHit::to_json() const {
    ordered_json out = ordered_json::object();
    if (!kind.empty()) out["kind"] = kind;
    if (!scope.empty()) out["scope"] = scope;
    out["missing"] = missing;
    out["of"] = of;
    return out;
}

std::optional<GuardHit> GuardHit::read(const std::string& code, const json& details) {
    if (!details.is_object()) return std::nullopt;
    const auto missing = details.find("missing");
    if (missing == details.end() || !missing->is_number_unsigned()) return std::nullopt;
    return GuardHit{code, get_string(details, "kind"), get_string(details, "scope"),
                    missing->get<std::size_t>(), details.value("of", std::size_t{0})};
}

bool GuardHit::covers(const GuardHit& now) const {
    return code == now.code && kind == now.kind && scope == now.scope &&
           now.missing <= missing + std::max(drift_at_least, missing / drift_share);
}

std::string hold_code(const std::string& held, const std::string& details) {
    return sha256_hex(held + "\n" + details).substr(0, 8);
}

}  // namespace capbridge::engine
