// Rules about keeping to one's place: hosts, threads, descriptors, memory, the folder.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/kit/rule.hpp"

namespace capbridge::adapters {
namespace {

constexpr int pulls = 30;
constexpr long growth_at_most_kib = 4096;

Verdict pulls_do_not_grow(const KitCase& c) {
    std::string why;
    const auto stage = staged(c, why);
    if (!stage) return Verdict::fail(why);
    long before = 0;
    for (int i = 0; i < pulls; ++i) {
        const auto seen = stage->pull({});
        if (!seen.code.empty()) return Verdict::fail("pull " + std::to_string(i + 1) + ": " + told(seen));
        if (i == pulls / 3) before = stage->resident_kib();
    }
    const auto grown = stage->resident_kib() - before;
    return grown <= growth_at_most_kib
               ? Verdict::passed()
               : Verdict::fail(std::to_string(pulls) + " pulls made the process grow by " +
                               std::to_string(grown) + " KiB");
}

Verdict no_thread_is_left(const KitCase& c) {
    std::string why;
    const auto stage = staged(c, why);
    if (!stage) return Verdict::fail(why);
    const auto before = stage->threads();
    if (const auto seen = stage->pull({}); !seen.code.empty()) return Verdict::fail(told(seen));
    const auto after = stage->threads();
    return after <= before ? Verdict::passed()
                           : Verdict::fail(std::to_string(after - before) + " threads run on after the pull");
}

Verdict no_descriptor_is_left(const KitCase& c) {
    std::string why;
    const auto stage = staged(c, why);
    if (!stage) return Verdict::fail(why);
    if (const auto seen = stage->pull({}); !seen.code.empty()) return Verdict::fail(told(seen));
    const auto before = stage->open_files();
    if (const auto seen = stage->pull({}); !seen.code.empty()) return Verdict::fail(told(seen));
    const auto after = stage->open_files();
    return after <= before
               ? Verdict::passed()
               : Verdict::fail("each pull leaves " + std::to_string(after - before) + " descriptors open");
}

Verdict hosts_are_declared(const KitCase& c) {
    const auto seen = whole_pull(c);
    if (seen.urls.empty()) return Verdict::skip("a pull makes no request");
    return c.adapter.allowed_hosts.empty()
               ? Verdict::fail("it makes requests, but its descriptor's allowed_hosts is empty")
               : Verdict::passed();
}

Verdict secrets_are_not_settings(const KitCase& c) {
    const auto properties = c.adapter.config_schema.value("properties", json::object());
    for (const auto& [name, property] : properties.items()) {
        std::string lower = name;
        std::transform(lower.begin(), lower.end(), lower.begin(),
                       [](unsigned char ch) { return std::tolower(ch); });
        for (const auto* word : {"password", "secret", "token", "apikey", "api_key"}) {
            if (lower.find(word) != lower.npos)
                return Verdict::fail("the setting '" + name +
                                     "' looks like a secret; the host keeps those in auth profiles");
        }
    }
    return Verdict::passed();
}

Verdict lives_without_memory(const KitCase& c) {
    // The state of a source is a cache: a stage has an empty one, and pulls from a cursor of another stage.
    const auto whole = whole_pull(c);
    const auto next = whole_pull(c, whole.last_cursor());
    return next.code.empty() ? Verdict::passed() : Verdict::fail(told(next));
}

}  // namespace

std::vector<KitRule> hardening_rules() {
    using enum KitLevel;
    return {
        {hardened, "limits.growth", "thirty pulls in one process leak nothing", true, pulls_do_not_grow},
        {hardened, "limits.threads", "no thread runs on after a pull", true, no_thread_is_left},
        {hardened, "limits.descriptors", "no descriptor stays open after a pull", true,
         no_descriptor_is_left},
        {hardened, "limits.state", "a source without its state goes on from the cursor", true,
         lives_without_memory},
        {hardened, "safety.hosts", "an adapter that makes requests says to whom", true, hosts_are_declared},
        {hardened, "safety.secrets", "no setting asks for a secret", false, secrets_are_not_settings},
    };
}

}  // namespace capbridge::adapters
