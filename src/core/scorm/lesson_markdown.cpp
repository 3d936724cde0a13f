// A lesson as Markdown: a head of "key: value" lines between two lines of ---, the introduction, then pages,
// each below a heading of the first level, and questions, each below a heading that begins with "Question:".
// The text of pages is CommonMark; the lines of a question are read here, one by one.
#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <utility>

#include "core/base/text.hpp"
#include "core/scorm/lesson.hpp"

namespace capbridge::scorm {
namespace {

struct KeyValue {
    std::string key, value;
};

// "key: value" with a key of letters and hyphens.
std::optional<KeyValue> key_value(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    const auto key = lower_ascii(trim(line.substr(0, colon)));
    if (key.empty() || key.find_first_not_of("abcdefghijklmnopqrstuvwxyz-_") != std::string::npos)
        return std::nullopt;
    return KeyValue{key, trim(line.substr(colon + 1))};
}

std::vector<std::string> list_of(std::string_view text, char separator) {
    std::vector<std::string> out;
    for (const auto& part : split(text, separator)) {
        if (auto one = trim(part); !one.empty()) out.push_back(std::move(one));
    }
    return out;
}

std::optional<double> number(std::string_view text) {
    double value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    return code == std::errc{} && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// "80 %", "80%", "0.8"
std::optional<double> share(std::string text) {
    if (!text.ends_with('%')) return number(text);
    text.pop_back();
    const auto percent = number(trim(text));
    return percent ? std::optional(*percent / 100) : std::nullopt;
}

// What people write instead of a question's keys, and the words for what was meant. Shown to learners such a
// line would be a puzzle, and what it says would be lost.
std::optional<std::string> key_meant_by(const KeyValue& pair) {
    static constexpr std::pair<std::string_view, std::string_view> known[] = {
        {"requirement", "requirements:"},
        {"requirments", "requirements:"},
        {"requirment", "requirements:"},
        {"requires", "requirements:"},
        {"require", "requirements:"},
        {"reqs", "requirements:"},
        {"req", "requirements:"},
        {"accept", "answer:"},
        {"accepts", "answer:"},
        {"accepted", "answer:"},
        {"answers", "answer:"},
        {"anwser", "answer:"},
        {"awnser", "answer:"},
        {"anser", "answer:"},
        {"correct", "right:\" or \"answer:"},
        {"incorrect", "wrong:"},
        {"feedback", "right:\" or \"wrong:"},
        {"identifier", "id:"}};
    const auto found = std::find_if(std::begin(known), std::end(known),
                                    [&](const auto& one) { return one.first == pair.key; });
    return found == std::end(known) ? std::nullopt : std::optional(std::string(found->second));
}

class Reader {
public:
    explicit Reader(std::string_view text) : lines_(split(text, '\n')) {
        for (auto& line : lines_) {
            if (line.ends_with('\r')) line.pop_back();
        }
    }

    Result<Lesson> read(const std::string& name) {
        head();
        for (; at_ < lines_.size(); ++at_) body_line(lines_[at_]);
        auto found = check_lesson(lesson_, question_lines_);
        problems_.insert(problems_.end(), found.begin(), found.end());
        if (has_errors(problems_)) return fail(problems_error(problems_, name));
        return std::move(lesson_);
    }

private:
    enum class Place { introduction, page, question, finish };
    // How the answers of a question are given: one way for each question.
    enum class Answers { none, choice, pairs, order, words };

    void complain(std::string code, std::string message) {
        problems_.push_back(
            {Problem::Severity::error, std::move(code), "", std::move(message), static_cast<int>(at_) + 1});
    }

    void head() {
        while (at_ < lines_.size() && trim(lines_[at_]).empty()) ++at_;
        if (at_ == lines_.size() || trim(lines_[at_]) != "---") return;
        for (++at_; at_ < lines_.size() && trim(lines_[at_]) != "---"; ++at_) {
            if (trim(lines_[at_]).empty()) continue;
            const auto pair = key_value(lines_[at_]);
            if (!pair || !head_value(*pair))
                complain("head_line",
                         "The head has lines such as \"title: ...\"; known are title, language, "
                         "description, minutes, pass-mark and requirements.");
        }
        if (at_ == lines_.size())
            complain("head_open", "The head that begins with --- has no line of --- at its end.");
        ++at_;
    }

    bool head_value(const KeyValue& pair) {
        const auto& [key, value] = pair;
        if (key == "title") {
            lesson_.title = value;
        } else if (key == "language") {
            lesson_.language = value;
        } else if (key == "description") {
            lesson_.description = value;
        } else if (key == "requirements") {
            lesson_.requirements = list_of(value, ',');
        } else if (key == "minutes") {
            const auto minutes = number(value);
            if (!minutes || *minutes < 0 || *minutes > 6000)
                complain("minutes_invalid", "\"minutes\" needs a number, for example 10.");
            else
                lesson_.minutes = static_cast<int>(*minutes);
        } else if (key == "pass-mark" || key == "pass_mark") {
            lesson_.pass_mark = share(value);
            if (!lesson_.pass_mark)
                complain("pass_mark_invalid", "\"pass-mark\" needs a share such as 80 % or 0.8.");
        } else {
            return false;
        }
        return true;
    }

    void body_line(const std::string& line) {
        const auto trimmed = trim(line);
        if (trimmed.starts_with("```") || trimmed.starts_with("~~~")) in_code_ = !in_code_;
        const auto level = in_code_ ? std::string::npos : line.find_first_not_of('#');
        const bool heading = level != std::string::npos && level > 0 && level <= 6 && line[level] == ' ';
        if (heading && begins_part(level, trim(std::string_view(line).substr(level)))) return;
        switch (place_) {
            case Place::introduction:
                lesson_.introduction += line + '\n';
                break;
            case Place::page:
                lesson_.pages.back().text += line + '\n';
                break;
            case Place::finish:
                lesson_.finish += line + '\n';
                break;
            case Place::question:
                question_line(lesson_.questions.back(), line);
        }
    }

    bool begins_part(std::size_t level, const std::string& title) {
        constexpr std::string_view mark = "question:";
        if (lower_ascii(title).starts_with(mark)) {
            auto& question = lesson_.questions.emplace_back();
            question.prompt = trim(std::string_view(title).substr(mark.size()));
            question_lines_.push_back(static_cast<int>(at_) + 1);
            answers_ = Answers::none;
            mixed_ = false;
            plain_bullet_ = 0;
            place_ = Place::question;
            return true;
        }
        if (level != 1) return false;
        if (lower_ascii(title) == "finish") {
            place_ = Place::finish;
        } else if (lesson_.title.empty() && lesson_.pages.empty() && trim(lesson_.introduction).empty()) {
            lesson_.title = title;  // a file without a head: its first heading is the lesson's
        } else {
            lesson_.pages.push_back({title, ""});
            place_ = Place::page;
        }
        return true;
    }

    void question_line(LessonQuestion& question, const std::string& line) {
        const auto text = trim(line);
        if (const auto pair = key_value(text); pair && !in_code_ && question_value(question, *pair)) return;
        if (!in_code_ && option(question, text)) return;
        constexpr std::string_view bullets[] = {"- ", "* ", "+ ", "-[", "*[", "[ ]", "[x]", "[X]"};
        const bool bullet = !in_code_ && std::any_of(std::begin(bullets), std::end(bullets),
                                                     [&](auto mark) { return text.starts_with(mark); });
        // A list may explain a question before its answers; among them it is an answer without its mark.
        if (bullet && answers_ != Answers::none && answers_ != Answers::words)
            mixed();
        else if (bullet)
            plain_bullet_ = at_ + 1;
        question.details += line + '\n';
    }

    // Whether this line's answers go with those before. Said once for each question.
    bool given_by(Answers kind) {
        const bool after_bullet = answers_ == Answers::none && plain_bullet_ == at_ && at_ > 0;
        if (answers_ == Answers::none) answers_ = kind;
        if (answers_ != kind || after_bullet) mixed();
        return answers_ == kind;
    }

    void mixed() {
        if (std::exchange(mixed_, true)) return;
        complain(
            "mixed_answers",
            "The answers of this question are given in more than one way. Keep to lines of \"- [ ]\" and "
            "\"- [x]\", or to lines of \"- left => right\", or to a numbered list, or to \"answer:\"; "
            "another list stands before the answers, in lines of \"- \" and an empty line after them, or on "
            "a page.");
    }

    bool question_value(LessonQuestion& question, const KeyValue& pair) {
        using Type = LessonQuestion::Type;
        plain_bullet_ = 0;
        const auto& [key, value] = pair;
        if (key == "id") {
            question.id = value;
        } else if (key == "requirements") {
            question.requirements = list_of(value, ',');
        } else if (key == "right") {
            question.right = value;
        } else if (key == "wrong") {
            question.wrong = value;
        } else if (key == "answer") {
            if (answers_ == Answers::words)
                complain("answer_twice",
                         "This question has two lines \"answer:\". Put | between words that "
                         "are all right.");
            if (!given_by(Answers::words)) return true;
            const auto word = lower_ascii(value);
            if (word == "true" || word == "false") {
                question.type = Type::true_false;
                question.answer = word == "true";
            } else {
                question.type = Type::text;
                question.accepted = list_of(value, '|');
            }
        } else if (key == "type" && lower_ascii(value) == "multiple") {
            if (given_by(Answers::choice)) question.type = Type::multiple;
        } else if (key == "type" && !value.empty() && value.find(' ') == std::string::npos) {
            complain(
                "question_type",
                "\"type:\" is only for \"multiple\": every other kind of question is known by its answers.");
        } else if (const auto meant = key_meant_by(pair)) {
            complain("question_key", "\"" + key + ":\" is not known here; \"" + *meant +
                                         "\" is. To show it as text, make the word **bold**.");
        } else {
            return false;
        }
        return true;
    }

    // "- [x] right", "- [ ] wrong"; "- left => right"; "1. first"
    bool option(LessonQuestion& question, const std::string& text) {
        using Type = LessonQuestion::Type;
        const bool bullet = text.starts_with("- ") || text.starts_with("* ");
        const auto rest = bullet ? trim(std::string_view(text).substr(2)) : std::string{};
        const auto mark = lower_ascii(rest.substr(0, 3));
        if (mark == "[x]" || mark == "[ ]") {
            if (!given_by(Answers::choice)) return true;
            const bool correct = mark == "[x]";
            for (const auto& other : question.options) {
                if (correct && other.correct) question.type = Type::multiple;
            }
            question.options.push_back({trim(std::string_view(rest).substr(3)), correct, ""});
            return true;
        }
        if (const auto arrow = rest.find("=>"); bullet && arrow != std::string::npos) {
            if (!given_by(Answers::pairs)) return true;
            question.type = Type::match;
            question.options.push_back({trim(std::string_view(rest).substr(0, arrow)), false,
                                        trim(std::string_view(rest).substr(arrow + 2))});
            return true;
        }
        const auto digits = text.find_first_not_of("0123456789");
        if (digits != std::string::npos && digits > 0 && digits < 4 && text.substr(digits, 2) == ". ") {
            if (!given_by(Answers::order)) return true;
            question.type = Type::order;
            question.options.push_back({trim(std::string_view(text).substr(digits + 2)), false, ""});
            return true;
        }
        return false;
    }

    std::vector<std::string> lines_;
    std::size_t at_ = 0;
    Lesson lesson_;
    std::vector<int> question_lines_;
    Problems problems_;
    Place place_ = Place::introduction;
    Answers answers_ = Answers::none;
    bool mixed_ = false;            // and said so
    std::size_t plain_bullet_ = 0;  // the line of the question's last one, from 1
    bool in_code_ = false;
};

}  // namespace

Result<Lesson> read_lesson_markdown(std::string_view text, const std::string& name) {
    return Reader(text).read(name);
}

}  // namespace capbridge::scorm
