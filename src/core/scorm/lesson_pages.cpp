// The pages of a lesson: one index.html with a section for each page, which config/pages/lesson.js shows one
// at a time. Without scripts everything can still be read. All text of the author passes through rich_text.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/embedded.hpp"
#include "core/base/json.hpp"
#include "core/base/text.hpp"
#include "core/scorm/lesson.hpp"
#include "core/scorm/rich_text.hpp"

namespace capbridge::scorm {
namespace {

using Type = LessonQuestion::Type;

std::string letter(std::size_t i) {
    return std::string(1, static_cast<char>('a' + i));
}

std::string_view interaction_type(Type type) {
    switch (type) {
        case Type::single:
        case Type::multiple:
            return "choice";
        case Type::true_false:
            return "true-false";
        case Type::order:
            return "sequencing";
        case Type::match:
            return "matching";
        case Type::text:
            break;
    }
    return "fill-in";
}

// The options as they are shown, each with where it stands in the source. What is to be put in order, or to
// be matched, must not be shown in the order that is right: it is sorted by its words.
std::vector<std::size_t> shown_order(const LessonQuestion& question) {
    std::vector<std::size_t> order(question.options.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    if (question.type == Type::order) {
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return question.options[a].text < question.options[b].text;
        });
    }
    return order;
}

// The right-hand sides, each once, sorted.
std::vector<std::string> targets_of(const LessonQuestion& question) {
    std::set<std::string> targets;
    for (const auto& option : question.options) targets.insert(option.goes_with);
    return {targets.begin(), targets.end()};
}

class Pages {
public:
    explicit Pages(const Lesson& lesson) : lesson_(lesson) {}

    std::string html() {
        const auto title = escape_html(lesson_.title);
        const auto language = lesson_.language.empty() ? std::string("en-GB") : lesson_.language;
        out_ =
            "<!doctype html>\n<html lang=\"" + escape_html(language) +
            "\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
            title +
            "</title>\n<link rel=\"stylesheet\" href=\"capbridge-lesson.css\">\n"
            "<script src=\"capbridge-scorm.js\"></script>\n"
            "<script src=\"capbridge-lesson.js\" defer></script>\n</head>\n<body>\n"
            "<a class=\"skip\" href=\"#main\">" +
            word("skip", "Skip to the text") + "</a>\n<header>\n<h1>" + title +
            "</h1>\n<div id=\"progress\"></div>\n</header>\n<main id=\"main\">\n"
            "<div id=\"notice\" class=\"box\" role=\"status\" hidden></div>\n<noscript><p class=\"box\">" +
            word("noScript", "Scripts are switched off: you can read everything, but nothing is recorded.") +
            "</p></noscript>\n";
        start();
        for (const auto& page : lesson_.pages) {
            section("page", markdown_inline(page.title));
            out_ += markdown_html(page.text) + "</section>\n";
        }
        if (!lesson_.questions.empty()) check();
        finish();
        out_ += "<nav id=\"steps\" aria-label=\"" + word("steps", "Pages") + "\"></nav>\n</main>\n" +
                "<script type=\"application/json\" id=\"lesson-data\">" + data() +
                "</script>\n</body>\n</html>\n";
        return std::move(out_);
    }

private:
    [[nodiscard]] std::string word(const char* key, std::string_view english) const {
        const auto own = lesson_.words.find(key);
        return escape_html(own == lesson_.words.end() ? english : std::string_view(own->second));
    }

    void section(const char* kind, const std::string& heading) {
        const auto number = std::to_string(++sections_);
        out_ += "<section class=\"page\" data-kind=\"" + std::string(kind) + "\" aria-labelledby=\"h-" +
                number + "\">\n<h2 id=\"h-" + number + "\" tabindex=\"-1\">" + heading + "</h2>\n";
    }

    void start() {
        section("start", word("startTitle", "Before you start"));
        if (!trim(lesson_.introduction).empty()) {
            out_ += markdown_html(lesson_.introduction);
        } else if (!trim(lesson_.description).empty()) {
            out_ += "<p>" + escape_html(lesson_.description) + "</p>\n";
        }
        if (lesson_.minutes > 0) {
            auto text = word("minutes", "It takes about {n} minutes.");
            if (const auto at = text.find("{n}"); at != std::string::npos)
                text.replace(at, 3, std::to_string(lesson_.minutes));
            out_ += "<p>" + text + "</p>\n";
        }
        out_ += "</section>\n";
    }

    void check() {
        section("check", word("checkTitle", "Check yourself"));
        out_ +=
            "<form id=\"check\" novalidate>\n"
            "<div id=\"summary\" class=\"box\" tabindex=\"-1\" role=\"status\"></div>\n";
        for (std::size_t i = 0; i < lesson_.questions.size(); ++i) question(lesson_.questions[i], i + 1);
        out_ += "<p><button type=\"submit\">" + word("check", "Check my answers") +
                "</button></p>\n</form>\n</section>\n";
    }

    // What is inside of a question is called after it and a full stop, which no question's id has: the option
    // "a" of q1 is not the question q1-a.
    void question(const LessonQuestion& q, std::size_t number) {
        const auto id = "q-" + q.id;
        out_ += "<fieldset class=\"question\" id=\"" + id + "\" data-id=\"" + q.id + "\">\n<legend>" +
                std::to_string(number) + ". " + markdown_inline(q.prompt) + "</legend>\n";
        if (!trim(q.details).empty()) out_ += markdown_html(q.details);
        if (q.type == Type::multiple)
            out_ += "<p class=\"aside\">" + word("several", "More than one may be right.") + "</p>\n";
        controls(q, id);
        out_ += "<div class=\"feedback\" id=\"" + id + ".feedback\" hidden><p><strong></strong> " +
                "<span class=\"when-right\">" + markdown_inline(q.right) +
                "</span><span class=\"when-wrong\">" + markdown_inline(q.wrong) +
                "</span></p></div>\n</fieldset>\n";
    }

    void controls(const LessonQuestion& q, const std::string& id) {
        switch (q.type) {
            case Type::single:
            case Type::multiple:
                for (std::size_t i = 0; i < q.options.size(); ++i)
                    tick(id, q.type == Type::single ? "radio" : "checkbox", letter(i),
                         markdown_inline(q.options[i].text));
                break;
            case Type::true_false:
                tick(id, "radio", "true", word("true", "True"));
                tick(id, "radio", "false", word("false", "False"));
                break;
            case Type::order:
                order(q, id);
                break;
            case Type::match:
                match(q, id);
                break;
            case Type::text:
                out_ += "<div class=\"row\"><label for=\"" + id + ".text\">" +
                        word("yourAnswer", "Your answer") + "</label><input type=\"text\" id=\"" + id +
                        ".text\" name=\"" + id + "\" maxlength=\"200\" autocomplete=\"off\"></div>\n";
        }
    }

    void tick(const std::string& id, const char* type, const std::string& value, const std::string& label) {
        out_ += "<div class=\"choice\"><input type=\"" + std::string(type) + "\" name=\"" + id + "\" id=\"" +
                id + "." + value + "\" value=\"" + value + "\"><label for=\"" + id + "." + value + "\">" +
                label + "</label></div>\n";
    }

    // One thing with a list to choose from.
    void row(const std::string& id, const std::string& name, const std::string& label,
             const std::vector<std::pair<std::string, std::string>>& choices) {
        out_ += "<div class=\"row\"><label for=\"" + id + "." + name + "\">" + label +
                "</label><select id=\"" + id + "." + name + "\" name=\"" + id + "." + name +
                "\"><option value=\"\">" + word("choose", "Choose") + "</option>";
        for (const auto& [value, text] : choices)
            out_ += "<option value=\"" + value + "\">" + escape_html(text) + "</option>";
        out_ += "</select></div>\n";
    }

    void order(const LessonQuestion& q, const std::string& id) {
        std::vector<std::pair<std::string, std::string>> places;
        for (std::size_t i = 1; i <= q.options.size(); ++i)
            places.emplace_back(std::to_string(i), std::to_string(i));
        const auto shown = shown_order(q);
        for (std::size_t i = 0; i < shown.size(); ++i)
            row(id, letter(i), markdown_inline(q.options[shown[i]].text), places);
    }

    void match(const LessonQuestion& q, const std::string& id) {
        std::vector<std::pair<std::string, std::string>> choices;
        for (const auto& target : targets_of(q))
            choices.emplace_back(std::to_string(choices.size() + 1), markdown_words(target));
        for (std::size_t i = 0; i < q.options.size(); ++i)
            row(id, letter(i), markdown_inline(q.options[i].text), choices);
    }

    void finish() {
        section("finish", word("finishTitle", "Finish"));
        out_ +=
            "<div id=\"result\"></div>\n<div id=\"covered\" hidden><h3>" +
            word("requirements", "What this covers") + "</h3><ul id=\"objectives\"></ul></div>\n" +
            markdown_html(lesson_.finish) + "<p><button type=\"button\" id=\"leave\">" +
            word("leave", "Save and leave") +
            "</button></p>\n<p id=\"left\" class=\"box\" role=\"status\" tabindex=\"-1\"></p>\n</section>\n";
    }

    // What the script needs: which answers are right is there for everybody who looks, as in every package
    // that marks itself.
    [[nodiscard]] std::string data() const {
        ordered_json out{{"title", lesson_.title},
                         {"passMark", lesson_.pass_mark.value_or(default_pass_mark)},
                         {"words", lesson_.words},
                         {"questions", ordered_json::array()}};
        for (const auto& q : lesson_.questions) out["questions"].push_back(question_data(q));
        std::string text = out.dump();
        std::string safe;
        for (const char c : text) safe += c == '<' ? std::string("\\u003c") : std::string(1, c);
        return safe;
    }

    static ordered_json question_data(const LessonQuestion& q) {
        ordered_json out{{"id", q.id},
                         {"type", interaction_type(q.type)},
                         {"title", markdown_words(q.prompt)},
                         {"requirements", q.requirements},
                         {"choices", ordered_json::array()}};
        const auto shown = shown_order(q);
        for (std::size_t i = 0; i < shown.size(); ++i)
            out["choices"].push_back(
                ordered_json{{"id", letter(i)}, {"text", markdown_words(q.options[shown[i]].text)}});
        ordered_json correct = ordered_json::array();
        ordered_json parts = ordered_json::array();
        switch (q.type) {
            case Type::single:
            case Type::multiple:
                for (std::size_t i = 0; i < q.options.size(); ++i) {
                    if (q.options[i].correct) parts.push_back(letter(i));
                }
                break;
            case Type::true_false:
                parts.push_back(q.answer ? "true" : "false");
                break;
            case Type::order:
                for (std::size_t i = 0; i < q.options.size(); ++i) {
                    const auto at = std::find(shown.begin(), shown.end(), i) - shown.begin();
                    parts.push_back(letter(static_cast<std::size_t>(at)));
                }
                break;
            case Type::match: {
                const auto targets = targets_of(q);
                out["targets"] = ordered_json::array();
                for (std::size_t i = 0; i < targets.size(); ++i)
                    out["targets"].push_back(
                        ordered_json{{"id", std::to_string(i + 1)}, {"text", markdown_words(targets[i])}});
                for (std::size_t i = 0; i < q.options.size(); ++i) {
                    const auto at =
                        std::find(targets.begin(), targets.end(), q.options[i].goes_with) - targets.begin();
                    parts.push_back(ordered_json::array({letter(i), std::to_string(at + 1)}));
                }
                break;
            }
            case Type::text:
                for (const auto& words : q.accepted)
                    correct.push_back(ordered_json::array({collapse_spaces(words)}));
                break;
        }
        if (q.type != Type::text) correct.push_back(std::move(parts));
        out["correct"] = std::move(correct);
        return out;
    }

    const Lesson& lesson_;
    std::string out_;
    int sections_ = 0;
};

std::string page_file(std::string_view name) {
    const auto* file = find_embedded(embedded_config(), "pages/" + std::string(name));
    return file ? std::string(file->bytes) : std::string{};
}

}  // namespace

BuildPart lesson_part(const Lesson& lesson) {
    BuildPart part;
    part.title = lesson.title;
    part.description = lesson.description;
    part.minutes = lesson.minutes;
    part.requirements = lesson.all_requirements();
    // What is only read cannot be passed.
    if (!lesson.questions.empty()) part.mastery_score = lesson.pass_mark.value_or(default_pass_mark);
    for (const auto& question : lesson.questions)
        part.interactions.push_back({question.id, std::string(interaction_type(question.type)),
                                     markdown_words(question.prompt), question.requirements});
    part.content = {text_file("index.html", Pages(lesson).html()),
                    text_file("capbridge-lesson.js", page_file("lesson.js")),
                    text_file("capbridge-lesson.css", page_file("lesson.css"))};
    return part;
}

}  // namespace capbridge::scorm
