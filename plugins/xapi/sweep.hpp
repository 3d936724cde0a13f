// One pull: everything that an LRS stored after the cursor, page by page (xAPI 1.0.3 part 3 section 2.1.3 and
// 2.1.4; IEEE 9274.1.1 the same). The cursor is a `stored` time, never a page's address: addresses expire.
//
// How far the cursor may go. X-Experience-API-Consistent-Through says up to when nothing will come in late;
// what was stored after it is given out but asked for again. As many stores simply say "now" there, each pull
// begins an overlap earlier than its cursor, and the host knows a statement again by its id. The oldest
// answer of the sweep counts: what came late behind the first page would not be on the later ones. One
// thread; lives for one pull.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "bridge/http.hpp"
#include "xapi/settings.hpp"

namespace xapi_adapter {

class Sweep {
public:
    // Throws bridge::Failure{BRIDGE_BAD_CURSOR} when the cursor is not of these settings.
    Sweep(const bridge::Host& host, const Settings& settings, std::string_view cursor, bridge::Stream& out,
          const bridge::Call& call);
    void run();

private:
    void begin_again();
    // The address of the page behind this one; "" at the end.
    std::string take_page(const bridge::HttpAnswer& answer);
    void take_statement(std::string_view text, std::size_t number);
    void checkpoint(bool finished);
    void bound_by(const bridge::HttpAnswer& answer);

    const bridge::Host& host_;
    const Settings& settings_;
    bridge::Stream& out_;
    const bridge::Call& call_;

    std::optional<plugins::Micros> cursor_;    // everything up to here is covered
    std::optional<plugins::Micros> highest_;   // of what this sweep saw
    std::optional<plugins::Micros> previous_;  // the last statement's
    std::optional<plugins::Micros> bound_;     // the store promises nothing beyond
    bool ascending_ = true;                    // so far
    std::string url_;
    int page_ = 0;
    int restarts_ = 0;                 // since the cursor moved last
    std::set<std::string> addresses_;  // of pages since the last restart
};

}  // namespace xapi_adapter
