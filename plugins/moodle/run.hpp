// What every part of one pull holds in common. Lives as long as the pull.
#pragma once
#include <string>
#include <utility>

#include "bridge/adapter.hpp"
#include "moodle/cursor.hpp"
#include "moodle/service.hpp"
#include "moodle/site.hpp"

namespace moodle {

struct Run {
    const Settings& settings;
    const Service& service;
    const Site& site;
    const bridge::Host& host;
    Cursor& cursor;
    bridge::Stream& out;
    const bridge::Call& call;

    [[nodiscard]] std::int64_t now() const { return host.unix_ms() / 1000; }
    void checkpoint() const { out.checkpoint(cursor.text()); }
    void reject(const char* kind, const std::string& key, const std::string& where,
                const std::string& reason) const {
        json text{{"reason", reason}};
        if (!where.empty()) text["where"] = where;
        out.reject(kind, key, text.dump());
    }
    void emit(const char* kind, const std::string& key, const std::string& record) const {
        if (!out.emit(kind, record)) reject(kind, key, {}, "the record is too large");
    }
    // Says whether an activity is completed. `certain`: its "no" is about somebody who is really there.
    void incomplete(const std::string& key, bool certain) const {
        if (certain && settings.withdraw_incomplete) out.emit("withdraw", withdraw_json(key));
    }
};

}  // namespace moodle
