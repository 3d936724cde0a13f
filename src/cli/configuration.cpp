#include "cli/configuration.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/configured_backup.hpp"
#include "cli/configured_edge.hpp"
#include "cli/configured_sources.hpp"
#include "cli/configured_tls.hpp"
#include "cli/file_findings.hpp"
#include "cli/forward_targets.hpp"
#include "cli/session.hpp"
#include "cli/token_issuers.hpp"
#include "core/base/embedded.hpp"
#include "core/base/files.hpp"
#include "core/base/json_comments.hpp"
#include "core/competency/deployment.hpp"
#include "core/competency/mapping.hpp"
#include "core/competency/policy.hpp"
#include "core/engine/sync/options.hpp"
#include "core/framework/framework.hpp"
#include "core/people/import.hpp"

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;

// Of this build; a test reads them all.
json embedded_schema(const std::string& name) {
    return json::parse(find_embedded(embedded_config(), "schemas/" + name + ".schema.json")->bytes);
}

// Checks everything that is well enough to be checked, so that one mistake does not hide another.
class Checker {
public:
    Checker(const fs::path& file, const std::map<std::string, std::string>& folders, const std::string& data)
        : file_(file), base_(fs::absolute(file).parent_path()), folders_(folders), data_(data) {}

    Checked run(const FindAdapters& adapters) {
        const auto written = read_file(file_, 16u << 20);
        if (!written) return only(written.error());
        const auto text = without_comments(*written);
        if (!text) return only(text.error());
        const auto document = parse_json(*text);
        if (!document) return only(document.error());
        lines_ = json_lines(*text);
        json sound;
        problems_ = validate_json(*document, embedded_schema("configuration"), *text, &sound);
        if (sound.is_object()) read(*document, sound, adapters);
        for (auto& found : secrets_written_in(*document)) {
            found.line = line_of(lines_, found.pointer);
            problems_.push_back(std::move(found));
        }
        return done(*document);
    }

private:
    Checked only(Error error) const {
        error.where = file_.string();
        Checked out;
        out.problems = error.text();
        out.findings = findings_of(error);
        return out;
    }

    Checked done(const json& document) {
        leave_out_what_follows(problems_);
        std::stable_sort(problems_.begin(), problems_.end(),
                         [](const Problem& a, const Problem& b) { return a.line < b.line; });
        Checked out;
        for (auto& problem : problems_) {
            hide_secret(problem, document, base_);
            out.findings.push_back({file_.string(), problem, remedy_of(problem)});
        }
        out.problems = problems_text(problems_, file_.string());
        if (!others_.empty()) out.problems += (out.problems.empty() ? "" : "\n") + others_;
        out.findings.insert(out.findings.end(), other_findings_.begin(), other_findings_.end());
        out.ok = !has_errors(problems_) && !others_failed_;
        out.configuration = std::move(c_);
        out.document = document;
        out.lines = std::move(lines_);
        return out;
    }

    void problem(const std::string& pointer, std::string code, std::string message) {
        problems_.push_back({Problem::Severity::error, std::move(code), pointer, std::move(message),
                             line_of(lines_, pointer)});
    }

    // A problem inside a file that the configuration names.
    void other(const Error& error) {
        others_failed_ = true;
        for (auto& one : findings_of(error)) other_findings_.push_back(std::move(one));
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

    // `d` is what of the whole keeps to the schema: members may be missing, elements null.
    void read(const json& whole, const json& d, const FindAdapters& adapters) {
        c_.organisation = get_string(d, "organisation");
        c_.iri_base = get_string(d, "iri_base");
        c_.data = d.contains("data") ? resolve(get_string(d, "data")).lexically_normal().string() : "";
        c_.listen = get_string(d, "listen");
        c_.require_sandbox = d.value("require_sandbox", c_.require_sandbox);
        c_.parallel_syncs = d.value("parallel_syncs", c_.parallel_syncs);
        c_.most_package_bytes = d.value("packages", json::object()).value("max_bytes", c_.most_package_bytes);
        for (const auto& origin : d.value("cors_origins", json::array())) {
            if (origin.is_string()) c_.cors_origins.push_back(origin);
        }
        if (d.contains("listen")) {
            if (const auto address = parse_listen(c_.listen); !address)
                problem("/listen", address.error().code, address.error().message);
        }
        read_plugins(d.value("plugins", json::array()));
        // Without the framework that is meant, the files are held against their schemas only.
        std::optional<framework::Framework> framework;
        if (d.contains("framework") || !whole.contains("framework")) framework = read_framework(d);
        read_files(d, framework ? &*framework : nullptr);
        auto found = adapters ? adapters(c_.plugins, c_.require_sandbox) : nullptr;
        if (found && has_adapters(d) && !may_load(*found)) found.reset();
        read_sources(whole, d, found.get());
        c_.forward =
            read_forward_targets(d.value("forward", json::array()), base_,
                                 [this](const std::string& pointer, std::string code, std::string message) {
                                     problem(pointer, std::move(code), std::move(message));
                                 });
        const auto report = [this](Problem one) {
            one.line = line_of(lines_, one.pointer);
            problems_.push_back(std::move(one));
        };
        c_.tls = read_tls(d.value("tls", json()), base_, SystemClock().now(), report);
        c_.edge = read_edge(d, report);
        c_.log = read_configured_log(d.value("log", json::object()), base_, report);
        c_.backup =
            read_configured_backup(d.value("backup", json::object()), base_,
                                   data_.empty() ? c_.data_directory() : fs::absolute(data_),
                                   [this](const std::string& pointer, std::string code, std::string message) {
                                       problem(pointer, std::move(code), std::move(message));
                                   });
        c_.token_issuers = read_token_issuers(
            d.value("token_issuers", json::array()),
            [this](const std::string& pointer, const std::string& path) -> std::optional<std::string> {
                auto file = load(pointer, path);
                if (!file) return std::nullopt;
                return std::move(file->text);
            },
            [this](const std::string& pointer, std::string code, std::string message) {
                problem(pointer, std::move(code), std::move(message));
            });
    }

    // One that is not there is a warning: the adapters that sources name may all be elsewhere.
    void read_plugins(const json& list) {
        for (std::size_t i = 0; i < list.size(); ++i) {
            if (!list[i].is_string()) continue;
            c_.plugins.push_back(resolve(list[i].get<std::string>()));
            std::error_code ec;
            if (fs::is_directory(c_.plugins.back(), ec)) continue;
            const auto pointer = "/plugins/" + std::to_string(i);
            problems_.push_back({Problem::Severity::warning, "no_folder", pointer,
                                 "there is no folder '" + c_.plugins.back().string() + "'",
                                 line_of(lines_, pointer)});
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
            const auto here = list.begin() + static_cast<std::ptrdiff_t>(i);
            if (!here->is_string() || std::find(list.begin(), here, *here) != here)
                continue;  // told by the schema
            auto file = load("/" + std::string(member) + "/" + std::to_string(i), list[i].get<std::string>());
            if (!file) continue;
            if (auto loaded = load_one(*file); !loaded) {
                other(loaded.error());
            } else {
                into.push_back(std::move(*file));
            }
        }
    }

    static Status check_shape(const NamedText& file, const char* schema) {
        const auto document = parse_json(file.text);
        if (!document) {
            auto error = document.error();
            error.where = file.name;
            return fail(std::move(error));
        }
        const auto problems = validate_json(*document, embedded_schema(schema), file.text);
        if (has_errors(problems)) return fail(problems_error(problems, file.name));
        return {};
    }

    // `framework` may be null: it could not be read.
    void read_files(const json& d, const framework::Framework* framework) {
        std::map<std::string, std::string> ids;  // -> file: the second would undo the first
        each(d, "mappings", c_.mappings, [&](const NamedText& f) -> Status {
            if (framework == nullptr) return check_shape(f, "mapping");
            CAPBRIDGE_LET(const auto set, competency::load_mapping(f.text, f.name, *framework));
            const auto [first, is_new] = ids.emplace(set.id, f.name);
            if (is_new) return {};
            return fail("duplicate_id", "the mapping '" + set.id + "' is in '" + first->second + "' too",
                        f.name);
        });
        ids.clear();
        each(d, "deployments", c_.deployments, [&](const NamedText& f) -> Status {
            CAPBRIDGE_LET(const auto deployment, competency::load_deployment(f.text, f.name));
            const auto [first, is_new] = ids.emplace(deployment.id, f.name);
            if (is_new) return {};
            return fail("duplicate_id",
                        "the deployment '" + deployment.id + "' is in '" + first->second + "' too", f.name);
        });
        each(d, "archetype_rules", c_.archetype_rules, [&](const NamedText& f) -> Status {
            if (framework == nullptr) return check_shape(f, "archetype-rules");
            CAPBRIDGE_TRY(people::load_rules(f.text, f.name, *framework));
            return {};
        });
        if (!d.contains("policy")) return;
        if (auto file = load("/policy", get_string(d, "policy"))) {
            Status status;
            if (framework == nullptr) {
                status = check_shape(*file, "policy");
            } else if (auto policy = competency::load_policy(file->text, file->name, *framework); !policy) {
                status = fail(policy.error());
            }
            if (!status) {
                other(status.error());
            } else {
                c_.policy = std::move(file->text);
                c_.policy_name = file->name;
            }
        }
    }

    static bool has_adapters(const json& d) {
        for (const auto& source : d.value("sources", json::array())) {
            if (source.is_object() && get_string(source, "adapter") != engine::no_adapter) return true;
        }
        return false;
    }

    // Said once, not at each source.
    bool may_load(engine::AdapterCatalogue& adapters) {
        const auto sandbox = adapters.sandbox();
        const auto why = sandbox.is_object() ? get_string(sandbox, "refusal") : "";
        if (!why.empty()) problem("/sources", "adapter_no_sandbox", why);
        return why.empty();
    }

    void read_sources(const json& whole, const json& d, engine::AdapterCatalogue* adapters) {
        const auto none = json::array();
        c_.sources = cli::read_sources(whole.value("sources", none), d.value("sources", none), base_,
                                       folders_, adapters, [this](Problem found) {
                                           found.line = line_of(lines_, found.pointer);
                                           problems_.push_back(std::move(found));
                                       });
    }

    fs::path file_, base_;
    const std::map<std::string, std::string>& folders_;
    const std::string& data_;
    Configuration c_;
    Problems problems_;
    std::string others_;
    std::vector<Finding> other_findings_;
    bool others_failed_ = false;
    std::unordered_map<std::string, int> lines_;
};

}  // namespace

Result<Address> parse_listen(const std::string& listen) {
    const auto colon = listen.rfind(':');
    unsigned port = 0;
    const char* end = listen.data() + listen.size();
    const auto is_port = [&] {
        const auto [rest, error] = std::from_chars(listen.data() + colon + 1, end, port);
        return error == std::errc{} && rest == end && port <= 65535;
    };
    if (colon == std::string::npos || colon == 0 || !is_port())
        return fail("bad_address", "'" + listen + "' is not HOST:PORT, such as 127.0.0.1:8480");
    Address out{listen.substr(0, colon), static_cast<unsigned short>(port)};
    if (out.host.starts_with('[') && out.host.ends_with(']'))
        out.host = out.host.substr(1, out.host.size() - 2);
    // By the server's own reader: a name, 127.1 or * it would refuse when it starts.
    boost::system::error_code not_one;
    static_cast<void>(boost::asio::ip::make_address(out.host, not_one));
    if (not_one)
        return fail("bad_address", "'" + out.host +
                                       "' is no IP address to listen on: 127.0.0.1 is this machine "
                                       "alone, 0.0.0.0 and [::] are all of its addresses");
    return out;
}

Checked check_configuration(const fs::path& file, const std::map<std::string, std::string>& folders,
                            const FindAdapters& adapters, const std::string& data) {
    return Checker(file, folders, data).run(adapters);
}

}  // namespace capbridge::cli
