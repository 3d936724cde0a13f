// Fetching into the drop folder from real servers on loopback: OpenSSH's sshd, and FTPS by
// tests/fakes/ftps.py. A test skips, saying so, where what it needs is not installed.
#include "adapters/fetch.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "adapters/egress.hpp"
#include "adapters/fixture.hpp"
#include "core/base/files.hpp"
#include "core/base/ids.hpp"

namespace capbridge::adapters {
namespace {

// A program that runs until the test is through. Standard output goes into a file.
class Running {
public:
    Running(const std::vector<std::string>& command, const fs::path& output) {
        std::vector<char*> arguments;
        for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(nullptr);
        pid_ = ::fork();
        if (pid_ != 0) return;
        if (std::freopen(output.c_str(), "w", stdout) == nullptr ||
            std::freopen((output.string() + ".err").c_str(), "w", stderr) == nullptr)
            ::_exit(1);
        ::execv(arguments[0], arguments.data());
        ::_exit(1);
    }
    ~Running() {
        ::kill(pid_, SIGTERM);
        ::waitpid(pid_, nullptr, 0);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    [[nodiscard]] bool ended() const { return ::waitpid(pid_, nullptr, WNOHANG) == pid_; }

private:
    pid_t pid_ = -1;
};

int run(const std::string& command) {
    return std::system((command + " >/dev/null 2>&1").c_str());  // NOLINT: words of this file only
}

std::string content(const fs::path& file) {
    return read_file(file).value_or("(none)");
}

class FetchTest : public ::testing::Test {
protected:
    FetchTest() {
        fs::create_directory(remote());
        fs::create_directory(drop());
        settings.source_name = "tees";
        settings.adapter = "csv";
        settings.folder = drop();
        put("one two.csv", "a,b\n1,2\n");
        put("later.csv", "x\n");
        put("notes.txt", "no");
    }
    [[nodiscard]] fs::path remote() const { return place.path / "remote"; }
    [[nodiscard]] fs::path drop() const { return place.path / "drop"; }
    void put(const std::string& name, const std::string& bytes) const {
        std::ofstream(remote() / name, std::ios::binary) << bytes;
    }
    Result<FetchReport> fetch() { return fetch_files(settings, memory, nullptr); }
    std::string code() {
        const auto done = fetch();
        return done ? "fetched " + std::to_string(done->fetched) : done.error().code;
    }
    std::string path(const std::string& name) const { return (place.path / name).string(); }
    // What must hold whatever the protocol.
    void comes_and_goes() {
        settings.fetch["pattern"] = "*.csv";
        const auto first = fetch();
        ASSERT_TRUE(first) << first.error().text();
        EXPECT_EQ(2, first->fetched);
        EXPECT_EQ("a,b\n1,2\n", content(drop() / "one two.csv"));
        EXPECT_FALSE(fs::exists(drop() / "notes.txt"));
        EXPECT_FALSE(fs::exists(drop() / ".fetch"));
        EXPECT_LE(std::abs((fs::last_write_time(drop() / "later.csv") -
                            fs::last_write_time(remote() / "later.csv")) /
                           std::chrono::seconds(1)),
                  1);
        const auto second = fetch();
        ASSERT_TRUE(second);
        EXPECT_EQ(0, second->fetched);
        EXPECT_EQ(2, second->unchanged);
        put("later.csv", "x\ny\n");
        EXPECT_EQ("fetched 1", code());
        EXPECT_EQ("x\ny\n", content(drop() / "later.csv"));
        EXPECT_TRUE(fs::exists(remote() / "later.csv"));  // nothing is deleted unless asked

        put("new.csv", "n\n");
        settings.fetch["delete_after"] = true;
        EXPECT_EQ("fetched 1", code());
        EXPECT_FALSE(fs::exists(remote() / "new.csv"));
        EXPECT_TRUE(fs::exists(drop() / "new.csv"));
        EXPECT_TRUE(fs::exists(remote() / "notes.txt"));
        settings.fetch.erase("delete_after");

        put("huge.csv", std::string((1u << 20) + 1, 'x'));
        settings.fetch["most_file_mb"] = 1;
        const auto huge = fetch();
        ASSERT_TRUE(huge) << huge.error().text();
        EXPECT_EQ(1, huge->left);
        EXPECT_FALSE(fs::exists(drop() / "huge.csv"));

        settings.file_min_age = std::chrono::hours(1);
        put("fresh.csv", "f\n");
        EXPECT_EQ("fetched 0", code());
        EXPECT_FALSE(fs::exists(drop() / "fresh.csv"));
        settings.file_min_age.reset();
        EXPECT_EQ("fetched 1", code());

        std::atomic<bool> cancel{true};
        put("more.csv", "m\n");
        const auto cancelled = fetch_files(settings, memory, &cancel);
        ASSERT_FALSE(cancelled);
        EXPECT_EQ("adapter_cancelled", cancelled.error().code);
    }

    TemporaryFolder place;
    engine::SourceSettings settings;
    ProcessMemory memory;
};

class SftpTest : public FetchTest {
protected:
    void SetUp() override {
        if (!fs::exists("/usr/sbin/sshd")) {
            ASSERT_EQ(std::getenv("CI"), nullptr) << "openssh-server is not installed: run scripts/setup";
            GTEST_SKIP() << "openssh-server is not installed";
        }
        if (::geteuid() == 0) fs::create_directories("/run/sshd");
        run("ssh-keygen -q -t ed25519 -N '' -f " + path("host"));
        run("ssh-keygen -q -t ed25519 -N '' -f " + path("other"));
        run("ssh-keygen -q -t ed25519 -N '' -f " + path("user"));
        fs::copy_file(path("user.pub"), path("authorized"));
        // sshd says no port of its own choice: one is tried after the other.
        for (int tries = 0; tries < 20 && !server_; ++tries) {
            port_ = 20000 + static_cast<int>((static_cast<unsigned>(::getpid()) * 7u +
                                              static_cast<unsigned>(tries) * 131u) %
                                             20000u);
            place.write("config", "Port " + std::to_string(port_) + "\nListenAddress 127.0.0.1\nHostKey " +
                                      path("host") + "\nPidFile none\nAuthorizedKeysFile " +
                                      path("authorized") +
                                      "\nStrictModes no\nUsePAM no\nPasswordAuthentication "
                                      "no\nKbdInteractiveAuthentication no\n"
                                      "Subsystem sftp internal-sftp\n");
            server_ = std::make_unique<Running>(
                std::vector<std::string>{"/usr/sbin/sshd", "-f", path("config"), "-D", "-e"}, path("log"));
            for (int wait = 0; wait < 100; ++wait) {
                if (content(path("log.err")).find("Server listening") != std::string::npos) break;
                std::this_thread::sleep_for(std::chrono::milliseconds(20));
            }
            if (server_->ended()) server_.reset();
        }
        ASSERT_TRUE(server_) << content(path("log.err"));
        const auto key = content(path("host.pub"));
        place.write("known", "[127.0.0.1]:" + std::to_string(port_) + " " + key);
        const auto other = content(path("other.pub"));
        place.write("unknown", "[127.0.0.1]:" + std::to_string(port_) + " " + other);
        const char* user = std::getenv("USER");
        settings.fetch = {{"url", "sftp://127.0.0.1:" + std::to_string(port_) + remote().string() + "/"},
                          {"user", ::geteuid() == 0 ? "root" : (user != nullptr ? user : "nobody")},
                          {"key_file", path("user")},
                          {"known_hosts", path("known")}};
    }
    int port_ = 0;
    std::unique_ptr<Running> server_;
};

TEST_F(SftpTest, NewAndChangedFilesCome) {
    comes_and_goes();
}

TEST_F(SftpTest, AServerWithAnotherKeyGetsNothing) {
    settings.fetch["known_hosts"] = path("unknown");
    const auto refused = fetch();
    ASSERT_FALSE(refused);
    EXPECT_EQ("adapter_config", refused.error().code);
    EXPECT_NE(refused.error().message.npos, refused.error().message.find("not the one that is known"));
    settings.fetch.erase("known_hosts");
    settings.fetch["host_key_sha256"] = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    EXPECT_EQ("adapter_config", code());
    const auto command = "ssh-keygen -lf " + path("host.pub") + " | cut -d' ' -f2 > " + path("print");
    ASSERT_EQ(0, std::system(command.c_str()));  // NOLINT
    auto print = content(path("print"));
    print.pop_back();
    settings.fetch["host_key_sha256"] = print;
    EXPECT_EQ("fetched 3", code());
}

TEST_F(SftpTest, ARefusedLoginAndAMissingFolderHaveTheirClass) {
    ::chmod(path("other").c_str(), 0600);
    settings.fetch["key_file"] = path("other");
    EXPECT_EQ("adapter_auth", code());
    settings.fetch["key_file"] = path("user");
    settings.fetch["url"] = "sftp://127.0.0.1:" + std::to_string(port_) + "/nonexistent/";
    EXPECT_EQ("adapter_config", code());
    settings.fetch["url"] = "sftp://127.0.0.1:1/x/";
    EXPECT_EQ("adapter_retry", code());
    ::chmod(path("user").c_str(), 0644);
    EXPECT_EQ("adapter_config", code());  // everybody may read the key
}

class FtpsTest : public FetchTest, public ::testing::WithParamInterface<bool> {
protected:
    void SetUp() override {
        if (run("/usr/bin/python3 -c 'import ssl'") != 0 || run("openssl version") != 0)
            GTEST_SKIP() << "python3 or openssl is not installed";
        const auto certificate = [&](const std::string& name) {
            return run(
                "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "
                "/CN=127.0.0.1 "
                "-addext subjectAltName=IP:127.0.0.1 -keyout " +
                path(name + ".key") + " -out " + path(name + ".pem"));
        };
        ASSERT_EQ(0, certificate("server"));
        ASSERT_EQ(0, certificate("stranger"));
        std::vector<std::string> command{"/usr/bin/python3", CAPBRIDGE_REPO "/tests/fakes/ftps.py",
                                         remote().string(), path("server.pem"), path("server.key")};
        if (!GetParam()) command.push_back("--implicit");
        server_ = std::make_unique<Running>(command, path("port"));
        std::string port;
        for (int wait = 0; wait < 250 && port.empty(); ++wait) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            if (const auto text = read_file(path("port")); text && text->ends_with('\n')) port = *text;
        }
        ASSERT_FALSE(port.empty()) << content(path("port.err"));
        port.pop_back();
        place.write("password", "invented-password\n");
        ::chmod(path("password").c_str(), 0600);
        settings.fetch = {{"url", "ftps://127.0.0.1:" + port + "/"},
                          {"user", "bridge"},
                          {"secret_file", path("password")},
                          {"ca_file", path("server.pem")}};
        if (GetParam()) settings.fetch["explicit_tls"] = true;
    }
    std::unique_ptr<Running> server_;
};

TEST_P(FtpsTest, NewAndChangedFilesCome) {
    comes_and_goes();
}

TEST_P(FtpsTest, AWrongCertificateOrPasswordEndsIt) {
    settings.fetch["ca_file"] = path("stranger.pem");
    EXPECT_EQ("adapter_config", code());
    settings.fetch["ca_file"] = path("server.pem");
    place.write("password", "another-password\n");
    const auto refused = fetch();
    ASSERT_FALSE(refused);
    EXPECT_EQ("adapter_auth", refused.error().code);
    EXPECT_EQ(refused.error().message.npos, refused.error().message.find("another-password"));
}

INSTANTIATE_TEST_SUITE_P(Tls, FtpsTest, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Explicit" : "Implicit"; });

TEST(FetchSettingsTest, WhatCannotWorkIsSaid) {
    const auto problems = [](json fetch) {
        engine::SourceSettings settings;
        settings.folder = "/x";
        settings.fetch = std::move(fetch);
        return problems_text(check_service_settings(settings, {}), "f");
    };
    const auto says = [&](const json& fetch, const std::string& what) {
        const auto text = problems(fetch);
        EXPECT_NE(text.npos, text.find(what)) << fetch << " says " << text;
    };
    says({{"url", "sftp://h.example.org/x/"}, {"user", "u"}, {"secret_env", "PATH"}},
         "known_hosts or host_key_sha256");
    says({{"url", "http://h.example.org/x/"}, {"user", "u"}}, "/fetch/url");
    says({{"url", "ftps://h.example.org/x/"}, {"user", "u"}}, "give secret_file");
    says({{"url", "ftps://h.example.org/x/"}, {"user", "u"}, {"secret_env", "PATH"}, {"known_hosts", "/x"}},
         "sftp only");
    says({{"url", "ftps://h.example.org/x/"}, {"user", "u"}, {"password", "p"}}, "password");
    says({{"user", "u"}}, "url");
    const json ftps{{"url", "ftps://h.example.org/x/"}, {"user", "u"}, {"secret_env", "PATH"}};
    const auto with_ca = [&](const char* file) {
        auto fetch = ftps;
        fetch["ca_file"] = file;
        return fetch;
    };
    says(with_ca("/no/such"), "/fetch/ca_file: '/no/such': there is no such file [not_found]");
    says(with_ca("/tmp"), "/fetch/ca_file: '/tmp' is a folder or a device, not a file [not_a_file]");
    says(with_ca("/etc/hostname"), "/fetch/ca_file: '/etc/hostname' has no PEM certificate");
    const auto with_key = [&](const std::string& file) {
        return problems({{"url", "sftp://h.example.org/x/"},
                         {"user", "u"},
                         {"known_hosts", "/etc/hostname"},
                         {"key_file", file}});
    };
    EXPECT_EQ(with_key("/no/such"), "f: /fetch/key_file: '/no/such': there is no such file [not_found]");
    const auto file = std::filesystem::temp_directory_path() / ("capbridge-" + random_token(9));
    ASSERT_TRUE(write_file(file, "ssh-ed25519 AAAA a public one", 0600));
    EXPECT_NE(with_key(file).find("has no private key"), std::string::npos);
    ASSERT_TRUE(write_file(
        file, "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", 0600));
    EXPECT_EQ(with_key(file), "");
    std::filesystem::remove(file);
    EXPECT_EQ("", problems({{"url", "ftps://h.example.org/x/"}, {"user", "u"}, {"secret_env", "PATH"}}));
}

}  // namespace
}  // namespace capbridge::adapters
