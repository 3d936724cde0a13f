// For whom a thread is at work just now: every line that it logs meanwhile has the id of the request and its
// trace. A Scope holds for its own thread and its own life; what goes on elsewhere is told by a Scope there.
// Also the two headers that such ids come and go with: X-Request-Id and traceparent (W3C Trace Context,
// Recommendation of 23 November 2021, version 00).
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace capbridge::log {

struct Trace {
    std::string id;     // 32 hex digits
    std::string span;   // 16 hex digits: of our part
    std::string flags;  // 2 hex digits
    friend bool operator==(const Trace&, const Trace&) = default;
};

struct Context {
    std::string request;  // "" = none
    std::optional<Trace> trace = {};
};

class Scope {
public:
    explicit Scope(Context context);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

private:
    Context before_;
};
const Context& context();

// The id that a client sent when it is sane (1 to 64 of A-Z a-z 0-9 . _ - :), else a
// new one.
std::string request_id(std::string_view sent);
// A trace that goes on with a span of ours; nothing when the header does not hold.
std::optional<Trace> continue_trace(std::string_view traceparent);
std::string traceparent(const Trace& trace);

}  // namespace capbridge::log
