#include "server/caller.hpp"

namespace capbridge::server {

engine::Caller caller_of(const Call& call) {
    engine::Caller out{call.principal.who};
    out.from = call.request.from;
    out.request = call.request.context.request;
    return out;
}

void identify(Request& request) {
    auto& context = request.context;
    if (!context.request.empty()) return;
    context.request = log::request_id(request.header("x-request-id"));
    context.trace = log::continue_trace(request.header("traceparent"));
}

}  // namespace capbridge::server
