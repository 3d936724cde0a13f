// Which addresses are no place of the network but this machine itself, its link, or many machines at once:
// what a name of an allowed host must not lead to unless somebody wrote that very address down. Private
// networks (10/8, 172.16/12, 192.168/16, fc00::/7) are ordinary: hospitals' own systems live there. IPv4
// addresses within IPv6 ones (mapped, compatible, NAT64, 6to4) count as what they are. RFC 6890, RFC 6761.
// Pure; any thread.
#pragma once
#include <string>
#include <vector>

struct sockaddr;

namespace capbridge::net {

enum class AddressKind { ordinary, this_machine, link, multicast };

AddressKind kind_of(const sockaddr& address);
// Of a host as an address of the web writes it, in lower case: "127.0.0.1", "[::1]", "localhost",
// "x.localhost". Any other name is ordinary.
AddressKind kind_of_host(const std::string& host);

// "127.0.0.1:443", "[::1]:443"; a mapped IPv4 address as IPv4.
std::string text_of(const sockaddr& address);

// Is it one of these? Each is "HOST:PORT" with an address, or with localhost for this machine.
bool is_named(const sockaddr& address, const std::vector<std::string>& authorities);

}  // namespace capbridge::net
