#include "cli/config_difference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/config_schema.hpp"
#include "cli/file_findings.hpp"
#include "core/base/ids.hpp"

namespace capbridge::cli {
namespace {

std::vector<std::string> told(const char* before, const char* after) {
    std::vector<std::string> out;
    for (const auto& one : differences(json::parse(before), json::parse(after)))
        out.push_back(difference_text(one) + " [" + one.effect + "]");
    return out;
}

TEST(ConfigDifference, NamesEachMemberAndWhatAReloadDoesWithIt) {
    EXPECT_THAT(
        told(R"({"listen": "127.0.0.1:1", "iri_base": "https://a", "parallel_syncs": 2, "framework": "x",
                         "mappings": ["a", "b"]})",
             R"({"listen": "127.0.0.1:2", "iri_base": "https://b", "organisation": "O", "framework": "x",
                         "mappings": ["b", "c"]})"),
        testing::UnorderedElementsAre(
            "changed /listen: \"127.0.0.1:1\" -> \"127.0.0.1:2\" [restart]",
            "changed /iri_base: \"https://a\" -> \"https://b\" [once]", "removed /parallel_syncs: 2 [live]",
            "added /organisation: \"O\" [live]", "removed /mappings/a: \"a\" [live]",
            "added /mappings/c: \"c\" [live]"));
    EXPECT_TRUE(told(R"({"sources": []})", R"({"sources": []})").empty());
}

TEST(ConfigDifference, SourcesAreTheSameByNameWhereverTheyStand) {
    EXPECT_THAT(
        told(R"({"sources": [{"name": "a", "folder": "x"}, {"name": "b"}]})",
             R"({"sources": [{"name": "b", "schedule": {"every": "PT1H"}}, {"name": "a", "folder": "y"},
                         {"name": "c/d"}]})"),
        testing::UnorderedElementsAre("added /sources/b/schedule [live]",
                                      "changed /sources/a/folder: \"x\" -> \"y\" [live]",
                                      "added /sources/c~1d [live]"));
}

TEST(ConfigDifference, WhatMayBeASecretIsOnlySaidToHaveChanged) {
    const auto all = told(
        R"({"sources": [{"name": "a", "settings": {"token": "hush-1"}, "http": {"auth": {"lms": {"type": "bearer",
            "secret": "hush-2", "secret_env": "hush-3"}}}}], "password": "hush-4"})",
        R"({"sources": [{"name": "a", "settings": {"token": "hush-5"}, "http": {"auth": {"lms": {"type": "bearer",
            "secret": "hush-6", "secret_env": "hush-7"}}}}], "password": "hush-8"})");
    EXPECT_EQ(all.size(), 4u);
    for (const auto& one : all) EXPECT_EQ(one.find("hush"), std::string::npos) << one;
}

TEST(ConfigSchema, FindsMembersHoweverTheyAreNamed) {
    for (const auto* place :
         {"/sources/0/schedule/cron", "sources.schedule.cron", "/sources/*/schedule/cron"})
        EXPECT_EQ(general_pointer(place), "/sources/*/schedule/cron") << place;
    EXPECT_NE(schema_at("/sources/0/http/auth/lms/secret_file"), nullptr);
    EXPECT_NE(schema_at("forward.settings.filters.verbs"), nullptr);
    EXPECT_EQ(schema_at("/colour"), nullptr);
    EXPECT_EQ(schema_at("/listen/x"), nullptr);
    EXPECT_EQ(reload_of("/sources/a/folder"), "live");
    EXPECT_EQ(reload_of("/data"), "restart");
    EXPECT_NE(explain_member("/listen")->find("127.0.0.1:8480"), std::string::npos);
    EXPECT_EQ(explain_member("nothing").error().code, "no_such_member");
    for (const auto* odd : {"//", "/", ".", "~", "/~1", "/sources/0/", "a..b"})
        static_cast<void>(explain_member(odd));
}

TEST(FileFindings, LinesOfOtherFilesBecomeFindings) {
    const auto found =
        findings_of({"invalid_document",
                     "map.json:4: /mappings/0: there is: none [unknown]\nmap.json: warning: odd [odd]\n"
                     "nonsense",
                     {},
                     0});
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[0].file, "map.json");
    EXPECT_EQ(found[0].problem.line, 4);
    EXPECT_EQ(found[0].problem.pointer, "/mappings/0");
    EXPECT_EQ(found[0].problem.message, "there is: none");
    EXPECT_EQ(found[0].problem.text(found[0].file), "map.json:4: /mappings/0: there is: none [unknown]");
    EXPECT_EQ(found[1].problem.severity, Problem::Severity::warning);
    EXPECT_EQ(found[2].problem.message, "nonsense");
    for (const auto& one : found) EXPECT_FALSE(one.remedy.empty());
    EXPECT_EQ(findings_of({"not_found", "there is no such file", "x.json", 0})[0].file, "x.json");
}

TEST(FileFindings, SecretsInTheFileAreFoundByTheirNames) {
    const auto document =
        json::parse(R"({"sources": [{"settings": {"token": "x", "token_url": "https://x", "password": ""},
        "http": {"auth": {"lms": {"secret": "y", "secret_file": "z"}}}}]})");
    std::vector<std::string> at;
    for (const auto& one : secrets_written_in(document)) at.push_back(one.pointer);
    EXPECT_THAT(
        at, testing::UnorderedElementsAre("/sources/0/settings/token", "/sources/0/http/auth/lms/secret"));
    Problem quoting{Problem::Severity::error, "schema", "/a/secret_env", "'hunter2 x' is not so", 1};
    hide_secret(quoting, json{{"a", {{"secret_env", "hunter2 x"}}}});
    EXPECT_EQ(quoting.message.find("hunter2"), std::string::npos);
}

TEST(FileFindings, WhyASecretCannotBeHadIsToldWithThePlaceButNeverTheSecret) {
    const auto told = [](const char* member, const std::string& value, std::string message) {
        Problem problem{Problem::Severity::error, "secret", std::string("/a/") + member, std::move(message),
                        1};
        hide_secret(problem, json{{"a", {{member, value}}}});
        return problem.message;
    };
    const auto kept = [&](const char* member, const std::string& value, const std::string& message) {
        EXPECT_EQ(told(member, value, message), message);
    };
    kept("secret_file", "/etc/capbridge/secrets/lms2", "'/etc/capbridge/secrets/lms2': it is not there");
    kept("secret_file", "lms-token", "'/etc/capbridge/lms-token': it is not there");
    kept("secret_env", "LMS2_TOKEN", "the environment variable LMS2_TOKEN is not set");
    kept("secret_credential", "lms-token", "the credential 'lms-token' has no place");
    for (const auto* member : {"secret_file", "secret_env", "secret_credential"}) {
        const auto message = told(member, "hunter2hunter2", "'/etc/hunter2hunter2': it is not there");
        EXPECT_EQ(message.find("hunter2"), std::string::npos);
        EXPECT_NE(message.find("it is not there"), std::string::npos);
    }
    EXPECT_EQ(told("secret_file", "hunter2/x//y", "'/etc/hunter2/x/y': it is not there").find("hunter2"),
              std::string::npos);
}

TEST(FileFindings, OurOwnWordsAreNoQuoteOfASecret) {
    const auto base = std::filesystem::temp_directory_path() / ("capbridge-" + random_token(9));
    std::filesystem::create_directories(base / "secrets");
    const auto told = [&](const char* member, const std::string& value, std::string message) {
        Problem problem{Problem::Severity::error, "secret", std::string("/a/") + member, std::move(message),
                        1};
        hide_secret(problem, json{{"a", {{member, value}}}}, base);
        return problem.message;
    };
    const auto path = (base / "secrets/moodle2").string();
    for (const std::string why : {"the secret's file is not there", "the secret's file is empty",
                                  "this is a folder or a device, and no file with a secret",
                                  "everybody may read or change the secret's file: chmod o-rw it"}) {
        EXPECT_EQ(told("secret_file", "secrets/moodle2", "'" + path + "': " + why), "'" + path + "': " + why);
        EXPECT_EQ(told("secret_file", "secret1", "'/etc/secret1': " + why),
                  "'/etc/(not shown: it may be the secret itself)': " + why);
    }
    EXPECT_EQ(told("secret_credential", "secret-1", "the credential 'secret-1' has no place"),
              "the credential '(not shown: it may be the secret itself)' has no place");
    EXPECT_EQ(told("secret_file", "a': b//S3cret", "'/etc/a': b/S3cret': the secret's file is not there"),
              "'(not shown: it may be the secret itself)': the secret's file is not there");
    EXPECT_EQ(told("secret_file", "hunter/2//x", "'/etc/hunter/2/x': the secret's file is not there"),
              "'(not shown: it may be the secret itself)': the secret's file is not there");
    Problem problem{Problem::Severity::error, "short_secret", "/a/secret_file",
                    "a secret of fewer than 8 bytes is not taken", 1};
    hide_secret(problem, json{{"a", {{"secret_file", "secrets/moodle1"}}}}, base);
    EXPECT_THAT(problem.message, testing::HasSubstr("fewer than 8 bytes")) << "it quotes nothing";
    std::filesystem::remove_all(base);
}

TEST(FileFindings, ThatNoSecretIsNamedIsNotSaidWhereItsPlaceIsRefused) {
    const auto left = [](const char* refused, const char* without) {
        Problems problems{{Problem::Severity::error, "schema", refused, "", 0},
                          {Problem::Severity::error, "no_secret", without, "", 0}};
        leave_out_what_follows(problems);
        return problems.size() == 2;
    };
    EXPECT_FALSE(left("/sources/0/http/auth/lms/secret_credential", "/sources/0/http/auth/lms"));
    EXPECT_FALSE(left("/forward/0/settings/secret_env", "/forward/0/settings/user"));
    EXPECT_FALSE(left("/forward/0/settings/secret_file", "/forward/0/settings"));
    EXPECT_TRUE(left("/sources/0/http/auth/lms/secret_credential", "/sources/0/http/auth/other"));
    EXPECT_TRUE(left("/sources/0/http/auth/lms/type", "/sources/0/http/auth/lms"));
    EXPECT_TRUE(left("/forward/0/settings/ca_file", "/forward/0/settings/user"));
}

TEST(FileFindings, TheRemedyIsThatOfThePlace) {
    const auto remedy = [](const char* code, const char* pointer) {
        return remedy_of({Problem::Severity::error, code, pointer, "", 0});
    };
    EXPECT_THAT(remedy("secret", "/sources/0/http/auth/lms/secret_env"), testing::HasSubstr("Environment="));
    EXPECT_THAT(remedy("secret", "/forward/0/settings/secret_credential"),
                testing::HasSubstr("LoadCredential="));
    EXPECT_THAT(remedy("secret", "/sources/0/fetch/secret_file"), testing::HasSubstr("chmod 0640"));
    EXPECT_THAT(remedy("bad_address", "/public_url"), testing::HasSubstr("https://"));
    EXPECT_THAT(remedy("bad_address", "/trusted_proxies/0"), testing::HasSubstr("10.1.2.0/24"));
    EXPECT_THAT(remedy("bad_url", "/forward/0/settings/url"), testing::HasSubstr("without /statements"));
    EXPECT_THAT(remedy("bad_url", "/sources/0/fetch/url"), testing::HasSubstr("sftp://"));
    EXPECT_THAT(remedy("bad_url", "/sources/0/http/auth/lms/token_url"), testing::HasSubstr("https://"));
    EXPECT_THAT(remedy("bad_pem", "/sources/0/fetch/key_file"), testing::HasSubstr("ssh-keygen"));
    EXPECT_THAT(remedy("bad_pem", "/log/syslog/key_file"), testing::HasSubstr("without a passphrase"));
    EXPECT_THAT(remedy("bad_pem", "/log/syslog/ca_file"), testing::HasSubstr("certificates"));
    EXPECT_THAT(remedy("bad_schedule", "/backup"), testing::HasSubstr("'at' (02:30)"));
    EXPECT_THAT(remedy("bad_schedule", "/sources/0/schedule"), testing::HasSubstr("'cron'"));
    EXPECT_THAT(remedy("privileged_port", "/listen"), testing::Not(testing::HasSubstr("CAP_NET")));
    EXPECT_THAT(remedy("bad_address", "/listen"), testing::HasSubstr("ADDRESS:PORT"));
    EXPECT_THAT(remedy("not_found", "/sources/0/adapter"), testing::HasSubstr("capbridge adapter list"));
    EXPECT_THAT(remedy("not_found", "/mappings/0"), testing::HasSubstr("correct the path"));
}

}  // namespace
}  // namespace capbridge::cli
