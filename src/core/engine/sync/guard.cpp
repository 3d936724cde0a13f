#include "core/engine/sync/guard.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t drift_at_least = 2, drift_share = 20;
constexpr std::size_t most_answers = 100;  // of hits, and of gaps

const char* plural_of(const std::string& kind) {
    if (kind == "unit") return "units";
    if (kind == "archetype_hint") return "archetype hints";
    if (kind == "course") return "courses";
    return kind == "competency_definition" ? "competencies" : "facts";
}

template <typename T>
void keep_latest(std::vector<T>& all, T one) {
    all.push_back(std::move(one));
    if (all.size() > most_answers) all.erase(all.begin());
}

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

bool cover(const std::vector<GuardHit>& accepted, const GuardHit& now) {
    return std::any_of(accepted.begin(), accepted.end(),
                       [&](const GuardHit& seen) { return seen.covers(now); });
}

bool falls(const GuardHit& hit, double at_most) {
    return hit.of >= fall_counts_from &&
           static_cast<double>(hit.missing) > at_most * static_cast<double>(hit.of);
}

Error fall_error(const GuardHit& hit, const std::string& source) {
    const bool catalogue = hit.kind == "course" || hit.kind == "competency_definition";
    return {"snapshot_fell",
            "the snapshot lacks " + std::to_string(hit.missing) + " of " + std::to_string(hit.of) + " " +
                plural_of(hit.kind) + " that this source had; nothing was withdrawn, and " +
                (catalogue ? "only what is new in the catalogue was stored"
                           : "nothing that is new in it was stored") +
                ". If that is right: capbridge source accept " + source,
            "", 0};
}

ordered_json FeedGap::to_json() const {
    return {{"key", key}, {"expected", expected}, {"found", found}};
}

void Answers::add(const std::string& held, const json& details) {
    if (held == "feed_gap") {
        FeedGap gap{get_string(details, "key"), get_string(details, "expected"),
                    get_string(details, "found")};
        if (gap.key.empty()) return;
        std::erase(gaps, gap);
        keep_latest(gaps, std::move(gap));
    } else if (auto hit = GuardHit::read(held, details)) {
        std::erase_if(hits, [&](const GuardHit& earlier) { return hit->covers(earlier); });
        keep_latest(hits, std::move(*hit));
    }
}

ordered_json Answers::to_json() const {
    auto out = ordered_json::array();
    const auto put = [&](const std::string& code, const ordered_json& details) {
        ordered_json one{{"code", code}};
        one.update(details);
        out.push_back(std::move(one));
    };
    for (const auto& hit : hits) put(hit.code, hit.to_json());
    for (const auto& gap : gaps) put("feed_gap", gap.to_json());
    return out;
}

Answers Answers::read(const json& details) {
    Answers out;
    if (!details.is_object()) return out;
    for (const auto& one : details.value("answered", json::array())) out.add(get_string(one, "code"), one);
    return out;
}

std::string hold_code(const std::string& held, const std::string& details) {
    return sha256_hex(held + "\n" + details).substr(0, 8);
}

}  // namespace capbridge::engine
