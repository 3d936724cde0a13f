#include "cli/file_findings.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/text.hpp"

namespace capbridge::cli {
namespace {

constexpr std::string_view warning_mark = "warning: ";

// "map.json:4: /items/0: there is none [code]", as Problem::text() writes it.
Finding finding_of_line(std::string_view line) {
    Finding out;
    auto& problem = out.problem;
    const auto code = line.rfind(" [");
    if (code != std::string_view::npos && line.ends_with(']')) {
        problem.code = line.substr(code + 2, line.size() - code - 3);
        line = line.substr(0, code);
    }
    const auto file = line.find(": ");
    if (file == std::string_view::npos) {
        problem.message = line;
        return out;
    }
    out.file = line.substr(0, file);
    line.remove_prefix(file + 2);
    if (const auto colon = out.file.rfind(':'); colon != std::string::npos) {
        const auto number = out.file.substr(colon + 1);
        if (!number.empty() && number.size() < 9 &&
            number.find_first_not_of("0123456789") == std::string::npos) {
            problem.line = std::stoi(number);
            out.file.resize(colon);
        }
    }
    if (line.starts_with(warning_mark)) {
        problem.severity = Problem::Severity::warning;
        line.remove_prefix(warning_mark.size());
    }
    if (const auto end = line.find(": "); line.starts_with('/') && end != std::string_view::npos) {
        problem.pointer = line.substr(0, end);
        line.remove_prefix(end + 2);
    }
    problem.message = line;
    return out;
}

void look_below(const json& value, const std::string& at, Problems& found) {
    if (!value.is_structured()) return;
    std::size_t index = 0;
    for (const auto& [name, member] : value.items()) {
        const auto here = value.is_object() ? pointer_append(at, name) : pointer_append(at, index);
        ++index;
        if (value.is_object() && member.is_string() && holds_secret(name) &&
            !member.get_ref<const std::string&>().empty())
            found.push_back({Problem::Severity::warning, "secret_in_file", here,
                             "a secret seems to stand in this file itself", 0});
        look_below(member, here, found);
    }
}

// Members of ours about keys and tokens that say where these are: a finding without the path helps nobody.
bool names_a_place(std::string_view member) {
    constexpr std::array<std::string_view, 6> names{
        "key", "keys", "key_file", "key_id", "host_key_sha256", "token_url"};
    return std::find(names.begin(), names.end(), member) != names.end();
}

// Whether what stands where the place of a secret belongs is such a place, for all to see, and not the secret
// itself, which somebody wrote there by mistake: a path from the root, a word without digits, a variable's
// name.
bool looks_like_a_place(std::string_view value) {
    if (value.starts_with('/') || value.starts_with("./") || value.starts_with("../")) return true;
    const auto has = [&](const char* of) { return value.find_first_of(of) != std::string_view::npos; };
    if (!has("0123456789")) return true;
    return value.find('_') != std::string_view::npos &&
           value.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == std::string_view::npos;
}

// Or a path below a folder that is there: hardly anybody's secret.
bool is_in_a_folder(const std::string& value, const std::filesystem::path& base) {
    std::error_code ec;
    return value.find('/') != std::string::npos && !base.empty() &&
           std::filesystem::is_directory((base / value).parent_path(), ec);
}

// Why a secret cannot be had is told in any case: only what may be the secret itself is left out of it. It
// stands there as it is, or in a path that was put in order ("a//b" is told as "a/b") and begins the message.
void blank_out(std::string& message, const std::string& value) {
    constexpr std::string_view instead = "(not shown: it may be the secret itself)";
    auto at = message.find(value);
    if (const auto end = message.rfind("': ");
        at == std::string::npos && message.starts_with('\'') && end != std::string::npos)
        message.replace(1, end - 1, instead);
    for (; at != std::string::npos; at = message.find(value, at + instead.size()))
        message.replace(at, value.size(), instead);
}

}  // namespace

std::vector<Finding> findings_of(const Error& error) {
    std::vector<Finding> out;
    if (error.code == "invalid_document") {
        for (const auto& line : split(error.message, '\n')) {
            if (!line.empty()) out.push_back(finding_of_line(line));
        }
    } else {
        out.push_back({error.where, {Problem::Severity::error, error.code, "", error.message, error.line}});
    }
    // Remedies speak of the configuration's own members: these files have schemas of their own.
    for (auto& one : out) {
        one.remedy = remedy_of({Problem::Severity::error, one.problem.code, "", "", 0});
        if (one.remedy.starts_with("'capbridge config explain'"))
            one.remedy = "mend " + one.file + (one.problem.line > 0 ? " at that line" : "") +
                         "; its kind of file has a schema in share/capbridge/schemas and a page in docs";
    }
    return out;
}

bool holds_secret(std::string_view member) {
    constexpr std::array<std::string_view, 10> names{"secret",        "password",   "passwd",  "passphrase",
                                                     "client_secret", "token",      "api_key", "apikey",
                                                     "refresh_token", "private_key"};
    const auto name = lower_ascii(member);
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool may_be_secret(std::string_view member) {
    const auto name = lower_ascii(member);
    if (holds_secret(name) || name.ends_with("_env") || name.ends_with("_credential")) return true;
    return name.find("secret") != std::string::npos || name.find("passw") != std::string::npos ||
           name.find("authorization") != std::string::npos || name.find("key") != std::string::npos ||
           name.find("token") != std::string::npos;
}

Problems secrets_written_in(const json& document) {
    Problems out;
    look_below(document, "", out);
    return out;
}

void hide_secret(Problem& problem, const json& document, const std::filesystem::path& base) {
    constexpr std::size_t told = 6;  // so much of a value in a message is a quote of it
    const auto slash = problem.pointer.rfind('/');
    if (slash == std::string::npos) return;
    const auto member = std::string_view(problem.pointer).substr(slash + 1);
    if (!may_be_secret(member) || names_a_place(member)) return;
    try {
        const auto& value = document.at(json::json_pointer(problem.pointer));
        if (!value.is_string()) return;
        const auto& text = value.get_ref<const std::string&>();
        if (text.empty()) return;
        if (problem.code == "secret") {
            if (!looks_like_a_place(text) && !is_in_a_folder(text, base)) blank_out(problem.message, text);
            return;
        }
        if (problem.code == "short_secret" || problem.code == "two_secrets") return;  // quote nothing
        if (problem.message.find(text.substr(0, told)) == std::string::npos) return;
        problem.message = "what stands here is not as it should be; it is not shown, for it may be a secret";
    } catch (const json::exception&) {
        return;  // the pointer is of what is not there
    }
}

void leave_out_what_follows(Problems& problems) {
    const auto above = [](std::string_view pointer) { return pointer.substr(0, pointer.rfind('/')); };
    const auto is_place = [](std::string_view pointer) {
        if (pointer.ends_with("/ca_file") || pointer.ends_with("/certificate_file")) return false;
        return pointer.ends_with("_file") || pointer.ends_with("_credential") || pointer.ends_with("_env");
    };
    std::set<std::string, std::less<>> refused;  // objects with such a member
    for (const auto& one : problems) {
        if (one.code == "schema" && is_place(one.pointer)) refused.emplace(above(one.pointer));
    }
    std::erase_if(problems, [&](const Problem& one) {
        return one.code == "no_secret" &&
               (refused.contains(one.pointer) || refused.contains(above(one.pointer)));
    });
}

bool is_open_to_all(const std::filesystem::path& key_file) {
    struct stat about {};
    return ::stat(key_file.c_str(), &about) == 0 && (about.st_mode & S_IRWXO) != 0;
}

}  // namespace capbridge::cli
