// What of an observation is a reason not to be ready, what a warning, and what a watchdog restarts for.
#include "server/readiness.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace capbridge::server {
namespace {

using namespace std::chrono_literals;

Observation well() {
    Observation seen;
    seen.at = *parse_instant("2026-03-01T12:00:00Z");
    seen.serving = true;
    seen.bridge.journal = seen.bridge.folded = 100;
    seen.bridge.store.disk_bytes = 100ull << 30;
    seen.bridge.store.free_bytes = 50ull << 30;
    return seen;
}

std::string codes(const std::vector<Reason>& reasons) {
    std::string out;
    for (const auto& r : reasons) {
        EXPECT_FALSE(r.message.empty()) << r.code;
        EXPECT_FALSE(r.remedy.empty()) << r.code;
        out += (out.empty() ? "" : " ") + r.code;
    }
    return out;
}
std::string reasons(const Observation& seen) {
    return codes(judge(seen).reasons);
}
std::string warnings(const Observation& seen) {
    return codes(judge(seen).warnings);
}

TEST(Readiness, AllIsWell) {
    EXPECT_EQ("", reasons(well()));
    EXPECT_EQ("", warnings(well()));
    EXPECT_EQ("", hung(well()));
    EXPECT_EQ("ready", readiness_json(judge(well()))["status"]);
}

TEST(Readiness, TheDisk) {
    auto seen = well();
    seen.bridge.store.free_bytes = 500u << 20;
    EXPECT_EQ("disk_low", warnings(seen));
    seen.bridge.store.free_bytes = 10u << 20;
    EXPECT_EQ("disk_full", reasons(seen));
    EXPECT_NE(std::string::npos, judge(seen).reasons[0].message.find("soon nothing"));
    EXPECT_EQ("", warnings(seen));
    seen = well();
    seen.bridge.store.writer.error_code = "store_full";  // a quota: there is room, but not for us
    EXPECT_EQ("disk_full", reasons(seen));
    seen.bridge.store.writer.error_code = "store_io";
    EXPECT_EQ("store_io", reasons(seen));
    seen.bridge.store.disk_read_only = true;
    EXPECT_EQ("disk_read_only", reasons(seen));
    EXPECT_EQ("not_ready", readiness_json(judge(seen))["status"]);
}

// Nobody writes to a bridge that a load balancer has left: what failed must not count until somebody does.
TEST(Readiness, AWriteThatFailedCountsWhileItsCauseIsThereOrAMoment) {
    auto seen = well();
    auto& store = seen.bridge.store;
    store.writer.error_code = "store_full";
    store.writer.error_at = seen.at - 10min;
    store.free_bytes = 1u << 20;
    EXPECT_EQ("disk_full", reasons(seen));
    EXPECT_NE(std::string::npos, judge(seen).reasons[0].message.find(": nothing can be stored"));
    store.free_bytes = 50ull << 30;  // somebody has made room
    EXPECT_EQ("", reasons(seen));
    EXPECT_EQ("last_write_failed", warnings(seen));
    store.writer.error_at = seen.at - 5s;  // a quota: there is room, but not for us
    EXPECT_EQ("disk_full", reasons(seen));
    store.writer.error_code = "store_busy";
    EXPECT_EQ("store_busy", reasons(seen));
    EXPECT_NE(std::string::npos, judge(seen).reasons[0].message.find("lock"));
    store.writer.error_at = seen.at - 31s;
    EXPECT_EQ("", reasons(seen));
    EXPECT_EQ("last_write_failed", warnings(seen));
    store.writer.error_code = "store_damaged";  // that does not go by itself
    EXPECT_EQ("store_damaged", reasons(seen));
    EXPECT_EQ("", warnings(seen));
}

TEST(Readiness, WhatHangs) {
    auto seen = well();
    seen.bridge.store.writer.oldest_wait = 31s;
    EXPECT_EQ("writer_stuck", reasons(seen));
    EXPECT_EQ("", hung(seen));  // a restart would not help yet
    seen.bridge.store.writer.at_work_for = 301s;
    EXPECT_NE("", hung(seen));
    seen = well();
    seen.io_silent = 31s;
    EXPECT_EQ("io_stuck", reasons(seen));
    seen.io_silent = 61s;
    EXPECT_NE("", hung(seen));
}

TEST(Readiness, RecordsThatAreBehind) {
    auto seen = well();
    seen.bridge.journal = 200;
    EXPECT_EQ("", reasons(seen) + warnings(seen));
    seen.bridge.lag_seconds = 301;
    EXPECT_EQ("records_behind", warnings(seen));
    seen.bridge.folded = 0;
    EXPECT_EQ("folding", reasons(seen));
    seen.projector_still = 301s;
    EXPECT_EQ("projector_stuck", reasons(seen));
    EXPECT_EQ("", hung(seen));
    seen.projector_still = 901s;
    EXPECT_NE("", hung(seen));
}

TEST(Readiness, Certificates) {
    auto seen = well();
    seen.tls = TlsFacts{seen.at - 24h, seen.at + 24h * 30, {}, "ab"};
    EXPECT_EQ("", reasons(seen) + warnings(seen));
    seen.tls->until = seen.at + 24h * 13;
    EXPECT_EQ("certificate_ends_soon", warnings(seen));
    seen.tls->until = seen.at;
    EXPECT_EQ("certificate_expired", reasons(seen));
    seen.tls = TlsFacts{seen.at + 1h, seen.at + 24h * 30, seen.at - 1h, "ab"};
    EXPECT_EQ("certificate_not_yet_valid", reasons(seen));
    EXPECT_EQ("client_ca_expired", warnings(seen));
}

TEST(Readiness, ASyslogServerThatIsAway) {
    auto seen = well();
    seen.outputs = {{"syslog log.trust.example:6514", true, 0, 5, 0, 0, ""}};
    EXPECT_EQ("", reasons(seen) + warnings(seen));
    seen.outputs[0].connected = false;  // it has not tried yet
    EXPECT_EQ("", warnings(seen));
    seen.outputs[0] = {"syslog log.trust.example:6514", false, 7, 5, 3, 2, "no connection: refused"};
    EXPECT_EQ("", reasons(seen));
    EXPECT_EQ("syslog_away", warnings(seen));
    seen.outputs[0].connected = true;  // it lets us connect, and has not held a connection since
    EXPECT_EQ("syslog_away", warnings(seen));
    seen.outputs[0].connected = false;
    const auto said = judge(seen).warnings[0].message;
    EXPECT_NE(said.npos,
              said.find("2 entries of the audit and 7 lines of the log wait, 3 lines were dropped"));
    EXPECT_EQ(said.npos, said.find("example")) << "whoever asks readyz needs no credential";
}

TEST(Readiness, NotServing) {
    auto seen = well();
    seen.serving = false;
    EXPECT_EQ("not_serving", reasons(seen));
}

}  // namespace
}  // namespace capbridge::server
