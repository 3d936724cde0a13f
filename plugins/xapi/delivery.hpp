// Statements given to an LRS: one POST, all or nothing (xAPI 1.0.3 part 3 section 2.1.2). A statement's id
// makes sending it again harmless. 409 says that the store has one of the ids already: then each is looked
// up, what is there and says the same counts as delivered, and the rest is posted. One thread; lives for one
// push.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "bridge/http.hpp"
#include "xapi/settings.hpp"
#include "xapi/statement.hpp"

namespace xapi_adapter {

class Delivery {
public:
    Delivery(const bridge::Host& host, const Settings& settings, const bridge::Call& call)
        : http_(host), settings_(settings), call_(call) {}

    // The receipt: {"ids":3,"posted":2}, of which one was there before. Throws BRIDGE_REJECTED with the first
    // bad statement's place when the record is none that can be sent, or the store refuses it.
    std::string push(std::string_view record_json);

private:
    struct Item {
        std::string_view text;
        ReadStatement statement;
    };
    int post(const std::vector<Item>& items);  // the HTTP status, 2xx or 409
    bool is_there(const Item& item, std::size_t number);

    bridge::Http http_;
    const Settings& settings_;
    const bridge::Call& call_;
};

}  // namespace xapi_adapter
