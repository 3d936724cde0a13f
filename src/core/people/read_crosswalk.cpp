// A crosswalk: which identifier of one system is whose of another, in a table that a person keeps.
#include "core/base/text.hpp"
#include "core/people/identity_rule.hpp"
#include "core/people/sheet.hpp"

namespace capbridge::people {
namespace {

// Reads "known_*" or the employee number.
std::optional<Identifier> known_of(Sheet& sheet, std::size_t row, const std::string& issuer) {
    const auto scheme = sheet.field(row, "known_scheme"), value = sheet.field(row, "known_value");
    if (scheme.empty() && value.empty()) {
        auto number = sheet.employee_number(row);
        if (!number) return {};
        return Identifier{"esr-employee", issuer, std::move(*number), {}, {}};
    }
    if (!is_scheme(scheme) || value.empty()) {
        sheet.leave_out(sheet.line(row), "malformed_id",
                        "'known_scheme' and 'known_value' do not name an identifier",
                        is_scheme(scheme) ? "known_value" : "known_scheme");
        return {};
    }
    auto known = normalised({scheme, sheet.field(row, "known_issuer"), value, {}, {}});
    if (known.issuer.empty() && !is_world_wide(known.scheme)) known.issuer = issuer;
    return known;
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
        const auto scheme = sheet.field(row, "scheme");
        auto identifier = normalised({scheme, sheet.field(row, "issuer"), sheet.field(row, "value"), {}, {}});
        if (!is_scheme(scheme) || identifier.value.empty()) {
            sheet.leave_out(line, "malformed_id", "'scheme' and 'value' do not name an identifier",
                            is_scheme(scheme) ? "value" : "scheme");
            return;
        }
        if (identifier.issuer.empty() && !is_world_wide(identifier.scheme)) identifier.issuer = issuer;
        if (!sheet.period(row, identifier.valid_from, identifier.valid_to, "valid_from", "valid_to")) return;
        const auto* column = sheet.field(row, "known_value").empty() ? "employee_number" : "known_value";
        out.rows_read.push_back({std::move(*known), std::move(identifier), line, column});
    });
    out.exceptions = sheet.take_exceptions();
    out.rows = sheet.rows();
    return out;
}

}  // namespace capbridge::people
