#include "cli/configured_edge.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace capbridge::cli {
namespace {

void error(const std::function<void(Problem)>& report, std::string pointer, const Error& what) {
    report({Problem::Severity::error, what.code, std::move(pointer), what.message});
}

server::Networks networks(const json& holder, const char* member, const std::string& pointer,
                          const std::function<void(Problem)>& report) {
    std::vector<std::string> texts;
    for (const auto& one : holder.value(member, json::array()))
        texts.push_back(one.is_string() ? one.get<std::string>() : "");
    if (std::find(texts.begin(), texts.end(), "") != texts.end()) return {};  // told by the schema
    auto read = server::Networks::read(texts);
    if (read) {
        for (const auto index : read->wide()) {
            report(
                {Problem::Severity::warning, "wide_network", pointer + "/" + std::to_string(index),
                 "'" + texts[index] + "' takes in addresses of strangers: it is wider than /8 (IPv6: /32)"});
        }
        return std::move(*read);
    }
    error(report, pointer + "/" + read.error().where, read.error());
    return {};
}

}  // namespace

server::Edge read_edge(const json& d, const std::function<void(Problem)>& report) {
    server::Edge out;
    if (const auto url = get_string(d, "public_url"); !url.empty()) {
        auto read = server::PublicUrl::read(url);
        read ? void(out.public_url = std::move(*read)) : error(report, "/public_url", read.error());
    }
    out.trusted_proxies.networks = networks(d, "trusted_proxies", "/trusted_proxies", report);
    if (get_string(d, "forwarded_header") == "Forwarded")
        out.trusted_proxies.header = server::TrustedProxies::Header::forwarded;
    out.metrics_open_to = networks(d.value("metrics", json::object()), "open_to", "/metrics/open_to", report);
    if (const auto both = out.metrics_open_to.overlap(out.trusted_proxies.networks)) {
        report(
            {Problem::Severity::warning, "open_to_proxy", "/metrics/open_to/" + std::to_string(*both),
             "an address here is a trusted proxy's too: when that proxy passes on a request without saying "
             "for whom, /metrics is open to everybody"});
    }
    return out;
}

}  // namespace capbridge::cli
