#include "server/readiness.hpp"

#include <nlohmann/json.hpp>

namespace capbridge::server {
namespace {

using std::chrono::seconds;

// A commit takes milliseconds; on a bad day of a virtual machine's disk, seconds.
constexpr seconds slow_write{30}, hung_write{300};
// Records are written slice by slice while they are folded, so a projector at work is never still for long.
constexpr seconds still_projector{300}, hung_projector{900};
constexpr seconds silent_io{30}, hung_io{60}, fresh_error{30};
constexpr double old_records = 300;  // seconds; a large import may take that long
constexpr std::uint64_t full_disk = 64u << 20, low_disk = 1u << 30;
constexpr auto certificate_ends_soon = std::chrono::days{14};

ordered_json list(const std::vector<Reason>& reasons) {
    auto out = ordered_json::array();
    for (const auto& r : reasons)
        out.push_back({{"code", r.code}, {"message", r.message}, {"remedy", r.remedy}});
    return out;
}

std::string mib(std::uint64_t bytes) {
    return std::to_string(bytes >> 20) + " MiB";
}

// The last write failed. Nobody writes where a load balancer sends nobody, so that alone proves nothing for
// long: it counts while its cause is there to see, or a moment. Damage does not go by itself.
bool counts(const store::WriterFacts& writer, Instant now) {
    if (writer.error_code.empty()) return false;
    if (writer.error_code == "store_damaged" || !writer.error_at) return true;
    return std::chrono::abs(now - *writer.error_at) <= fresh_error;
}

Reason disk_full(const store::StoreFacts& store, bool refused) {
    const char* make_room =
        "Make room or enlarge the disk; what clients were not told to be stored they send again. No restart "
        "is needed.";
    if (!refused)
        return {"disk_full",
                "Only " + mib(store.free_bytes) +
                    " are left on the disk of the data directory: soon nothing can be stored.",
                make_room};
    const auto where = store.free_bytes < full_disk
                           ? "is full (" + mib(store.free_bytes) + " free)"
                           : "gave no room, or a quota did not (" + mib(store.free_bytes) + " free)";
    return {"disk_full", "The disk of the data directory " + where + ": nothing can be stored.", make_room};
}

Reason failed_write(const std::string& code) {
    if (code == "store_busy")
        return {"store_busy",
                "Another program holds a lock on the database (a backup tool, an sqlite3 shell): nothing can "
                "be stored meanwhile.",
                "'fuser' with the path of capbridge.db says which; end it. Use 'capbridge backup', which "
                "holds nobody up."};
    return {code, "The last write of the store failed (" + code + ").",
            "Look at the daemon's log and at the kernel's for errors of the disk."};
}

void judge_store(const store::StoreFacts& store, Instant now, Readiness& out) {
    const auto& writer = store.writer;
    const bool little = store.disk_bytes > 0 && store.free_bytes < full_disk;
    const bool fails = counts(writer, now), refused = writer.error_code == "store_full";
    if (store.disk_read_only) {
        out.reasons.push_back({"disk_read_only",
                               "The disk of the data directory is mounted read-only: nothing can be stored.",
                               "Look at the kernel's log (dmesg) for errors of the disk, mend or replace it, "
                               "mount it for writing, and restart the daemon."});
    } else if (little || (fails && refused)) {
        out.reasons.push_back(disk_full(store, refused));
    } else if (fails) {
        out.reasons.push_back(failed_write(writer.error_code));
    } else if (store.disk_bytes > 0 && store.free_bytes < low_disk) {
        out.warnings.push_back(
            {"disk_low",
             "Little room is left on the disk of the data directory: " + mib(store.free_bytes) + ".",
             "Make room or enlarge the disk before it is full."});
    }
    if (!writer.error_code.empty() && !fails && !little && !store.disk_read_only)
        out.warnings.push_back({"last_write_failed",
                                "The last write of the store failed (" + writer.error_code + ", " +
                                    format_instant(*writer.error_at) + "), and none was tried since.",
                                "The next write shows whether it is over, and ends this warning; if it is "
                                "not, 'capbridge message " +
                                    writer.error_code + "' says what to do."});
    if (writer.oldest_wait > slow_write || writer.at_work_for > slow_write)
        out.reasons.push_back(
            {"writer_stuck",
             "A write has waited for more than " + std::to_string(slow_write.count()) + " seconds.",
             "Look whether the disk is overloaded or hangs (iostat, dmesg), and whether another program "
             "holds the database."});
}

void judge_records(const Observation& seen, Readiness& out) {
    const auto behind = seen.bridge.journal - seen.bridge.folded;
    if (behind <= 0) return;
    const auto entries = std::to_string(behind) + " entries of the journal";
    if (seen.projector_still > still_projector) {
        out.reasons.push_back({"projector_stuck",
                               "The records do not show " + entries + ", and nothing gets on.",
                               "Look for projector_failed in the daemon's log; restart the daemon; "
                               "'capbridge rebuild' folds all records anew."});
    } else if (seen.bridge.folded == 0) {
        out.reasons.push_back({"folding",
                               "The records are being folded from the journal: " + entries + " to go.",
                               "Wait; 'capbridge status' shows how far it is."});
    } else if (seen.bridge.lag_seconds > old_records) {
        out.warnings.push_back({"records_behind", "The records do not show " + entries + " yet.",
                                "After a large import, wait; else look at the load of the machine."});
    }
}

void judge_certificates(const Observation& seen, Readiness& out) {
    if (!seen.tls) return;
    const auto& tls = *seen.tls;
    const auto days = [&](Instant until) {
        return std::to_string(std::chrono::floor<std::chrono::days>(until - seen.at).count());
    };
    const char* renew =
        "Put the new certificate and key in the place of the files that the configuration names; the daemon "
        "takes them by itself "
        "within a minute, or at once with 'capbridge reload'.";
    if (tls.until <= seen.at) {
        out.reasons.push_back(
            {"certificate_expired",
             "The TLS certificate ended at " + format_instant(tls.until) + ": clients refuse to connect.",
             renew});
    } else if (tls.from > seen.at) {
        out.reasons.push_back(
            {"certificate_not_yet_valid",
             "The TLS certificate holds only from " + format_instant(tls.from) + " on.",
             "Look whether this machine's clock is right; else use the certificate that holds now."});
    } else if (tls.until <= seen.at + certificate_ends_soon) {
        out.warnings.push_back({"certificate_ends_soon",
                                "The TLS certificate ends in " + days(tls.until) + " days, at " +
                                    format_instant(tls.until) + ".",
                                renew});
    }
    if (!tls.client_ca_until) return;
    if (*tls.client_ca_until <= seen.at) {
        out.warnings.push_back(
            {"client_ca_expired",
             "An authority of client certificates ended at " + format_instant(*tls.client_ca_until) + ".",
             "Put the authority's new certificate into the file that 'client_ca' names."});
    } else if (*tls.client_ca_until <= seen.at + certificate_ends_soon) {
        out.warnings.push_back(
            {"client_ca_ends_soon",
             "An authority of client certificates ends in " + days(*tls.client_ca_until) + " days.",
             "Put the authority's new certificate into the file that 'client_ca' names."});
    }
}

void judge_outputs(const std::vector<log::Output>& outputs, Readiness& out) {
    for (const auto& one : outputs) {
        // Kept until a connection has held: a server that lets us connect and then closes is away too.
        if (one.error.empty()) continue;
        auto waiting = std::to_string(one.audit_behind) + " entries of the audit and " +
                       std::to_string(one.waiting) + " lines of the log wait";
        if (one.dropped > 0) waiting += ", " + std::to_string(one.dropped) + " lines were dropped";
        out.warnings.push_back({"syslog_away",
                                "There is no connection to the syslog server that holds: " + waiting + ".",
                                "'capbridge log level' says why; nothing of the audit is lost meanwhile, and "
                                "it is sent when the server is there again."});
    }
}

}  // namespace

Readiness judge(const Observation& seen) {
    Readiness out;
    if (!seen.serving)
        out.reasons.push_back({"not_serving", "The server is starting or stopping.", "Wait some seconds."});
    judge_store(seen.bridge.store, seen.at, out);
    judge_records(seen, out);
    judge_certificates(seen, out);
    judge_outputs(seen.outputs, out);
    if (seen.io_silent > silent_io)
        out.reasons.push_back({"io_stuck", "The threads that read requests do not answer.",
                               "Restart the daemon, and report it with a support bundle."});
    return out;
}

std::string hung(const Observation& seen) {
    const auto& writer = seen.bridge.store.writer;
    if (seen.io_silent > hung_io) return "the threads that read requests do not answer";
    if (writer.oldest_wait > hung_write || writer.at_work_for > hung_write)
        return "the store's writer does not answer";
    if (seen.projector_still > hung_projector) return "the projector does not get on";
    return {};
}

ordered_json readiness_json(const Readiness& readiness) {
    return {{"status", readiness.reasons.empty() ? "ready" : "not_ready"},
            {"reasons", list(readiness.reasons)},
            {"warnings", list(readiness.warnings)}};
}

}  // namespace capbridge::server
