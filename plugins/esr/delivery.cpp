#include "esr/delivery.hpp"

namespace esr_adapter {
namespace {

std::string key_of(Type type, std::string_view id) {
    switch (type) {
        case Type::person:
            return "pr:" + std::string(id);
        case Type::held:
            return "cm:" + std::string(id);
        default:
            return std::string(id);
    }
}

}  // namespace

void Delivery::line(const Line& line) {
    if (line.too_long) {
        reject("unknown", "", line, {"", "the line is longer than any row of a GO file"});
        return;
    }
    const auto type = type_of(line.text);
    if (type == Type::other) return;
    if (line.text[2] == 'D') return deletion(type, line);
    if (line.text[2] != 'A') return;
    if (type == Type::position) return;  // the survey has it
    const auto& layout = settings_.layouts.of(type);
    split(line.text, layout, fields_);
    const auto id = fields_[Field::id];
    std::string key;
    try {
        if (!is_id(id))
            throw Unusable{name_of(Field::id), id.empty() ? "the key is missing" : "the field is no id"};
        if (type == Type::held) return held(line);
        if (type == Type::assignment) {
            if (!is_employment(fields_, settings_)) return;
        } else {
            key = key_of(type, id);
        }
        row(type, line);
    } catch (const Unusable& why) {
        if (type == Type::assignment) {
            const auto start = read_day(fields_[Field::start]);
            if (is_id(id) && start) key = employment_key(id, *start);
        } else if (type == Type::held && is_id(id)) {
            key = key_of(type, id);
        } else if (type == Type::definition) {
            key.clear();  // its key is the name
        }
        reject(layout.kind, key, line, why);
    }
}

void Delivery::row(Type type, const Line& line) {
    const auto id = fields_[Field::id];
    if (survey_.any_deleted()) {
        switch (survey_.judge(type, id, line.number, read_stamp(fields_[Field::updated]))) {
            case Verdict::stale:
                ++counts_.stale;
                return;
            case Verdict::unknown:
                throw Unusable{name_of(Field::updated),
                               "an earlier row deletes this key, and the row does not say which is younger"};
            case Verdict::live:
                break;
        }
    }
    if (type == Type::assignment) return assignment(line);
    if (type == Type::person) {
        const auto start = read_day(fields_[Field::start]);
        if (!start) throw Unusable{name_of(Field::start), "the field is no date"};
        if (survey_.is_in_force(type, id, *start)) emit("person", "", records_.person(fields_), line);
    } else if (type == Type::organisation) {
        emit("unit", id, records_.unit(fields_), line);
    } else if (type == Type::definition) {
        emit("competency_definition", "", records_.definition(fields_), line);
    } else {
        emit("competency_held", "", records_.held(fields_), line);
    }
}

void Delivery::assignment(const Line& line) {
    const auto id = fields_[Field::id];
    const auto start = read_day(fields_[Field::start]);
    if (!start) throw Unusable{name_of(Field::start), "the field is no date"};
    const auto key = employment_key(id, *start);
    const bool ended = among(settings_.ended_statuses, fields_[Field::system_status]);
    const auto record = ended ? std::string_view{} : records_.employment(fields_, *start);
    if (record.empty()) {
        if (survey_.starts_of(id).contains(*start)) withdraw("employment", key, "the assignment has ended");
    } else {
        emit("employment", key, record, line);
    }
    if (settings_.assignment_numbers && survey_.is_in_force(Type::assignment, id, *start) &&
        !fields_[Field::assignment_number].empty()) {
        if (const auto number = records_.assignment_number(fields_, *start); !number.empty())
            emit("person", "", number, line);
    }
}

void Delivery::held(const Line& line) {
    const auto type = fields_[Field::competency_type];
    if (!among(settings_.held_types, type) || fields_[Field::person_id].empty()) {
        ++counts_.requirements;
        return;
    }
    if (!among(settings_.held_statuses, fields_[Field::competency_status])) {
        withdraw("competency_held", key_of(Type::held, fields_[Field::id]), "the status has changed");
        return;
    }
    row(Type::held, line);
}

void Delivery::deletion(Type type, const Line& line) {
    const auto id = key_of_deletion(line.text);
    constexpr std::string_view reason = "deleted in ESR";
    if (!is_id(id)) {
        reject("withdraw", "", line, {"id", id.empty() ? "the key is missing" : "the field is no id"});
        return;
    }
    switch (type) {
        case Type::person:
            return withdraw("person", key_of(type, id), reason);
        case Type::held:
            return withdraw("competency_held", key_of(type, id), reason);
        case Type::organisation:
            return withdraw("unit", id, reason);
        case Type::assignment: {
            const auto starts = survey_.starts_of(id);
            if (starts.empty()) ++counts_.unknown_rows;
            for (const auto start : starts) withdraw("employment", employment_key(id, start), reason);
            if (settings_.assignment_numbers) withdraw("person", "an:" + std::string(id), reason);
            return;
        }
        case Type::definition:
            if (const auto* definition = survey_.definition(id))
                withdraw("competency_definition", definition->competency, reason);
            return;
        case Type::position:
        case Type::other:
            return;
    }
}

void Delivery::amend() {
    if (full_) return;
    for (const auto& id : survey_.touched()) amend(id);
}

void Delivery::amend(const std::string& id) {
    const auto &before = survey_.assignment_before(id), &now = survey_.assignment_now(id);
    const auto &service_before = survey_.service_before(before.person),
               &service_now = survey_.service_now(now.person);
    bool told = false;
    for (const auto& [start, post] : now.posts) told = told || (post.told && !post.ended);
    for (const auto& [start, post] : before.posts) {
        const auto kept = now.posts.find(start);
        if (post.ended || (kept != now.posts.end() && kept->second.told)) continue;
        const auto was = last_day(before, service_before, start), is = last_day(now, service_now, start);
        if (was == is) continue;
        if (kept == now.posts.end()) {
            withdraw("employment", employment_key(id, start), "the row has moved to another day");
        } else if (is == 0) {
            withdraw("employment", employment_key(id, start), "the person had left");
        } else if (post.known && !now.person.empty()) {
            retell("employment", records_.told_again(id, now, start, is));
        } else {
            ++counts_.not_amended;
        }
    }
    const auto until = number_until(now, service_now);
    if (told || !settings_.assignment_numbers || now.number.empty() || now.posts.empty() ||
        until == number_until(before, service_before) || until < now.posts.begin()->first)
        return;
    retell("person", records_.number_again(id, now, until));
}

void Delivery::retell(std::string_view kind, std::string_view record) {
    out_.emit(kind, record);
    ++counts_.told;
    ++counts_.amended;
}

void Delivery::emit(std::string_view kind, std::string_view key, std::string_view record, const Line& line) {
    if (!out_.emit(kind, record)) {
        reject(kind, key, line, {"", "the record is too large"});
        return;
    }
    ++counts_.told;
}

void Delivery::withdraw(std::string_view kind, std::string_view key, std::string_view reason) {
    if (full_) return;
    std::string record = R"({"kind":")";
    record += kind;
    record += R"(","key":)";
    append_quoted(record, key);
    record += R"(,"reason":")";
    record += reason;
    record += "\"}";
    out_.emit("withdraw", record);
    ++counts_.told;
}

void Delivery::reject(std::string_view kind, std::string_view key, const Line& line, const Unusable& why) {
    if (key.empty()) whole_ = false;
    std::string reason = R"({"where":)";
    append_quoted(reason, file_ + ":" + std::to_string(line.number));
    if (!why.column.empty()) reason += R"(,"column":")" + std::string(why.column) + '"';
    reason += R"(,"reason":")" + std::string(why.reason) + "\"}";
    out_.reject(kind, key, reason);
    ++counts_.told;
}

}  // namespace esr_adapter
