#include "adapters/descriptor.hpp"

#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/plain_text.hpp"

namespace capbridge::adapters {
namespace {

constexpr std::size_t kMaxList = 256;  // of facets, kinds or hosts
constexpr std::size_t kMaxText = 200;  // of name, vendor and version

bool is_adapter_id(std::string_view id) {
    return !id.empty() && id.size() <= 64 &&
           id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") == std::string_view::npos;
}

// The texts of an optional list; nullopt when it is something else.
std::optional<std::vector<std::string>> texts(const json& d, const char* member,
                                              bool (*fits)(std::string_view)) {
    std::vector<std::string> out;
    if (!d.contains(member)) return out;
    if (!d[member].is_array() || d[member].size() > kMaxList) return std::nullopt;
    for (const auto& value : d[member]) {
        if (!value.is_string() || !fits(value.get_ref<const std::string&>())) return std::nullopt;
        out.push_back(value.get<std::string>());
    }
    return out;
}

bool is_facet(std::string_view facet) {
    return facet == "source" || facet == "sink" || facet == "users";
}
bool is_kind(std::string_view kind) {
    return !kind.empty() && kind.size() <= 64 &&
           kind.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}
// "host", "*.example.org", "host:port"; no scheme, no path.
bool is_host_pattern(std::string_view host) {
    if (host == "*") return true;  // those that the configuration names
    if (host.starts_with("*.")) host.remove_prefix(2);
    return !host.empty() && host.size() <= 255 && !host.starts_with('.') &&
           host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]") ==
               std::string_view::npos;
}

}  // namespace

std::string read_descriptor(const json& d, engine::AdapterInfo& info) {
    if (!d.is_object()) return "is no JSON object.";
    info.id = get_string(d, "id");
    // Shown on terminals.
    info.name = plain_text(get_string(d, "name"), kMaxText);
    info.vendor = plain_text(get_string(d, "vendor"), kMaxText);
    info.version = plain_text(get_string(d, "version"), kMaxText);
    info.config_schema = d.value("config_schema", json());
    if (!is_adapter_id(info.id) || info.name.empty() || info.vendor.empty() || info.version.empty() ||
        !info.config_schema.is_object())
        return "lacks id (a-z 0-9 . - _), name, vendor, version or config_schema.";
    auto facets = texts(d, "facets", is_facet);
    auto kinds = texts(d, "kinds", is_kind);
    auto hosts = texts(d, "allowed_hosts", is_host_pattern);
    if (!facets) return "has 'facets' that are no list of source, sink and users.";
    if (!kinds) return "has 'kinds' that are no list of record kinds.";
    if (!hosts) return "has 'allowed_hosts' that are no list of host, host:port or *.host.";
    if (d.contains("threads") && !d["threads"].is_boolean())
        return "has 'threads' that is not true or false.";
    info.facets = std::move(*facets);
    if (!d.contains("facets")) info.facets = {"source"};
    info.kinds = std::move(*kinds);
    info.allowed_hosts = std::move(*hosts);
    info.threads = d.value("threads", false);
    return {};
}

}  // namespace capbridge::adapters
