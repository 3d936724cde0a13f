// What a hostile or broken adapter costs: one run of one source, with its name in the message. The adapters
// are those of tests/bad_plugins; which of their misdeeds happens where is in the name of the file's copy.
#include "adapters/sandbox.hpp"

#include "adapters/fixture.hpp"

namespace capbridge::adapters {
namespace {

const fs::path kBad = fs::path(TEST_PLUGINS) / "bad_plugins";

class SandboxTest : public AdapterTest {
protected:
    SandboxTest() {
        spec.memory_mb = 64;
        constexpr int slow = kSanitized ? 8 : 1;
        spec.timeouts.start = std::chrono::milliseconds(400 * slow);
        spec.timeouts.pull_idle = std::chrono::milliseconds(300 * slow);
        use_sample();
    }
    // `place`: "", "@create" or "@constructor".
    void use_bad(const std::string& name, const std::string& place) {
        const auto copy = plugins.path / (name + place + ".so");
        fs::copy_file(kBad / (name + ".so"), copy);
        fs::permissions(copy, fs::perms(0755));
    }
    // The bridge is not impressed.
    void others_go_on() {
        Recorded rest;
        const auto sound = source("test.sample", {{"do", "count"}, {"records", 3}, {"every", 1}});
        ASSERT_TRUE(sound);
        EXPECT_TRUE(sound->pull("", rest, cancel));
        EXPECT_EQ(rest.records.size(), 3u);
    }
};

struct Misdeed {
    const char* name;
    const char *in_pull, *says_in_pull;
    const char *in_constructor, *says_in_constructor;
    bool by_seccomp = false;  // prevented by it
};
class MisdeedTest : public SandboxTest, public ::testing::WithParamInterface<Misdeed> {
protected:
    void SetUp() override {
        if (GetParam().by_seccomp && !catalogue().sandbox()["seccomp"].get<bool>())
            GTEST_SKIP() << "no seccomp here: " << catalogue().sandbox().dump();
        if (kSanitized && std::string(GetParam().name) == "grabs_memory") GTEST_SKIP() << "no limit here";
    }
};

TEST_P(MisdeedTest, InPullCostsTheRun) {
    use_bad(GetParam().name, "");
    const auto pulled = pull(std::string("bad.") + GetParam().name, json::object());
    ASSERT_FALSE(pulled);
    EXPECT_EQ(pulled.error().code, GetParam().in_pull) << pulled.error().text();
    EXPECT_NE(pulled.error().message.find(GetParam().says_in_pull), std::string::npos)
        << pulled.error().text();
    EXPECT_NE(pulled.error().message.find(std::string("'bad.") + GetParam().name + "'"), std::string::npos);
    EXPECT_EQ(out.cursors, std::vector<std::string>{"1"}) << "what was checkpointed before is kept";
    others_go_on();
}

TEST_P(MisdeedTest, InCreateCostsTheRun) {
    use_bad(GetParam().name, "@create");
    const auto pulled = pull(std::string("bad.") + GetParam().name, json::object());
    ASSERT_FALSE(pulled);
    EXPECT_EQ(pulled.error().message.find("exit code 99"), std::string::npos) << pulled.error().text();
    EXPECT_NE(pulled.error().message.find(std::string("'bad.") + GetParam().name + "'"), std::string::npos);
    EXPECT_TRUE(out.records.empty());
    others_go_on();
}

TEST_P(MisdeedTest, WhileItIsLoadedCostsTheFile) {
    use_bad(GetParam().name, "@constructor");
    const auto refused = catalogue().refused();
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].error.code, GetParam().in_constructor) << refused[0].error.text();
    EXPECT_NE(refused[0].error.message.find(GetParam().says_in_constructor), std::string::npos)
        << refused[0].error.text();
    EXPECT_NE(refused[0].error.message.find(std::string(GetParam().name) + "@constructor.so"),
              std::string::npos);
    others_go_on();
}

// A constructor that was prevented aborts, so that there is something to see; exit code 99 would be success.
INSTANTIATE_TEST_SUITE_P(
    All, MisdeedTest,
    ::testing::Values(
        Misdeed{"opens_socket", "adapter_internal", "socket: Operation not permitted", "adapter_crashed",
                "SIGABRT", true},
        Misdeed{"reads_passwd", "adapter_internal", "open: Permission denied", "adapter_crashed", "SIGABRT"},
        Misdeed{"writes_file", "adapter_internal", "open: ", "adapter_crashed", "SIGABRT"},
        Misdeed{"forks", "adapter_internal", "fork: Operation not permitted", "adapter_crashed", "SIGABRT",
                true},
        Misdeed{"execs", "adapter_internal", "execv: ", "adapter_crashed", "SIGABRT"},
        Misdeed{"kills_host", "adapter_internal", "kill: Operation not permitted", "adapter_crashed",
                "SIGABRT"},
        Misdeed{"starts_thread", "adapter_internal", "pthread_create: Operation not permitted",
                "adapter_crashed", "SIGABRT", true},
        Misdeed{"spins", "adapter_timeout", "no sign of life", "adapter_timeout", "not through after"},
        Misdeed{"leaks", "adapter_memory", "the limit is 64 MiB", "adapter_memory", "the limit is 64 MiB"},
        Misdeed{"grabs_memory", "adapter_internal", "no memory", "adapter_crashed", "SIGABRT"},
        Misdeed{"shares_memory", "adapter_internal", "mmap: Operation not permitted", "adapter_crashed",
                "SIGABRT", true},
        Misdeed{"writes_garbage", "adapter_protocol", "limit is 1 MiB", "adapter_protocol", "limit is 1 MiB"},
        Misdeed{"floods_log", "adapter_protocol", "talks without end", "adapter_crashed", "SIGABRT"},
        Misdeed{"crashes", "adapter_crashed", "SIGSEGV", "adapter_crashed", "SIGSEGV"}),
    [](const auto& misdeed) { return std::string(misdeed.param.name); });

TEST_F(SandboxTest, WhatAnHonestAdapterNeedsStillWorks) {
    const auto sandbox = catalogue().sandbox();
    use_bad("what_works", "");
    plugins.write("secret.txt", "of another adapter");
    spec.timeouts.start = std::chrono::milliseconds(5000);
    catalogue_.reset();
    const auto pulled = pull("bad.what_works", json::object());
    ASSERT_TRUE(pulled) << pulled.error().text();
    ASSERT_EQ(out.records.size(), 1u);
    const auto works = json::parse(out.records[0].second);
    for (const auto* what : {"iconv", "london", "library", "random", "zoneinfo"})
        EXPECT_EQ(works[what], true) << what;
    for (const auto* what : {"neighbour", "passwd", "host_environ", "write_null", "truncate", "rename"}) {
        if (sandbox["landlock"].get<int>() >= 3) {
            EXPECT_EQ(works[what], false) << what;
        }
    }
    EXPECT_EQ(works["many_files"], false);
    if (kSanitized) return;
    for (const auto* what : {"environ", "maps"}) EXPECT_EQ(works[what], false) << what;
    if (!sandbox["seccomp"].get<bool>()) return;
    for (const auto* what : {"setrlimit", "ptrace", "memfd", "io_uring", "truncate", "rename", "write_null"})
        EXPECT_EQ(works[what], false) << what;
    EXPECT_TRUE(fs::exists(plugins.path / "secret.txt"));
    EXPECT_EQ(fs::file_size(plugins.path / "secret.txt"), 18u);
}

}  // namespace
}  // namespace capbridge::adapters
