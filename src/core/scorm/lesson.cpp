#include "core/scorm/lesson.hpp"

#include <algorithm>
#include <set>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/scorm/rich_text.hpp"

namespace capbridge::scorm {
namespace {

constexpr std::size_t most_questions = 200, most_options = 26;  // an option is a letter in SCORM 1.2

bool is_id(const std::string& id) {
    return !id.empty() && id.size() <= 60 && id.front() != '-' &&
           std::all_of(id.begin(), id.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
           });
}

// By what it asks, so that a question put in before it changes nothing.
std::string made_id(const LessonQuestion& question) {
    return "q-" + sha256_hex(markdown_words(question.prompt)).substr(0, 8);
}

class Checker {
public:
    Checker(Lesson& lesson, const std::vector<int>& lines) : lesson_(lesson), lines_(lines) {}

    Problems check() {
        if (collapse_spaces(lesson_.title).empty())
            complain("title_missing", "/title", "The lesson has no title.");
        if (lesson_.pages.empty() && lesson_.questions.empty())
            complain(
                "lesson_empty", "",
                "The lesson has no page and no question. In Markdown a page begins with '# ' and a title, a "
                "question with '## Question: '; docs/building-packages.md shows a whole lesson.");
        if (lesson_.questions.size() > most_questions)
            complain("too_many_questions", "/questions",
                     "A lesson has at most 200 questions. Make two lessons of it.");
        if (lesson_.pass_mark && !(*lesson_.pass_mark >= 0 && *lesson_.pass_mark <= 1))
            complain("pass_mark_invalid", "/pass_mark",
                     "The pass mark is a share from 0 to 1, or a percentage.");
        std::set<std::string> ids;
        for (std::size_t i = 0; i < lesson_.questions.size(); ++i) {
            at_ = "/questions/" + std::to_string(i);
            line_ = i < lines_.size() ? lines_[i] : 0;
            auto& question = lesson_.questions[i];
            if (question.id.empty()) question.id = made_id(question);
            if (!is_id(question.id))
                complain("question_id_invalid", at_ + "/id",
                         "A question's id has letters, digits and hyphens, at most 60 of them.");
            if (!ids.insert(question.id).second)
                complain(
                    "question_id_duplicate", at_,
                    "Two questions have the id " + question.id + ", or ask the same. Give one another id.");
            check_question(question);
        }
        return std::move(problems_);
    }

private:
    void complain(std::string code, std::string pointer, std::string message) {
        problems_.push_back(
            {Problem::Severity::error, std::move(code), std::move(pointer), std::move(message), line_});
    }

    void check_question(const LessonQuestion& question) {
        using Type = LessonQuestion::Type;
        if (trim(question.prompt).empty()) complain("prompt_missing", at_, "The question asks nothing.");
        const bool by_options = question.type != Type::true_false && question.type != Type::text;
        if (by_options && (question.options.size() < 2 || question.options.size() > most_options))
            complain("options_count", at_, "This question needs from 2 to 26 answers to choose from.");
        for (const auto& option : question.options) {
            if (trim(option.text).empty() || (question.type == Type::match && trim(option.goes_with).empty()))
                complain("option_empty", at_, "One of the answers is empty.");
        }
        const auto right = std::count_if(question.options.begin(), question.options.end(),
                                         [](const LessonOption& option) { return option.correct; });
        if (question.type == Type::single && right != 1)
            complain("correct_answer", at_, "Mark exactly one answer as right.");
        if (question.type == Type::multiple && right == 0)
            complain("correct_answer", at_, "Mark at least one answer as right.");
        if (question.type == Type::text) check_accepted(question);
    }

    void check_accepted(const LessonQuestion& question) {
        if (question.accepted.empty()) complain("correct_answer", at_, "Say which words are right.");
        for (const auto& words : question.accepted) {
            if (trim(words).empty() || words.size() > 200)
                complain("correct_answer", at_,
                         "Words that are right must not be empty or longer than 200 bytes.");
        }
    }

    Lesson& lesson_;
    const std::vector<int>& lines_;
    Problems problems_;
    std::string at_;
    int line_ = 0;
};

}  // namespace

std::vector<std::string> Lesson::all_requirements() const {
    std::vector<std::string> all;
    const auto add = [&](const std::vector<std::string>& ids) {
        for (const auto& id : ids) {
            if (std::find(all.begin(), all.end(), id) == all.end()) all.push_back(id);
        }
    };
    add(requirements);
    for (const auto& question : questions) add(question.requirements);
    return all;
}

Problems check_lesson(Lesson& lesson, const std::vector<int>& lines) {
    return Checker(lesson, lines).check();
}

Result<Lesson> read_lesson(std::string_view text, const std::string& name) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    if (!is_utf8(text)) return fail("invalid_utf8", "The file is not UTF-8 text. Save it as UTF-8.", name);
    return trim(text.substr(0, 100)).starts_with('{') ? read_lesson_json(text, name)
                                                      : read_lesson_markdown(text, name);
}

}  // namespace capbridge::scorm
