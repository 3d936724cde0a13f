#include "cli/configured_tls.hpp"

#include <nlohmann/json.hpp>

namespace capbridge::cli {
namespace {

using server::TlsSettings;
constexpr auto soon = std::chrono::days{14};

TlsSettings settings_of(const json& section, const std::filesystem::path& folder) {
    const auto path = [&](const char* member) {
        const auto text = get_string(section, member);
        if (text.empty() || std::filesystem::path(text).is_absolute()) return text;
        return (folder / text).lexically_normal().string();
    };
    TlsSettings out;
    out.certificate = path("certificate");
    out.key = path("key");
    out.client_ca = path("client_ca");
    out.minimum = get_string(section, "minimum", "1.2");
    const auto clients =
        get_string(section, "client_certificates", out.client_ca.empty() ? "off" : "optional");
    using Clients = TlsSettings::ClientCertificates;
    out.client_certificates = clients == "required"   ? Clients::required
                              : clients == "optional" ? Clients::optional
                                                      : Clients::off;
    return out;
}

}  // namespace

std::optional<TlsSettings> read_tls(const json& section, const std::filesystem::path& folder, Instant now,
                                    const std::function<void(Problem)>& report) {
    if (!section.is_object()) return std::nullopt;
    const auto tell = [&](Problem::Severity severity, const char* code, const std::string& member,
                          std::string message) {
        report({severity, code, "/tls" + (member.empty() ? "" : "/" + member), std::move(message)});
    };
    const auto settings = settings_of(section, folder);
    if (settings.certificate.empty() || settings.key.empty()) return std::nullopt;  // told by the schema
    const auto tls = server::Tls::read(settings);
    if (!tls) {
        tell(Problem::Severity::error, tls.error().code.c_str(), tls.error().where, tls.error().message);
        return std::nullopt;
    }
    const auto& facts = (*tls)->facts();
    const auto warn = [&](const char* member, std::string message) {
        tell(Problem::Severity::warning, "certificate_expires", member, std::move(message));
    };
    if (facts.until <= now) {
        warn("certificate", "the certificate ended at " + format_instant(facts.until) +
                                ": clients will refuse to connect; put the renewed one there");
    } else if (facts.until <= now + soon) {
        warn("certificate", "the certificate ends at " + format_instant(facts.until) + ": renew it soon");
    }
    if (facts.from > now)
        warn("certificate", "the certificate holds only from " + format_instant(facts.from) +
                                " on: is this machine's clock right?");
    if (facts.client_ca_until && *facts.client_ca_until <= now + soon)
        warn("client_ca",
             "an authority of client certificates ends at " + format_instant(*facts.client_ca_until));
    if (!settings.client_ca.empty() && settings.client_certificates == TlsSettings::ClientCertificates::off)
        tell(Problem::Severity::warning, "unused", "client_ca",
             "it is not used: client_certificates is \"off\"");
    return settings;
}

}  // namespace capbridge::cli
