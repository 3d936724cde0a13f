// Credentials, login links, sessions: and that no secret is on the disk.
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

class AccessTest : public StoreTest {
protected:
    Access& access() { return store_->access(); }
    // Everything in the data directory, as bytes.
    std::string disk() {
        std::ostringstream out;
        for (const auto& file : std::filesystem::directory_iterator(dir_.data())) {
            out << std::ifstream(file.path(), std::ios::binary).rdbuf();
        }
        return out.str();
    }
};

TEST_F(AccessTest, Credentials) {
    const auto made =
        access().add_credential("LMS north", {"statements.write", "read"}, from_unix_ms(1)).value();
    EXPECT_GE(made.secret.size(), 43u);
    EXPECT_NE(made.row.key, access().add_credential("other", {}, from_unix_ms(2))->row.key);
    const auto checked = access().check_credential(made.row.key, made.secret);
    ASSERT_TRUE(checked);
    EXPECT_EQ(checked->name, "LMS north");
    EXPECT_EQ(checked->scopes, made.row.scopes);
    EXPECT_FALSE(access().check_credential(made.row.key, made.secret + "x"));
    EXPECT_FALSE(access().check_credential(made.row.key, ""));
    EXPECT_FALSE(access().check_credential("nobody", made.secret));
    EXPECT_EQ(access().credentials().size(), 2u);
    EXPECT_TRUE(access().credentials()[1].scopes.empty());

    ASSERT_TRUE(access().revoke_credential(made.row.key, from_unix_ms(5)));
    ASSERT_TRUE(access().revoke_credential(made.row.key, from_unix_ms(6)));
    EXPECT_FALSE(access().check_credential(made.row.key, made.secret));
    EXPECT_EQ(access().credentials()[0].revoked, from_unix_ms(5));
    EXPECT_EQ(access().revoke_credential("nobody", from_unix_ms(7)).error().code, "no_such_credential");
}

TEST_F(AccessTest, ALoginLinkOpensOneSessionOnce) {
    const auto link = access().add_login_link(from_unix_ms(1000)).value();
    EXPECT_FALSE(access().redeem_login_link("wrong", from_unix_ms(10), from_unix_ms(5000)));
    const auto session = access().redeem_login_link(link, from_unix_ms(10), from_unix_ms(5000));
    ASSERT_TRUE(session);
    EXPECT_FALSE(access().redeem_login_link(link, from_unix_ms(11), from_unix_ms(5000)));
    EXPECT_TRUE(access().check_session(*session, from_unix_ms(4999)));
    EXPECT_FALSE(access().check_session(*session, from_unix_ms(5000)));
    EXPECT_FALSE(access().check_session(link, from_unix_ms(10)));
    EXPECT_TRUE(access().end_session(*session));
    EXPECT_FALSE(access().check_session(*session, from_unix_ms(4999)));
    EXPECT_TRUE(access().end_session(*session));
    const auto late = access().add_login_link(from_unix_ms(1000)).value();
    EXPECT_FALSE(access().redeem_login_link(late, from_unix_ms(1000), from_unix_ms(5000)));
}

TEST_F(AccessTest, NoSecretIsOnTheDisk) {
    const auto made = access().add_credential("LMS", {"read"}, from_unix_ms(1)).value();
    const auto link = access().add_login_link(from_unix_ms(1000)).value();
    const auto other_link = access().add_login_link(from_unix_ms(1000)).value();
    const auto session = access().redeem_login_link(link, from_unix_ms(10), from_unix_ms(5000)).value();
    const auto bytes = disk();
    EXPECT_NE(bytes.find(made.row.key), std::string::npos) << "the disk was read";
    for (const auto& secret : {made.secret, link, other_link, session})
        EXPECT_EQ(bytes.find(secret), std::string::npos);
    store_.reset();
    const auto after = disk();
    for (const auto& secret : {made.secret, link, other_link, session})
        EXPECT_EQ(after.find(secret), std::string::npos);
}

}  // namespace
}  // namespace capbridge::store::test
