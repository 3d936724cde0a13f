// Takes a renewed certificate without a restart: looks every few seconds whether the files that the
// configuration names were changed, and has the server read them. What cannot be used is said once, and the
// old one stays in force. Owns a thread; the server outlives it. Thread-safe.
#pragma once
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "server/server.hpp"

namespace capbridge::cli {

class CertificateWatch {
public:
    // Without settings it does nothing.
    CertificateWatch(server::Server& server, std::optional<server::TlsSettings> settings);
    ~CertificateWatch();
    CertificateWatch(const CertificateWatch&) = delete;
    CertificateWatch& operator=(const CertificateWatch&) = delete;

    // For a reload: other settings, or the same files anew, at once. Errors as of Server::set_tls; the old
    // ones stay in force and are watched then.
    Status renew(const server::TlsSettings& settings);

private:
    void watch();
    Status take(const server::TlsSettings& settings);  // under mutex_

    server::Server& server_;
    std::mutex mutex_;
    std::condition_variable wake_;
    bool stopping_ = false;
    std::optional<server::TlsSettings> settings_;
    std::string seen_;  // of the files, when they were read last
    std::thread thread_;
};

}  // namespace capbridge::cli
