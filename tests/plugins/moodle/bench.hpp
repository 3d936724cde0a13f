// What the tests of the moodle adapter share: a bench whose other side is the fake site.
#pragma once
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "bridge/testing.hpp"
#include "fake_site.hpp"

namespace moodle_test {

constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kNow = 1'772'323'200;  // the test host's clock

class MoodleTest : public ::testing::Test {
protected:
    MoodleTest() {
        host.http = [this](const bridge::HttpRequest& request) { return site.answer(request); };
    }
    bridge::testing::Run pull(const json& settings, const std::string& cursor = "", int checkpoints = -1) {
        bridge::testing::Bench bench(host, "moodle");
        const auto configured = bench.configure(settings.dump());
        return configured.code == BRIDGE_OK ? bench.pull_until(checkpoints, cursor) : configured;
    }
    bridge::testing::Run check(const json& settings) {
        bridge::testing::Bench bench(host, "moodle");
        const auto configured = bench.configure(settings.dump());
        return configured.code == BRIDGE_OK ? bench.check() : configured;
    }
    // Killed at every checkpoint and begun again: the same records, all of them durable.
    void expect_resumable(const json& settings, const char* kind) {
        const auto all = pull(settings);
        ASSERT_EQ(all.code, BRIDGE_OK) << all.user_message << all.log_message;
        const auto listed = all.durable(kind);
        const std::set<std::string> whole(listed.begin(), listed.end());
        const auto count = static_cast<int>(all.checkpoints().size());
        ASSERT_GT(count, 0);
        for (int n = 1; n < count; ++n) {
            const auto first = pull(settings, "", n);
            EXPECT_EQ(first.code, BRIDGE_CANCELLED);
            auto records = first.durable(kind);
            const auto rest = pull(settings, first.cursor);
            ASSERT_EQ(rest.code, BRIDGE_OK) << rest.user_message << rest.log_message;
            for (auto& r : rest.durable(kind)) records.push_back(std::move(r));
            EXPECT_EQ(std::set<std::string>(records.begin(), records.end()), whole) << "checkpoint " << n;
        }
    }
    static std::set<std::string> keys(const std::vector<std::string>& records) {
        std::set<std::string> out;
        for (const auto& r : records) out.insert(json::parse(r).at("key").get<std::string>());
        return out;
    }

    bridge::testing::Host host;
    FakeSite site;
};

inline json report_settings() {
    return json::parse(R"({"url":"https://moodle.rivers.example.org/","strategy":"report",
        "report":{"id":7,"page_size":10},
        "identifiers":[{"field":"idnumber","scheme":"esr-employee","issuer":"rivers"},{"field":"email","scheme":"email"},
                       {"field":"username","scheme":"account"}]})");
}
inline json batch_settings() {
    return json::parse(R"({"url":"https://moodle.rivers.example.org","strategy":"batch",
        "courses":[{"idnumber":"CRS-A"},{"idnumber":"CRS-B"}],"activities":true,"batch_size":5})");
}

}  // namespace moodle_test
