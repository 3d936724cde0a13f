// Archetype assignments from a CSV file: what a manager has decided, in a table that a manager can keep.
#include "core/base/text.hpp"
#include "core/people/sheet.hpp"

namespace capbridge::people {
namespace {

// By id or by name: people write "Embedder". -1: unknown.
int archetype_named(const framework::Framework& framework, const std::string& text) {
    const auto wanted = lower_ascii(text);
    for (std::size_t i = 0; i < framework.archetypes.size(); ++i) {
        const auto& archetype = framework.archetypes[i];
        if (archetype.id == wanted || lower_ascii(archetype.name) == wanted) return static_cast<int>(i);
    }
    return -1;
}

std::optional<Assignment::State> state_named(const std::string& text) {
    if (text.empty()) return Assignment::State::confirmed;
    for (const auto state :
         {Assignment::State::proposed, Assignment::State::confirmed, Assignment::State::rejected}) {
        if (lower_ascii(text) == state_text(state)) return state;
    }
    return {};
}

std::string known_archetypes(const framework::Framework& framework) {
    std::string ids;
    for (const auto& archetype : framework.archetypes) ids += (ids.empty() ? "" : ", ") + archetype.id;
    return ids;
}

}  // namespace

Result<AssignmentImport> read_assignments(std::string_view csv, std::string_view issuer,
                                          const framework::Framework& framework) {
    CAPBRIDGE_LET(auto sheet, Sheet::read(csv, {{"employee_number", true},
                                                {"archetype", true},
                                                {"state", false},
                                                {"from", false},
                                                {"to", false}}));
    AssignmentImport out;
    std::unordered_map<std::string, int> seen;  // employee number and archetype -> line
    sheet.each_row([&](std::size_t row) {
        const int line = sheet.line(row);
        auto number = sheet.employee_number(row);
        if (!number) return;
        const int archetype = archetype_named(framework, sheet.field(row, "archetype"));
        if (archetype < 0) {  // the text itself is not repeated: a shifted column may hold anything
            sheet.leave_out(line, "unknown_archetype",
                            "'archetype' is none of " + known_archetypes(framework));
            return;
        }
        const auto state = state_named(sheet.field(row, "state"));
        if (!state) {
            sheet.leave_out(line, "unknown_state", "'state' is none of proposed, confirmed, rejected");
            return;
        }
        AssignmentImport::Row read{{"esr-employee", std::string(issuer), *number, {}, {}},
                                   framework.archetypes[static_cast<std::size_t>(archetype)].id,
                                   *state,
                                   {},
                                   {},
                                   line};
        if (!sheet.period(row, read.from, read.to)) return;
        const auto [first, is_new] = seen.emplace(*number + '\x1f' + read.archetype, line);
        if (!is_new) {
            sheet.leave_out(
                line, "assigned_twice",
                "line " + std::to_string(first->second) +
                    " already assigns this archetype to this employee number; the first one stays");
            return;
        }
        out.rows_read.push_back(std::move(read));
    });
    out.exceptions = sheet.take_exceptions();
    out.rows = sheet.rows();
    return out;
}

}  // namespace capbridge::people
