// A TLS connection to send bytes on (libcurl's connect-only mode: its verifying, its error texts). One thread
// at a time.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace capbridge::net {

struct TlsAddress {
    std::string host;
    int port = 0;
    std::string ca_file;                     // PEM; "" = the system's
    std::string certificate_file, key_file;  // PEM, of ours; "" = none
};

class TlsStream {
public:
    // TLS 1.2 or later, the certificate verified for the host. No proxy. Waits up to a second more for the
    // other side's first record, or its close, which is "tls" too: it refused our certificate, or wants one.
    // Errors "tls", "unreachable", "timeout".
    static Result<std::unique_ptr<TlsStream>> connect(const TlsAddress& to,
                                                      std::chrono::milliseconds timeout);
    virtual ~TlsStream() = default;
    // All of it is handed to the system, or the connection is of no use any more. Errors as of connect(), and
    // "closed".
    virtual Status send(std::string_view bytes, std::chrono::milliseconds timeout) = 0;
    // The other side's system has acknowledged every byte.
    virtual Status wait_for_acknowledgement(std::chrono::milliseconds timeout) = 0;
    // The other side has not closed it, as far as is known.
    virtual bool is_open() = 0;
};

}  // namespace capbridge::net
