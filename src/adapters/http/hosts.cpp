#include "adapters/http/hosts.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

bool names_an_address(const std::string& member) {
    return member == "url" || member == "endpoint" || member.ends_with("_url") ||
           member.ends_with("_endpoint");
}

void collect(const json& value, const std::string& member, std::vector<HostRule>& out) {
    if (value.is_string() && names_an_address(member)) {
        const auto url = net::read_url(value.get<std::string>());
        if (url && (url->scheme == "https" || url->scheme == "http"))
            out.emplace_back(url->authority(), url->port);
    } else if (value.is_object()) {
        for (const auto& [name, below] : value.items()) collect(below, name, out);
    } else if (value.is_array()) {
        for (const auto& below : value) collect(below, member, out);
    }
}

// An address is no name below another: a pattern must not take 127.0.0.1 for something below 0.0.1. As in
// URLs (the WHATWG's rule), a name whose last label is a number is an address.
bool is_address(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    if (host.find_first_of("[]:") != std::string_view::npos) return true;
    const auto last = host.substr(host.rfind('.') + 1);  // npos + 1 is 0
    return !last.empty() && (last.find_first_not_of("0123456789") == std::string_view::npos ||
                             (last.starts_with("0x") &&
                              last.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos));
}

}  // namespace

HostRule::HostRule(const std::string& text, const std::string& default_port) : port_(default_port) {
    auto rest = lower_ascii(text);
    const auto colon = rest.rfind(':');
    if (colon != std::string::npos && colon + 1 < rest.size() && !rest.ends_with(']') &&
        rest.find_first_not_of("0123456789", colon + 1) == std::string::npos) {
        port_ = rest.substr(colon + 1);
        rest.resize(colon);
    }
    below_ = rest.starts_with("*.");
    if (below_) rest.erase(0, 2);
    if (rest != "*") name_ = rest;
}

bool HostRule::fits(const net::Url& url) const {
    if (!port_.empty() && port_ != url.port) return false;
    if (name_.empty()) return true;
    if (!below_) return url.host == name_;
    return !is_address(url.host) && url.host.size() > name_.size() + 1 && url.host.ends_with("." + name_);
}

bool HostRule::covers(const HostRule& other) const {
    if (name_.empty()) return true;
    if (other.name_.empty()) return false;
    if (!below_) return !other.below_ && name_ == other.name_;
    return (!is_address(other.name_) && other.name_.ends_with("." + name_)) ||
           (other.below_ && other.name_ == name_);
}

bool HostRule::is_loopback() const {
    net::Url url;
    url.host = name_;
    return !below_ && !name_.empty() && url.is_loopback();
}

bool HostRule::is_public_name() const {
    const auto dot = name_.rfind('.');
    return dot != std::string::npos && dot + 1 < name_.size() &&
           name_.find_first_of("[]:") == std::string::npos &&
           name_.find_first_not_of("0123456789", dot + 1) != std::string::npos &&
           !name_.ends_with(".localhost") && !name_.ends_with(".local");
}

std::string HostRule::text() const {
    return (name_.empty() ? "*" : (below_ ? "*." : "") + name_) + (port_.empty() ? "" : ":" + port_);
}

AllowedHosts::AllowedHosts(const std::vector<std::string>& descriptor,
                           const std::vector<std::string>& configured, const json& settings) {
    for (const auto& text : descriptor) descriptor_.emplace_back(text, "");
    for (const auto& text : configured) configured_.emplace_back(text, "443");
    collect(settings, "", configured_);
    if (!configured_.empty()) return;
    for (const auto& text : descriptor) {
        if (HostRule rule(text, "443"); !rule.is_pattern() && rule.is_public_name())
            configured_.push_back(std::move(rule));
    }
}

bool AllowedHosts::described(const HostRule& rule) const {
    if (rule.is_loopback()) return !descriptor_.empty();
    return std::any_of(descriptor_.begin(), descriptor_.end(), [&](const HostRule& r) {
        // A configured pattern may be wider than the descriptor's: then the narrower of the two counts.
        return r.covers(rule) || rule.covers(r);
    });
}

Status AllowedHosts::check(const net::Url& url) const {
    const auto fits = [&](const HostRule& rule) { return rule.fits(url); };
    if (descriptor_.empty())
        return fail("config", "The adapter's descriptor allows it no host (allowed_hosts).");
    if (std::none_of(configured_.begin(), configured_.end(), fits))
        return fail("config", "The configuration does not allow the host " + url.authority() +
                                  ": name it in the source's http.hosts.");
    if (!url.is_loopback() && std::none_of(descriptor_.begin(), descriptor_.end(), fits))
        return fail("config", "The adapter's descriptor does not allow it the host " + url.authority() +
                                  " (allowed_hosts).");
    return {};
}

std::vector<std::string> AllowedHosts::list() const {
    std::vector<std::string> out;
    for (const auto& rule : configured_) {
        if (!described(rule)) continue;
        const bool narrower_exists =
            !rule.is_loopback() && std::none_of(descriptor_.begin(), descriptor_.end(),
                                                [&](const HostRule& r) { return r.covers(rule); });
        if (!narrower_exists) {
            out.push_back(rule.text());
            continue;
        }
        for (const auto& r : descriptor_) {
            if (!rule.covers(r)) continue;
            // The configured port holds where the descriptor writes none.
            const auto text = rule.text(), narrow = r.text();
            const bool has_port = narrow.rfind(':') != std::string::npos && !narrow.ends_with(']');
            out.push_back(has_port ? narrow : narrow + text.substr(text.rfind(':')));
        }
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

std::vector<std::string> AllowedHosts::configured() const {
    std::vector<std::string> out;
    for (const auto& rule : configured_) out.push_back(rule.text());
    return out;
}

std::vector<std::string> AllowedHosts::in_vain() const {
    std::vector<std::string> out;
    for (const auto& rule : configured_) {
        if (!described(rule)) out.push_back(rule.text());
    }
    return out;
}

}  // namespace capbridge::adapters
