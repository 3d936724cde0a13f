#include "core/engine/source_check.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "core/engine/operations.hpp"

namespace capbridge::engine {
namespace {

using std::chrono::milliseconds;
using Check = std::function<Status(const Source::Noted&, const std::atomic<bool>&)>;

class Asked final : public Source {
public:
    explicit Asked(const Check& check) : check_(check) {}
    Status check() override { return {}; }
    Status inspect(const Noted& noted, const std::atomic<bool>& cancel) override {
        return check_(noted, cancel);
    }
    Status pull(std::string_view, RecordStream&, const std::atomic<bool>&) override { return {}; }

private:
    const Check& check_;
};

class Adapters final : public AdapterCatalogue {
public:
    std::vector<AdapterInfo> list() override { return {}; }
    Result<AdapterInfo> find(std::string_view) override { return fail("not_found", "No adapter."); }
    Result<Problems> check_settings(std::string_view, const json&) override { return Problems{}; }
    Result<std::unique_ptr<Source>> open(const SourceSettings&) override {
        if (!opens) return fail(opens.error());
        return std::make_unique<Asked>(check);
    }
    Problems check_services(const SourceSettings&) override { return services; }

    Status opens;
    Problems services;
    bool asked = false;
    Check check = [this](const auto&, const auto&) -> Status {
        asked = true;
        return {};
    };
};

class SourceCheck : public ::testing::Test {
protected:
    ordered_json checked(milliseconds patience = milliseconds(5'000)) {
        auto answer = check_source(adapters, settings, patience, stopping);
        return answer ? *answer : ordered_json(answer.error().code);
    }
    void fails(const char* code, const char* message) {
        adapters.check = [=](const auto&, const auto&) -> Status { return fail(code, message); };
    }

    Adapters adapters;
    SourceSettings settings{"lms", "moodle", json::object(), {}};
    std::atomic<bool> stopping{false};
};

TEST_F(SourceCheck, AllRight) {
    const auto answer = checked();
    EXPECT_EQ(answer["ok"], true);
    EXPECT_TRUE(answer["findings"].empty());
    EXPECT_TRUE(answer["not_tried"].empty());
    EXPECT_EQ(answer["source"], "lms");
}

TEST_F(SourceCheck, EachClassHasItsOwnAdvice) {
    std::map<std::string, std::string> advice;
    for (const auto* code :
         {"adapter_auth", "adapter_config", "adapter_retry", "adapter_crashed", "adapter_timeout"}) {
        fails(code, "What happened.");
        const auto answer = checked();
        EXPECT_EQ(answer["ok"], false);
        ASSERT_EQ(answer["findings"].size(), 1u);
        EXPECT_EQ(answer["findings"][0]["class"], std::string(code).substr(8));
        EXPECT_EQ(answer["findings"][0]["message"], "What happened.");
        advice[answer["findings"][0]["advice"].get<std::string>()] = code;
    }
    EXPECT_EQ(advice.size(), 5u);
}

TEST_F(SourceCheck, WarningsLeaveItSound) {
    adapters.check = [](const auto& noted, const auto&) -> Status {
        noted("The report is empty.");
        return {};
    };
    const auto answer = checked();
    EXPECT_EQ(answer["ok"], true);
    EXPECT_EQ(answer["findings"][0]["severity"], "warning");
    EXPECT_EQ(answer["findings"][0]["message"], "The report is empty.");
}

TEST_F(SourceCheck, EverythingThatIsWrongHereIsToldBeforeAnybodyIsAsked) {
    settings.folder = "/nonexistent/folder";
    adapters.services = {
        {Problem::Severity::error, "no_secret", "/http/auth/lms/secret_file", "No file.", 0}};
    const auto answer = checked();
    EXPECT_EQ(answer["ok"], false);
    ASSERT_EQ(answer["findings"].size(), 2u);
    EXPECT_EQ(answer["findings"][0]["where"], "/http/auth/lms/secret_file");
    EXPECT_EQ(answer["findings"][1]["code"], "no_folder");
    EXPECT_FALSE(adapters.asked);
    EXPECT_EQ(answer["not_tried"].size(), 1u);
}

TEST_F(SourceCheck, AnAdapterThatCannotBeOpenedIsAFinding) {
    adapters.opens = fail("adapter_no_sandbox", "No sandbox here.");
    const auto answer = checked();
    EXPECT_EQ(answer["findings"][0]["class"], "no_sandbox");
    EXPECT_FALSE(adapters.asked);
}

TEST_F(SourceCheck, OneThatDoesNotEndIsCancelledAndCalledSo) {
    adapters.check = [](const auto&, const std::atomic<bool>& cancel) -> Status {
        while (!cancel) std::this_thread::sleep_for(milliseconds(5));
        return fail("adapter_cancelled", "Cancelled.");
    };
    const auto answer = checked(milliseconds(100));
    ASSERT_EQ(answer["findings"].size(), 1u);
    EXPECT_EQ(answer["findings"][0]["code"], "adapter_timeout");
    EXPECT_NE(answer["findings"][0]["message"].get<std::string>().find("after 1 s"), std::string::npos);
    stopping = true;
    EXPECT_EQ(checked(), "stopping");
}

// A refresh token that is spent without a place for the next one locks everybody out.
TEST_F(SourceCheck, ARefreshTokenIsNotSpentWhereTheNextOneCannotBeKept) {
    settings.http = {{"auth", {{"lms", {{"type", "oauth2_refresh"}}}}}};
    const auto answer = checked();
    EXPECT_EQ(answer["ok"], true);
    EXPECT_FALSE(adapters.asked);
    EXPECT_EQ(answer["not_tried"].size(), 1u);
}

TEST_F(SourceCheck, OneThatOnlyGetsPostsHasNothingToTry) {
    settings.adapter = "none";
    adapters.opens = fail("not_found", "No adapter 'none'.");
    const auto answer = checked();
    EXPECT_EQ(answer["ok"], true);
    EXPECT_EQ(answer["not_tried"].size(), 1u);
}

TEST_F(SourceCheck, IsAnOperationOfAdministrators) {
    const auto* operation = find_operation("source.check");
    ASSERT_NE(operation, nullptr);
    EXPECT_EQ(operation->scope, "admin");
    EXPECT_TRUE(operation->changes) << "the daemon that owns the data asks: its budgets and tokens hold";
}

}  // namespace
}  // namespace capbridge::engine
