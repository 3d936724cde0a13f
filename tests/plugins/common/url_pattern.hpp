// Which addresses the settings of an HTTP adapter take. A password in one would be stored and shown.
#pragma once
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/base/json.hpp"

namespace url_pattern {

inline void check(std::string_view descriptor) {
    using nlohmann::json;
    const auto schema = json::parse(descriptor)["config_schema"]["properties"]["url"];
    for (const auto* good :
         {"https://lms.example.org", "https://lms.example.org/", "https://lms.example.org:8443/a/b",
          "http://127.0.0.1:80", "https://[::1]:8443/x", "https://lms.example.org/~team@site/x"})
        EXPECT_TRUE(capbridge::validate_json(good, schema).empty()) << good;
    for (const auto* bad : {"https://user:geheim@lms.example.org", "https://user@lms.example.org/x",
                            "https://:geheim@lms.example.org", "https://user:ge/heim@lms.example.org",
                            "https://user:ge?heim@lms.example.org", "https://lms.example.org:99999999",
                            "https://lms.example.org:port/", "https:///x", "ftp://lms.example.org",
                            "https://lms.example.org/?a=b", "https://lms.example.org/#a",
                            "https://lms example.org", "https://", "lms.example.org"}) {
        const auto problems = capbridge::validate_json(bad, schema);
        ASSERT_EQ(problems.size(), 1u) << bad;
        EXPECT_NE(problems[0].message.find(
                      "No user or password in it: lists show it, credentials belong into http.auth"),
                  std::string::npos)
            << problems[0].message;
        EXPECT_EQ(problems[0].message.find("geheim"), std::string::npos) << problems[0].message;
    }
}

}  // namespace url_pattern
