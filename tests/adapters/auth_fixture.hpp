// Auth profiles against a token service and an API of the tests' own.
#pragma once
#include <nlohmann/json.hpp>

#include "adapters/http_service_fixture.hpp"

namespace capbridge::adapters {

class AuthProfiles : public HttpServiceTest {
protected:
    void profile(json members) {
        settings.http["auth"]["lms"] = std::move(members);
        service_.reset();
    }
    std::string fault() {
        const auto opened = open();
        return opened ? "" : opened.error().text();
    }
};

// A token service and an API in one: tokens are t1, t2, ...; the API takes only the newest.
class TokenService {
public:
    LoopbackServer server{[this](const LoopbackRequest& r) { return answer(r); }};
    std::atomic<int> given{0}, expires_in{3600};
    std::string refresh = "refresh-token-number-0";
    std::string refusal;
    std::vector<std::string> asked;
    static std::string token(int n) { return "access-token-number-" + std::to_string(n); }

private:
    std::string answer(const LoopbackRequest& r) {
        if (r.target == "/never") return http_answer("401 No");
        if (r.target == "/api") {
            return r.header("Authorization") == "Bearer " + token(given) ? http_answer("200 OK", "data")
                                                                         : http_answer("401 No");
        }
        asked.push_back(r.body + " " + r.header("Authorization"));
        if (!refusal.empty()) return refusal;
        json body{
            {"access_token", token(++given)}, {"token_type", "Bearer"}, {"expires_in", expires_in.load()}};
        if (r.body.find("grant_type=refresh_token") != r.body.npos) {
            if (r.body.find("refresh_token=" + refresh) == r.body.npos)
                return http_answer("400 Bad", R"({"error":"invalid_grant"})");
            refresh = "refresh-token-number-" + std::to_string(given);
            body["refresh_token"] = refresh;
        }
        return http_answer("200 OK", body.dump());
    }
};

class OAuth : public AuthProfiles {
protected:
    TokenService service_of_tokens;
    LoopbackServer& server = service_of_tokens.server;
    void SetUp() override { name_host(server); }
    json client_credentials() {
        return {{"type", "oauth2_client_credentials"},
                {"token_url", server.url("/token")},
                {"client_id", "bridge id"},
                {"secret_file", secret_file("s")},
                {"scope", "read"}};
    }
};

}  // namespace capbridge::adapters
