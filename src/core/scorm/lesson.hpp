// A lesson: text and questions that a person wrote in one Markdown or JSON file, and the pages made of it
// (start, content, self-check, finish). docs/building-packages.md describes both forms,
// config/schemas/lesson.schema.json the JSON. Nobody needs to write HTML, and nobody can: everything but
// Markdown is shown as the text that it is. Values; pure; any thread.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/problem.hpp"
#include "core/scorm/build.hpp"

namespace capbridge::scorm {

struct LessonOption {
    std::string text;  // Markdown, inline
    bool correct = false;
    std::string goes_with;  // match: what belongs to it
};

struct LessonQuestion {
    enum class Type { single, multiple, true_false, order, match, text };
    Type type = Type::single;
    std::string id;                     // letters, digits, hyphens: of the interaction
    std::string prompt;                 // Markdown, inline
    std::string details;                // Markdown, shown below the prompt
    std::vector<LessonOption> options;  // order: in the right order
    bool answer = false;                // true_false
    std::vector<std::string> accepted;  // text: each is right
    std::string right, wrong;           // Markdown, inline: feedback
    std::vector<std::string> requirements;
};

struct LessonPage {
    std::string title, text;  // text: Markdown
};

struct Lesson {
    std::string title, language, description;
    std::string introduction, finish;  // Markdown
    int minutes = 0;
    std::optional<double> pass_mark;  // 0..1
    std::vector<std::string> requirements;
    std::vector<LessonPage> pages;
    std::vector<LessonQuestion> questions;
    std::map<std::string, std::string> words;  // of the pages themselves, in another language

    // Its own and those of its questions, each once.
    [[nodiscard]] std::vector<std::string> all_requirements() const;
};

// JSON when the text begins with a brace, Markdown otherwise. `name` is how messages call the file. Error
// "invalid_document" lists all problems with their lines.
Result<Lesson> read_lesson(std::string_view text, const std::string& name);
Result<Lesson> read_lesson_json(std::string_view text, const std::string& name);
Result<Lesson> read_lesson_markdown(std::string_view text, const std::string& name);
// What both forms have to keep to: ids, answers, counts. Fills in ids that are not given. `lines` has the
// line of each question where it is known.
Problems check_lesson(Lesson& lesson, const std::vector<int>& lines = {});

// The part of a package that shows the lesson: index.html, the pages' script and style.
BuildPart lesson_part(const Lesson& lesson);
// Whether the pass mark of a lesson that says none is needed: it has questions.
inline constexpr double default_pass_mark = 0.8;

}  // namespace capbridge::scorm
