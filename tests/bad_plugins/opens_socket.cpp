// Wants to talk to somebody without the host.
#define BAD_ID "bad.opens_socket"
#include <sys/socket.h>

#include "misdeed.hpp"

std::string misdeed(const bridge::Host*) {
    for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK})
        if (socket(family, SOCK_STREAM, 0) >= 0 || socket(family, SOCK_DGRAM, 0) >= 0) return "";
    return failed("socket");
}
