// A kernel without Landlock or seccomp: no adapter is loaded unless the installation says that it may be.
#include <sys/utsname.h>

#include <chrono>
#include <future>
#include <thread>

#include "adapters/fixture.hpp"
#include "adapters/sandbox.hpp"

namespace capbridge::adapters {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class RequiredTest : public AdapterTest {
protected:
    RequiredTest() { use_sample(); }

    // A kernel without that ("no_landlock", "no_seccomp"), for children that start from now on.
    void lack(const std::string& what) {
        const auto link = folder.path / what;
        if (!fs::exists(link)) fs::create_symlink(TEST_CHILD, link);
        spec.executable = link;
        catalogue_.reset();
    }
    void use_program() { use(fs::path(CAPBRIDGE_REPO) / "docs/examples/demo.adapter"); }
};

TEST_F(RequiredTest, WhatAnAdapterIsPromisedIsHere) {
    const auto sandbox = catalogue().sandbox();
    EXPECT_EQ(sandbox["lacking"], json::array()) << sandbox.dump();
    EXPECT_EQ(sandbox["required"], true);
    EXPECT_EQ(sandbox["refusal"], nullptr);
}

TEST_F(RequiredTest, WithoutLandlockNoneIsLoadedAndTheTextSaysWhatToDo) {
    lack("no_landlock");
    EXPECT_TRUE(catalogue().list().empty());
    const auto refused = catalogue().refused();
    ASSERT_EQ(refused.size(), 1u);
    EXPECT_EQ(refused[0].error.code, "adapter_no_sandbox");
    const auto found = catalogue().find("test.sample");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, "adapter_no_sandbox");
    utsname system{};
    uname(&system);
    for (const auto* says :
         {"test.sample", "landlock: this kernel does not have it", "Linux 5.13", "lsm=", "container",
          "\"require_sandbox\": false", static_cast<const char*>(system.release)})
        EXPECT_NE(found.error().message.find(says), std::string::npos) << says << "\n"
                                                                       << found.error().text();
    EXPECT_EQ(catalogue().check_settings("test.sample", {{"do", "count"}}).error().code,
              "adapter_no_sandbox");
    EXPECT_EQ(catalogue().open({"s", "test.sample", {{"do", "count"}}, {}}).error().code,
              "adapter_no_sandbox");
}

TEST_F(RequiredTest, WithoutSeccompNoneIsLoaded) {
    if (kSanitized) GTEST_SKIP() << "seccomp is off in a build with sanitizers";
    lack("no_seccomp");
    EXPECT_TRUE(catalogue().list().empty());
    const auto sandbox = catalogue().sandbox();
    EXPECT_EQ(sandbox["seccomp"], false);
    EXPECT_GE(sandbox["landlock"].get<int>(), 1);
    EXPECT_NE(sandbox["refusal"].get<std::string>().find("seccomp: "), std::string::npos) << sandbox.dump();
}

TEST_F(RequiredTest, AnInstallationMayDoWithoutAndIsToldWhatLacks) {
    use_program();
    for (const auto* what : {"no_landlock", "no_seccomp"}) {
        if (kSanitized && std::string(what) == "no_seccomp") continue;
        spec.require_sandbox = false;
        lack(what);
        out = {};
        EXPECT_TRUE(pull("test.sample", {{"do", "count"}, {"records", 3}, {"every", 1}}));
        EXPECT_TRUE(pull("org.example.demo", {{"learners", 5}}));
        EXPECT_EQ(out.records.size(), 8u) << what;
        const auto sandbox = catalogue().sandbox();
        EXPECT_EQ(sandbox["required"], false);
        EXPECT_EQ(sandbox["refusal"], nullptr);
        EXPECT_EQ(sandbox["lacking"].size(), 1u) << sandbox.dump();
    }
}

// The child judges by what it has, whatever the host found out before.
TEST_F(RequiredTest, TheChildItselfRefuses) {
    use_program();
    StateStore state;
    for (const auto* id : {"test.sample", "org.example.demo"}) {
        spec.executable = TEST_CHILD;
        catalogue_.reset();
        const auto adapter = catalogue().find(id);
        ASSERT_TRUE(adapter) << adapter.error().text();
        lack("no_landlock");
        ChildSource child(spec, *adapter, {"s", id, {{"do", "count"}}, {}}, state);
        const auto pulled = child.pull("", out, cancel);
        ASSERT_FALSE(pulled);
        EXPECT_EQ(pulled.error().code, "adapter_unsupported");
        EXPECT_NE(pulled.error().message.find("no adapter is loaded"), std::string::npos)
            << pulled.error().text();
        EXPECT_NE(pulled.error().message.find(id), std::string::npos);
    }
    EXPECT_TRUE(out.records.empty());
}

TEST_F(RequiredTest, ACheckTellsWarningsAndEndsWhenItIsCancelled) {
    std::vector<std::string> notes;
    const auto noted = [&](const std::string& line) { notes.push_back(line); };
    ASSERT_TRUE(source("test.sample", {{"do", "warn"}})->inspect(noted, cancel));
    EXPECT_EQ(notes, std::vector<std::string>{"The report is empty."});

    const auto waits = source("test.sample", {{"do", "wait"}});
    const auto began = steady_clock::now();
    auto cancelled = std::async(std::launch::async, [&] {
        std::this_thread::sleep_for(milliseconds(300));
        cancel = true;
    });
    const auto checked = waits->inspect({}, cancel);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, "adapter_cancelled") << checked.error().text();
    EXPECT_LT(steady_clock::now() - began, milliseconds(10'000));
}

}  // namespace
}  // namespace capbridge::adapters
