#include "workload.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>

namespace bench {
namespace {

struct Verb {
    const char* id;
    const char* display;
    unsigned weight;
};
constexpr std::array<Verb, 10> verbs{{{"http://activitystrea.ms/start", "started", 20},
                                      {"http://adlnet.gov/expapi/verbs/completed", "completed", 18},
                                      {"http://adlnet.gov/expapi/verbs/initialized", "initialized", 14},
                                      {"http://adlnet.gov/expapi/verbs/terminated", "terminated", 12},
                                      {"https://w3id.org/xapi/video/verbs/played", "played", 10},
                                      {"https://w3id.org/xapi/video/verbs/paused", "paused", 9},
                                      {"https://w3id.org/xapi/video/verbs/seeked", "seeked", 8},
                                      {"http://adlnet.gov/expapi/verbs/passed", "passed", 6},
                                      {"http://adlnet.gov/expapi/verbs/failed", "failed", 2},
                                      {"http://id.tincanapi.com/verb/bookmarked", "bookmarked", 1}}};
constexpr unsigned all_weights = 100;
constexpr std::array<const char*, 6> names{{"Bob", "Phil", "Sally", "Steve", "Fred", "Alice"}};
constexpr std::size_t narrow_activities = 25, wide_agents = 50000, wide_activities = 5000;

constexpr std::string_view the_category = "https://xapinet.org/xapi/tc3/cuf/hemorrhage_control/v1";
constexpr std::string_view the_second_category = "https://xapinet.org/xapi/tc3/cuf/airway/v1";

// Places in a text: a character that JSON text never has, and which slot it is.
constexpr char mark = '\x01';

void put_hex(char* at, std::uint64_t value, int digits) {
    for (int i = digits - 1; i >= 0; --i, value >>= 4) at[i] = "0123456789abcdef"[value & 15];
}

void put_decimal(char* at, std::uint64_t value, int digits) {
    for (int i = digits - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

void put_uuid(char* at, Random& random) {
    const auto high = random.next(), low = random.next();
    put_hex(at, high >> 32, 8);
    at[8] = '-';
    put_hex(at + 9, high >> 16, 4);
    at[13] = '-';
    put_hex(at + 14, (high & 0x0FFF) | 0x4000, 4);
    at[18] = '-';
    put_hex(at + 19, (low >> 48 & 0x3FFF) | 0x8000, 4);
    at[23] = '-';
    put_hex(at + 24, low, 12);
}

void put_time(char* at, std::int64_t ms) {
    const std::time_t seconds = ms / 1000;
    std::tm t{};
    gmtime_r(&seconds, &t);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.000Z", &t);
    std::memcpy(at, text, 24);
    put_decimal(at + 20, static_cast<std::uint64_t>(ms % 1000), 3);
}

}  // namespace

std::uint64_t Random::next() {
    state_ += 0x9E3779B97F4A7C15;
    auto z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
}

Workload::Workload(Shape shape, std::uint64_t seed)
    : shape_(shape),
      random_(seed * 0xD1342543DE82EF95 + 1),
      clock_ms_(1581334719000) {  // 2020-02-10T11:38:39Z
    const std::size_t kinds = shape == Shape::narrow ? names.size() * narrow_activities : 2;
    for (std::size_t kind = 0; kind < kinds; ++kind) {
        for (std::size_t verb = 0; verb < verbs.size(); ++verb) {
            texts_.push_back(shape == Shape::narrow
                                 ? make(verb, kind / narrow_activities, kind % narrow_activities)
                                 : make(verb, 0, kind));
        }
    }
    begin_walk();
}

std::size_t Workload::agents() const {
    return shape_ == Shape::narrow ? names.size() : wide_agents;
}
std::size_t Workload::activities() const {
    return shape_ == Shape::narrow ? narrow_activities : wide_activities;
}
std::string_view Workload::verb(std::size_t verb) {
    return verbs.at(verb).id;
}
std::string_view Workload::category() {
    return the_category;
}
std::string_view Workload::second_category() {
    return the_second_category;
}

std::string Workload::mbox(std::size_t agent) const {
    char text[64];
    if (shape_ == Shape::narrow) {
        std::string name = names.at(agent);
        name[0] = static_cast<char>(name[0] + 32);
        return "mailto:" + name + "@example.org";
    }
    std::snprintf(text, sizeof text, "mailto:learner%05zu@example.org", agent);
    return text;
}

std::string Workload::activity(std::size_t activity) const {
    char text[96];
    if (shape_ == Shape::narrow) {
        std::snprintf(text, sizeof text,
                      "https://books.example.org/v1/tenant/8/media/600b7164-32a3-41a3-9b4d-%012zx",
                      0xda32d22f10e0 + activity);
    } else {
        std::snprintf(text, sizeof text, "https://lms.example.org/v1/tenant/8/course/module/activity-%04zu",
                      activity);
    }
    return text;
}

// What is the same in all statements of a kind is text, the rest is places. In the wide workload the agent
// and the activity are places too; there `activity` says only which half it is of.
Workload::Text Workload::make(std::size_t verb, std::size_t agent, std::size_t activity) const {
    const auto slot = [](Slot which) {
        return std::string{mark, static_cast<char>('a' + static_cast<int>(which))};
    };
    const bool narrow = shape_ == Shape::narrow;
    const auto name = narrow ? std::string(names.at(agent)) : "Learner " + slot(Slot::agent);
    const auto mail = narrow ? mbox(agent) : "mailto:learner" + slot(Slot::agent_again) + "@example.org";
    const auto object =
        narrow ? this->activity(activity)
               : "https://lms.example.org/v1/tenant/8/course/module/activity-" + slot(Slot::activity);
    const auto title = narrow ? "Module " + std::to_string(activity) : "A module of the mandatory training";
    const auto other = activity % 2 == 1 ? the_second_category
                                         : std::string_view("https://xapinet.org/xapi/tc3/cuf/breathing/v1");
    const auto& v = verbs.at(verb);
    std::string s =
        R"({"id":")" + slot(Slot::id) + R"(","timestamp":")" + slot(Slot::timestamp) +
        R"(","actor":{"objectType":"Agent","name":")" + name + R"(","mbox":")" + mail +
        R"("},"verb":{"id":")" + v.id + R"(","display":{"en-US":")" + v.display +
        R"("}},"object":{"objectType":"Activity","id":")" + object +
        R"(","definition":{"type":"https://w3id.org/xapi/video/activity-type/video","name":{"en-US":")" +
        title + R"("},"description":{"en-US":"How to control bleeding, step by step"}}},)";
    if (verb == 7 || verb == 8) {
        s += std::string(R"("result":{"success":)") + (verb == 7 ? "true" : "false") +
             R"(,"completion":true,"score":{"scaled":0.)" + slot(Slot::score) + R"(},"duration":"PT)" +
             slot(Slot::duration) + R"(.50S"},)";
    } else if (verb == 1) {
        s += R"("result":{"completion":true,"duration":"PT)" + slot(Slot::duration) + R"(.50S"},)";
    } else if (verb >= 4) {
        s += R"("result":{"extensions":{"https://w3id.org/xapi/video/extensions/time":)" +
             slot(Slot::duration) + R"(.5}},)";
    }
    s +=
        R"("context":{"registration":")" + slot(Slot::registration) +
        R"(","platform":"Simulation centre","language":"en-US","contextActivities":{"category":[{"objectType":"Activity","id":")";
    s += the_category;
    s += '"';
    if (!narrow) {
        s += R"(},{"objectType":"Activity","id":")";
        s += other;
        s += '"';
    }
    s += "}]}";
    if (narrow) {
        s += R"(,"extensions":{"https://w3id.org/xapi/video/extensions/session-id":")" +
             slot(Slot::registration) + R"("})";
    } else {
        s += R"(,"revision":"2026.1")";
    }
    s += "}}";
    return compile(s);
}

Workload::Text Workload::compile(const std::string& text) {
    constexpr std::size_t widths[] = {36, 36, 24, 5, 5, 4, 3, 2};
    Text out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != mark) {
            out.text += text[i];
            continue;
        }
        const auto which = static_cast<std::size_t>(text[++i] - 'a');
        out.slots.emplace_back(out.text.size(), static_cast<Slot>(which));
        out.text.append(widths[which], '0');
    }
    return out;
}

std::size_t Workload::draw_verb(std::size_t agent, std::size_t activity) {
    for (;;) {
        auto at = random_.below(all_weights);
        std::size_t verb = 0;
        while (at >= verbs[verb].weight) at -= verbs[verb++].weight;
        // The hot but disjoint pairs.
        const bool never = shape_ == Shape::narrow ? agent == 0 : activity % 2 == 1;
        if (verb != disjoint_verb || !never) return verb;
    }
}

void Workload::begin_walk() {
    walk_.agent = random_.below(agents());
    walk_.left = 5 + random_.below(11);  // ten in the mean
    put_uuid(walk_.registration, random_);
}

void Workload::fill(char* at, Slot slot, std::size_t activity) {
    switch (slot) {
        case Slot::id:
            return put_uuid(at, random_);
        case Slot::registration:
            std::memcpy(at, walk_.registration, 36);
            return;
        case Slot::timestamp:
            return put_time(at, clock_ms_);
        case Slot::agent:
        case Slot::agent_again:
            return put_decimal(at, walk_.agent, 5);
        case Slot::activity:
            return put_decimal(at, activity, 4);
        case Slot::duration:
            return put_decimal(at, 100 + random_.below(900), 3);
        case Slot::score:
            return put_decimal(at, random_.below(100), 2);
    }
}

void Workload::append(std::string& out) {
    if (walk_.left-- == 0) {
        begin_walk();
        --walk_.left;
    }
    clock_ms_ += static_cast<std::int64_t>(random_.below(20000));  // ten seconds in the mean
    const auto activity = random_.below(activities());
    const auto verb = draw_verb(walk_.agent, activity);
    const auto kind = shape_ == Shape::narrow ? walk_.agent * narrow_activities + activity : activity % 2;
    const auto& text = texts_[kind * verbs.size() + verb];
    const auto begins = out.size();
    out += text.text;
    for (const auto& [at, slot] : text.slots) fill(out.data() + begins + at, slot, activity);
}

void Workload::append_batch(std::string& out, std::size_t count) {
    if (count == 1) return append(out);
    for (std::size_t i = 0; i < count; ++i) {
        out += i == 0 ? '[' : ',';
        append(out);
    }
    out += ']';
}

}  // namespace bench
