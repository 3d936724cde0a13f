#include "server/forwarded.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "core/base/text.hpp"

namespace capbridge::server {
namespace {

constexpr std::size_t most_hops = 32;

using Bits = std::array<unsigned char, 16>;

std::optional<Bits> bits_of(const std::string& address) {
    Bits out{};
    in_addr v4{};
    if (inet_pton(AF_INET, address.c_str(), &v4) == 1) {
        out[10] = out[11] = 0xff;
        std::memcpy(out.data() + 12, &v4, 4);
        return out;
    }
    in6_addr v6{};
    if (inet_pton(AF_INET6, address.c_str(), &v6) != 1) return std::nullopt;
    std::memcpy(out.data(), &v6, 16);
    return out;
}

std::string text_of(const Bits& bits) {
    char text[INET6_ADDRSTRLEN] = {};
    static constexpr unsigned char mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::memcmp(bits.data(), mapped, sizeof mapped) == 0) {
        inet_ntop(AF_INET, bits.data() + 12, text, sizeof text);
    } else {
        inet_ntop(AF_INET6, bits.data(), text, sizeof text);
    }
    return text;
}

bool is_in(const Bits& address, const Bits& network, int length) {
    const auto whole = static_cast<std::size_t>(length / 8);
    if (std::memcmp(address.data(), network.data(), whole) != 0) return false;
    const int rest = length % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<unsigned char>(0xff << (8 - rest));
    return (address[whole] & mask) == (network[whole] & mask);
}

// "10.1.2.3", "10.1.2.3:4567", "[::1]:80", "\"[::1]\""; "unknown" and made-up names are none (RFC 7239, 6).
std::optional<Bits> node(std::string text) {
    text = trim(text);
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        return end == std::string::npos ? std::nullopt : bits_of(text.substr(1, end - 1));
    }
    if (std::count(text.begin(), text.end(), ':') == 1) text.resize(text.find(':'));
    return bits_of(text);
}

struct Hop {
    std::string from, scheme;
};

std::string all_of(const Request& request, std::string_view name) {
    std::string out;
    for (const auto& [header, value] : request.headers) {
        if (header == name) out += (out.empty() ? "" : ",") + value;
    }
    return out;
}

// What stands in quotes has no separators for us.
std::vector<std::string> split_outside_quotes(std::string_view text, char separator) {
    std::vector<std::string> out(1);
    bool quoted = false;
    for (const char c : text) {
        if (c == '"') quoted = !quoted;
        if (c == separator && !quoted) {
            out.emplace_back();
        } else {
            out.back() += c;
        }
    }
    return out;
}

std::vector<Hop> forwarded(const Request& request) {
    std::vector<Hop> out;
    for (const auto& element : split_outside_quotes(all_of(request, "forwarded"), ',')) {
        Hop hop;
        for (const auto& pair : split_outside_quotes(element, ';')) {
            const auto equals = pair.find('=');
            if (equals == std::string::npos) continue;
            const auto name = lower_ascii(trim(pair.substr(0, equals)));
            if (name == "for") hop.from = trim(pair.substr(equals + 1));
            if (name == "proto") hop.scheme = lower_ascii(trim(pair.substr(equals + 1)));
        }
        out.push_back(std::move(hop));
    }
    return out;
}

std::vector<Hop> x_forwarded(const Request& request) {
    std::vector<Hop> out;
    for (auto& from : split(all_of(request, "x-forwarded-for"), ',')) out.push_back({std::move(from), {}});
    const auto schemes = split(all_of(request, "x-forwarded-proto"), ',');
    if (!out.empty() && !schemes.empty()) out.back().scheme = lower_ascii(trim(schemes.back()));
    if (out.empty() && !schemes.empty()) out.push_back({"", lower_ascii(trim(schemes.back()))});
    return out;
}

}  // namespace

Result<Networks> Networks::read(const std::vector<std::string>& networks) {
    Networks out;
    for (std::size_t i = 0; i < networks.size(); ++i) {
        const auto& text = networks[i];
        const auto bad = [&] {
            return fail("bad_address", "'" + text + "' is no address (10.1.2.3) and no network (10.1.2.0/24)",
                        std::to_string(i));
        };
        const auto slash = text.find('/');
        const auto address = bits_of(text.substr(0, slash));
        if (!address) return bad();
        const bool v4 = text.find(':') == std::string::npos;
        int length = v4 ? 32 : 128;
        if (slash != std::string::npos) {
            const auto* end = text.data() + text.size();
            const auto [rest, error] = std::from_chars(text.data() + slash + 1, end, length);
            if (error != std::errc{} || rest != end || length < 0 || length > (v4 ? 32 : 128)) return bad();
        }
        out.networks_.push_back({*address, v4 ? length + 96 : length});
    }
    return out;
}

bool Networks::contain(std::string_view address) const {
    const auto bits = bits_of(std::string(address));
    return bits && std::any_of(networks_.begin(), networks_.end(),
                               [&](const Network& n) { return is_in(*bits, n.bits, n.length); });
}

std::vector<std::size_t> Networks::wide() const {
    constexpr int mapped = 96;  // before the bits of an IPv4 address
    const auto first_v4 = *bits_of("0.0.0.0");
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < networks_.size(); ++i) {
        const auto& [bits, length] = networks_[i];
        const bool v4 = length >= mapped && is_in(bits, first_v4, mapped);
        if (v4 ? length < mapped + 8 : length < 32) out.push_back(i);
    }
    return out;
}

std::optional<std::size_t> Networks::overlap(const Networks& others) const {
    for (std::size_t i = 0; i < networks_.size(); ++i) {
        for (const auto& other : others.networks_) {
            if (is_in(networks_[i].bits, other.bits, std::min(networks_[i].length, other.length))) return i;
        }
    }
    return std::nullopt;
}

bool TrustedProxies::look_through(Request& request) const {
    if (!networks.contain(request.from)) return false;
    const auto hops = header == Header::forwarded ? forwarded(request) : x_forwarded(request);
    // What the proxy that we trust wrote is the last; each before it holds as far as who passed it on is
    // trusted.
    std::size_t left = hops.size();
    for (std::size_t seen = 0; left > 0 && seen < most_hops; --left, ++seen) {
        const auto& hop = hops[left - 1];
        if (!hop.scheme.empty()) request.over_tls = hop.scheme == "https";
        const auto from = node(hop.from);
        if (!from) return false;
        request.from = text_of(*from);
        if (!networks.contain(request.from)) return true;
    }
    return left == 0 && !hops.empty();  // all are ours, or there are more than anybody needs
}

// With a name of what the proxies that there are add, though only one of the first two is read.
bool was_forwarded(const Request& request) {
    constexpr std::array<std::string_view, 6> names{"x-forwarded-for",   "forwarded",        "x-real-ip",
                                                    "x-forwarded-proto", "x-forwarded-host", "via"};
    return std::any_of(request.headers.begin(), request.headers.end(), [&](const auto& header) {
        return std::find(names.begin(), names.end(), header.first) != names.end();
    });
}

Result<PublicUrl> PublicUrl::read(const std::string& url) {
    const auto bad = [&](const char* why) {
        return fail("bad_address",
                    "'" + url + "' " + why + "; such as https://learning.trust.example/capbridge");
    };
    const auto scheme = url.starts_with("https://") ? 8u : url.starts_with("http://") ? 7u : 0u;
    if (scheme == 0) return bad("begins neither with https:// nor with http://");
    if (url.find_first_of("?#\"<>\\ ") != std::string::npos)
        return bad("has a query, a fragment or a character that has no place there");
    PublicUrl out;
    out.text_ = url;
    while (out.text_.ends_with('/')) out.text_.pop_back();
    if (out.text_.size() <= scheme) return bad("has no host");
    const auto slash = out.text_.find('/', scheme);
    if (slash == scheme) return bad("has no host");
    if (out.text_.substr(scheme, slash == std::string::npos ? slash : slash - scheme).find('@') !=
        std::string::npos)
        return bad("has a user in it");
    if (slash != std::string::npos) out.prefix_ = out.text_.substr(slash);
    if (out.prefix_.find("//") != std::string::npos || out.prefix_.find('%') != std::string::npos ||
        out.prefix_.find("/.") != std::string::npos || out.prefix_.find(';') != std::string::npos ||
        out.prefix_.find(',') != std::string::npos)
        return bad("has a path of other than plain names");
    return out;
}

void PublicUrl::strip(std::string& path) const {
    if (prefix_.empty() || !path.starts_with(prefix_)) return;
    if (path.size() > prefix_.size() && path[prefix_.size()] != '/') return;
    path.erase(0, prefix_.size());
}

}  // namespace capbridge::server
