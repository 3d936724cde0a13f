#include "cli/admin_client.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "core/base/ids.hpp"
#include "core/base/log.hpp"
#include "server/admin_socket.hpp"

namespace capbridge::cli {
namespace {

class AdminClientTest : public ::testing::Test {
protected:
    void SetUp() override {
        log::set_level(log::Level::error);
        dir = std::filesystem::temp_directory_path() / ("capbridge-" + random_token(9));
        std::filesystem::create_directory(dir);
        path = dir / "admin.sock";
    }
    void TearDown() override { std::filesystem::remove_all(dir); }
    std::filesystem::path dir, path;
    const engine::Progress silent = [](std::string_view, std::size_t, std::size_t) {};
};

TEST_F(AdminClientTest, WithoutADaemonItSaysSo) {
    EXPECT_EQ("no_daemon", ask_daemon(path, "x", json::object(), "cli", silent).error().code);
    std::ofstream(path) << "no socket";
    EXPECT_EQ("no_daemon", ask_daemon(path, "x", json::object(), "cli", silent).error().code);
}

TEST_F(AdminClientTest, GivesProgressThenTheResultOrTheError) {
    const auto socket = server::AdminSocket::start(
        path,
        [](std::string_view name, const json& params, const engine::Caller& caller) -> Result<ordered_json> {
            if (name == "bad") return fail("invalid_csv", "A row is too long.", "people.csv", 7);
            caller.progress("half", 1, 2);
            return ordered_json{{"who", caller.who}, {"bytes", params.at("csv").get<std::string>().size()}};
        });
    ASSERT_TRUE(socket);
    std::string heard;
    const auto answer = ask_daemon(path, "good", {{"csv", std::string(3'000'000, 'x')}}, "cli:anna",
                                   [&](std::string_view what, std::size_t done, std::size_t total) {
                                       heard +=
                                           std::string(what) + std::to_string(done) + std::to_string(total);
                                   });
    ASSERT_TRUE(answer) << answer.error().text();
    EXPECT_EQ("half12", heard);
    EXPECT_EQ("cli:anna", (*answer)["who"]);
    EXPECT_EQ(3'000'000, (*answer)["bytes"]);
    const auto error = ask_daemon(path, "bad", json::object(), "cli", silent);
    ASSERT_FALSE(error);
    EXPECT_EQ("people.csv:7: A row is too long. [invalid_csv]", error.error().text());
}

TEST_F(AdminClientTest, WhatIsNotUtf8IsRefusedAndNotMended) {
    bool asked = false;
    const auto socket = server::AdminSocket::start(
        path, [&](std::string_view, const json&, const engine::Caller&) -> Result<ordered_json> {
            asked = true;
            return ordered_json::object();
        });
    ASSERT_TRUE(socket);
    const auto latin1 =
        ask_daemon(path, "people.import",
                   {{"csv", "employee_number,name\n1,Zo\xEB\n"}, {"name", "people.csv"}}, "cli", silent);
    ASSERT_FALSE(latin1);
    EXPECT_EQ("people.csv: the file is not UTF-8; save it as 'CSV UTF-8' [invalid_utf8]",
              latin1.error().text());
    EXPECT_EQ("invalid_utf8",
              ask_daemon(path, "assign.propose", {{"rules", "\xEB"}}, "cli", silent).error().code);
    EXPECT_FALSE(asked);
}

}  // namespace
}  // namespace capbridge::cli
