#include <array>
#include <unordered_map>

#include "core/base/text.hpp"
#include "core/people/deployment_users.hpp"
#include "core/people/sheet.hpp"

namespace capbridge::people {
namespace {

bool is_one_of(const std::string& text, std::initializer_list<std::string_view> words) {
    for (const auto word : words) {
        if (text == word) return true;
    }
    return false;
}

// A spreadsheet says it in its own ways. False: it is none of them.
bool read_works_with(const std::string& text, std::optional<bool>& out) {
    const auto said = lower_ascii(text);
    if (is_one_of(said, {"", "yes", "y", "true", "1"})) {
        out = true;
    } else if (is_one_of(said, {"no", "n", "false", "0"})) {
        out = false;
    } else if (said == "rule") {
        out.reset();
    } else {
        return false;
    }
    return true;
}

std::optional<Identifier> who_of(Sheet& sheet, std::size_t row, std::string_view issuer) {
    const auto scheme = sheet.field(row, "scheme"), value = sheet.field(row, "value");
    if (scheme.empty() && value.empty()) {
        const auto number = sheet.employee_number(row);
        if (!number) return {};
        return Identifier{"esr-employee", std::string(issuer), *number, {}, {}};
    }
    if (scheme.empty() || value.empty()) {
        sheet.leave_out(sheet.line(row), "missing_value", "'scheme' and 'value' belong together",
                        scheme.empty() ? "scheme" : "value");
        return {};
    }
    // Addresses and their kind are world-wide; numbers are somebody's.
    const bool world_wide = is_one_of(scheme, {"email", "mbox", "mbox_sha1sum", "openid"}) ||
                            scheme.starts_with("registration:") || scheme.starts_with("account:");
    auto given = sheet.field(row, "issuer");
    if (given.empty() && !world_wide) given = std::string(issuer);
    return Identifier{scheme, given, value, {}, {}};
}

}  // namespace

Result<DeploymentUsersImport> read_deployment_users(std::string_view csv, std::string_view issuer,
                                                    std::string_view otherwise,
                                                    const KnowsDeployment& knows) {
    CAPBRIDGE_LET(auto sheet, Sheet::read(csv, {{"employee_number", false},
                                                {"scheme", false},
                                                {"issuer", false},
                                                {"value", false},
                                                {"deployment", otherwise.empty()},
                                                {"works_with", false},
                                                {"from", false},
                                                {"to", false}}));
    DeploymentUsersImport out;
    std::unordered_map<std::string, int> seen;  // person and deployment -> line
    sheet.each_row([&](std::size_t row) {
        const int line = sheet.line(row);
        const auto who = who_of(sheet, row, issuer);
        if (!who) return;
        DeploymentUsersImport::Row read;
        read.who = *who;
        read.line = line;
        read.deployment = sheet.field(row, "deployment");
        if (read.deployment.empty()) read.deployment = std::string(otherwise);
        if (!knows(read.deployment)) {  // the text itself is not repeated: a shifted column may hold anything
            sheet.leave_out(line, "unknown_deployment",
                            "'deployment' is no deployment (capbridge deployment list shows them)",
                            "deployment");
            return;
        }
        if (!read_works_with(sheet.field(row, "works_with"), read.works_with)) {
            sheet.leave_out(line, "unknown_value", "'works_with' is none of yes, no, rule", "works_with");
            return;
        }
        if (!sheet.period(row, read.from, read.to)) return;
        const auto [first, is_new] = seen.emplace(identifier_key(read.who) + '\x1f' + read.deployment, line);
        if (!is_new) {
            sheet.leave_out(line, "named_twice",
                            "line " + std::to_string(first->second) +
                                " already says whether this person works with this deployment; the first one "
                                "stays");
            return;
        }
        out.rows_read.push_back(std::move(read));
    });
    out.exceptions = sheet.take_exceptions();
    out.rows = sheet.rows();
    return out;
}

}  // namespace capbridge::people
