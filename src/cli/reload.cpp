#include "cli/reload.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/apply.hpp"
#include "cli/config_schema.hpp"
#include "cli/output.hpp"
#include "core/base/ids.hpp"
#include "core/base/log.hpp"

namespace capbridge::cli {
namespace {

constexpr std::size_t most_logged = 100;
constexpr auto look_again = std::chrono::milliseconds{200};

// The texts of key files are part of what is in force, and not of the file that names them.
std::vector<Difference> changed_keys(const Configuration& before, const Configuration& after) {
    std::vector<Difference> out;
    for (const auto& now : after.token_issuers) {
        for (const auto& was : before.token_issuers) {
            if (was.issuer == now.issuer && was.audience == now.audience && was.keys != now.keys)
                out.push_back({pointer_append("/token_issuers", now.issuer) + "/keys (what is in the file)",
                               "changed", "live"});
        }
    }
    return out;
}

std::string top_of(const std::string& pointer) {
    return pointer.substr(0, pointer.find('/', 1));
}

void log_findings(const std::vector<Finding>& findings) {
    std::size_t told = 0;
    for (const auto& one : findings) {
        if (++told > most_logged) break;
        log::error("reload_finding", {{"what", one.problem.text(one.file)}, {"remedy", one.remedy}});
    }
}

}  // namespace

Reloader::Reloader(engine::Bridge& bridge, LiveParts& parts, From from, Checked running)
    : bridge_(bridge), parts_(parts), from_(std::move(from)), running_(std::move(running)) {}

Reloader::~Reloader() {
    end();
}

void Reloader::begin() {
    const std::lock_guard lock(mutex_);
    begun_ = true;
    thread_ = std::thread([this] { work(); });
}

void Reloader::end() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
    const std::lock_guard lock(reloading_);  // a command's
}

void Reloader::ask() {
    {
        const std::lock_guard lock(mutex_);
        asked_ = true;
    }
    wake_.notify_all();
}

void Reloader::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return asked_ || ending_; });
        if (ending_) return;
        if (const std::unique_lock probe(reloading_, std::try_to_lock); !probe) {
            // A command's, which may have read the file before it was changed.
            wake_.wait_for(lock, look_again, [this] { return ending_; });
            continue;
        }
        asked_ = false;  // who asks from now on wants another one
        lock.unlock();
        engine::Caller caller;
        caller.who = "signal:SIGHUP";
        const auto done = engine::run_operation(bridge_, "config.reload", json::object(), caller);
        const auto code = done ? "" : done.error().code;
        if (!code.empty() && code != "invalid_document" && code != "busy")
            log::error("reload_refused", {{"code", code}, {"why", done.error().text()}});
        lock.lock();
        if (code == "busy") {  // a command was quicker after all
            wake_.wait_for(lock, look_again, [this] { return ending_; });
            asked_ = true;
        }
    }
}

Result<ordered_json> Reloader::reload(const json& params, const engine::Caller& caller) {
    if (from_.file.empty())
        return fail("no_configuration",
                    "the daemon was started without a configuration file, so there is nothing to read anew: "
                    "start it with --config FILE");
    const std::unique_lock lock(reloading_, std::try_to_lock);
    if (!lock) return fail("busy", "another reload is under way: try again when it is done");
    {
        const std::lock_guard state(mutex_);
        if (ending_) return fail("stopping", "the daemon is stopping");
        if (!begun_) return fail("busy", "the daemon is starting, and has just read the file: try again");
    }
    const bool dry_run = params.value("dry_run", false);
    if (tell && !dry_run) tell(true);
    auto answer = reload_now(dry_run, caller);
    if (tell && !dry_run) tell(false);
    return answer;
}

std::vector<Difference> Reloader::compare(const Checked& next) const {
    auto out = differences(running_.document, next.document);
    for (auto& one : changed_keys(running_.configuration, next.configuration)) out.push_back(std::move(one));
    for (auto& one : out) {
        const auto& by_command = from_.overridden;
        if (std::find(by_command.begin(), by_command.end(), top_of(one.pointer)) != by_command.end())
            one.effect = "command_line";
    }
    return out;
}

// What waits for a restart is as it was: the next reload says so again.
void Reloader::keep(Checked next) {
    for (const auto& [name, schema] : configuration_schema().at("properties").items()) {
        if (schema.value("x-reload", "restart") == "live") continue;
        if (const auto was = running_.document.find(name); was != running_.document.end()) {
            next.document[name] = *was;
        } else {
            next.document.erase(name);
        }
    }
    running_ = std::move(next);
}

Result<ordered_json> Reloader::reload_now(bool dry_run, const engine::Caller& caller) {
    caller.progress("reading the configuration", 0, 0);
    auto next = check_configuration(from_.file, from_.folders, installed_adapters, from_.data);
    if (!next.ok) {
        log::error("reload_refused", {{"code", "invalid_document"},
                                      {"why", "the file is not sound; the old one stays in force"}});
        log_findings(next.findings);
        return fail("invalid_document", findings_text(next.findings));
    }
    const auto changes = compare(next);
    CAPBRIDGE_LET(const auto commit, parts_.prepare(next.configuration));
    auto params = apply_parameters(next.configuration);
    params["dry_run"] = dry_run;
    auto applied = engine::run_operation(bridge_, "config.apply", params, caller);
    if (!applied) {
        auto error = applied.error();
        if (running_.configuration.plugins != next.configuration.plugins)
            error.message += " (the folders of \"plugins\" changed, which needs a restart)";
        return fail(std::move(error));
    }
    if (!dry_run) commit();  // the store has it: from here on nothing fails

    ordered_json out{{"file", from_.file.string()},
                     {"sha256", sha256_hex(next.document.dump())},
                     {"dry_run", dry_run},
                     {"changed", false}};
    out["changes"] = differences_json(changes);
    out["items"] = ordered_json::array();
    out["needs_restart"] = ordered_json::array();
    out["warnings"] = applied->value("warnings", ordered_json::array());
    for (const auto& item : (*applied)["items"]) {
        if (text_of(item, "change") != "same") out["items"].push_back(item);
    }
    bool live = false;
    for (const auto& one : changes) {
        live = live || one.effect == "live";
        const auto top = top_of(one.pointer);
        auto& restart = out["needs_restart"];
        if (one.effect == "restart" && std::find(restart.begin(), restart.end(), top) == restart.end())
            restart.push_back(top);
    }
    for (const auto& finding : next.findings) out["warnings"].push_back(finding.problem.text(finding.file));
    out["changed"] = live || !out["items"].empty();
    out["not_named"] = (*applied)["not_named"];
    if (applied->contains("run")) out["run"] = (*applied)["run"];
    if (dry_run) return out;

    std::size_t told = 0;
    for (const auto& one : changes) {
        if (++told <= most_logged)
            log::info("reload_change", {{"what", difference_text(one)}, {"effect", one.effect}});
    }
    log::info("reloaded", {{"changes", std::to_string(changes.size())},
                           {"items", std::to_string(out["items"].size())},
                           {"needs_restart", std::to_string(out["needs_restart"].size())}});
    keep(std::move(next));
    return out;
}

std::string reload_text(const ordered_json& answer) {
    const bool dry_run = answer.value("dry_run", false);
    std::string out;
    const auto line = [&](const std::string& text) { out += text + "\n"; };
    for (const auto& one : answer["changes"]) {
        const auto effect = text_of(one, "effect");
        auto text = "  " + difference_text({text_of(one, "pointer"), text_of(one, "what"), effect,
                                            text_of(one, "before", ""), text_of(one, "after", "")});
        if (effect == "restart") text += "  (needs a restart; not applied)";
        if (effect == "once") text += "  (was used when the data directory was made; not applied)";
        if (effect == "command_line") text += "  (the command line decides; not applied)";
        line(text);
    }
    for (const auto& item : answer["items"]) {
        auto text = "  " + text_of(item, "kind") + " " + text_of(item, "id");
        if (item.contains("version")) text += " " + text_of(item, "version");
        line(text + ": " + text_of(item, "change"));
        for (const auto& warning : item.value("warnings", ordered_json::array()))
            line("    " + warning.get<std::string>());
    }
    for (const auto& one : answer["not_named"])
        line("  " + text_of(one, "kind") + " " + text_of(one, "id") +
             ": the file does not name it; it stays as it is" +
             (text_of(one, "kind") == "source" ? " (name it without a schedule to stop reading it)"
                                               : " ('capbridge forward remove' ends it)"));
    for (const auto& warning : answer["warnings"]) line("warning: " + warning.get<std::string>());
    if (!answer.value("changed", false)) {
        line(text_of(answer, "file") + ": nothing " + (dry_run ? "would change" : "changed"));
    } else {
        line(text_of(answer, "file") +
             (dry_run ? ": this is what a reload would change; nothing was changed" : ": is in force"));
    }
    if (answer.contains("run"))
        line("the rules of it are run " + answer["run"].dump() + "; 'capbridge run revert " +
             answer["run"].dump() + "' takes them back");
    return out;
}

}  // namespace capbridge::cli
