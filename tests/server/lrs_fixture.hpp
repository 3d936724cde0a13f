// The server over a real bridge on a temporary directory: for what only the whole way through shows.
#pragma once
#include "core/engine/world.hpp"
#include "server/fixture.hpp"

namespace capbridge::server::testing {

class LrsTest : public ServerTest {
protected:
    void SetUp() override {
        ServerTest::SetUp();
        backend = backend_of(*world.bridge);
        authorization = credential({"all"});
    }

    // The header of a new credential.
    std::string credential(const std::vector<std::string>& scopes, const std::string& source = {}) {
        const auto made =
            world.bridge->store().access().add_credential("test", scopes, world.bridge->now(), source);
        if (!made) throw std::runtime_error(made.error().text());
        return basic(made->row.key, made->secret);
    }
    // The uuid of a new source.
    std::string source(const std::string& name) {
        world.ask("source.put",
                  {{"name", name}, {"adapter", "script"}, {"activity_base", "https://lms.example/"}});
        return world.bridge->store().sources().source(name)->uuid;
    }

    // With the credential of `authorization` and the version of `edition`.
    Answer ask(const std::string& method, const std::string& target, const std::string& body = {},
               const std::string& headers = {}) {
        const bool typed = headers.find("Content-Type") != std::string::npos;
        return send(method, target,
                    authorization + "X-Experience-API-Version: " + edition + "\r\n" +
                        (body.empty() || typed ? "" : "Content-Type: application/json\r\n") + headers,
                    body);
    }
    Answer post(const json& statements, const std::string& headers = {}) {
        return ask("POST", "/xapi/statements", statements.dump(), headers);
    }
    json found(const std::string& query) {
        return ask("GET", "/xapi/statements?" + query).parsed()["statements"];
    }

    static json agent(const std::string& name = "ada") {
        return {{"objectType", "Agent"}, {"mbox", "mailto:" + name + "@example.org"}};
    }
    static std::string agent_parameter_of(const json& agent) { return "agent=" + url_encode(agent.dump()); }
    static json statement(const std::string& activity = "https://example.org/a") {
        return {{"id", uuid_v4()},
                {"actor", agent()},
                {"verb", {{"id", "http://adlnet.gov/expapi/verbs/passed"}, {"display", {{"en", "passed"}}}}},
                {"object", {{"id", activity}}}};
    }

    engine::World world;
    std::string authorization, edition = "1.0.3";
};

}  // namespace capbridge::server::testing
