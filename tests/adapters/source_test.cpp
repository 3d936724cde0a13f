#include "adapters/source.hpp"

#include <sys/wait.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <future>
#include <thread>

#include "adapters/fixture.hpp"

namespace capbridge::adapters {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class SourceTest : public AdapterTest {
protected:
    SourceTest() { use_sample(); }
};

TEST_F(SourceTest, StreamsRecordsAsTheyWereWritten) {
    ASSERT_TRUE(pull("test.sample", {{"do", "count"}, {"records", 25}, {"every", 10}}));
    EXPECT_EQ(out.records.size(), 25u);
    EXPECT_EQ(out.records[0].first, "completion");
    EXPECT_TRUE(out.records[0].second.starts_with(R"({"who":[{"scheme":"esr-employee")"));
    EXPECT_EQ(out.cursors, (std::vector<std::string>{"10", "20", "25"}));
    EXPECT_EQ(out.counts, (std::vector<std::size_t>{10, 20, 25}));
}

TEST_F(SourceTest, ThirtyThousandCompletionsStreamInWellUnderASecond) {
    const auto s = source("test.sample", {{"do", "count"}, {"records", 30'000}, {"every", 1000}});
    const auto began = steady_clock::now();
    ASSERT_TRUE(s->pull("", out, cancel));
    const auto ms = std::chrono::duration_cast<milliseconds>(steady_clock::now() - began).count();
    EXPECT_EQ(out.records.size(), 30'000u);
    std::printf("[ measured ] 30,000 records in %lld ms\n", static_cast<long long>(ms));
    // Generous: this may be an unoptimised build on a busy machine.
    EXPECT_LT(ms, 5'000);
}

TEST_F(SourceTest, ResumesFromEveryCheckpointWithTheSameSet) {
    const json settings{{"do", "count"}, {"records", 10}, {"every", 3}};
    ASSERT_TRUE(pull("test.sample", settings));
    const auto whole = out.records;
    const auto cursors = out.cursors;
    for (std::size_t stop = 1; stop <= cursors.size(); ++stop) {
        Recorded first, second;
        first.on_checkpoint = [&] {
            return first.cursors.size() == stop ? Status(fail("store_full", "killed here")) : Status{};
        };
        const auto s = source("test.sample", settings);
        EXPECT_EQ(s->pull("", first, cancel).error().code, "store_full");
        auto kept = first.records;
        kept.resize(first.counts.back());
        ASSERT_TRUE(s->pull(first.cursors.back(), second, cancel));
        kept.insert(kept.end(), second.records.begin(), second.records.end());
        EXPECT_EQ(kept, whole);
    }
}

TEST_F(SourceTest, ACheckpointIsAnsweredOnlyWhenItIsDurable) {
    // The adapter goes on after an acknowledged checkpoint only: while the host works on one, nothing more
    // may arrive.
    std::size_t at_checkpoint = 0;
    out.on_checkpoint = [&]() -> Status {
        at_checkpoint = out.records.size();
        std::this_thread::sleep_for(milliseconds(30));
        EXPECT_EQ(out.records.size(), at_checkpoint);
        return {};
    };
    ASSERT_TRUE(pull("test.sample", {{"do", "count"}, {"records", 40}, {"every", 10}}));
    EXPECT_EQ(out.counts, (std::vector<std::size_t>{10, 20, 30, 40, 40}));
}

TEST_F(SourceTest, ASlowHostIsNoIdleAdapter) {
    out.on_checkpoint = [&]() -> Status {
        std::this_thread::sleep_for(milliseconds(800));  // longer than the idle limit of this fixture
        return {};
    };
    EXPECT_TRUE(pull("test.sample", {{"do", "count"}, {"records", 2}, {"every", 1}}));
}

TEST_F(SourceTest, ErrorsOfTheStreamEndThePullAsTheyAre) {
    out.on_emit = [&]() -> Status {
        return out.records.size() == 5 ? Status(fail("disk_full", "No space.")) : Status{};
    };
    const auto pulled = pull("test.sample", {{"do", "count"}, {"records", 1000}, {"every", 100}});
    ASSERT_FALSE(pulled);
    EXPECT_EQ(pulled.error().code, "disk_full");
}

TEST_F(SourceTest, ErrorClassesAndMessagesCrossTheBorder) {
    EXPECT_TRUE(source("test.sample", {{"do", "count"}})->check());
    const auto auth = source("test.sample", {{"do", "auth"}})->check();
    ASSERT_FALSE(auth);
    EXPECT_EQ(auth.error().code, "adapter_auth");
    EXPECT_EQ(auth.error().message,
              "Adapter 'test.sample' (sample_adapter.so): The token has expired. (HTTP 401)");
    const auto retry = pull("test.sample", {{"do", "retry"}});
    EXPECT_EQ(retry.error().code, "adapter_retry");
    EXPECT_NE(retry.error().message.find("1500 ms"), std::string::npos);
    EXPECT_EQ(pull("test.sample", {{"do", "bad_settings"}}).error().code, "adapter_config");
    EXPECT_EQ(pull("test.no_source", json::object()).error().code, "adapter_unsupported");
}

TEST_F(SourceTest, ServicesAnswerAndTheFolderIsFlat) {
    folder.write("a.txt", "read in pieces");
    fs::create_directory(folder.path / "sub");
    folder.write("sub/b.txt", "no");
    fs::create_symlink("/etc/passwd", folder.path / "link.txt");
    const auto s = source("test.sample", {{"do", "services"}}, true);
    ASSERT_TRUE(s->pull("", out, cancel));
    ASSERT_TRUE(s->pull("", out, cancel));
    ASSERT_EQ(out.records.size(), 14u);
    const auto first = json::parse(out.records[0].second), again = json::parse(out.records[7].second);
    EXPECT_EQ(first["text"], "read in pieces");
    EXPECT_EQ(first["runs"], 0);
    EXPECT_EQ(again["runs"], 1);  // the state outlives the process of one run
    EXPECT_EQ(first["http"], true);
    ASSERT_EQ(first["files"].size(), 1u);
    EXPECT_EQ(first["files"][0]["name"], "a.txt");
    EXPECT_EQ(first["files"][0]["size"], 14);
    for (std::size_t i = 1; i < 7; ++i) {
        EXPECT_EQ(out.records[i].first, "rejected");
        EXPECT_EQ(json::parse(out.records[i].second)["reason"], "code 4");
    }
}

TEST_F(SourceTest, AYoungFileIsNotListedYet) {
    folder.write("a.txt", "x");
    spec.file_min_age = milliseconds(60'000);
    ASSERT_TRUE(pull("test.sample", {{"do", "services"}}, "", true));
    EXPECT_EQ(json::parse(out.records[0].second)["files"].size(), 0u);
}

TEST_F(SourceTest, ASourceSaysHowOldAFileMustBe) {
    folder.write("a.txt", "x");
    std::size_t left = 99;
    const auto listed = [&](std::optional<std::chrono::seconds> age) {
        out = {};
        auto opened = catalogue().open({"s", "test.sample", {{"do", "services"}}, folder.path, age});
        EXPECT_TRUE(opened && (*opened)->pull("", out, cancel));
        left = (*opened)->too_young();
        return out.records.empty() ? 99u : json::parse(out.records[0].second)["files"].size();
    };
    EXPECT_EQ(listed(std::nullopt), 1u);
    EXPECT_EQ(listed(std::chrono::seconds(60)), 0u);
    EXPECT_EQ(left, 1u);
    fs::last_write_time(folder.path / "a.txt", fs::file_time_type::clock::now() - std::chrono::seconds(120));
    EXPECT_EQ(listed(std::chrono::seconds(60)), 1u);
    EXPECT_EQ(left, 0u);
}

TEST_F(SourceTest, AFileThatChangesAfterItWasListedIsRefused) {
    for (const char* when : {"opening", "reading"}) {
        out = {};
        folder.write("a.txt", "first half,");
        out.on_checkpoint = [&]() -> Status {
            std::ofstream(folder.path / "a.txt", std::ios::app) << "second half";
            return {};
        };
        const auto pulled = pull("test.sample", {{"do", "changing"}, {"when", when}}, "", true);
        ASSERT_FALSE(pulled) << when;
        EXPECT_EQ(pulled.error().code, "adapter_retry");
        EXPECT_NE(pulled.error().message.find("changed"), std::string::npos) << pulled.error().text();
        EXPECT_EQ(out.count("snapshot_end"), 0u) << "so nothing is withdrawn";
    }
    out = {};
    EXPECT_TRUE(pull("test.sample", {{"do", "changing"}, {"when", "reading"}}, "", true));
}

TEST_F(SourceTest, ACursorMayNameEveryFileOfAFullFolder) {
    const json settings{{"do", "cursor"}, {"files", 5000}};
    ASSERT_TRUE(pull("test.sample", settings));
    ASSERT_EQ(out.cursors.size(), 1u);
    EXPECT_GT(out.cursors[0].size(), 600'000u);
    const auto again = pull("test.sample", settings, out.cursors[0]);
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_EQ(out.records[1].second, "{\"id\":\"" + std::to_string(out.cursors[0].size()) + "\"}");
    EXPECT_FALSE(pull("test.sample", {{"do", "cursor"}, {"files", 9000}}));
}

TEST_F(SourceTest, ServicesMayBeUsedFromSeveralThreads) {
    ASSERT_TRUE(pull("test.sample", {{"do", "threads"}}));
    EXPECT_EQ(out.records.size(), 400u);
}

TEST_F(SourceTest, SleepingThroughTheHostIsNoIdleness) {
    spec.timeouts.pull_idle = milliseconds(6'000);
    EXPECT_TRUE(pull("test.sample", {{"do", "sleep"}, {"ms", 300}}));
    spec.timeouts.pull_total = milliseconds(300);
    catalogue_.reset();
    const auto late = pull("test.sample", {{"do", "sleep"}, {"ms", 60'000}});
    EXPECT_EQ(late.error().code, "adapter_timeout");
}

TEST_F(SourceTest, CancelWindsUpAndKeepsWhatWasCheckpointed) {
    for (const char* what : {"wait_for_cancel", "ignore_cancel", "sleep"}) {
        cancel = false;
        out = {};
        const auto s = source("test.sample", {{"do", what}, {"ms", 60'000}});
        const auto began = steady_clock::now();
        auto canceller = std::async(std::launch::async, [&] {
            std::this_thread::sleep_for(milliseconds(150));
            cancel = true;
        });
        const auto pulled = s->pull("", out, cancel);
        ASSERT_FALSE(pulled);
        EXPECT_EQ(pulled.error().code, "adapter_cancelled") << what;
        EXPECT_LT(steady_clock::now() - began, milliseconds(2'000)) << what;
        if (std::string(what) != "sleep") {
            EXPECT_EQ(out.cursors, std::vector<std::string>{"1"});
        }
    }
}

TEST_F(SourceTest, RecordsThatAreNoJsonEndTheRunOnly) {
    for (const char* what : {"no_json", "two_in_one"}) {
        const auto pulled = pull("test.sample", {{"do", what}});
        ASSERT_FALSE(pulled) << what;
        EXPECT_EQ(pulled.error().code, "adapter_protocol");
    }
    EXPECT_TRUE(out.records.empty());
    EXPECT_TRUE(pull("test.sample", {{"do", "too_large"}}));
    ASSERT_EQ(out.records.size(), 1u);
    EXPECT_EQ(out.records[0].second, R"({"id":"refused"})");
}

TEST_F(SourceTest, TheChildHasNoEnvironmentAndNoOtherDescriptors) {
    ASSERT_TRUE(pull("test.sample", {{"do", "fds"}}));
    EXPECT_EQ(json::parse(out.records[0].second)["id"], "0=/dev/nul 1=/dev/nul 2=/dev/nul 3=socket:[ ");
}

TEST_F(SourceTest, AChildThatCannotBeStartedIsSaidSo) {
    const auto adapter = *catalogue().find("test.sample");
    spec.executable = "/nonexistent/capbridge";
    StateStore state;
    ChildSource s(spec, adapter, {"x", "test.sample", {{"do", "count"}}, {}}, state);
    const auto checked = s.check();
    ASSERT_FALSE(checked);
    EXPECT_NE(checked.error().message.find("could not be started"), std::string::npos)
        << checked.error().text();
}

// Each costs one run with a named error; the next source goes on.
struct Bad {
    const char *file, *code, *says;
};
class BadPlugin : public AdapterTest, public ::testing::WithParamInterface<Bad> {};
TEST_P(BadPlugin, CostsOneRunOnly) {
    use_sample();
    use(fs::path(TEST_PLUGINS) / "bad_plugins" / (std::string(GetParam().file) + ".so"));
    const auto id = std::string("bad.") + GetParam().file;
    const auto pulled = pull(id, json::object());
    ASSERT_FALSE(pulled);
    EXPECT_EQ(pulled.error().code, GetParam().code) << pulled.error().text();
    EXPECT_NE(pulled.error().message.find(GetParam().says), std::string::npos) << pulled.error().text();
    EXPECT_NE(pulled.error().message.find("'" + id + "'"), std::string::npos) << pulled.error().text();
    Recorded rest;
    EXPECT_TRUE(
        source("test.sample", {{"do", "count"}, {"records", 3}, {"every", 1}})->pull("", rest, cancel));
    EXPECT_EQ(rest.records.size(), 3u);
    EXPECT_EQ(catalogue().list().size(), 3u);
}
INSTANTIATE_TEST_SUITE_P(All, BadPlugin,
                         ::testing::Values(Bad{"abort_in_pull", "adapter_crashed", "SIGABRT"},
                                           Bad{"throws", "adapter_internal", "exception"},
                                           Bad{"exits", "adapter_crashed", "exit code 0"},
                                           Bad{"unknown_code", "adapter_internal", "gave no reason"}),
                         [](const auto& bad) { return std::string(bad.param.file); });

TEST_F(SourceTest, NoChildIsLeftBehind) {
    (void)pull("test.sample", {{"do", "count"}, {"records", 1}, {"every", 1}});
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
}

}  // namespace
}  // namespace capbridge::adapters
