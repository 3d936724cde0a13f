// Syslog to another machine: RFC 5424 messages, framed by octet counting over TLS (RFC 5425). A Sender has a
// thread and a bounded queue of its own: put() never waits, and what does not fit is counted and told about
// once the connection is there. What must not be lost is not put but asked for: `more` gives it from a cursor
// on, which goes forward when the other side's TCP has acknowledged the bytes and its connection is still
// open some seconds later; after an outage, and after a restart, it goes on from there, so a message may come
// twice and none is left out. Syslog has no answer of its own: what the other machine loses after it has it
// in its buffers is not known here.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/result.hpp"
#include "core/base/time.hpp"

namespace capbridge::net {

struct SyslogMessage {
    Instant at{};
    int severity = 6;   // RFC 5424, 6.2.1: 3 error, 4 warning, 6 info, 7 debug
    std::string msgid;  // 32 printable ASCII characters at most
    std::vector<std::pair<std::string, std::string>> fields = {};  // structured data
    std::string text = {};
};
// `facility` 0 to 23. Fields stand in the element capbridge@32473 (the number is the one of RFC 5612 for
// those that have none of their own). Longer ones are cut, so that the whole is 64 KiB at most.
std::string syslog_text(const SyslogMessage& message, int facility, const std::string& host);
std::string syslog_frame(const std::string& text);  // "LENGTH text"

struct SyslogTarget {
    std::string host;
    int port = 6514;
    int facility = 16;                       // local0
    std::string ca_file;                     // PEM; "" = the system's
    std::string certificate_file, key_file;  // of ours, "" = none
    std::string own_name;                    // as the messages name this machine
    friend bool operator==(const SyslogTarget&, const SyslogTarget&) = default;
};

// A message with a place in an order.
struct NumberedMessage {
    std::int64_t n = 0;
    SyslogMessage message;
};
struct SyslogFeed {
    std::function<std::vector<NumberedMessage>(std::int64_t after, std::size_t limit)> more;  // or null
    std::function<void(std::int64_t n)> keep;  // everything up to n is over there
    std::int64_t cursor = 0;                   // where it begins
};

struct SyslogState {
    bool connected = false;
    std::size_t waiting = 0;
    std::uint64_t sent = 0, dropped = 0;  // since the start
    std::int64_t cursor = 0;
    std::string error;  // of the last connection that failed
};

class SyslogSender {
public:
    virtual ~SyslogSender() = default;  // sends for two more seconds at most what waits
    virtual void put(SyslogMessage message) = 0;
    virtual void wake() = 0;  // the feed has more
    [[nodiscard]] virtual SyslogState state() const = 0;
};
// `most_waiting` messages wait at most.
std::unique_ptr<SyslogSender> start_syslog(SyslogTarget target, SyslogFeed feed,
                                           std::size_t most_waiting = 10'000);
// One connection and nothing sent, for a check of the configuration. Errors "tls", "unreachable", "timeout".
Status try_syslog(const SyslogTarget& target);

}  // namespace capbridge::net
