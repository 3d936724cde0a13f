// A crosswalk: which identifier of one system is whose of another, in a table that a person keeps.
#include "core/base/text.hpp"
#include "core/people/identity_rule.hpp"
#include "core/people/sheet.hpp"

namespace capbridge::people {
namespace {

// The identifier of three columns; nothing, with an exception that names the column, when it is none.
std::optional<Identifier> identifier_of(Sheet& sheet, std::size_t row, const std::string& issuer,
                                        const char* scheme_column, const char* issuer_column,
                                        const char* value_column) {
    const int line = sheet.line(row);
    const auto scheme = sheet.field(row, scheme_column);
    auto out = normalised({scheme, sheet.field(row, issuer_column), sheet.field(row, value_column), {}, {}});
    const auto wrong = [&](const char* column, const std::string& what) {
        sheet.leave_out(line, "malformed_id", "'" + std::string(column) + "' " + what, column);
        return std::nullopt;
    };
    if (scheme.empty()) return wrong(scheme_column, "is missing");
    if (!is_known_scheme(scheme))
        return wrong(
            scheme_column,
            "is no scheme of identifiers: esr-employee, esr-person, esr-assignment, email, crs-uuid, "
            "mbox, mbox_sha1sum, openid, registration:REGISTER or account:HOMEPAGE");
    if (out.value.empty()) return wrong(value_column, "is missing");
    if (out.scheme == "email") {
        const auto at = out.value.find('@');
        if (at == 0 || at == std::string::npos || at + 1 == out.value.size() ||
            out.value.find('@', at + 1) != std::string::npos ||
            out.value.find_first_of(" \t,;<>") != std::string::npos)
            return wrong(value_column, "is no e-mail address");
    }
    if (out.issuer.empty() && !is_world_wide(out.scheme)) out.issuer = issuer;
    return out;
}

// Reads "known_*" or the employee number.
std::optional<Identifier> known_of(Sheet& sheet, std::size_t row, const std::string& issuer) {
    if (sheet.field(row, "known_scheme").empty() && sheet.field(row, "known_value").empty()) {
        auto number = sheet.employee_number(row);
        if (!number) return {};
        return Identifier{"esr-employee", issuer, std::move(*number), {}, {}};
    }
    return identifier_of(sheet, row, issuer, "known_scheme", "known_issuer", "known_value");
}

}  // namespace

Result<CrosswalkImport> read_crosswalk(std::string_view csv, std::string_view issuer) {
    CAPBRIDGE_LET(auto sheet, Sheet::read(csv, {{"scheme", true},
                                                {"value", true},
                                                {"issuer", false},
                                                {"employee_number", false},
                                                {"known_scheme", false},
                                                {"known_issuer", false},
                                                {"known_value", false},
                                                {"valid_from", false},
                                                {"valid_to", false}}));
    CrosswalkImport out;
    sheet.each_row([&](std::size_t row) {
        const int line = sheet.line(row);
        auto known = known_of(sheet, row, std::string(issuer));
        if (!known) return;
        auto identifier = identifier_of(sheet, row, std::string(issuer), "scheme", "issuer", "value");
        if (!identifier) return;
        if (!sheet.period(row, identifier->valid_from, identifier->valid_to, "valid_from", "valid_to"))
            return;
        const auto* column = sheet.field(row, "known_value").empty() ? "employee_number" : "known_value";
        out.rows_read.push_back({std::move(*known), std::move(*identifier), line, column});
    });
    out.exceptions = sheet.take_exceptions();
    out.rows = sheet.rows();
    return out;
}

}  // namespace capbridge::people
