#include "esr/posts.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <stdexcept>

namespace esr_adapter {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

// "": never, or none. Days are real ones: read_day() made them.
std::string short_day(Day day) {
    if (day == kNever || day == 0) return {};
    const year_month_day ymd{std::chrono::year{day / 10'000},
                             std::chrono::month{static_cast<unsigned>(day / 100 % 100)},
                             std::chrono::day{static_cast<unsigned>(day % 100)}};
    return base36(sys_days{ymd}.time_since_epoch().count());
}

Day long_day(std::string_view text, Day when_empty) {
    if (text.empty()) return when_empty;
    const auto days = of_base36(text);
    if (days < -100'000 || days > 1'000'000) throw std::runtime_error("no day");
    const year_month_day ymd{sys_days{std::chrono::days{days}}};
    return static_cast<int>(ymd.year()) * 10'000 +
           static_cast<int>(static_cast<unsigned>(ymd.month())) * 100 +
           static_cast<int>(static_cast<unsigned>(ymd.day()));
}

// An id that is a number is written in base 36, any other as it is behind '_'.
std::string short_id(const std::string& id) {
    const bool number = !id.empty() && id.size() <= 15 && id[0] != '0' &&
                        std::all_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (id.empty()) return {};
    return number ? base36(std::stoll(id)) : '_' + id;
}

std::string long_id(std::string_view text) {
    if (text.empty()) return {};
    return text[0] == '_' ? std::string(text.substr(1)) : std::to_string(of_base36(text));
}

}  // namespace

std::string base36(long long value) {
    char text[16];
    const auto end = std::to_chars(text, text + sizeof text, value, 36).ptr;
    return {text, end};
}

long long of_base36(std::string_view text) {
    long long value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 36);
    if (error != std::errc{} || end != text.data() + text.size())
        throw std::runtime_error("no number in base 36");
    return value;
}

std::vector<std::string_view> split_at(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t from = 0; from <= text.size();) {
        const auto end = std::min(text.find(separator, from), text.size());
        parts.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    return parts;
}

const std::string& word_at(const std::vector<std::string>& words, std::string_view number) {
    return words.at(static_cast<std::size_t>(of_base36(number)));
}

std::string packed_assignment(const Assignment& assignment, Words& words) {
    auto out = short_id(assignment.person) + '/' + short_id(assignment.number) + '/' +
               short_day(assignment.earliest) + '/' + short_day(assignment.ends);
    for (const auto& [start, post] : assignment.posts) {
        out += ',' + short_day(start) + '/' + short_day(post.end);
        if (post.ended) {
            out += "/e";
        } else if (post.known) {
            out += "/k/" + words.number_of(post.unit) + '/' + short_id(post.position) + '/' +
                   words.number_of(post.title) + '/' + words.number_of(post.job);
        }
    }
    return out;
}

Assignment unpacked_assignment(std::string_view text, const std::vector<std::string>& words) {
    const auto parts = split_at(text, ',');
    const auto head = split_at(parts[0], '/');
    if (head.size() != 4) throw std::runtime_error("no assignment");
    Assignment out{long_id(head[0]), long_id(head[1]), long_day(head[2], 0), long_day(head[3], kNever), {}};
    for (std::size_t i = 1; i < parts.size(); ++i) {
        const auto fields = split_at(parts[i], '/');
        if (fields.size() != 2 && fields.size() != 3 && fields.size() != 7)
            throw std::runtime_error("no post");
        auto& post = out.posts[long_day(fields[0], 0)];
        post.end = long_day(fields[1], kNever);
        post.ended = fields.size() == 3;
        post.known = fields.size() == 7;
        if (!post.known) continue;
        post.unit = word_at(words, fields[3]);
        post.position = long_id(fields[4]);
        post.title = word_at(words, fields[5]);
        post.job = word_at(words, fields[6]);
    }
    return out;
}

std::string packed_service(const Service& service) {
    std::string out;
    for (const auto& [start, left] : service)
        out += (out.empty() ? "" : ",") + short_day(start) + '/' + short_day(left);
    return out;
}

Service unpacked_service(std::string_view text) {
    Service out;
    for (const auto part : split_at(text, ',')) {
        const auto days = split_at(part, '/');
        if (days.size() != 2) throw std::runtime_error("no service");
        out[long_day(days[0], 0)] = long_day(days[1], kNever);
    }
    return out;
}

}  // namespace esr_adapter
