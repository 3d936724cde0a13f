#include "core/base/ids.hpp"

#include <gtest/gtest.h>

#include <set>

namespace capbridge {
namespace {

constexpr std::string_view dns = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";

TEST(UuidV5, IsThatOfRfc4122) {
    EXPECT_EQ(uuid_v5(dns, "python.org"), "886313e1-3b8a-5372-9b90-0c9aee199e5d");
    EXPECT_EQ(uuid_v5("6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "python.org"), uuid_v5(dns, "python.org"))
        << "the case of the namespace is nothing";
    EXPECT_NE(uuid_v5(dns, "python.org "), uuid_v5(dns, "python.org"));
}

TEST(UuidV4, IsRandomAndSaysItsVersion) {
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
        const auto id = uuid_v4();
        EXPECT_TRUE(is_uuid(id));
        EXPECT_EQ(id[14], '4');
        EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos);
        EXPECT_TRUE(seen.insert(id).second);
    }
}

TEST(IsUuid, TakesHexDigitsInAnyCaseAndNothingElse) {
    EXPECT_TRUE(is_uuid(dns));
    EXPECT_TRUE(is_uuid("6BA7B810-9DAD-11D1-80B4-00C04FD430C8"));
    for (const char* text :
         {"", "6ba7b8109dad11d180b400c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c04fd430c",
          "6ba7b810-9dad-11d1-80b4-00c04fd430c8a", "6ba7b810-9dad-11d1-80b4-00c04fd430cg",
          "6ba7b810x9dad-11d1-80b4-00c04fd430c8", "{6ba7b810-9dad-11d1-80b4-00c04fd430}"}) {
        EXPECT_FALSE(is_uuid(text)) << text;
    }
}

TEST(UuidBytes, RoundTrip) {
    EXPECT_EQ(uuid_bytes(dns).size(), 16u);
    EXPECT_EQ(uuid_text(uuid_bytes(dns)), dns);
    EXPECT_EQ(uuid_bytes("nonsense"), "");
    EXPECT_EQ(lower_uuid("6BA7B810-9DAD-11D1-80B4-00C04FD430C8"), dns);
}

TEST(Digests, AreThoseOfFips180) {
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_EQ(to_hex(sha256("abc")), sha256_hex("abc"));
    EXPECT_EQ(sha2_hex("abc", 64), sha256_hex("abc"));
    EXPECT_EQ(sha2_hex("abc", 56), "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7");
    EXPECT_EQ(sha2_hex("abc", 96).substr(0, 16), "cb00753f45a35e8b");
    EXPECT_EQ(sha2_hex("abc", 128).substr(0, 16), "ddaf35a193617aba");
    EXPECT_EQ(sha2_hex("abc", 40), "") << "SHA-1 is none of them";
    EXPECT_EQ(to_hex(std::string_view("\x00\xff\x0a", 3)), "00ff0a");
}

TEST(Base64, IsThatOfRfc4648) {
    const std::pair<std::string, std::string> all[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"},
                                                       {"\xff\xfe\xfd", "//79"}};
    for (const auto& [bytes, text] : all) {
        EXPECT_EQ(base64(bytes), text);
        EXPECT_EQ(from_base64(text), bytes);
    }
    const std::string zeros("\0\0", 2);
    EXPECT_EQ(from_base64(base64(zeros)), zeros);
}

TEST(FromBase64, RefusesTheRest) {
    for (const char* text : {"Z", "Zg", "Zg=", "Zm9v=", "====", "=m9v", "Z=9v", "Zg==Zg==", "Zm9v    ",
                             "    Zm9v", "Zh==", "Zm9=", "Zm9\n", "Zm9-", "Zm9_", "Zm9*"}) {
        EXPECT_FALSE(from_base64(text)) << text;
    }
}

TEST(RandomToken, IsUrlSafeAndHoldsItsEntropy) {
    const auto token = random_token(32);
    EXPECT_EQ(token.size(), 43u);
    EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              std::string::npos);
    EXPECT_NE(token, random_token(32));
    EXPECT_EQ(random_bytes(7).size(), 7u);
}

TEST(EqualInConstantTime, ComparesContentAndLength) {
    EXPECT_TRUE(equal_in_constant_time("", ""));
    EXPECT_TRUE(equal_in_constant_time("secret", std::string("secret")));
    EXPECT_FALSE(equal_in_constant_time("secret", "secreT"));
    EXPECT_FALSE(equal_in_constant_time("secret", "Secret"));
    EXPECT_FALSE(equal_in_constant_time("secret", "secre"));
    EXPECT_FALSE(equal_in_constant_time(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

TEST(Digests, HmacSha256IsThatOfRfc4231) {
    EXPECT_EQ("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
              hmac_sha256_hex("Jefe", "what do ya want for nothing?"));
    EXPECT_EQ(
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        hmac_sha256_hex(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"));
}

}  // namespace
}  // namespace capbridge
