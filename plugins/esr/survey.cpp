#include "esr/survey.hpp"

#include <algorithm>
#include <charconv>

#include "common/competency.hpp"
#include "esr/lines.hpp"

namespace esr_adapter {
namespace {

constexpr std::size_t kMostKeys = 1'000'000;  // far beyond any trust; what is more is not ESR's

// CM10005280: what a deletion is remembered by.
std::string key_of(Type type, std::string_view id) {
    static constexpr const char* letters[] = {"PR", "AS", "PO", "OR", "CM", "CD"};
    return letters[static_cast<std::size_t>(type)] + std::string(id);
}

InForce in_force(Day start, Day end, Day day) {
    return {start <= day && day <= end ? 0 : start > day ? 1 : 2, start};
}

// Keeps the better of two rows: in force before future before past, then the nearest.
bool better(const InForce& a, const InForce& b) {
    if (a.rank != b.rank) return a.rank < b.rank;
    return a.rank == 1 ? a.start < b.start : a.start > b.start;
}

void keep_better(InForce& kept, const InForce& seen) {
    if (better(seen, kept)) kept = seen;
}

// A row that ended long ago needs only its days, so that a deletion can take it back: unless it was never
// told, for the person's return may still come.
void forget_the_past(Assignment& assignment, const Service& service, Day today) {
    const auto long_ago = today - 10'000;  // a year
    for (auto& [start, post] : assignment.posts) {
        post.told = false;
        if (post.end >= long_ago || post.ended || last_day(assignment, service, start) == 0) continue;
        Post bare;
        bare.end = post.end;
        post = std::move(bare);
    }
}

// A row that says "ended" matters only to the posts before it, and behind a full file none of these can come.
void forget_ends_of_nothing(Assignment& assignment) {
    while (!assignment.posts.empty() && assignment.posts.begin()->second.ended)
        assignment.posts.erase(assignment.posts.begin());
}

[[noreturn]] void not_ours(const FeedName& file, const std::string& why) {
    throw bridge::Failure{BRIDGE_CONFIG, file.name + ": " + why};
}

[[noreturn]] void not_whole(const FeedName& file, const std::string& why) {
    throw bridge::Failure{BRIDGE_RETRY,
                          file.name + ": " + why + ". Nothing of it is taken in until it is whole."};
}

void check_count(const FeedName& file, std::string_view trailer, std::int64_t rows,
                 const Settings& settings) {
    using Count = Settings::TrailerCount;
    if (settings.trailer_count == Count::ignore) return;
    const auto text = key_of_deletion(trailer);
    std::int64_t said = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), said);
    if (error != std::errc{} || end != text.data() + text.size())
        not_whole(file, "its trailer has no number of rows");
    if (said != rows + (settings.trailer_count == Count::lines ? 2 : 0))
        not_whole(file, "its trailer speaks of another number of rows than it has");
}

}  // namespace

bool is_employment(const Fields& row, const Settings& settings) {
    const auto type = row[Field::assignment_type];
    return type.empty() || among(settings.assignment_types, type);
}

FeedHeader header_of(const bridge::Host& host, const FeedName& file, const Settings& settings,
                     const bridge::Call& call) {
    Lines lines(host, file.name);
    Line line;
    if (!lines.next(line, call)) not_whole(file, "the file is empty");
    if (!line.terminated && line.text.starts_with("HDR")) not_whole(file, "it ends within its header");
    auto header = read_feed_header(line.text);
    if (!header) not_ours(file, "the first line is no header (HDR) of a Generic Outbound file");
    if (header->vpd != settings.vpd) not_ours(file, "the header names another VPD than the setting vpd");
    return *header;
}

Survey Survey::of(const bridge::Host& host, const FeedName& file, const Settings& settings,
                  const Memory& before, const bridge::Call& call) {
    Survey survey;
    survey.before_ = &before;
    survey.header_ = header_of(host, file, settings, call);
    survey.full_ = file.full;
    survey.day_ = read_day(std::string_view(survey.header_.to).substr(0, 8)).value_or(0);
    Lines lines(host, file.name);
    Line line;
    bool whole = false;
    lines.next(line, call);  // the header
    while (lines.next(line, call)) {
        if (line.text.empty() && !line.too_long) continue;
        if (whole) not_whole(file, "rows follow its trailer");
        if (line.text.starts_with("TRL")) {
            check_count(file, line.text, survey.rows_, settings);
            whole = true;
            continue;
        }
        ++survey.rows_;
        survey.take(type_of(line.text), line.text, line.number, settings);
    }
    if (!whole) not_whole(file, "it has no trailer (TRL) yet");
    survey.join();
    return survey;
}

void Survey::take(Type type, std::string_view line, std::int64_t number, const Settings& settings) {
    if (type == Type::other) return;
    if (line[2] == 'D') return take_deletion(type, line, number);
    if (line[2] != 'A') return;
    const bool judged = any_deleted();
    if (type == Type::held && !judged) return;  // a million of these
    Fields row;
    split(line, settings.layouts.of(type), row);
    const auto id = row[Field::id];
    if (!is_id(id)) return;
    const auto stamp = read_stamp(row[Field::updated]);
    if (judged) {
        if (judge(type, id, number, stamp) != Verdict::live) return;
        if (auto key = key_of(type, id); deleted_.contains(key) || before_->tombstones.contains(key))
            revived_.insert(std::move(key));
    }
    if (type == Type::definition) {
        auto competency = utf8(plugins::read_competency(row[Field::competency_name]).id);
        definition_by_name_[competency] = id;
        definitions_[std::string(id)] = {
            std::move(competency), plugins::period_of(row[Field::renewal_count], row[Field::renewal_units])};
    } else if (type != Type::held && type != Type::organisation) {
        take_dated(type, row, settings);
    }
    bound();
}

void Survey::take_dated(Type type, const Fields& row, const Settings& settings) {
    const std::string id(row[Field::id]);
    const auto start = read_day(row[Field::start]);
    const auto end = row[Field::end].empty() ? kNever : read_day(row[Field::end]).value_or(kNever);
    if (!start) return;  // the row will be rejected
    const auto seen = in_force(*start, end, day_);
    if (type == Type::person) {
        const auto left = read_day(row[Field::termination_date]);
        // A daily file may bring only an old row: its name and address are not those of today.
        if (seen.rank < 2 || full_ || left) keep_better(people_[id], seen);
        services_[id][*start] = left.value_or(kNever);
    } else if (type == Type::position) {
        // A daily file may bring only an old row: that is no news of what the position is today.
        if (seen.rank == 2 && !full_ && before_->positions.contains(id)) return;
        auto& [kept, facts] = positions_[id];
        if (!better(seen, kept)) return;
        kept = seen;
        facts = {utf8(row[Field::staff_group]), utf8(row[Field::job_role])};
    } else if (is_employment(row, settings)) {
        take_assignment(row, seen, end, settings);
    }
}

void Survey::take_assignment(const Fields& row, const InForce& seen, Day end, const Settings& settings) {
    const std::string id(row[Field::id]);
    const auto text_of = [&](Field field) {
        return is_id(row[field]) ? std::string(row[field]) : std::string();
    };
    auto& assignment = told_[id];
    assignment.person = text_of(Field::person_id);
    assignment.number = text_of(Field::assignment_number);
    assignment.earliest = read_day(row[Field::earliest_start]).value_or(0);
    assignment.ends = read_day(row[Field::assignment_end]).value_or(kNever);
    auto& post = assignment.posts[seen.start] = {};
    post.end = std::min(end, assignment.ends);
    post.told = true;
    post.ended = among(settings.ended_statuses, row[Field::system_status]);
    if (post.ended) return;
    keep_better(assignments_[id], seen);
    post.known = true;
    post.unit = text_of(Field::organisation_id);
    post.position = text_of(Field::position_id);
    post.title = utf8(row[Field::position_name]);
    post.job = utf8(row[Field::job_name]);
}

// What is told now and what was told before become one.
void Survey::join() {
    for (auto& [id, now] : told_) {
        for (auto& [start, post] : now.posts) {
            if (const auto* facts = position(post.position);
                facts != nullptr && !(facts->staff_group.empty() && facts->job_role.empty()))
                post.job.clear();
        }
        if (full_ || deleted_.contains("AS" + id)) continue;
        for (const auto& [start, post] : assignment_before(id).posts) {
            if (!now.posts.contains(start) && !was_moved(start, now)) now.posts.emplace(start, post);
        }
    }
    for (auto it = services_.begin(); it != services_.end();) {
        auto& [person, service] = *it;
        if (!full_ && !deleted_.contains("PR" + person)) {
            const auto& before = service_before(person);
            service.insert(before.begin(), before.end());
        }
        const bool left =
            std::any_of(service.begin(), service.end(), [](const auto& row) { return row.second != kNever; });
        if (left || before_->leavers.contains(person)) changed_people_.insert(person);
        it = left ? std::next(it) : services_.erase(it);
    }
}

void Survey::take_deletion(Type type, std::string_view line, std::int64_t number) {
    const auto id = key_of_deletion(line);
    if (!is_id(id)) return;
    auto key = key_of(type, id);
    revived_.erase(key);  // this is the later word
    if (type == Type::assignment) {
        if (const auto told = told_.find(id); told != told_.end()) {
            for (const auto& [start, post] : told->second.posts) told_and_deleted_[told->first].insert(start);
            told_.erase(told);
        }
    }
    if (type == Type::person) services_.erase(std::string(id));
    deleted_.try_emplace(std::move(key), number);
    bound();
}

void Survey::bound() const {
    if (people_.size() + assignments_.size() + positions_.size() + definitions_.size() + deleted_.size() >
        kMostKeys)
        throw bridge::Failure{
            BRIDGE_CONFIG,
            "The file has more than a million people, posts and deletions: that is no file of one trust."};
}

bool Survey::is_in_force(Type type, std::string_view id, Day start) const {
    const auto& all = type == Type::person ? people_ : assignments_;
    const auto it = all.find(std::string(id));
    return it != all.end() && it->second.start == start;
}

const Service& Survey::service_before(std::string_view person) const {
    static const Service never_left;
    const auto it = before_->leavers.find(person);
    return full_ || it == before_->leavers.end() ? never_left : it->second;
}

const Service& Survey::service_now(std::string_view person) const {
    static const Service never_left;
    if (const auto it = services_.find(person); it != services_.end()) return it->second;
    return changed_people_.contains(person) ? never_left : service_before(person);
}

const Assignment& Survey::assignment_before(std::string_view id) const {
    static const Assignment none;
    const auto it = before_->assignments.find(id);
    return full_ || it == before_->assignments.end() ? none : it->second;
}

const Assignment& Survey::assignment_now(std::string_view id) const {
    const auto it = told_.find(id);
    return it == told_.end() ? assignment_before(id) : it->second;
}

Day Survey::employed_until(std::string_view person, Day start) const {
    return esr_adapter::employed_until(service_now(person), start);
}

Day Survey::last_day_of(std::string_view assignment, std::string_view person, Day start, Day own_end) const {
    const auto& now = assignment_now(assignment);
    const auto end = last_day(now, service_now(person), start);
    return own_end < start ? 0 : std::min(end, own_end);  // of two rows with one first day the last counts
}

std::vector<std::string> Survey::touched() const {
    std::vector<std::string> out;
    if (full_) return out;
    for (const auto& [id, before] : before_->assignments) {
        if (deleted_.contains("AS" + id)) continue;  // what was told of it is withdrawn by the key
        if (told_.contains(id) || changed_people_.contains(before.person)) out.push_back(id);
    }
    return out;
}

const PositionFacts* Survey::position(std::string_view id) const {
    if (const auto it = positions_.find(id); it != positions_.end()) return &it->second.second;
    const auto it = before_->positions.find(id);
    return it == before_->positions.end() || full_ ? nullptr : &it->second;
}

const DefinitionFacts* Survey::definition(std::string_view id) const {
    if (const auto it = definitions_.find(id); it != definitions_.end()) return &it->second;
    const auto it = before_->definitions.find(id);
    return it == before_->definitions.end() ? nullptr : &it->second;
}

const DefinitionFacts* Survey::definition_by_name(std::string_view competency) const {
    if (const auto it = definition_by_name_.find(competency); it != definition_by_name_.end())
        return &definitions_.find(it->second)->second;
    if (before_by_name_.empty()) {
        for (const auto& [id, facts] : before_->definitions)
            before_by_name_.emplace(facts.competency, &facts);
    }
    const auto it = before_by_name_.find(competency);
    return it == before_by_name_.end() ? nullptr : it->second;
}

std::set<Day> Survey::starts_of(std::string_view assignment) const {
    std::set<Day> out;
    for (const auto* each : {&assignment_before(assignment), &assignment_now(assignment)}) {
        for (const auto& [start, post] : each->posts) {
            if (!post.ended) out.insert(start);
        }
    }
    if (const auto it = told_and_deleted_.find(assignment); it != told_and_deleted_.end())
        out.insert(it->second.begin(), it->second.end());
    return out;
}

Verdict Survey::judge(Type type, std::string_view id, std::int64_t line, std::string_view updated) const {
    const auto key = key_of(type, id);
    if (const auto it = deleted_.find(key); it != deleted_.end() && it->second < line) {
        if (updated.empty()) return type == Type::position ? Verdict::live : Verdict::unknown;
        return updated <= header_.to ? Verdict::stale : Verdict::live;
    }
    if (full_) return Verdict::live;  // what a full file lists is there
    const auto it = before_->tombstones.find(key);
    return it != before_->tombstones.end() && !updated.empty() && updated <= it->second ? Verdict::stale
                                                                                        : Verdict::live;
}

Memory Survey::after() const {
    Memory out;
    if (full_) {
        out.place = before_->place;  // so that its slot stays as it is until the checkpoint
    } else {
        out = *before_;
    }
    for (const auto& [id, dated] : positions_) out.positions[id] = dated.second;
    for (const auto& [id, facts] : definitions_) out.definitions[id] = facts;
    for (const auto& key : revived_) out.tombstones.erase(key);
    for (const auto& [key, line] : deleted_) {
        if (revived_.contains(key)) continue;
        const auto id = key.substr(2);
        if (key.starts_with("PO")) {
            out.positions.erase(id);
            continue;  // nothing is told of positions themselves
        }
        out.tombstones[key] = header_.to;
        if (key.starts_with("AS")) out.assignments.erase(id);
        if (key.starts_with("CD")) out.definitions.erase(id);
        if (key.starts_with("PR")) out.leavers.erase(id);
    }
    for (const auto& person : changed_people_) out.leavers.erase(person);
    for (const auto& [person, service] : services_) out.leavers[person] = service;
    for (const auto& [id, told] : told_) {
        auto& kept = out.assignments[id] = told;
        forget_the_past(kept, service_now(kept.person), day_);
        if (full_) forget_ends_of_nothing(kept);
        if (kept.posts.empty()) out.assignments.erase(id);
    }
    return out;
}

}  // namespace esr_adapter
