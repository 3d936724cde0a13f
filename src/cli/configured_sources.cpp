#include "cli/configured_sources.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "core/base/text.hpp"
#include "core/engine/source_check.hpp"
#include "core/engine/sync/options.hpp"
#include "core/engine/sync/presets.hpp"
#include "core/engine/write_back/settings.hpp"

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;

// Takes the place that an adapter's words begin with, a JSON pointer or names with dots ("columns.who: ..."),
// off them. "" when they name none.
std::string take_place(std::string& message, const json& settings) {
    const auto prefix = message.starts_with("Adapter ") ? message.find(": ") : std::string::npos;
    const auto begin = prefix == std::string::npos ? 0 : prefix + 2;
    const auto end = message.find(": ", begin);
    if (end == std::string::npos || end == begin) return "";
    const auto place = message.substr(begin, end - begin);
    if (place.find(' ') != std::string::npos) return "";
    std::string pointer;
    if (place.starts_with('/')) {
        pointer = place;
    } else {
        const auto names = split(place, '.');
        if (!settings.contains(names.front())) return "";
        for (const auto& name : names) pointer = pointer_append(pointer, name);
    }
    message.erase(begin, end + 2 - begin);
    return pointer;
}

std::string whole_path(const std::string& path, const fs::path& folder) {
    return fs::absolute(fs::path(path).is_absolute() ? fs::path(path) : folder / path)
        .lexically_normal()
        .string();
}

void resolve_below(json& value, const fs::path& folder) {
    if (!value.is_structured()) return;
    for (auto& [name, member] : value.items()) {
        if (member.is_string() && (name.ends_with("_file") || name == "known_hosts")) {
            member = whole_path(member.get<std::string>(), folder);
        } else {
            resolve_below(member, folder);
        }
    }
}

class Reader {
public:
    Reader(const fs::path& folder, const std::map<std::string, std::string>& folders,
           engine::AdapterCatalogue* adapters, const std::function<void(Problem)>& report)
        : folder_(folder), folders_(folders), adapters_(adapters), report_(report) {}

    // `written` as it stands in the file.
    json read(const json& written, json source, const std::string& at) {
        const auto name = get_string(source, "name");
        if (!name.empty() && !names_.insert(name).second)
            problem(at + "/name", "duplicate_source", "the source '" + name + "' is there twice");
        read_folder(source, at);
        resolve_service_paths(source, folder_);
        const bool wrong_settings = written.contains("settings") && !source.contains("settings");
        if (!source.contains("settings")) source["settings"] = json::object();
        auto whole = engine::with_preset(source);
        if (!whole) {
            problem(at + whole.error().where, whole.error().code, whole.error().message);
            return source;
        }
        read_options(*whole, at);
        if (get_string(*whole, "adapter") == engine::no_adapter) {
            if (const auto fits = engine::check_posts_only(*whole); !fits) told(fits.error(), at);
            return source;
        }
        if (adapters_ != nullptr && whole->contains("adapter")) {
            if (!wrong_settings) check_settings(*whole, at);
            check_services(*whole, at);
        }
        return source;
    }

private:
    void problem(const std::string& pointer, std::string code, std::string message) {
        report_({Problem::Severity::error, std::move(code), pointer, std::move(message), 0});
    }
    void told(const Error& error, const std::string& at) {
        problem(at + error.where, error.code, error.message);
    }

    void read_folder(json& source, const std::string& at) {
        if (const auto it = folders_.find(get_string(source, "name")); it != folders_.end())
            source["folder"] = it->second;
        if (!source.contains("folder")) return;
        const auto folder = whole_path(get_string(source, "folder"), folder_);
        std::error_code ec;
        if (!fs::is_directory(folder, ec))
            problem(at + "/folder", "no_folder", "there is no folder '" + folder + "'");
        source["folder"] = folder;
    }

    void read_options(const json& source, const std::string& at) {
        const auto options = engine::read_options(engine::options_json(source));
        if (!options) return told(options.error(), at);
        const auto write_back = engine::read_write_back(options->write_back);
        if (!write_back) told(write_back.error(), at);
    }

    void check_settings(const json& source, const std::string& at) {
        const auto& settings = source.at("settings");
        const auto problems = adapters_->check_settings(get_string(source, "adapter"), settings);
        if (!problems) return problem(at + "/adapter", problems.error().code, problems.error().message);
        for (auto found : *problems) {
            auto place = found.pointer;
            if (found.code != "schema" && place.empty()) place = take_place(found.message, settings);
            found.pointer = at + "/settings" + place;
            found.line = 0;
            report_(std::move(found));
        }
    }

    void check_services(const json& source, const std::string& at);

    const fs::path& folder_;
    const std::map<std::string, std::string>& folders_;
    engine::AdapterCatalogue* adapters_;
    const std::function<void(Problem)>& report_;
    std::set<std::string> names_;
};

engine::SourceSettings settings_of(const json& source) {
    store::SourceRow row;
    row.name = get_string(source, "name");
    row.adapter = get_string(source, "adapter");
    row.folder = get_string(source, "folder");
    row.settings = source.value("settings", json::object()).dump();
    engine::SourceOptions options;
    options.sha256 = get_string(source, "sha256");
    options.http = source.value("http", json::object());
    options.fetch = source.value("fetch", json());
    return engine::settings_of(row, options, nullptr);
}

void Reader::check_services(const json& source, const std::string& at) {
    const auto pin = lower_ascii(get_string(source, "sha256"));
    // A warning: an upgrade brings other files, and one source that waits for its pin must not keep the
    // daemon from starting.
    if (const auto adapter = adapters_->find(get_string(source, "adapter"));
        !pin.empty() && adapter && adapter->sha256 != pin)
        report_(
            {Problem::Severity::warning, "adapter_pin", at + "/sha256",
             "the adapter's file has the checksum " + adapter->sha256 + ": it is not loaded for this source",
             0});
    for (auto found : adapters_->check_services(settings_of(source))) {
        found.pointer = at + found.pointer;
        found.line = 0;
        report_(std::move(found));
    }
}

}  // namespace

void resolve_service_paths(json& source, const fs::path& folder) {
    for (const auto* member : {"http", "fetch"}) {
        if (const auto it = source.find(member); it != source.end()) resolve_below(*it, folder);
    }
}

std::vector<json> read_sources(const json& whole, const json& sound, const fs::path& folder,
                               const std::map<std::string, std::string>& folders,
                               engine::AdapterCatalogue* adapters,
                               const std::function<void(Problem found)>& report) {
    Reader reader(folder, folders, adapters, report);
    std::vector<json> out;
    for (std::size_t i = 0; i < sound.size(); ++i) {
        if (sound[i].is_object())
            out.push_back(reader.read(whole[i], sound[i], "/sources/" + std::to_string(i)));
    }
    return out;
}

Result<ordered_json> check_online(engine::AdapterCatalogue& adapters, const json& source) {
    CAPBRIDGE_LET(const auto whole, engine::with_preset(source));
    const std::atomic<bool> never = false;  // Ctrl-C ends this process, and what it started
    return engine::check_source(adapters, settings_of(whole), engine::longest_check, never);
}

Result<std::vector<std::string>> egress_of(engine::AdapterCatalogue& adapters, const json& source) {
    CAPBRIDGE_LET(const auto whole, engine::with_preset(source));
    return adapters.egress(settings_of(whole));
}

}  // namespace capbridge::cli
