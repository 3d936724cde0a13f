#include "cli/configuration.hpp"

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/embedded.hpp"
#include "core/base/files.hpp"
#include "core/competency/mapping.hpp"
#include "core/framework/framework.hpp"
#include "core/people/import.hpp"

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;

class Checker {
public:
    Checker(const fs::path& file, const std::map<std::string, std::string>& folders)
        : file_(file), base_(fs::absolute(file).parent_path()), folders_(folders) {}

    Checked run(const std::function<std::unique_ptr<engine::AdapterCatalogue>(const std::vector<fs::path>&)>&
                    adapters) {
        auto text = read_file(file_, 16u << 20);
        if (!text) return only(text.error().text());
        auto document = parse_json(*text);
        if (!document) {
            auto error = document.error();
            error.where = file_.string();
            return only(error.text());
        }
        const auto schema =
            parse_json(find_embedded(embedded_config(), "schemas/configuration.schema.json")->bytes);
        problems_ = validate_json(*document, *schema, *text);
        lines_ = json_lines(*text);
        if (!has_errors(problems_)) read(*document, adapters);
        Checked out;
        out.problems = problems_text(problems_, file_.string());
        if (!others_.empty()) out.problems += (out.problems.empty() ? "" : "\n") + others_;
        out.ok = !has_errors(problems_) && !others_failed_;
        out.configuration = std::move(c_);
        return out;
    }

private:
    static Checked only(std::string problem) { return {{}, std::move(problem), false}; }

    void problem(const std::string& pointer, std::string code, std::string message) {
        const auto it = lines_.find(pointer);
        problems_.push_back({Problem::Severity::error, std::move(code), pointer, std::move(message),
                             it == lines_.end() ? 0 : it->second});
    }

    // A problem inside a file that the configuration names.
    void other(const Error& error) {
        others_failed_ = true;
        others_ +=
            (others_.empty() ? "" : "\n") + (error.code == "invalid_document" ? error.message : error.text());
    }

    fs::path resolve(const std::string& path) const {
        return fs::path(path).is_absolute() ? fs::path(path) : base_ / path;
    }

    std::optional<NamedText> load(const std::string& pointer, const std::string& path) {
        auto text = read_file(resolve(path), 64u << 20);
        if (!text) {
            problem(pointer, text.error().code, "'" + path + "' " + text.error().message);
            return std::nullopt;
        }
        return NamedText{path, std::move(*text)};
    }

    void read(const json& d,
              const std::function<std::unique_ptr<engine::AdapterCatalogue>(const std::vector<fs::path>&)>&
                  adapters) {
        c_.organisation = get_string(d, "organisation");
        c_.iri_base = get_string(d, "iri_base");
        c_.data = d.contains("data") ? resolve(get_string(d, "data")).lexically_normal().string() : "";
        c_.listen = get_string(d, "listen");
        for (const auto& dir : d.value("plugins", json::array()))
            c_.plugins.push_back(resolve(dir.get<std::string>()));
        if (const auto framework = read_framework(d)) read_files(d, *framework);
        if (adapters) {
            read_sources(d, adapters(c_.plugins).get());
        } else {
            read_sources(d, nullptr);
        }
    }

    std::optional<framework::Framework> read_framework(const json& d) {
        const auto name = get_string(d, "framework", "hee-ai-confidence");
        std::string text;
        if (const auto shipped = framework::shipped_framework(name)) {
            text = std::string(*shipped);
        } else if (auto file = load("/framework", name)) {
            text = std::move(file->text);
        } else {
            problems_.back().message += "; " + shipped.error().message;
            return std::nullopt;
        }
        auto loaded = framework::load_framework(text, name);
        if (!loaded) {
            other(loaded.error());
            return std::nullopt;
        }
        if (d.contains("framework")) {
            c_.framework = std::move(text);
            c_.framework_name = name;
        }
        return std::move(*loaded);
    }

    template <class Load>
    void each(const json& d, const char* member, std::vector<NamedText>& into, Load&& load_one) {
        const auto list = d.value(member, json::array());
        for (std::size_t i = 0; i < list.size(); ++i) {
            auto file = load("/" + std::string(member) + "/" + std::to_string(i), list[i].get<std::string>());
            if (!file) continue;
            if (auto loaded = load_one(*file); !loaded) {
                other(loaded.error());
            } else {
                into.push_back(std::move(*file));
            }
        }
    }

    void read_files(const json& d, const framework::Framework& framework) {
        each(d, "mappings", c_.mappings,
             [&](const NamedText& f) { return competency::load_mapping(f.text, f.name, framework); });
        each(d, "deployments", c_.deployments,
             [&](const NamedText& f) { return competency::load_deployment(f.text, f.name); });
        each(d, "archetype_rules", c_.archetype_rules,
             [&](const NamedText& f) { return people::load_rules(f.text, f.name, framework); });
        if (!d.contains("policy")) return;
        if (auto file = load("/policy", get_string(d, "policy"))) {
            if (auto policy = competency::load_policy(file->text, file->name, framework); !policy) {
                other(policy.error());
            } else {
                c_.policy = std::move(file->text);
                c_.policy_name = file->name;
            }
        }
    }

    void read_sources(const json& d, engine::AdapterCatalogue* adapters) {
        std::set<std::string> names;
        const auto list = d.value("sources", json::array());
        for (std::size_t i = 0; i < list.size(); ++i) {
            const auto at = "/sources/" + std::to_string(i);
            json source = list[i];
            const auto name = get_string(source, "name");
            if (!names.insert(name).second)
                problem(at + "/name", "duplicate_source", "the source '" + name + "' is there twice");
            if (const auto it = folders_.find(name); it != folders_.end()) source["folder"] = it->second;
            if (source.contains("folder")) {
                const auto folder = resolve(get_string(source, "folder")).lexically_normal();
                if (!fs::is_directory(folder))
                    problem(at + "/folder", "no_folder", "there is no folder '" + folder.string() + "'");
                source["folder"] = fs::absolute(folder).string();
            }
            if (!source.contains("settings")) source["settings"] = json::object();
            if (adapters != nullptr) check_settings(*adapters, source, at);
            c_.sources.push_back(std::move(source));
        }
    }

    void check_settings(engine::AdapterCatalogue& adapters, const json& source, const std::string& at) {
        const auto problems = adapters.check_settings(get_string(source, "adapter"), source.at("settings"));
        if (!problems) {
            problem(at + "/adapter", problems.error().code, problems.error().message);
            return;
        }
        for (auto found : *problems) {
            found.pointer = at + "/settings" + found.pointer;
            if (const auto it = lines_.find(found.pointer); it != lines_.end()) found.line = it->second;
            problems_.push_back(std::move(found));
        }
    }

    fs::path file_, base_;
    const std::map<std::string, std::string>& folders_;
    Configuration c_;
    Problems problems_;
    std::string others_;
    bool others_failed_ = false;
    std::unordered_map<std::string, int> lines_;
};

}  // namespace

Checked check_configuration(
    const fs::path& file, const std::map<std::string, std::string>& folders,
    const std::function<std::unique_ptr<engine::AdapterCatalogue>(const std::vector<fs::path>&)>& adapters) {
    return Checker(file, folders).run(adapters);
}

}  // namespace capbridge::cli
