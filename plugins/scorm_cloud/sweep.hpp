// One pull: the registrations that were updated since the cursor, the longest ago first. The cursor is an
// update time, {"of":"<settings>","updated":"2026-03-01T09:30:00Z"}, never a page's token: tokens expire.
// Each pull begins an overlap earlier, because a registration that is updated while its list is being read
// moves to the end of the list and may let another slip over the edge of a page. One thread; lives for one
// pull.
#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "bridge/http.hpp"
#include "scorm_cloud/settings.hpp"

namespace scorm_cloud {

class Sweep {
public:
    // Throws bridge::Failure{BRIDGE_BAD_CURSOR} when the cursor is not of these settings.
    Sweep(const bridge::Host& host, const Settings& settings, std::string_view cursor, bridge::Stream& out,
          const bridge::Call& call);
    void run();

private:
    void begin_again();
    // The token of the page behind this one; "" at the end.
    std::string take_page(const bridge::HttpAnswer& answer);
    void take_row(std::string_view text, const std::string& where);
    void reject(const std::string& kind, const std::string& key, const std::string& where,
                const std::string& column, const std::string& reason);
    void checkpoint(bool finished);

    const bridge::Host& host_;
    const Settings& settings_;
    bridge::Stream& out_;
    const bridge::Call& call_;

    std::optional<plugins::Micros> cursor_;   // everything up to here is covered
    std::optional<plugins::Micros> highest_;  // of what this sweep saw
    std::optional<plugins::Micros> previous_;
    std::optional<plugins::Micros> clock_;  // SCORM Cloud's, when the sweep began
    bool ascending_ = true;
    std::string url_;
    int page_ = 0, restarts_ = 0;
    std::set<std::string> addresses_;  // of pages since the last restart
};

}  // namespace scorm_cloud
