// What a configuration says of files and folders: keys, certificates, the place of backups.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/configuration.hpp"
#include "core/base/files.hpp"
#include "core/base/ids.hpp"

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;

// Of nobody: a certificate for bridge1.example, its key, and another's.
constexpr const char* own_certificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBiTCCAS+gAwIBAgIUeVBTvgELD4SOi6x4KsONcNMWAAMwCgYIKoZIzj0EAwIw\n"
    "GjEYMBYGA1UEAwwPYnJpZGdlMS5leGFtcGxlMB4XDTI2MTEyMzAzMjU1MloXDTM2\n"
    "MTEyMDAzMjU1MlowGjEYMBYGA1UEAwwPYnJpZGdlMS5leGFtcGxlMFkwEwYHKoZI\n"
    "zj0CAQYIKoZIzj0DAQcDQgAEg2yk5HagPbH2cbGN1ZZKbyNe1xk1CP2s16SBRvuv\n"
    "EHTDty3nIUTWq+s5SBbOO4nyK5/W5Wldni0+gr0fP2z3N6NTMFEwHQYDVR0OBBYE\n"
    "FJTPX0kMbN4HPAtae3B3KsGclWf+MB8GA1UdIwQYMBaAFJTPX0kMbN4HPAtae3B3\n"
    "KsGclWf+MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgeJAhq/wJ\n"
    "5YCAWa62uJP/DX7KwAUmM9XD0kohvokck7QCIQDp3e9gTihECKb5LzyWl4KbhS0m\n"
    "56Ez4CLll/ZEj/StDQ==\n"
    "-----END CERTIFICATE-----\n";
constexpr const char* own_key =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgoit+JkBUbFlmZ7YR\n"
    "9esS1BP5RUpeQrMRtsEvKxWdI7KhRANCAASDbKTkdqA9sfZxsY3VlkpvI17XGTUI\n"
    "/azXpIFG+68QdMO3LechRNar6zlIFs47ifIrn9blaV2eLT6CvR8/bPc3\n"
    "-----END PRIVATE KEY-----\n";
constexpr const char* other_key =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgIjBblNYZrZK5hHNk\n"
    "o/1wpnBU3I2uzGgsHIv7pi3hvzehRANCAARAmXAO3LL6w4nKfYzpNXnnwEDmzFQz\n"
    "9aMynphgr3oic3G8vI2wz/lTtWCtgNMUTQ0kOQ/0vHlAgiyVJ9MwagwE\n"
    "-----END PRIVATE KEY-----\n";
// A list of revoked certificates only: nobody can be trusted by it.
constexpr const char* revoked =
    "-----BEGIN X509 CRL-----\n"
    "MIGdMEUwCgYIKoZIzj0EAwIwGTEXMBUGA1UEAwwObm9ib2R5LmV4YW1wbGUXDTI2\n"
    "MTEyMzA1NDA1MVoXDTM2MTEyMDA1NDA1MVowCgYIKoZIzj0EAwIDSAAwRQIhAItT\n"
    "/QjIb3iKY+nrcftoWI0RAk4L8ekvDW/JxjFcMnGpAiBxB4dKepbT8kAPlC8DKbAr\n"
    "l2X/E7BnPDk6vADSV7dYOQ==\n"
    "-----END X509 CRL-----\n";

class ConfiguredFiles : public ::testing::Test {
protected:
    void SetUp() override {
        dir = fs::temp_directory_path() / ("capbridge-" + random_token(9));
        fs::create_directory(dir);
    }
    void TearDown() override { fs::remove_all(dir); }

    void write(const std::string& name, const std::string& text) {
        ASSERT_TRUE(write_file(dir / name, text, 0600));
    }
    // "POINTER CODE" of each finding.
    std::vector<std::string> codes(const std::string& text, const std::string& data = {}) {
        write("c.json", text);
        std::vector<std::string> out;
        for (const auto& one : check_configuration(dir / "c.json", {}, nullptr, data).findings)
            out.push_back(one.problem.pointer + " " + one.problem.code);
        return out;
    }

    fs::path dir;
};

TEST_F(ConfiguredFiles, AKeyThatEverybodyMayReadIsNotTaken) {
    write("backup.key", "a passphrase of this test\n");
    write("syslog.key", own_key);
    write("syslog.pem", own_certificate);
    const std::string text =
        "{\"backup\": {\"to\": \"" + dir.string() +
        "/kept\", \"every\": \"PT6H\", \"key_file\": \"backup.key\"},\n\"log\": {\"syslog\": {\"host\": "
        "\"logs.example\", \"certificate_file\": \"syslog.pem\", \"key_file\": \"syslog.key\"}}}";
    EXPECT_THAT(codes(text), testing::IsEmpty());
    for (const auto* key : {"backup.key", "syslog.key"})
        fs::permissions(dir / key, fs::perms::others_read, fs::perm_options::add);
    EXPECT_THAT(codes(text), testing::ElementsAre("/backup/key_file key_open_to_all",
                                                  "/log/syslog/key_file key_open_to_all"));
}

TEST_F(ConfiguredFiles, PemFilesThatCannotWorkAreToldBeforeTheyAreUsed) {
    write("good.pem", own_certificate);
    write("good.key", own_key);
    write("other.key", other_key);
    write("garbage.pem", "nope");
    write("cut.pem", std::string(own_certificate) + std::string(own_certificate).substr(0, 300));
    fs::create_directory(dir / "folder");
    const auto target = [](const std::string& file) {
        return R"({"forward": [{"name": "w", "kind": "lrs", "settings": {"url": "https://lrs.example/x", "ca_file": ")" +
               file + "\"}}]}";
    };
    const auto syslog = [](const std::string& ca, const std::string& certificate, const std::string& key) {
        return R"({"log": {"syslog": {"host": "h", "ca_file": ")" + ca + R"(", "certificate_file": ")" +
               certificate + R"(", "key_file": ")" + key + "\"}}}";
    };
    using testing::ElementsAre;
    EXPECT_THAT(codes(target("good.pem")), ElementsAre());
    EXPECT_THAT(codes(target("none.pem")), ElementsAre("/forward/0/settings/ca_file not_found"));
    EXPECT_THAT(codes(target("folder")), ElementsAre("/forward/0/settings/ca_file not_a_file"));
    write("revoked.pem", revoked);
    for (const auto* file : {"garbage.pem", "cut.pem", "good.key", "revoked.pem"})
        EXPECT_THAT(codes(target(file)), ElementsAre("/forward/0/settings/ca_file bad_pem")) << file;
    EXPECT_THAT(codes(syslog("good.pem", "good.pem", "good.key")), ElementsAre());
    EXPECT_THAT(codes(syslog("garbage.pem", "garbage.pem", "garbage.pem")),
                ElementsAre("/log/syslog/ca_file bad_pem", "/log/syslog/certificate_file bad_pem",
                            "/log/syslog/key_file bad_pem"));
    EXPECT_THAT(codes(syslog("good.pem", "good.pem", "other.key")),
                ElementsAre("/log/syslog/key_file bad_pem"));
}

TEST_F(ConfiguredFiles, BackupsBelowTheDataAreNotTaken) {
    fs::create_directories(dir / "data/b");
    fs::create_directory_symlink(dir / "data/b", dir / "link");
    write("file", "");
    const auto said = [&](const std::string& to, const std::string& data,
                          const std::string& of_command = {}) {
        return codes("{" + (data.empty() ? "" : "\"data\": \"" + data + "\", ") +
                         "\"backup\": {\"every\": \"PT6H\", \"to\": \"" + to + "\"}}",
                     of_command);
    };
    using testing::IsEmpty;
    const auto inside = testing::ElementsAre("/backup/to bad_backup_target");
    EXPECT_THAT(said("data/b", "data"), inside);
    EXPECT_THAT(said("link", "data"), inside) << "by way of a link";
    EXPECT_THAT(said("data/b", ""), IsEmpty()) << "the data are elsewhere";
    EXPECT_THAT(said("data/b", "", (dir / "data").string()), inside) << "serve --data";
    EXPECT_THAT(said("data/b", "data", (dir / "other").string()), IsEmpty()) << "serve --data elsewhere";
    EXPECT_THAT(said("/var/lib/capbridge/b", ""), testing::Contains("/backup/to bad_backup_target"))
        << "the directory of old";
    EXPECT_THAT(said("file", "data"), inside);
    EXPECT_THAT(said("file/b", "data"), inside);
    EXPECT_THAT(said("new", "data"), IsEmpty());
}

}  // namespace
}  // namespace capbridge::cli
