// A lesson as JSON: config/schemas/lesson.schema.json says its shape.
#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/embedded.hpp"
#include "core/base/json.hpp"
#include "core/scorm/lesson.hpp"

namespace capbridge::scorm {
namespace {

std::vector<std::string> strings(const json& object, const char* member) {
    const auto list = object.find(member);
    return list == object.end() ? std::vector<std::string>{} : list->get<std::vector<std::string>>();
}

LessonQuestion::Type type_of(const std::string& word) {
    using Type = LessonQuestion::Type;
    return word == "multiple"     ? Type::multiple
           : word == "true-false" ? Type::true_false
           : word == "order"      ? Type::order
           : word == "match"      ? Type::match
           : word == "text"       ? Type::text
                                  : Type::single;
}

// Answers of a kind that the question's type does not have would be lost, or be taken for others.
Problems check_members(const json& question, const std::string& pointer) {
    static constexpr std::pair<const char*, const char*> members[] = {
        {"single", "options"}, {"multiple", "options"},  {"order", "items"},
        {"match", "pairs"},    {"true-false", "answer"}, {"text", "accept"}};
    const auto type = get_string(question, "type");
    const char* own = "";
    for (const auto& [of, member] : members) {
        if (type == of) own = member;
    }
    Problems problems;
    const auto complain = [&](const char* code, const std::string& where, std::string message) {
        problems.push_back({Problem::Severity::error, code, where, std::move(message), 0});
    };
    for (const char* member : {"options", "items", "pairs", "answer", "accept"}) {
        if (question.contains(member) && std::string_view(member) != own)
            complain("mixed_answers", pointer + "/" + member,
                     "A question of type \"" + type + "\" has its answers in \"" + own + "\", not in \"" +
                         member + "\".");
    }
    if (type == "true-false" && !question.contains("answer"))
        complain("correct_answer", pointer, "Say with \"answer\" whether it is true or false.");
    return problems;
}

LessonQuestion question_of(const json& from) {
    LessonQuestion question;
    question.type = type_of(get_string(from, "type"));
    question.id = get_string(from, "id");
    question.prompt = get_string(from, "prompt");
    question.details = get_string(from, "details");
    question.right = get_string(from, "right");
    question.wrong = get_string(from, "wrong");
    question.answer = from.value("answer", false);
    question.accepted = strings(from, "accept");
    question.requirements = strings(from, "requirements");
    for (const auto& option : from.value("options", json::array()))
        question.options.push_back({get_string(option, "text"), option.value("correct", false), ""});
    for (const auto& item : strings(from, "items")) question.options.push_back({item, false, ""});
    for (const auto& pair : from.value("pairs", json::array()))
        question.options.push_back({get_string(pair, "left"), false, get_string(pair, "right")});
    return question;
}

}  // namespace

Result<Lesson> read_lesson_json(std::string_view text, const std::string& name) {
    auto document = parse_json(text);
    if (!document) {
        auto error = document.error();
        error.where = name;
        return fail(std::move(error));
    }
    const auto* file = find_embedded(embedded_config(), "schemas/lesson.schema.json");
    auto problems = validate_json(*document, json::parse(file->bytes), text);
    if (has_errors(problems)) return fail(problems_error(problems, name));

    Lesson lesson;
    lesson.title = get_string(*document, "title");
    lesson.language = get_string(*document, "language");
    lesson.description = get_string(*document, "description");
    lesson.introduction = get_string(*document, "introduction");
    lesson.finish = get_string(*document, "finish");
    lesson.minutes = document->value("minutes", 0);
    if (const auto mark = document->find("pass_mark"); mark != document->end())
        lesson.pass_mark = mark->get<double>();
    lesson.requirements = strings(*document, "requirements");
    for (const auto& page : document->value("pages", json::array()))
        lesson.pages.push_back({get_string(page, "title"), get_string(page, "text")});
    for (const auto& question : document->value("questions", json::array())) {
        auto found = check_members(question, "/questions/" + std::to_string(lesson.questions.size()));
        std::move(found.begin(), found.end(), std::back_inserter(problems));
        lesson.questions.push_back(question_of(question));
    }
    if (const auto words = document->find("words"); words != document->end())
        lesson.words = words->get<std::map<std::string, std::string>>();
    auto found = check_lesson(lesson);
    std::move(found.begin(), found.end(), std::back_inserter(problems));
    locate(problems, text);
    if (has_errors(problems)) return fail(problems_error(problems, name));
    return lesson;
}

}  // namespace capbridge::scorm
