#include "core/engine/source_check.hpp"

#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "core/base/plain_text.hpp"
#include "core/base/text.hpp"
#include "core/engine/sync/options.hpp"

namespace capbridge::engine {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

// Turns `over` true when the time is up or the bridge stops.
class Patience {
public:
    Patience(milliseconds most, const std::atomic<bool>& stopping)
        : until_(Steady::now() + most), stopping_(stopping), thread_([this] { watch(); }) {}
    ~Patience() {
        {
            const std::lock_guard lock(mutex_);
            through_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }
    Patience(const Patience&) = delete;
    Patience& operator=(const Patience&) = delete;

    std::atomic<bool> over{false};

private:
    void watch() {
        constexpr milliseconds tick{50};
        std::unique_lock lock(mutex_);
        while (!changed_.wait_for(lock, tick, [this] { return through_; })) {
            if (stopping_ || Steady::now() >= until_) over = true;
        }
    }

    const Steady::time_point until_;
    const std::atomic<bool>& stopping_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool through_ = false;
    std::thread thread_;
};

std::string seconds(milliseconds ms) {
    return std::to_string((ms.count() + 999) / 1000) + " s";
}

std::string class_of(std::string_view code) {
    constexpr std::string_view prefix = "adapter_";
    return std::string(code.starts_with(prefix) ? code.substr(prefix.size()) : "config");
}

// A message may have a line for each of several problems.
std::string shown(const std::string& text) {
    constexpr std::size_t most_text = 4096;
    std::string out;
    for (const auto& line : split(cut_text(text, most_text), '\n'))
        out += (out.empty() ? "" : "\n") + plain_text(line);
    return out;
}

class Findings {
public:
    explicit Findings(const std::string& source) : source_(source) {}

    void error(const Error& e) {
        sound_ = false;
        add("error", class_of(e.code), e.code, e.where, e.message, advice_of(e.code, source_));
    }
    void warning(const std::string& line) {
        add("warning", "note", "adapter_says", "", line, "Look whether that is meant; a sync is possible.");
    }
    [[nodiscard]] bool sound() const { return sound_; }
    ordered_json take() { return std::move(list_); }

private:
    void add(const char* severity, const std::string& class_name, const std::string& code,
             const std::string& where, const std::string& message, const std::string& advice) {
        list_.push_back({{"severity", severity},
                         {"class", class_name},
                         {"code", code},
                         {"where", shown(where)},
                         {"message", shown(message)},
                         {"advice", advice}});
    }

    const std::string& source_;
    bool sound_ = true;
    ordered_json list_ = ordered_json::array();
};

void look_at_folder(const SourceSettings& settings, Findings& findings) {
    if (settings.folder.empty()) return;
    const auto path = settings.folder.string();
    std::error_code ec;
    if (!std::filesystem::is_directory(settings.folder, ec)) {
        findings.error({"no_folder", "There is no folder '" + path + "'.", "/folder", 0});
    } else if (::access(path.c_str(), R_OK | X_OK) != 0) {
        findings.error(
            {"unreadable_folder", "The bridge's user may not read the folder '" + path + "'.", "/folder", 0});
    }
}

Error time_is_up(const SourceSettings& settings, milliseconds patience) {
    return {"adapter_timeout",
            "Adapter '" + settings.adapter + "': its check was not through after " + seconds(patience) + ".",
            "", 0};
}

// A refresh token is often good for one use: the next one must be kept, or nobody gets in again.
bool would_use_up_a_token(const SourceSettings& settings) {
    if (settings.memory != nullptr || !settings.http.is_object()) return false;
    for (const auto& profile : settings.http.value("auth", json::object())) {
        if (profile.is_object() && get_string(profile, "type") == "oauth2_refresh") return true;
    }
    return false;
}

}  // namespace

std::string advice_of(std::string_view code, const std::string& source) {
    const auto is = [&](std::initializer_list<std::string_view> codes) {
        return std::find(codes.begin(), codes.end(), code) != codes.end();
    };
    if (is({"adapter_no_sandbox"})) return "The message says what the machine needs.";
    if (is({"adapter_auth"}))
        return "Have somebody over there look at the account or token: is it right, in force, and has it the "
               "rights? Where it is kept is in the source's http.auth.";
    if (is({"adapter_retry"}))
        return "Nothing here is known to be wrong: try again later. If it stays so, look at the network, the "
               "proxy and the firewall (capbridge check --egress).";
    if (is({"adapter_not_found"}))
        return "Look at the address and the ids in the source's settings: over there, there is no such "
               "thing.";
    if (is({"adapter_unsupported"}))
        return "This adapter or the system over there cannot do that: look at the adapter's page, or for "
               "another version.";
    if (is({"adapter_timeout"}))
        return "Something does not answer: look at the address, the proxy and the firewall (capbridge check "
               "--egress), then try again.";
    if (is({"adapter_crashed", "adapter_protocol", "adapter_internal", "adapter_memory",
            "adapter_bad_cursor"}))
        return "That is a defect of the adapter, not of your settings: send its vendor this message.";
    if (is({"no_folder", "unreadable_folder"}))
        return "Make the folder or mount it, let the bridge's user read it, or change the source's folder.";
    if (is({"not_found"}))
        return "'capbridge adapter list' shows the adapters that there are; put the file into a plugin "
               "folder.";
    return "Mend the source's settings, then ask again: capbridge source check " + source;
}

Result<ordered_json> check_source(AdapterCatalogue& adapters, const SourceSettings& settings,
                                  milliseconds patience, const std::atomic<bool>& stopping) {
    const auto began = Steady::now();
    Findings findings(settings.source_name);
    auto not_tried = ordered_json::array();
    if (settings.adapter == no_adapter) {
        return ordered_json{{"source", settings.source_name},
                            {"adapter", settings.adapter},
                            {"ok", true},
                            {"findings", ordered_json::array()},
                            {"not_tried", {"it has no adapter; its records are posted to the bridge"}},
                            {"took_ms", 0}};
    }
    auto opened = adapters.open(settings);
    if (!opened) findings.error(opened.error());
    for (const auto& problem : adapters.check_services(settings)) {
        if (problem.severity == Problem::Severity::error) {
            findings.error({problem.code, problem.message, problem.pointer, 0});
        } else {
            findings.warning(problem.message);
        }
    }
    look_at_folder(settings, findings);
    if (settings.fetch.is_object()) not_tried.push_back("fetching files into the folder");
    if (findings.sound() && would_use_up_a_token(settings)) {
        not_tried.push_back(
            "the adapter's own check: it would use up the refresh token, and nothing is there "
            "yet that keeps the next one; once the source is added: capbridge source check " +
            settings.source_name);
    } else if (findings.sound()) {
        Patience waiting(patience, stopping);
        const auto done =
            (*opened)->inspect([&](const std::string& line) { findings.warning(line); }, waiting.over);
        if (!done && stopping) return fail("stopping", "the bridge is stopping");
        const bool late = !done && waiting.over && done.error().code == "adapter_cancelled";
        if (!done) findings.error(late ? time_is_up(settings, patience) : done.error());
    } else {
        not_tried.push_back("the adapter's own check; first mend what was found");
    }
    const auto took = std::chrono::duration_cast<milliseconds>(Steady::now() - began).count();
    return ordered_json{
        {"source", settings.source_name}, {"adapter", settings.adapter},       {"ok", findings.sound()},
        {"findings", findings.take()},    {"not_tried", std::move(not_tried)}, {"took_ms", took}};
}

std::string findings_text(const ordered_json& checked) {
    std::string out;
    for (const auto& one : checked.at("findings")) {
        if (one.at("severity") != "error") continue;
        const auto message = one.at("message").get<std::string>();
        out += (out.empty() ? "" : "; ") + message + " " + one.at("advice").get<std::string>();
    }
    return out;
}

}  // namespace capbridge::engine
