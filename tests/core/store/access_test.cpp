// Credentials, login links, sessions: and that no secret is on the disk.
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>
#include <thread>

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
    EXPECT_EQ(access().revoke_credential("nobody", from_unix_ms(7)).error().code, "not_found");
}

TEST_F(AccessTest, ARotatedCredentialHasANewSecretAtOnce) {
    const auto made = access().add_credential("LMS", {"statements/write"}, from_unix_ms(1), id(1)).value();
    ASSERT_TRUE(access().check_credential(made.row.key, made.secret));
    const auto rotated = access().rotate_credential(made.row.key, from_unix_ms(9));
    ASSERT_TRUE(rotated) << rotated.error().text();
    EXPECT_NE(rotated->secret, made.secret);
    EXPECT_EQ(rotated->row.key, made.row.key);
    EXPECT_FALSE(access().check_credential(made.row.key, made.secret));
    const auto checked = access().check_credential(made.row.key, rotated->secret);
    ASSERT_TRUE(checked);
    EXPECT_EQ(checked->name, "LMS");
    EXPECT_EQ(checked->scopes, made.row.scopes);
    EXPECT_EQ(checked->source, id(1));
    EXPECT_EQ(checked->rotated, from_unix_ms(9));
    EXPECT_EQ(access().credentials().at(0).rotated, from_unix_ms(9));

    EXPECT_EQ(access().rotate_credential("nobody", from_unix_ms(9)).error().code, "not_found");
    ASSERT_TRUE(access().revoke_credential(made.row.key, from_unix_ms(10)));
    EXPECT_EQ(access().rotate_credential(made.row.key, from_unix_ms(11)).error().code, "revoked");
    EXPECT_FALSE(access().check_credential(made.row.key, rotated->secret));
}

TEST_F(AccessTest, CredentialsAreStillKnownAfterARestart) {
    const auto made =
        access().add_credential("LMS", {"statements/write", "state"}, from_unix_ms(1), id(1)).value();
    const auto free = access().add_credential("free", {"all"}, from_unix_ms(2)).value();
    open();
    const auto checked = access().check_credential(made.row.key, made.secret);
    ASSERT_TRUE(checked);
    EXPECT_EQ(checked->source, id(1));
    EXPECT_EQ(checked->scopes, made.row.scopes);
    EXPECT_EQ(access().check_credential(free.row.key, free.secret)->source, "");
    EXPECT_FALSE(access().check_credential(free.row.key, made.secret));
}

// A check meanwhile may see the old or the new secrets, but after a change returned no check sees the old
// one.
TEST_F(AccessTest, AChangeCountsFromTheMomentItReturned) {
    const auto other = access().add_credential("other", {"all"}, from_unix_ms(1)).value();
    std::atomic<bool> over{false};
    std::vector<std::thread> checking;
    for (int t = 0; t < 3; ++t) {
        checking.emplace_back([&] {
            while (!over) EXPECT_TRUE(access().check_credential(other.row.key, other.secret));
        });
    }
    for (int i = 0; i < 50; ++i) {
        auto made = access().add_credential("one", {"all"}, from_unix_ms(i)).value();
        EXPECT_TRUE(access().check_credential(made.row.key, made.secret));
        const auto rotated = access().rotate_credential(made.row.key, from_unix_ms(i)).value();
        EXPECT_FALSE(access().check_credential(made.row.key, made.secret));
        EXPECT_TRUE(access().check_credential(made.row.key, rotated.secret));
        EXPECT_TRUE(access().revoke_credential(made.row.key, from_unix_ms(i)));
        EXPECT_FALSE(access().check_credential(made.row.key, rotated.secret));
    }
    over = true;
    for (auto& thread : checking) thread.join();
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
    const auto rotated = access().rotate_credential(made.row.key, from_unix_ms(2)).value();
    const auto bytes = disk();
    EXPECT_NE(bytes.find(made.row.key), std::string::npos) << "the disk was read";
    for (const auto& secret : {made.secret, rotated.secret, link, other_link, session})
        EXPECT_EQ(bytes.find(secret), std::string::npos);
    store_.reset();
    const auto after = disk();
    for (const auto& secret : {made.secret, rotated.secret, link, other_link, session})
        EXPECT_EQ(after.find(secret), std::string::npos);
}

}  // namespace
}  // namespace capbridge::store::test
