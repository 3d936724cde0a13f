// The resources of xAPI (1.0.3 part 3, 2; IEEE 9274.1.1, 4.1.6), each a class that the routes call. They hold
// the backend, which outlives them. Thread-safe.
#pragma once
#include <string_view>

#include "server/backend.hpp"
#include "server/router.hpp"
#include "server/xapi/request.hpp"
#include "server/xapi/statement_question.hpp"

namespace capbridge::server {

inline constexpr std::string_view consistent_through = "X-Experience-API-Consistent-Through";
// Every answer of the Statement resource says up to when it is complete, a refusal too.
Response with_watermark(Response response, const Backend& backend);

class StatementsIn {
public:
    explicit StatementsIn(const Backend& backend) : backend_(backend) {}
    void write(Call& call, const Responder& respond, bool put) const;

private:
    const Backend& backend_;
};

class StatementsOut {
public:
    explicit StatementsOut(const Backend& backend) : backend_(backend) {}
    void get(const Call& call, const Responder& respond) const;

private:
    Result<Response> answer(const Call& call, const store::Journal::Watermark& watermark) const;
    [[nodiscard]] Response page(StatementQuestion& question, const store::Journal::Watermark& watermark,
                                const std::vector<std::string>& languages) const;
    const Backend& backend_;
};

// State, Activity Profile and Agent Profile.
class DocumentResource {
public:
    using Kind = store::DocumentKey::Kind;
    DocumentResource(const Backend& backend, Kind kind) : backend_(backend), kind_(kind) {}
    void get(const Call& call, const Responder& respond) const;
    void put(Call& call, const Responder& respond) const;
    void post(Call& call, const Responder& respond) const;
    void remove(const Call& call, const Responder& respond) const;

private:
    const Backend& backend_;
    Kind kind_;
};

Result<Response> get_person(const Call& call, const Backend& backend);    // agents
Result<Response> get_activity(const Call& call, const Backend& backend);  // activities

}  // namespace capbridge::server
