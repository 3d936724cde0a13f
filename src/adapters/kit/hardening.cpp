// Rules about keeping to one's place: hosts, threads, descriptors, memory, the folder.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "adapters/http/hosts.hpp"
#include "adapters/kit/rule.hpp"
#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

constexpr int pulls = 30;
constexpr long growth_at_most_kib = 4096;
constexpr const char* unreadable =
    "this machine does not let us look at the process under /proc; run the kit as root in a container";

Verdict pulls_do_not_grow(const KitCase& c) {
    std::string why;
    const auto stage = staged(c, why);
    if (!stage) return Verdict::fail(why);
    std::optional<long> before;
    for (int i = 0; i < pulls; ++i) {
        const auto seen = stage->pull({});
        if (!seen.code.empty()) return Verdict::fail("pull " + std::to_string(i + 1) + ": " + told(seen));
        if (i == pulls / 3) before = stage->resident_kib();
    }
    const auto after = stage->resident_kib();
    if (!before || !after) return Verdict::skip(unreadable);
    const auto grown = *after - *before;
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
    if (!before || !after) return Verdict::skip(unreadable);
    return *after <= *before
               ? Verdict::passed()
               : Verdict::fail(std::to_string(*after - *before) + " threads run on after the pull");
}

Verdict no_descriptor_is_left(const KitCase& c) {
    std::string why;
    const auto stage = staged(c, why);
    if (!stage) return Verdict::fail(why);
    if (const auto seen = stage->pull({}); !seen.code.empty()) return Verdict::fail(told(seen));
    const auto before = stage->open_files();
    if (const auto seen = stage->pull({}); !seen.code.empty()) return Verdict::fail(told(seen));
    const auto after = stage->open_files();
    if (!before || !after) return Verdict::skip(unreadable);
    return *after <= *before
               ? Verdict::passed()
               : Verdict::fail("each pull leaves " + std::to_string(*after - *before) + " descriptors open");
}

// By the same rules as in a hospital, each request of check, pull and push.
Verdict hosts_are_declared(const KitCase& c) {
    std::string why;
    const auto stage = staged(c, why);
    if (!stage) return Verdict::fail(why);
    std::set<std::string> urls;
    const auto note = [&](const Played& played) { urls.insert(played.urls.begin(), played.urls.end()); };
    note(stage->check());
    note(stage->pull({}));
    for (const auto& item : c.cassette->push)
        note(stage->push(get_string(item, "kind"), get_string(item, "key"), item.at("record"), nullptr));
    if (urls.empty()) return Verdict::skip("it makes no request");
    if (c.adapter.allowed_hosts.empty())
        return Verdict::fail("it makes requests, but its descriptor's allowed_hosts is empty");
    std::vector<std::string> configured;
    for (const auto& host : c.cassette->http.value("hosts", json::array())) {
        if (host.is_string()) configured.push_back(lower_ascii(host.get<std::string>()));
    }
    const AllowedHosts hosts(c.adapter.allowed_hosts, configured, c.cassette->settings);
    for (const auto& text : urls) {
        if (const auto sound = net::check_url(text, c.cassette->http.value("allow_http", false)); !sound)
            return Verdict::fail("a request would not be sent: " + sound.error().message);
        if (const auto allowed = hosts.check(*net::read_url(text)); !allowed)
            return Verdict::fail("a request would be refused: " + allowed.error().message);
    }
    return Verdict::passed();
}

Verdict secrets_are_not_settings(const KitCase& c) {
    if (!c.adapter.config_schema.is_object()) return Verdict::skip("the file describes no adapter");
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
    if (!whole.code.empty()) return Verdict::fail(told(whole));
    const auto next = whole_pull(c, whole.last_cursor());
    if (lacks_answer(next)) return not_recorded(next, second_recording);
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
        {hardened, "safety.hosts", "every request goes to a host that descriptor and settings allow", true,
         hosts_are_declared},
        {hardened, "safety.secrets", "no setting asks for a secret", false, secrets_are_not_settings},
    };
}

}  // namespace capbridge::adapters
