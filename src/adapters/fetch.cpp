#include "adapters/fetch.hpp"

#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <nlohmann/json.hpp>

#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/base/log.hpp"

namespace capbridge::adapters {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKey = "host/fetched";
constexpr const char* kSubFolder = ".fetch";
constexpr std::size_t kMostFiles = 5000;  // as many as a drop folder may hold
constexpr std::size_t kCompared = 256u << 20;

using Versions = std::map<std::string, std::string>;

std::string version_of(const net::RemoteFile& file) {
    return sha256_hex(file.line).substr(0, 16);
}

Versions read_versions(engine::SourceMemory& memory) {
    Versions out;
    const auto kept = json::parse(memory.get(kKey).value_or("{}"), nullptr, false);
    if (!kept.is_object()) return out;
    for (const auto& [name, version] : kept.items()) {
        if (version.is_string()) out[name] = version.get<std::string>();
    }
    return out;
}

Error told(const engine::SourceSettings& settings, const Error& error, const std::string& what) {
    const auto& code = error.code;
    const auto* error_class = code == "cancelled" ? "adapter_cancelled"
                              : code == "login"   ? "adapter_auth"
                              : code == "unreachable" || code == "timeout" || code == "transfer"
                                  ? "adapter_retry"
                                  : "adapter_config";
    return {error_class,
            "Source '" + settings.source_name + "', fetch: " + what + ": " + error.message + ".",
            {},
            0};
}

bool same_bytes(const fs::path& a, const fs::path& b) {
    std::error_code ec;
    if (!fs::is_regular_file(b, ec) || fs::file_size(a, ec) != fs::file_size(b, ec)) return false;
    const auto x = read_file(a, kCompared), y = read_file(b, kCompared);
    return x && y && *x == *y;
}

bool synced(const fs::path& path, int flags) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
    if (fd < 0) return false;
    const bool done = ::fsync(fd) == 0;
    ::close(fd);
    return done;
}

// The file and its name.
bool made_durable(const fs::path& file) {
    return synced(file, 0) && synced(file.parent_path(), O_DIRECTORY);
}

void set_modified(const fs::path& file, Instant at) {
    const timespec time{static_cast<time_t>(unix_ms(at) / 1000), 0};
    const timespec times[2] = {time, time};
    ::utimensat(AT_FDCWD, file.c_str(), times, 0);
}

class Fetching {
public:
    Fetching(const engine::SourceSettings& settings, FetchSettings fetch, engine::SourceMemory& memory)
        : settings_(settings),
          fetch_(std::move(fetch)),
          memory_(memory),
          client_(net::make_file_client(fetch_.server)),
          beside_(settings.folder / kSubFolder),
          versions_(read_versions(memory)) {}

    Result<FetchReport> run() {
        auto before = client_->list();
        if (!before) return fail(told(settings_, before.error(), "the list of files"));
        std::erase_if(*before, [&](const net::RemoteFile& file) {
            return !fetch_.pattern.empty() && ::fnmatch(fetch_.pattern.c_str(), file.name.c_str(), 0) != 0;
        });
        report_.listed = static_cast<int>(before->size());
        if (before->size() > kMostFiles)
            return fail("adapter_config", "Source '" + settings_.source_name +
                                              "', fetch: more than 5000 files over there; a pattern or an "
                                              "archive would help.");
        std::error_code ec;
        fs::remove_all(beside_, ec);  // of a run that was killed
        fs::create_directories(beside_, ec);
        std::vector<Arrived> arrived;
        for (const auto& file : *before) CAPBRIDGE_TRY(take(file, arrived));
        if (!arrived.empty()) CAPBRIDGE_TRY(settle(arrived));
        fs::remove_all(beside_, ec);
        CAPBRIDGE_TRY(remember(*before));
        return report_;
    }

private:
    struct Arrived {
        net::RemoteFile file;
        net::Downloaded download;
    };

    Status take(const net::RemoteFile& file, std::vector<Arrived>& arrived) {
        if (const auto it = versions_.find(file.name);
            it != versions_.end() && it->second == version_of(file)) {
            ++report_.unchanged;
            return {};
        }
        auto download = client_->download(file.name, beside_ / file.name, fetch_.most_file_bytes);
        if (download) {
            arrived.push_back({file, *download});
            return {};
        }
        if (download.error().code == "too_large" || download.error().code == "not_found") {
            leave(file, download.error().message);
            return {};
        }
        return fail(told(settings_, download.error(), "a file"));
    }

    void leave(const net::RemoteFile& file, const std::string& why) {
        ++report_.left;
        // Without its name: whoever named it may have put a person's there.
        log::info("fetch_left", {{"source", settings_.source_name}, {"why", why}});
        std::error_code ec;
        fs::remove(beside_ / file.name, ec);
    }

    // What the server lists as before is whole.
    Status settle(const std::vector<Arrived>& arrived) {
        const auto after = client_->list();
        if (!after) return fail(told(settings_, after.error(), "the list of files"));
        for (const auto& one : arrived) {
            const auto still = std::find_if(after->begin(), after->end(), [&](const net::RemoteFile& file) {
                return file.name == one.file.name && file.line == one.file.line;
            });
            const auto young =
                one.download.modified && settings_.file_min_age &&
                *one.download.modified + *settings_.file_min_age > std::chrono::system_clock::now();
            if (still == after->end() || !one.file.has_size(one.download.bytes)) {
                leave(one.file, "it is still being written over there");
            } else if (young) {
                leave(one.file, "it is younger than file_min_age_seconds");
            } else {
                CAPBRIDGE_TRY(keep(one));
            }
        }
        return {};
    }

    Status keep(const Arrived& one) {
        const auto here = beside_ / one.file.name, there = settings_.folder / one.file.name;
        if (!same_bytes(here, there)) {
            if (one.download.modified) set_modified(here, *one.download.modified);
            std::error_code ec;
            fs::rename(here, there, ec);
            if (ec)
                return fail("adapter_config", "Source '" + settings_.source_name +
                                                  "', fetch: the drop folder cannot be written.");
            ++report_.fetched;
        } else {
            ++report_.unchanged;
        }
        // Before anything says that it is here: a power cut must not leave it neither here nor there.
        if (!made_durable(there))
            return fail("adapter_retry",
                        "Source '" + settings_.source_name + "', fetch: the drop folder cannot be written.");
        versions_[one.file.name] = version_of(one.file);
        if (!fetch_.delete_after) return {};
        if (auto removed = client_->remove(one.file.name); !removed)
            log::warn("fetch_not_deleted",
                      {{"source", settings_.source_name}, {"why", removed.error().message}});
        return {};
    }

    Status remember(const std::vector<net::RemoteFile>& listed) {
        auto kept = json::object();
        for (const auto& file : listed) {
            if (const auto it = versions_.find(file.name); it != versions_.end())
                kept[file.name] = it->second;
        }
        return memory_.put(kKey, kept.dump());
    }

    const engine::SourceSettings& settings_;
    const FetchSettings fetch_;
    engine::SourceMemory& memory_;
    const std::unique_ptr<net::FileClient> client_;
    const fs::path beside_;
    Versions versions_;
    FetchReport report_;
};

}  // namespace

Result<FetchReport> fetch_files(const engine::SourceSettings& settings, engine::SourceMemory& memory,
                                const std::atomic<bool>* cancel) {
    if (!settings.fetch.is_object()) return FetchReport{};
    Problems problems;
    auto fetch = read_fetch_settings(settings.fetch, problems);
    if (settings.folder.empty())
        problems.push_back({Problem::Severity::error,
                            "no_folder",
                            "/fetch",
                            "the source has no drop folder to fetch into",
                            0,
                            {}});
    if (has_errors(problems)) {
        auto error = problems_error(problems, "source '" + settings.source_name + "'");
        error.code = "adapter_config";
        return fail(std::move(error));
    }
    auto secret = net::read_secret(fetch.secret);
    if (!secret) return fail(told(settings, {"secret", secret.error().message, {}, 0}, "its secret"));
    fetch.server.secret = std::move(*secret);
    fetch.server.cancel = cancel;
    CAPBRIDGE_LET(auto report, Fetching(settings, std::move(fetch), memory).run());
    log::info("files_fetched", {{"source", settings.source_name},
                                {"listed", std::to_string(report.listed)},
                                {"fetched", std::to_string(report.fetched)},
                                {"left", std::to_string(report.left)}});
    return report;
}

}  // namespace capbridge::adapters
