#include "cli/certificate_watch.hpp"

#include <sys/stat.h>

#include <chrono>

#include "core/base/log.hpp"

namespace capbridge::cli {
namespace {

constexpr auto between_looks = std::chrono::seconds{5};

// Changes when one of the files does, also when a link leads elsewhere.
std::string state_of(const server::TlsSettings& settings) {
    std::string out;
    for (const auto& path : {settings.certificate, settings.key, settings.client_ca}) {
        struct stat about {};
        if (path.empty() || ::stat(path.c_str(), &about) != 0) {
            out += "-;";
            continue;
        }
        for (const auto number :
             {static_cast<long long>(about.st_ino), static_cast<long long>(about.st_size),
              static_cast<long long>(about.st_mtim.tv_sec), static_cast<long long>(about.st_mtim.tv_nsec)})
            out += std::to_string(number) + ",";
        out += ";";
    }
    return out;
}

}  // namespace

CertificateWatch::CertificateWatch(server::Server& server, std::optional<server::TlsSettings> settings)
    : server_(server), settings_(std::move(settings)) {
    if (!settings_) return;
    seen_ = state_of(*settings_);
    thread_ = std::thread([this] { watch(); });
}

CertificateWatch::~CertificateWatch() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
}

Status CertificateWatch::renew(const server::TlsSettings& settings) {
    const std::lock_guard lock(mutex_);
    if (!settings_)
        return fail("needs_restart", "The daemon was started without TLS: restart it to begin with it.");
    CAPBRIDGE_TRY(take(settings));
    settings_ = settings;
    return {};
}

void CertificateWatch::watch() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, between_looks, [this] { return stopping_; })) {
        if (state_of(*settings_) == seen_) continue;
        // Told in the log; what was half replaced comes right with the next change.
        static_cast<void>(take(*settings_));
    }
}

Status CertificateWatch::take(const server::TlsSettings& settings) {
    seen_ = state_of(settings);
    if (auto taken = server_.set_tls(settings); !taken) {
        log::error("tls_kept", {{"member", taken.error().where}, {"why", taken.error().message}});
        return taken;
    }
    const auto facts = server_.tls();
    log::info("tls_renewed", {{"until", facts ? format_instant(facts->until) : "-"},
                              {"sha256", facts ? facts->sha256 : "-"}});
    return {};
}

}  // namespace capbridge::cli
