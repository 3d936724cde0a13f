#include "core/engine/privacy/export_words.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/people/identity_rule.hpp"
#include "core/xapi/erased.hpp"

namespace capbridge::engine {
namespace {

constexpr std::string_view somebody_else = "somebody else";

// Members of decisions that may name who did it, in somebody's own words.
constexpr std::array<std::string_view, 5> doers{"by", "reviewer", "who", "decided_by", "decidedBy"};

}  // namespace

ExportWords::ExportWords(Bridge& bridge, const KnownAs& known)
    : bridge_(bridge), known_(known), sources_(bridge.store().sources().sources()) {}

std::string ExportWords::role(const std::string& who) const {
    if (who.empty() || who == "system" || who.starts_with("credential:") || who.starts_with("source:") ||
        who.starts_with("rule:") || who == "session")
        return who;
    if (who.starts_with("cli:")) return "an administrator of this system";
    return is_uuid(who) ? who : std::string(somebody_else) + " (a member of staff)";
}

std::string ExportWords::source_name(std::string_view uuid) const {
    const auto found =
        std::find_if(sources_.begin(), sources_.end(), [&](const auto& one) { return one.uuid == uuid; });
    return found == sources_.end() ? std::string(uuid) : found->name;
}

std::string ExportWords::where_from(const store::DecisionRow& row) const {
    const auto on = " on " + format_day(day_of(row.recorded));
    if (row.kind.starts_with("directory."))
        return "directory " + source_name(row.key.substr(0, row.key.find('|'))) + on;
    if (row.kind == "identity.link") return "linked by " + role(row.who) + on;
    return "import" + on;
}

bool ExportWords::names_them(const std::string& reference) const {
    if (known_.is_one_of_them(reference)) return true;
    const auto identifier = people::identifier_from_text(reference);
    if (!identifier) return false;
    const auto key = people::identifier_key(people::normalised(*identifier));
    return std::any_of(known_.identifiers.begin(), known_.identifiers.end(),
                       [&](const auto& own) { return people::identifier_key(own) == key; });
}

std::string ExportWords::evidence(const competency::Contribution& one) const {
    std::string out = (one.is_attestation() ? "attestation " : "statement ") + one.statement;
    if (!one.learning_item.empty()) out += " (" + one.learning_item + ")";
    if (!one.counts) out += ", which does not count: " + one.why_not;
    return out;
}

std::string ExportWords::part_in(const store::StatementRow& row) const {
    const auto statement = json::parse(row.body, nullptr, false);
    const auto has_them = [&](json value) {
        const auto theirs = [&](const std::string& key) { return known_.actor(key) != nullptr; };
        return xapi::take_out_agents(value, theirs, "") > 0;
    };
    if (!statement.is_object()) return "named";
    const auto context = statement.value("context", json::object());
    if (context.contains("instructor") && has_them(context["instructor"])) return "the instructor";
    if (context.contains("team") && has_them(context["team"])) return "in the team";
    if (statement.contains("object") && has_them(statement["object"])) return "whom it is about";
    return "named";
}

ordered_json ExportWords::decision(const store::DecisionRow& row) const {
    const auto run = bridge_.store().sources().run(row.run);
    auto payload = json::parse(row.payload.empty() ? "null" : row.payload, nullptr, false);
    return {{"recorded", format_instant(row.recorded)},
            {"kind", row.kind},
            {"by", role(row.who)},
            {"taken_back", row.payload.empty() || (run && run->reverted_by != 0)},
            {"says", without_others(std::move(payload)).dump()}};
}

// What is in quarantine may be wrong in just that: an address without "mailto:", an agent with a name alone.
bool ExportWords::is_somebody_else(const json& value) const {
    const auto key = xapi::read_agent(value).key();
    if (key.empty()) {
        const auto name = get_string(value, "name");
        const bool agent = get_string(value, "objectType") == "Agent" || value.size() == 1;
        return agent && !name.empty() && !known_.names.contains(name);
    }
    const auto mbox = get_string(value, "mbox");
    const bool bare = !mbox.empty() && !mbox.starts_with("mailto:");
    return known_.actor(bare ? xapi::read_agent({{"mbox", "mailto:" + mbox}}).key() : key) == nullptr;
}

std::string ExportWords::quarantined(const std::string& record) const {
    if (record.empty()) return {};
    auto value = json::parse(record, nullptr, false);
    if (!value.is_structured()) return "withheld: it cannot be told whom it names besides you";
    return without_others(std::move(value)).dump();
}

json ExportWords::without_others(json value) const {
    if (value.is_object()) {
        if (is_somebody_else(value)) return {{"role", somebody_else}};
        for (const auto doer : doers) {
            const auto found = value.find(std::string(doer));
            if (found != value.end() && found->is_string()) *found = role(found->get<std::string>());
        }
    } else if (!value.is_array()) {
        return value;
    }
    for (auto& each : value) each = without_others(std::move(each));
    return value;
}

const std::vector<std::pair<std::string, std::string>>& dropped_at_the_door() {
    static const std::vector<std::pair<std::string, std::string>> all{
        {"National Insurance number",
         "the ESR adapter keeps a list of columns and this is not among them; a row "
         "in which it turns up elsewhere is refused"},
        {"date of birth", "not read from ESR"},
        {"title, gender, maiden and previous names", "not read from ESR"},
        {"ethnic origin, disability", "not read from ESR"},
        {"grade, salary, costing, absence, working time", "not read from ESR"},
        {"termination reason, previous employer, supervisors, qualifications, locations",
         "not read from ESR"},
        {"columns of a CSV export that its settings do not name", "not read by the CSV adapter"},
        {"names, pictures, groups and profile fields of Moodle users",
         "not read: only the user's id, ID number, user name or e-mail address, as the settings choose"},
        {"names of Canvas users", "not read"},
        {"answers to quiz questions", "dropped unless a source's settings keep them (interactions)"}};
    return all;
}

}  // namespace capbridge::engine
