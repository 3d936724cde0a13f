#include "xapi/delivery.hpp"

#include <nlohmann/json.hpp>

#include "common/answer.hpp"
#include "common/rows.hpp"

namespace xapi_adapter {
namespace {

using nlohmann::json;

[[noreturn]] void rejected(const std::string& why) {
    throw bridge::Failure{BRIDGE_REJECTED, why};
}

}  // namespace

std::string Delivery::push(std::string_view record_json) {
    const auto record = plugins::raw_members(record_json);
    const auto texts =
        record ? plugins::raw_elements(plugins::raw_member(*record, "statements")) : std::nullopt;
    if (!texts || texts->empty()) rejected("The record holds no list of statements.");
    std::vector<Item> items;
    for (const auto text : *texts) {
        items.push_back({text, read_statement(text)});
        if (const auto& reason = items.back().statement.reason; !reason.empty())
            rejected("Statement " + std::to_string(items.size()) + ": " + reason + ".");
    }

    auto missing = items;
    auto status = post(missing);
    if (status == 409) {
        missing.clear();
        for (std::size_t i = 0; i < items.size(); ++i) {
            call_.stop_if_cancelled();
            if (!is_there(items[i], i + 1)) missing.push_back(items[i]);
        }
        if (!missing.empty()) status = post(missing);
        if (!missing.empty() && status == 409)
            throw bridge::Failure{BRIDGE_RETRY,
                                  "The LRS says that it has a statement, but does not show it."};
    }
    return json{{"ids", items.size()}, {"posted", missing.size()}}.dump();
}

int Delivery::post(const std::vector<Item>& items) {
    std::string body = "[";
    for (const auto& item : items) (body += body.size() > 1 ? "," : "") += item.text;
    auto request = settings_.get(settings_.url + "/statements");
    request.method = "POST";
    request.headers.emplace_back("content-type", "application/json");
    request.body = body + "]";
    request.safe = true;  // every statement has its id: sent twice it is stored once
    const auto answer = http_.send(request);
    if (answer.status == 409) return 409;
    // The answer's text is not passed on: stores quote what was sent.
    if (answer.status == 400 || answer.status == 413 || answer.status == 415 || answer.status == 422)
        rejected("The LRS refuses the statements (HTTP " + std::to_string(answer.status) +
                 "); none of them was stored.");
    plugins::require_success(answer, "the storing of statements");
    return answer.status;
}

bool Delivery::is_there(const Item& item, std::size_t number) {
    for (const char* by : {"statementId", "voidedStatementId"}) {
        const auto answer =
            http_.send(settings_.get(settings_.url + "/statements?" + by + "=" + item.statement.id));
        if (answer.status == 404) continue;
        plugins::require_success(answer, "a statement by its id");
        const auto there = plugins::parse_row(answer.body);
        if (!there) throw bridge::Failure{BRIDGE_RETRY, "The LRS's answer is no statement, or was cut off."};
        if (same_event(*there, item.statement.value)) return true;
        rejected("Statement " + std::to_string(number) +
                 ": the LRS has another statement under this id, and statements cannot be changed.");
    }
    return false;
}

}  // namespace xapi_adapter
