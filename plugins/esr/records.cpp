#include "esr/records.hpp"

#include <algorithm>
#include <charconv>

#include "common/competency.hpp"

namespace esr_adapter {
namespace {

constexpr std::size_t kCompetenciesKept = 20'000;

Day required_day(const Fields& row, Field field) {
    const auto day = read_day(row[field]);
    if (!day)
        throw Unusable{name_of(field), row[field].empty() ? "the date is missing" : "the field is no date"};
    return *day;
}

Day end_day(const Fields& row, Field field) {
    return row[field].empty() ? kNever : required_day(row, field);
}

std::string escaped(std::string_view latin1, Field column) {
    std::string out;
    if (!append_escaped(out, latin1)) throw Unusable{name_of(column), "the field has control characters"};
    return out;
}

std::string quoted(std::string_view latin1, Field column) {
    return '"' + escaped(latin1, column) + '"';
}

// A column that has moved would bring what must not be kept.
void forbid_national_insurance(const Fields& row, std::initializer_list<Field> fields) {
    for (const auto field : fields) {
        if (like_national_insurance(row[field]))
            throw Unusable{name_of(field),
                           "the field looks like a National Insurance number: is it the right column?"};
    }
}

std::string_view without_bars(std::string_view text) {
    while (text.ends_with('|')) text.remove_suffix(1);
    return text;
}

std::string name_of_person(const Fields& row, std::string_view format) {
    std::string out;
    for (std::size_t at = 0; at < format.size(); ++at) {
        const auto end = format[at] == '{' ? format.find('}', at) : std::string_view::npos;
        std::string_view part = format.substr(at, 1);
        if (end != std::string_view::npos) {
            const auto word = format.substr(at + 1, end - at - 1);
            part = row[word == "last"                                               ? Field::last_name
                       : word == "middle"                                           ? Field::middle_names
                       : word == "preferred" && !row[Field::preferred_name].empty() ? Field::preferred_name
                                                                                    : Field::first_name];
            at = end;
        }
        for (const char c : part) {  // a part that is empty leaves one space, not two
            if (c != ' ' || (!out.empty() && out.back() != ' ')) out += c;
        }
    }
    return std::string(trimmed(out));
}

}  // namespace

std::string employment_key(std::string_view assignment, Day start) {
    std::string key = "as:" + std::string(assignment) + "@";
    append_iso(key, start);
    return key;
}

Records::Records(const Settings& settings, const Survey& survey) : settings_(settings), survey_(survey) {
    who_begins_ = R"([{"scheme":"esr-person","issuer":")";
    append_escaped(who_begins_, settings.issuer);
    who_begins_ += R"(","value":")";
}

void Records::add_who(std::string_view person) {
    if (person.empty()) throw Unusable{"person_id", "nobody is named"};
    if (!is_id(person)) throw Unusable{"person_id", "the field is no id"};
    who_ = who_begins_;
    who_ += person;
    who_ += "\"}";
}

void Records::add_identifier(std::string_view scheme, std::string_view value, Field column) {
    who_ += R"(,{"scheme":")";
    who_ += scheme;
    if (scheme.starts_with("esr-")) {
        who_ += R"(","issuer":")";
        append_escaped(who_, settings_.issuer);
    }
    who_ += R"(","value":")";
    if (!append_escaped(who_, value)) throw Unusable{name_of(column), "the field has control characters"};
    who_ += "\"}";
}

void Records::end_who() {
    who_ += ']';
    json_.raw("who", who_);
}

void Records::add_revision(const Fields& row) {
    const auto updated = row[Field::updated];
    if (!read_stamp(updated).empty()) json_.text("revision", updated, name_of(Field::updated));
}

std::string_view Records::person(const Fields& row) {
    forbid_national_insurance(
        row, {Field::id, Field::employee_number, Field::crs_uuid, Field::first_name, Field::middle_names,
              Field::preferred_name, Field::last_name, Field::email});
    json_.begin();
    add_who(row[Field::id]);
    if (const auto number = row[Field::employee_number]; !number.empty()) {
        if (!is_id(number)) throw Unusable{name_of(Field::employee_number), "the field is no id"};
        add_identifier("esr-employee", number, Field::employee_number);
    }
    if (const auto uuid = row[Field::crs_uuid]; !uuid.empty()) {
        if (!is_id(uuid)) throw Unusable{name_of(Field::crs_uuid), "the field is no id"};
        add_identifier("crs-uuid", uuid, Field::crs_uuid);
    }
    // Other texts stand there too ("none", a telephone number): no reason to lose the person.
    if (const auto email = row[Field::email];
        email.find('@') != std::string_view::npos && email.find(' ') == std::string_view::npos)
        add_identifier("email", email, Field::email);
    end_who();
    if (const auto name = name_of_person(row, settings_.name_format); !name.empty())
        json_.text("name", name, name_of(Field::last_name));
    key_ = "pr:" + std::string(row[Field::id]);
    json_.text("key", key_, "id");
    if (const auto left = end_day(row, Field::termination_date); left != kNever) json_.day("valid_to", left);
    add_revision(row);
    return json_.end();
}

std::string_view Records::assignment_number(const Fields& row, Day start) {
    const auto number = row[Field::assignment_number];
    if (!is_id(number)) throw Unusable{name_of(Field::assignment_number), "the field is no id"};
    forbid_national_insurance(row, {Field::assignment_number});
    const auto from = std::min(start, read_day(row[Field::earliest_start]).value_or(start));
    const auto until = std::min(
        end_day(row, Field::assignment_end),
        number_until(survey_.assignment_now(row[Field::id]), survey_.service_now(row[Field::person_id])));
    if (until < from) return {};
    json_.begin();
    add_who(row[Field::person_id]);
    add_identifier("esr-assignment", number, Field::assignment_number);
    end_who();
    key_ = "an:" + std::string(row[Field::id]);
    json_.text("key", key_, "id");
    add_days(from, until, "valid_from", "valid_to");
    add_revision(row);
    return json_.end();
}

std::string_view Records::number_again(std::string_view id, const Assignment& assignment, Day until) {
    const auto first = assignment.posts.begin()->first;
    json_.begin();
    add_who(assignment.person);
    add_identifier("esr-assignment", assignment.number, Field::assignment_number);
    end_who();
    key_ = "an:" + std::string(id);
    json_.text("key", key_, "id");
    add_days(assignment.earliest == 0 ? first : std::min(first, assignment.earliest), until, "valid_from",
             "valid_to");
    return json_.end();
}

void Records::add_days(Day from, Day to, std::string_view from_member, std::string_view to_member) {
    json_.day(from_member, from);
    if (to != kNever) json_.day(to_member, to);
}

void Records::add_utf8(std::string_view member, std::string_view text) {
    if (text.empty()) return;
    std::string json;
    append_quoted(json, text);
    json_.raw(member, json);
}

void Records::add_roles(std::string_view position, std::string_view job) {
    const auto* facts = survey_.position(position);
    if (facts && !(facts->staff_group.empty() && facts->job_role.empty())) {
        add_utf8("staff_group", facts->staff_group);
        add_utf8("job_role", facts->job_role);
    } else if (const auto bar = job.find('|'); bar != std::string_view::npos) {  // Staff Group|Job Role
        add_utf8("staff_group", trimmed(job.substr(0, bar)));
        add_utf8("job_role", trimmed(without_bars(job.substr(bar + 1))));
    } else {
        add_utf8("job_role", job);
    }
}

std::string_view Records::told_again(std::string_view id, const Assignment& assignment, Day start, Day end) {
    const auto& post = assignment.posts.at(start);
    json_.begin();
    key_ = employment_key(id, start);
    json_.text("key", key_, "id");
    add_who(assignment.person);
    end_who();
    json_.text("organisation", settings_.organisation, "organisation");
    json_.text("unit", post.unit, "unit");
    add_roles(post.position, post.job);
    add_utf8("position", without_bars(post.title));
    add_days(start, end, "from", "to");
    return json_.end();
}

std::string_view Records::employment(const Fields& row, Day start) {
    const auto end =
        survey_.last_day_of(row[Field::id], row[Field::person_id], start,
                            std::min(end_day(row, Field::end), end_day(row, Field::assignment_end)));
    if (end == 0) return {};
    json_.begin();
    key_ = employment_key(row[Field::id], start);
    json_.text("key", key_, "id");
    add_who(row[Field::person_id]);
    end_who();
    json_.text("organisation", settings_.organisation, "organisation");
    if (const auto unit = row[Field::organisation_id]; !unit.empty()) {
        if (!is_id(unit)) throw Unusable{name_of(Field::organisation_id), "the field is no id"};
        json_.text("unit", unit, name_of(Field::organisation_id));
    }
    add_roles(row[Field::position_id], utf8(row[Field::job_name]));
    json_.text("position", without_bars(row[Field::position_name]), name_of(Field::position_name));
    double fte = -1;
    const auto text = row[Field::fte];
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), fte);
    if (error == std::errc{} && rest == text.data() + text.size() && fte >= 0 && fte <= 2) {
        char number[32];
        const auto [stop, failed] = std::to_chars(number, number + sizeof number, fte);
        if (failed == std::errc{})
            json_.raw("fte", std::string_view(number, static_cast<std::size_t>(stop - number)));
    }
    if (const auto primary = row[Field::primary]; !primary.empty())
        json_.raw("primary", among({"Y", "Yes", "Primary", "True"}, primary) ? "true" : "false");
    add_days(start, end, "from", "to");
    add_revision(row);
    return json_.end();
}

std::string_view Records::unit(const Fields& row) {
    if (row[Field::name].empty()) throw Unusable{name_of(Field::name), "the name is missing"};
    json_.begin();
    json_.text("id", row[Field::id], "id");
    json_.text("name", row[Field::name], name_of(Field::name));
    if (const auto parent = row[Field::parent_id]; parent != row[Field::id])
        json_.text("parent", parent, name_of(Field::parent_id));
    json_.text("code", row[Field::nacs_code], name_of(Field::nacs_code));
    json_.text("organisation", settings_.organisation, "organisation");
    if (!row[Field::start].empty()) json_.day("from", required_day(row, Field::start));
    if (const auto end = end_day(row, Field::end); end != kNever) json_.day("to", end);
    add_revision(row);
    return json_.end();
}

std::string_view Records::definition(const Fields& row) {
    const auto name = row[Field::competency_name];
    const auto competency = plugins::read_competency(name);
    if (competency.id.empty()) throw Unusable{name_of(Field::competency_name), "the name is missing"};
    json_.begin();
    json_.text("id", competency.id, name_of(Field::competency_name));
    json_.text("name", competency.title, name_of(Field::competency_name));
    json_.text("description", row[Field::description], name_of(Field::description));
    json_.text("authority", competency.authority, name_of(Field::competency_name));
    json_.text("group", competency.group, name_of(Field::competency_name));
    const auto period = plugins::period_of(row[Field::renewal_count], row[Field::renewal_units]);
    json_.text("renewal", period.empty() ? competency.renewal : period, name_of(Field::renewal_count));
    add_revision(row);
    return json_.end();
}

const std::string& Records::competency_of(const Fields& row) {
    const auto name = row[Field::competency_name], number = row[Field::competence_id];
    key_.assign(name);
    key_ += '~';  // in no field
    key_ += number;
    if (const auto known = competencies_.find(std::string_view(key_)); known != competencies_.end())
        return known->second;
    const auto competency = plugins::read_competency(name);
    const auto* definition = number.empty() ? nullptr : survey_.definition(number);
    std::string fragment = "\"competency\":";
    std::string renewal = competency.renewal;
    if (!competency.id.empty()) {
        if (!definition) definition = survey_.definition_by_name(utf8(competency.id));
        fragment += quoted(competency.id, Field::competency_name) +
                    ",\"name\":" + quoted(competency.title, Field::competency_name);
    } else if (definition && !definition->competency.empty()) {
        append_quoted(fragment, definition->competency);
    } else {
        throw Unusable{name_of(Field::competency_name), "no competency is named"};
    }
    if (definition && !definition->renewal.empty()) renewal = definition->renewal;
    if (!renewal.empty()) fragment += ",\"renewal\":\"" + renewal + '"';
    if (competencies_.size() >= kCompetenciesKept) competencies_.clear();
    return competencies_.emplace(key_, std::move(fragment)).first->second;
}

std::string_view Records::held(const Fields& row) {
    const auto& competency = competency_of(row);
    json_.begin();
    add_who(row[Field::person_id]);
    end_who();
    key_ = "cm:";
    key_ += row[Field::id];
    json_.text("key", key_, "id");
    json_.members(competency);
    json_.text("level", row[Field::level], name_of(Field::level));
    Day from = 0;
    if (!row[Field::start].empty()) json_.day("from", from = required_day(row, Field::start));
    if (const auto to = end_day(row, Field::end); to != kNever) {
        if (to < from) throw Unusable{name_of(Field::end), "it ends before it begins"};
        json_.day("to", to);
    }
    json_.text("how", row[Field::method], name_of(Field::method));
    add_revision(row);
    return json_.end();
}

}  // namespace esr_adapter
