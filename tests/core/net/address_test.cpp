#include "core/net/address.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <map>

#include "core/net/url.hpp"

namespace capbridge::net {
namespace {

TEST(Address, EveryNameOfThisMachineItsLinkAndMulticastIsKnown) {
    using enum AddressKind;
    for (const auto& [host, kind] : std::map<std::string, AddressKind>{{"127.0.0.1", this_machine},
                                                                       {"127.8.8.8", this_machine},
                                                                       {"0.0.0.0", this_machine},
                                                                       {"[::]", this_machine},
                                                                       {"[::1]", this_machine},
                                                                       {"[::ffff:127.0.0.1]", this_machine},
                                                                       {"[::127.0.0.1]", this_machine},
                                                                       {"[64:ff9b::7f00:1]", this_machine},
                                                                       {"[2002:7f00:1::]", this_machine},
                                                                       {"localhost", this_machine},
                                                                       {"localhost.", this_machine},
                                                                       {"lms.localhost", this_machine},
                                                                       {"169.254.169.254", link},
                                                                       {"[::ffff:169.254.169.254]", link},
                                                                       {"[fe80::1]", link},
                                                                       {"[fe80::1%25eth0]", link},
                                                                       {"224.0.0.1", multicast},
                                                                       {"255.255.255.255", multicast},
                                                                       {"[ff02::1]", multicast},
                                                                       {"10.1.2.3", ordinary},
                                                                       {"172.16.0.1", ordinary},
                                                                       {"192.168.1.1", ordinary},
                                                                       {"[fd00::1]", ordinary},
                                                                       {"[2001:db8::1]", ordinary},
                                                                       {"127.evil.example", ordinary},
                                                                       {"notlocalhost", ordinary},
                                                                       {"localhost.example", ordinary}})
        EXPECT_EQ(kind_of_host(host), kind) << host;
    // By way of the parser that will use them.
    for (const auto* url : {"http://0x7f000001/", "http://2130706433/", "http://127.1/", "http://0/",
                            "http://[::ffff:7f00:1]/", "http://LOCALHOST/"})
        EXPECT_TRUE(read_url(url)->is_loopback()) << url << " is " << read_url(url)->host;
}

sockaddr_in v4(const char* text, std::uint16_t port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(port);
    inet_pton(AF_INET, text, &out.sin_addr);
    return out;
}

TEST(Address, IsNamedByAddressAndPort) {
    const auto address = v4("127.0.0.1", 8080);
    const auto& to = reinterpret_cast<const sockaddr&>(address);
    EXPECT_EQ(kind_of(to), AddressKind::this_machine);
    EXPECT_EQ(text_of(to), "127.0.0.1:8080");
    EXPECT_TRUE(is_named(to, {"lms.example.org:443", "127.0.0.1:8080"}));
    EXPECT_TRUE(is_named(to, {"localhost:8080"}));
    EXPECT_TRUE(is_named(to, {"[::ffff:127.0.0.1]:8080"}));
    for (const auto* no :
         {"127.0.0.1:443", "127.0.0.2:8080", "lms.example.org:8080", "*:8080", "", "127.0.0.1"})
        EXPECT_FALSE(is_named(to, {no})) << no;
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(443);
    inet_pton(AF_INET6, "fe80::1", &v6.sin6_addr);
    EXPECT_EQ(kind_of(reinterpret_cast<const sockaddr&>(v6)), AddressKind::link);
    EXPECT_EQ(text_of(reinterpret_cast<const sockaddr&>(v6)), "[fe80::1]:443");
    EXPECT_TRUE(is_named(reinterpret_cast<const sockaddr&>(v6), {"[fe80::1]:443"}));
}

}  // namespace
}  // namespace capbridge::net
