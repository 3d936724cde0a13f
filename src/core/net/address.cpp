#include "core/net/address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace capbridge::net {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

constexpr Bytes kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

// As IPv6, IPv4 ones mapped.
struct Address {
    Bytes bytes{};
    std::uint16_t port = 0;
};

Bytes mapped(const in_addr& v4) {
    Bytes out = kMapped;
    std::memcpy(out.data() + 12, &v4, 4);
    return out;
}

bool starts_with(const Bytes& bytes, std::initializer_list<std::uint8_t> prefix) {
    return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

std::optional<Address> read_address(const sockaddr& from) {
    if (from.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &from, sizeof v4);
        return Address{mapped(v4.sin_addr), ntohs(v4.sin_port)};
    }
    if (from.sa_family != AF_INET6) return std::nullopt;
    sockaddr_in6 v6{};
    std::memcpy(&v6, &from, sizeof v6);
    Address out;
    std::memcpy(out.bytes.data(), &v6.sin6_addr, out.bytes.size());
    out.port = ntohs(v6.sin6_port);
    return out;
}

std::optional<Bytes> read_literal(std::string host) {
    in_addr v4{};
    if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return mapped(v4);
    if (!host.starts_with('[') || !host.ends_with(']')) return std::nullopt;
    host = host.substr(1, host.size() - 2);
    Bytes out{};
    if (inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), out.data()) != 1) return std::nullopt;
    return out;
}

AddressKind kind_of_v4(const std::uint8_t* bytes) {
    if (bytes[0] == 0 || bytes[0] == 127) return AddressKind::this_machine;
    if (bytes[0] == 169 && bytes[1] == 254) return AddressKind::link;
    return bytes[0] >= 224 ? AddressKind::multicast : AddressKind::ordinary;
}

AddressKind kind_of_bytes(const Bytes& bytes) {
    constexpr Bytes any{}, loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    if (bytes == any || bytes == loopback) return AddressKind::this_machine;
    if (std::equal(kMapped.begin(), kMapped.begin() + 12, bytes.begin()) ||
        std::equal(any.begin(), any.begin() + 12, bytes.begin()) ||
        starts_with(bytes, {0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0}))
        return kind_of_v4(bytes.data() + 12);
    if (starts_with(bytes, {0x20, 0x02})) return kind_of_v4(bytes.data() + 2);
    if (bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80) return AddressKind::link;
    return bytes[0] == 0xFF ? AddressKind::multicast : AddressKind::ordinary;
}

// libcurl takes these for the loopback address without asking a name server.
bool is_localhost(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    return host == "localhost" || host.ends_with(".localhost");
}

}  // namespace

AddressKind kind_of(const sockaddr& address) {
    const auto read = read_address(address);
    return read ? kind_of_bytes(read->bytes) : AddressKind::this_machine;  // AF_UNIX and the like
}

AddressKind kind_of_host(const std::string& host) {
    if (is_localhost(host)) return AddressKind::this_machine;
    const auto bytes = read_literal(host);
    return bytes ? kind_of_bytes(*bytes) : AddressKind::ordinary;
}

std::string text_of(const sockaddr& address) {
    const auto read = read_address(address);
    if (!read) return "no address of the internet";
    char text[INET6_ADDRSTRLEN]{};
    const bool is_v4 = std::equal(kMapped.begin(), kMapped.begin() + 12, read->bytes.begin());
    if (is_v4) {
        inet_ntop(AF_INET, read->bytes.data() + 12, text, sizeof text);
    } else {
        inet_ntop(AF_INET6, read->bytes.data(), text, sizeof text);
    }
    return (is_v4 ? text : "[" + std::string(text) + "]") + ":" + std::to_string(read->port);
}

bool is_named(const sockaddr& address, const std::vector<std::string>& authorities) {
    const auto read = read_address(address);
    if (!read) return false;
    return std::any_of(authorities.begin(), authorities.end(), [&](const std::string& authority) {
        const auto colon = authority.rfind(':');
        if (colon == std::string::npos || authority.substr(colon + 1) != std::to_string(read->port))
            return false;
        const auto host = authority.substr(0, colon);
        if (is_localhost(host)) return kind_of_bytes(read->bytes) == AddressKind::this_machine;
        const auto bytes = read_literal(host);
        return bytes && *bytes == read->bytes;
    });
}

}  // namespace capbridge::net
