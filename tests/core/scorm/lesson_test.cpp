// Lessons from Markdown and JSON, and the pages made of them.
#include "core/scorm/lesson.hpp"

#include <gtest/gtest.h>

#include <set>

#include "core/scorm/builds.hpp"
#include "core/scorm/rich_text.hpp"

namespace capbridge::scorm {
namespace {

using namespace test;
using Type = LessonQuestion::Type;

constexpr const char* markdown = R"(---
title: Reading
language: cy
minutes: 12
pass-mark: 75 %
requirements: r-1, r-2
---
Before.

# One
Text.

```
# not a page
## Question: not one either
```

## Question: Which?
id: which
requirements: r-3
Look at this:
- [x] A
- [ ] B
right: Yes.

# Two
More.

### QUESTION: Both?
- [x] A
- [x] B
- [ ] C

## Question: In order?
1. first
2. second

## Question: Who?
- a => b
- c => d

## Question: True?
answer: false

## Question: Word?
answer: one | two words

# Finish
Bye.
)";

Lesson read(std::string_view text) {
    const auto lesson = read_lesson(text, "lesson");
    EXPECT_TRUE(lesson) << (lesson ? "" : lesson.error().text());
    return lesson ? *lesson : Lesson{};
}

std::string index_html(const Lesson& lesson) {
    auto part = lesson_part(lesson);
    const auto& bytes = *part.content.front().bytes;
    std::string html(static_cast<std::size_t>(bytes.size()), '\0');
    EXPECT_TRUE(bytes.read(0, std::span(html.data(), html.size())));
    return html;
}

TEST(Lesson, ReadsMarkdown) {
    const auto lesson = read(markdown);
    EXPECT_EQ(lesson.title, "Reading");
    EXPECT_EQ(lesson.language, "cy");
    EXPECT_EQ(lesson.minutes, 12);
    EXPECT_EQ(lesson.pass_mark, 0.75);
    ASSERT_EQ(lesson.pages.size(), 2u);
    EXPECT_NE(lesson.pages[0].text.find("# not a page"), std::string::npos);
    EXPECT_EQ(lesson.finish, "Bye.\n\n");
    ASSERT_EQ(lesson.questions.size(), 6u);
    const auto& q = lesson.questions;
    EXPECT_EQ(q[0].id, "which");
    EXPECT_EQ(q[0].type, Type::single);
    EXPECT_EQ(q[0].details, "Look at this:\n\n");
    EXPECT_EQ(q[0].right, "Yes.");
    EXPECT_EQ(q[1].type, Type::multiple);
    EXPECT_EQ(q[2].type, Type::order);
    EXPECT_EQ(q[3].type, Type::match);
    EXPECT_EQ(q[3].options[1].goes_with, "d");
    EXPECT_EQ(q[4].type, Type::true_false);
    EXPECT_FALSE(q[4].answer);
    EXPECT_EQ(q[5].accepted, (std::vector<std::string>{"one", "two words"}));
    EXPECT_EQ(lesson.all_requirements(), (std::vector<std::string>{"r-1", "r-2", "r-3"}));
}

TEST(Lesson, TheFirstHeadingIsTheTitleOfAFileWithoutAHead) {
    const auto lesson = read("\xef\xbb\xbf# The title\r\n\r\nIntroduction.\r\n# Page\r\nText.\r\n");
    EXPECT_EQ(lesson.title, "The title");
    EXPECT_EQ(lesson.pages.size(), 1u);
    EXPECT_NE(lesson.introduction.find("Introduction."), std::string::npos);
}

TEST(Lesson, IdsStayWhenAQuestionIsPutInBefore) {
    const auto one = read("# T\n## Question: Second?\nanswer: true\n");
    const auto two = read("# T\n## Question: First?\nanswer: true\n## Question: Second?\nanswer: true\n");
    EXPECT_EQ(one.questions[0].id, two.questions[1].id);
    EXPECT_NE(two.questions[0].id, two.questions[1].id);
}

TEST(Lesson, ReadsJson) {
    const auto lesson =
        read(R"({"title": "T", "pass_mark": 0.5, "requirements": ["r-1"], "words": {"next": "Nesaf"},
        "pages": [{"title": "P", "text": "x"}], "questions": [
        {"type": "single", "prompt": "a?", "options": [{"text": "x", "correct": true}, {"text": "y"}]},
        {"type": "order", "prompt": "b?", "items": ["x", "y"]},
        {"type": "match", "prompt": "c?", "pairs": [{"left": "x", "right": "y"}, {"left": "z", "right": "y"}]},
        {"type": "true-false", "prompt": "d?", "answer": true},
        {"type": "text", "prompt": "e?", "accept": ["x"], "requirements": ["r-2"]}]})");
    EXPECT_EQ(lesson.questions.size(), 5u);
    EXPECT_EQ(lesson.words.at("next"), "Nesaf");
    EXPECT_EQ(lesson.all_requirements().size(), 2u);
}

TEST(Lesson, ProblemsNameTheirLine) {
    const auto said = [](std::string_view text) {
        const auto lesson = read_lesson(text, "l.md");
        return lesson ? std::string("fine") : lesson.error().text();
    };
    EXPECT_NE(said("---\ntitle: T\n---\n# P\n\n## Question: Which?\n- [ ] a\n- [ ] b\n").find("l.md:6: "),
              std::string::npos);
    EXPECT_NE(said("---\ntitle: T\n---\n## Question: a?\n- [x] a\n").find("from 2 to 26"), std::string::npos);
    EXPECT_NE(said("---\ntitle: T\n---\n## Question:\nanswer: true\n").find("asks nothing"),
              std::string::npos);
    EXPECT_NE(said("---\ntitle: T\n---\n## Question: a?\nanswer: |\n").find("which words"),
              std::string::npos);
    EXPECT_NE(said("---\ntitle: T\n---\n## Question: a?\nid: a b\nanswer: true\n").find("letters, digits"),
              std::string::npos);
    EXPECT_NE(said("---\ntitle: T\ncolour: red\n---\n# P\n").find("l.md:3: "), std::string::npos);
    EXPECT_NE(said("---\ntitle: T\npass-mark: most\n---\n# P\n").find("80 %"), std::string::npos);
    EXPECT_NE(said("---\ntitle: T\n# P\n").find("no line of ---"), std::string::npos);
    EXPECT_NE(said("").find("no title"), std::string::npos);
    EXPECT_NE(said("# Only a title\n").find("no page and no question"), std::string::npos);
    EXPECT_NE(said(R"({"title": "T", "pages": [], "colour": 1})").find("colour"), std::string::npos);
    EXPECT_NE(said(R"({"title": "T", "questions": [{"type": "text", "prompt": "a?"}]})").find("which words"),
              std::string::npos);
    EXPECT_NE(said("{\"title\": ").find("l.md"), std::string::npos);
    EXPECT_EQ(read_lesson("\xff\xfe", "l.md").error().code, "invalid_utf8");
}

// Of the only problem, as "code line"; all of them when there are several.
std::string code_and_line(const std::string& question) {
    const auto lesson = read_lesson("# T\n## Question: Which?\n" + question, "l.md");
    if (lesson) return "fine";
    const auto& text = lesson.error().message;
    const auto code = text.rfind('[');
    if (text.find('\n') != std::string::npos || !text.starts_with("l.md:") || !text.ends_with(']'))
        return text;
    return text.substr(code + 1, text.size() - code - 2) + " " + text.substr(5, text.find(':', 5) - 5);
}

TEST(Lesson, AnswersAreOfOneKind) {
    EXPECT_EQ(code_and_line("- [x] a\n- [ ] b\n1. c\n2. d\n"), "mixed_answers 5");
    EXPECT_EQ(code_and_line("1. c\n2. d\n- [x] a\n- [ ] b\n"), "mixed_answers 5");
    EXPECT_EQ(code_and_line("- a => b\n- c => d\n- [x] e\n"), "mixed_answers 5");
    EXPECT_EQ(code_and_line("- [x] a\n- [ ] b\nanswer: true\n"), "mixed_answers 5");
    EXPECT_EQ(code_and_line("answer: a\n- [x] a\n"), "mixed_answers 4");
    EXPECT_EQ(code_and_line("type: multiple\nanswer: a\n- [x] a\n- [ ] b\n"), "mixed_answers 4");
    // An answer that lost its mark, or a part of it.
    EXPECT_EQ(code_and_line("- [x] a\n- b\n- [ ] c\n"), "mixed_answers 4");
    EXPECT_EQ(code_and_line("- [x] a\n-[ ] b\n- [] c\n- [ ] d\n"), "mixed_answers 4");
    EXPECT_EQ(code_and_line("- b\n- [x] a\n- [ ] c\n- [ ] d\n"), "mixed_answers 4");
    EXPECT_EQ(code_and_line("1. a\n2. b\n- c\n"), "mixed_answers 5");
    EXPECT_EQ(code_and_line("answer: a\nanswer: b\n"), "answer_twice 4");
    // Each question is its own, and a list may stand before the answers, or in code.
    EXPECT_EQ(code_and_line("Think of:\n- x\n- y\n\n- [x] a\n- [ ] b\n## Question: Order?\n1. a\n2. b\n"),
              "fine");
    EXPECT_EQ(code_and_line("- x\n- y\n\ntype: multiple\n- [x] a\n- [ ] b\n"), "fine");
    EXPECT_EQ(code_and_line("- x\nanswer: true\n"), "fine");
    EXPECT_EQ(code_and_line("- [x] a\n- [ ] b\n```\n1. c\n- d\n```\n"), "fine");
}

TEST(Lesson, KeysThatAreMisspeltAreRefused) {
    const std::string options = "- [x] a\n- [ ] b\n";
    for (const char* line : {"requirement: r-1", "Requirement: r-1", "requirments: r-1", "accept: a",
                             "answers: a", "correct: a", "feedback: b", "identifier: x"})
        EXPECT_EQ(code_and_line(line + ("\n" + options)), "question_key 3") << line;
    EXPECT_EQ(code_and_line("type: order\n" + options), "question_type 3");
    const auto told = read_lesson("# T\n## Question: Which?\nrequirement: r\n" + options, "l.md");
    EXPECT_NE(told.error().text().find("\"requirements:\" is"), std::string::npos) << told.error().text();
    for (const char* line :
         {"Note: look twice", "**Requirement:** r-1", "Type: 2 diabetes", "At night: wait"})
        EXPECT_EQ(code_and_line(line + ("\n" + options)), "fine") << line;
}

TEST(Lesson, JsonAnswersAreThoseOfTheType) {
    const auto said = [](const std::string& question) {
        const auto lesson =
            read_lesson(R"({"title": "T", "questions": [{"prompt": "a?", )" + question + "}]}", "l");
        return lesson ? std::string("fine") : lesson.error().message;
    };
    const auto refused = [&](const std::string& question, const std::string& pointer,
                             const std::string& code) {
        const auto text = said(question);
        EXPECT_NE(text.find(pointer + ": "), std::string::npos) << text;
        EXPECT_TRUE(text.ends_with("[" + code + "]")) << text;
    };
    const std::string options = R"("options": [{"text": "x", "correct": true}, {"text": "y"}])";
    EXPECT_EQ(said(R"("type": "single", )" + options), "fine");
    refused(R"("type": "single", "items": ["a"], )" + options, "/questions/0/items", "mixed_answers");
    refused(R"("type": "true-false", "answer": true, )" + options, "/questions/0/options", "mixed_answers");
    refused(R"("type": "order", "items": ["a", "b"], "accept": ["a"])", "/questions/0/accept",
            "mixed_answers");
    refused(R"("type": "true-false")", "/questions/0", "correct_answer");
}

TEST(Lesson, IdsOfAQuestionsPartsAreNoQuestions) {
    std::string text = "# T\n";
    // Whatever a question's parts are called after it, another question may be called so.
    for (const char* id : {"q1", "q1-a", "q1-true", "q1-text", "q1-feedback", "q1-a-feedback"})
        text += std::string("## Question: ") + id + "\nid: " + id + "\n- [x] a\n- [ ] b\n";
    text +=
        "## Question: w\nid: w\nanswer: a\n## Question: t\nid: t\nanswer: true\n"
        "## Question: o\nid: o\n1. a\n2. b\n## Question: m\nid: m\n- a => b\n- c => d\n";
    const auto html = index_html(read(text));
    const std::string mark = " id=\"", label = " for=\"";
    std::set<std::string> ids;
    for (auto at = html.find(mark); at != std::string::npos; at = html.find(mark, at + 1)) {
        const auto begin = at + mark.size();
        const auto id = html.substr(begin, html.find('"', begin) - begin);
        EXPECT_TRUE(ids.insert(id).second) << id;
    }
    for (auto at = html.find(label); at != std::string::npos; at = html.find(label, at + 1)) {
        const auto begin = at + label.size();
        EXPECT_TRUE(ids.contains(html.substr(begin, html.find('"', begin) - begin)));
    }
    for (const char* id : {"q-q1.a", "q-q1-a.a", "q-w.text", "q-t.true", "q-o.b", "q-m.a", "q-q1.feedback"})
        EXPECT_TRUE(ids.contains(id)) << id;
}

TEST(Lesson, NothingThatWasWrittenBecomesMarkup) {
    auto lesson = read(
        "---\ntitle: </title><script>a()</script>\nrequirements: r-1\n---\n<script>b()</script>\n\n# "
        "<i>x</i>\n"
        "<div onclick='c()'>\n\n[j](javascript:d()) ![i](data:text/html,e)\n\n"
        "## Question: <script>f()</script>\nid: q\n- [x] <img src=x onerror=g()>\n- [ ] "
        "</script><script>h()</script>\n"
        "wrong: <b>\n\n## Question: pairs\n- <u> => \"><script>i()</script>\n- y => z\n# "
        "Finish\n<script>j()</script>\n");
    const auto html = index_html(lesson);
    std::size_t scripts = 0;
    for (auto at = html.find("<script"); at != std::string::npos; at = html.find("<script", at + 1))
        ++scripts;
    EXPECT_EQ(scripts, 3u);  // ours: two files and the data
    for (const char* bad : {"<img", "<div onclick", "<i>", "<u>", "<b>", "javascript:", "data:text"})
        EXPECT_EQ(html.find(bad), std::string::npos) << bad;
    const auto data = html.find("id=\"lesson-data\">");
    EXPECT_EQ(html.find('<', data), html.find("</script>", data));
}

TEST(Lesson, ListsWhatIsAskedAndHowMuchIsNeeded) {
    const auto part = lesson_part(read(markdown));
    EXPECT_EQ(part.mastery_score, 0.75);
    ASSERT_EQ(part.interactions.size(), 6u);
    EXPECT_EQ(part.interactions[2].type, "sequencing");
    EXPECT_EQ(part.interactions[0].title, "Which?");
    std::uint64_t bytes = 0;
    for (const auto& file : part.content) bytes += file.bytes->size();
    EXPECT_LT(bytes, 100'000u);
    EXPECT_FALSE(lesson_part(read("# T\n# P\nx\n")).mastery_score);  // nobody can pass what asks nothing
}

TEST(Lesson, BuildsInEveryFormat) {
    const auto framework = small_framework();
    for (const auto& version : all_versions) {
        auto request = request_for(framework, version);
        request.parts = {lesson_part(read(markdown))};
        MemoryTarget zip;
        const auto built = build_package(request, zip);
        ASSERT_TRUE(built) << built.error().text();
        EXPECT_TRUE(inspect(zip).findings.empty());
        const auto wrapper = entry(zip.bytes, "capbridge-scorm.js");
        EXPECT_NE(wrapper.find("\"masteryScore\":0.75"), std::string::npos);
        EXPECT_NE(wrapper.find("window.capbridge"), std::string::npos);
        EXPECT_LT(zip.bytes.size(), 100'000u);
    }
}

TEST(RichText, HeadingsStepDownOneByOne) {
    EXPECT_EQ(markdown_html("# a\n#### b\n## c"), "<h3>a</h3>\n<h4>b</h4>\n<h4>c</h4>\n");
    EXPECT_EQ(markdown_html("### only"), "<h3>only</h3>\n");
}

TEST(RichText, OneLine) {
    EXPECT_EQ(markdown_inline("a *b* <c> & d"), "a <em>b</em> &lt;c&gt; &amp; d");
    EXPECT_EQ(markdown_inline("1. March"), "1. March");
    EXPECT_EQ(markdown_inline(""), "");
    EXPECT_EQ(markdown_words("a *b* `c`\n\n- d"), "a b c d");
}

}  // namespace
}  // namespace capbridge::scorm
