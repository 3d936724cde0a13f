// Products, deployments, their assurance checklists and the requirement profile over HTTP: GET questions with
// their parameters in the address, POST and PUT decisions with a JSON body; each a named operation of the
// bridge.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/text.hpp"
#include "server/api/call_parameters.hpp"
#include "server/application.hpp"
#include "server/caller.hpp"

namespace capbridge::server {
namespace {

constexpr std::chrono::seconds longest_wait{5};                    // for a turn; then 503 with Retry-After
constexpr JsonLimits body_limits{.bytes = 8u << 20, .depth = 24};  // a file comes as text

struct Question {
    const char* path;
    const char* operation;
    std::vector<std::string_view> parameters;
};

const std::vector<Question>& questions() {
    static const std::vector<Question> all{
        {"products", "product.list", {"known_at", "rules"}},
        {"products/{product}", "product.show", {}},
        {"profiles", "profile.list", {"limit"}},
        {"profile", "profile.show", {}},
        {"profiles/{id}", "profile.show", {"version"}},
        {"deployments", "deployment.list", {"as_of", "known_at", "rules"}},
        {"deployments/{deployment}", "deployment.show", {"as_of", "known_at", "rules"}},
        {"deployments/{deployment}/users",
         "deployment.users",
         {"as_of", "state", "retrain", "limit", "offset", "known_at", "rules"}},
        {"deployments/{deployment}/assurance",
         "assurance.list",
         {"as_of", "archetype", "factor", "state", "known_at", "rules"}},
        {"deployments/{deployment}/assurance/{question}", "assurance.show", {"known_at", "rules"}},
        {"assurance", "assurance.list", {"as_of", "known_at", "rules"}},
    };
    return all;
}

struct Change {
    const char* method;
    const char* path;
    const char* operation;
    int status;
};
constexpr Change changes[] = {
    {"POST", "/api/v1/products", "product.publish", 201},
    {"POST", "/api/v1/profiles", "profile.publish", 201},
    {"POST", "/api/v1/deployments", "deployment.publish", 201},
    {"PUT", "/api/v1/deployments/{deployment}/users/{person}", "deployment.users.set", 200},
    {"POST", "/api/v1/deployments/{deployment}/users", "deployment.users.import", 200},
    {"PUT", "/api/v1/deployments/{deployment}/assurance/{question}", "assurance.answer", 200},
};

}  // namespace

void add_product_routes(Router& router, const Backend& backend) {
    for (const auto& question : questions()) {
        router.add({"GET",
                    std::string("/api/v1/") + question.path,
                    Lane::slow,
                    {"read"},
                    true,
                    [&backend, &question](Call& call, const Responder& respond) {
                        const auto parameters = query_parameters(call, question.parameters);
                        if (!parameters) return respond(error_response(parameters.error()));
                        const auto answer = backend.run(question.operation, *parameters, caller_of(call));
                        respond(answer ? json_response(*answer) : error_response(answer.error()));
                    }});
    }
    for (const auto& change : changes) {
        router.add({change.method,
                    change.path,
                    Lane::change,
                    {"admin"},
                    false,
                    [&backend, &change](Call& call, const Responder& respond) {
                        const auto parameters = body_parameters(call, body_limits);
                        if (!parameters) return respond(error_response(parameters.error()));
                        auto caller = caller_of(call);
                        caller.patience = longest_wait;
                        const auto answer = backend.run(change.operation, *parameters, caller);
                        respond(answer ? json_response(*answer, change.status)
                                       : error_response(answer.error()));
                    }});
    }
}

}  // namespace capbridge::server
