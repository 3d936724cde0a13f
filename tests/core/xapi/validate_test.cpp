#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/xapi/iri.hpp"
#include "core/xapi/statement.hpp"
#include "sample.hpp"

namespace capbridge::xapi {
namespace {

using testing::Contains;
using testing::IsEmpty;

auto problem(const std::string& pointer, const std::string& code) {
    return testing::AllOf(testing::Field(&Problem::pointer, pointer), testing::Field(&Problem::code, code),
                          testing::Field(&Problem::severity, Problem::Severity::error),
                          testing::Field(&Problem::section, testing::StartsWith("xAPI 1.0.3 part 2, ")));
}

const json gone(json::value_t::discarded);

// The full statement with the value at `at` replaced, or taken out.
json with(json statement, const std::string& at, const json& value) {
    const json::json_pointer pointer(at);
    if (value.is_discarded()) {
        auto& parent = statement.at(pointer.parent_pointer());
        if (parent.is_array()) {
            parent.erase(std::stoul(pointer.back()));
        } else {
            parent.erase(pointer.back());
        }
    } else {
        statement[pointer] = value;
    }
    return statement;
}

struct Rule {
    std::string at;
    json good, bad;
    std::string pointer, code;
};

// Each rule: with the good value the full statement passes, with the bad one the problem stands at the
// pointer.
void hold(const std::vector<Rule>& rules) {
    for (const auto& rule : rules) {
        const auto told = rule.at + " = " + (rule.bad.is_discarded() ? "(none)" : rule.bad.dump());
        EXPECT_THAT(validate_statement(with(full_statement(), rule.at, rule.good)), IsEmpty()) << told;
        EXPECT_THAT(validate_statement(with(full_statement(), rule.at, rule.bad)),
                    Contains(problem(rule.pointer, rule.code)))
            << told;
    }
}

TEST(ValidateStatement, AcceptsTheFullAndTheSmallOne) {
    EXPECT_THAT(validate_statement(full_statement()), IsEmpty());
    EXPECT_THAT(validate_statement(small_statement()), IsEmpty());
}

TEST(ValidateStatement, IsAnObjectOfKnownMembersWithoutNulls) {
    for (const char* text : {"null", "[]", "\"x\"", "1"}) {
        EXPECT_THAT(validate_statement(json::parse(text)), testing::ElementsAre(problem("", "type")));
    }
    hold({{"/version", gone, nullptr, "/version", "null"},
          {"/result/response", "", nullptr, "/result/response", "null"},
          {"/version", gone, 1, "/version", "version"},
          {"/actor", {{"mbox", "mailto:a@b"}}, gone, "", "missing"},
          {"/verb", {{"id", "http://e.example/v"}}, gone, "", "missing"},
          {"/object", {{"id", "http://e.example/o"}}, gone, "", "missing"},
          {"/result", json::object(), "x", "/result", "type"},
          {"/context", json::object(), json::array(), "/context", "type"}});
    EXPECT_THAT(validate_statement(with(full_statement(), "/a~1b", 1)),
                Contains(problem("/a~1b", "unknown_member")));
    EXPECT_THAT(validate_statement(with(full_statement(), "/verb/name", 1)),
                Contains(problem("/verb/name", "unknown_member")));
}

TEST(ValidateStatement, PointersBeginWithThePlaceInTheBatch) {
    EXPECT_THAT(validate_statement(json::object(), "/3"), Contains(problem("/3", "missing")));
    EXPECT_THAT(validate_statement(with(small_statement(), "/verb/id", "x"), "/3"),
                testing::ElementsAre(problem("/3/verb/id", "iri")));
}

TEST(ValidateStatement, EveryBreachIsTold) {
    EXPECT_THAT(validate_statement(json::object()), testing::SizeIs(3));
}

TEST(ValidateStatement, IdsAndVersions) {
    hold({{"/id", "6690e6c9-3ef0-4ed3-8b37-7f3964730bee", "6690e6c9", "/id", "uuid"},
          {"/id", gone, 7, "/id", "type"},
          {"/version", "1.0", "1.1.0", "/version", "version"},
          {"/version", "1.0.0", "1.05", "/version", "version"},
          {"/version", "1.0.9", "0.95", "/version", "version"},
          {"/version", "1.0.3-beta", "2.0.0", "/version", "version"},
          {"/version", gone, "", "/version", "version"}});
}

TEST(ValidateStatement, Times) {
    hold({{"/timestamp", "2026-03-01T09:30:00.123Z", "2026-03-01T09:30:00-00:00", "/timestamp", "timestamp"},
          {"/timestamp", "2024-02-29T00:00:00Z", "2026-02-29T00:00:00Z", "/timestamp", "timestamp"},
          {"/timestamp", gone, 1, "/timestamp", "type"},
          {"/stored", gone, "yesterday", "/stored", "timestamp"},
          {"/result/duration", "P1Y2M3DT4H5M6.7S", "5 minutes", "/result/duration", "duration"},
          {"/result/duration", "P4W", "PT", "/result/duration", "duration"}});
}

TEST(ValidateStatement, AnAgentHasExactlyOneIdentifier) {
    const json agent{{"mbox", "mailto:a@trust.example"}};
    hold({{"/actor", agent, {{"name", "A"}}, "/actor", "ifi"},
          {"/actor",
           agent,
           {{"mbox", "mailto:a@trust.example"}, {"openid", "https://id.example/"}},
           "/actor",
           "ifi"},
          {"/actor",
           agent,
           {{"objectType", "Person"}, {"mbox", "mailto:a@trust.example"}},
           "/actor/objectType",
           "object_type"},
          {"/actor",
           agent,
           {{"objectType", 5}, {"mbox", "mailto:a@trust.example"}},
           "/actor/objectType",
           "object_type"},
          {"/actor",
           agent,
           {{"member", json::array()}, {"mbox", "mailto:a@trust.example"}},
           "/actor/member",
           "unknown_member"},
          {"/actor", agent, "mailto:a@trust.example", "/actor", "type"},
          {"/actor/name", "", 5, "/actor/name", "type"},
          {"/actor/mbox", "mailto:x@y", "x@y", "/actor/mbox", "mbox"},
          {"/actor/mbox", "mailto:x@y", "mailto:nobody", "/actor/mbox", "mbox"},
          {"/actor/mbox", "mailto:x@y", "mailto:x y@z", "/actor/mbox", "mbox"},
          {"/actor/mbox", "mailto:x@y", 1, "/actor/mbox", "type"},
          {"/actor/member/2/mbox_sha1sum", "EBD31E95054C018B10727CCFFD2EF2EC3A016EE9", "ebd3",
           "/actor/member/2/mbox_sha1sum", "mbox_sha1sum"},
          {"/actor/member/2/mbox_sha1sum", std::string(40, '0'), std::string(40, 'g'),
           "/actor/member/2/mbox_sha1sum", "mbox_sha1sum"},
          {"/actor/member/1/openid", "https://id.example/c", "me", "/actor/member/1/openid", "iri"},
          {"/actor/member/0/account/homePage", "urn:x:y", "lms.example", "/actor/member/0/account/homePage",
           "iri"},
          {"/actor/member/0/account/homePage", "urn:x:y", gone, "/actor/member/0/account", "missing"},
          {"/actor/member/0/account/name", "", gone, "/actor/member/0/account", "missing"},
          {"/actor/member/0/account/name", "", 17, "/actor/member/0/account/name", "type"},
          {"/actor/member/0/account",
           {{"homePage", "urn:x"}, {"name", "n"}},
           {{"homePage", "urn:x"}, {"name", "n"}, {"id", 1}},
           "/actor/member/0/account/id",
           "unknown_member"}});
}

TEST(ValidateStatement, AGroupHasAnIdentifierOrMembersThatAreAgents) {
    const json members{{{"mbox", "mailto:a@b"}}};
    hold({{"/actor",
           {{"objectType", "Group"}, {"member", members}},
           {{"objectType", "Group"}},
           "/actor",
           "missing"},
          {"/actor",
           {{"objectType", "Group"}, {"openid", "urn:g"}},
           {{"objectType", "Group"}, {"openid", "urn:g"}, {"mbox", "mailto:a@b"}},
           "/actor",
           "ifi"},
          {"/actor/member", members, {{"mbox", "mailto:a@b"}}, "/actor/member", "type"},
          {"/actor/member/0",
           members[0],
           {{"objectType", "Group"}, {"openid", "urn:g"}},
           "/actor/member/0/objectType",
           "object_type"}});
}

TEST(ValidateStatement, VerbsAndLanguageMaps) {
    hold({{"/verb/id", "urn:verb", "completed", "/verb/id", "iri"},
          {"/verb/id", "urn:verb", gone, "/verb", "missing"},
          {"/verb", {{"id", "urn:verb"}}, "urn:verb", "/verb", "type"},
          {"/verb/display", {{"und", "x"}}, "completed", "/verb/display", "type"},
          {"/verb/display",
           {{"zh-Hant-TW", "x"}},
           {{"english language", "x"}},
           "/verb/display/english language",
           "language"},
          {"/verb/display", json::object(), {{"", "x"}}, "/verb/display/", "language"},
          {"/verb/display", {{"en", "x"}}, {{"en", 1}}, "/verb/display/en", "type"}});
}

TEST(ValidateStatement, Activities) {
    const std::string d = "/object/definition";
    hold({{"/object/id", "urn:uuid:x", "course 1", "/object/id", "iri"},
          {"/object/id", "urn:uuid:x", gone, "/object", "missing"},
          {"/object/objectType", gone, "Course", "/object/objectType", "object_type"},
          {"/object/objectType", "Activity", 5, "/object/objectType", "object_type"},
          {d, json::object(), "x", d, "type"},
          {d + "/name", {{"en", "x"}}, "Course", d + "/name", "type"},
          {d + "/description", gone, {{"en", nullptr}}, d + "/description/en", "type"},
          {d + "/type", "urn:type", "course", d + "/type", "iri"},
          {d + "/moreInfo", gone, "more", d + "/moreInfo", "iri"},
          {d + "/extensions", {{"urn:x", nullptr}}, {{"x", 1}}, d + "/extensions/x", "iri"},
          {d + "/extensions", json::object(), json::array(), d + "/extensions", "type"}});
    EXPECT_THAT(validate_statement(with(full_statement(), d + "/title", "x")),
                Contains(problem(d + "/title", "unknown_member")));
}

TEST(ValidateStatement, Interactions) {
    const std::string d = "/object/definition";
    hold({{d + "/interactionType", "other", "guess", d + "/interactionType", "interaction_type"},
          {d + "/interactionType", "sequencing", gone, d, "missing"},
          {d + "/correctResponsesPattern", json::array(), "a", d + "/correctResponsesPattern", "type"},
          {d + "/correctResponsesPattern", gone, {1}, d + "/correctResponsesPattern", "type"},
          {d + "/choices", gone, {{"id", "a"}}, d + "/choices", "type"},
          {d + "/choices/1/id", "c", "a", d + "/choices/1/id", "duplicate"},
          {d + "/choices/1/id", "c", gone, d + "/choices/1", "missing"},
          {d + "/choices/1/id", "c", 1, d + "/choices/1/id", "type"},
          {d + "/choices/1", {{"id", "c"}}, "c", d + "/choices/1", "type"},
          {d + "/choices/0/description", gone, "A", d + "/choices/0/description", "type"},
          {d + "/choices/0",
           {{"id", "a"}},
           {{"id", "a"}, {"text", "A"}},
           d + "/choices/0/text",
           "unknown_member"}});
}

TEST(ValidateStatement, ObjectsThatAreNoActivity) {
    const auto about = [](const char* object) {
        return validate_statement(with(small_statement(), "/object", json::parse(object)));
    };
    EXPECT_THAT(about(R"({"objectType": "Agent", "mbox": "mailto:a@b"})"), IsEmpty());
    EXPECT_THAT(about(R"({"objectType": "Agent"})"), Contains(problem("/object", "ifi")));
    EXPECT_THAT(about(R"({"objectType": "Group", "member": [{"mbox": "mailto:a@b"}]})"), IsEmpty());
    EXPECT_THAT(about(R"({"objectType": "StatementRef", "id": "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"})"),
                IsEmpty());
    EXPECT_THAT(about(R"({"objectType": "StatementRef", "id": "urn:x"})"),
                Contains(problem("/object/id", "uuid")));
    EXPECT_THAT(about(R"({"objectType": "StatementRef"})"), Contains(problem("/object", "missing")));
    EXPECT_THAT(about(R"("https://lms.example/course/1")"), Contains(problem("/object", "type")));
    EXPECT_THAT(about("null"), Contains(problem("/object", "null")));
}

TEST(ValidateStatement, ASubStatementHoldsNoOtherAndNothingThatAStoreSets) {
    auto inner = small_statement();
    inner["objectType"] = "SubStatement";
    inner["context"] = {{"platform", "LMS"}};
    const auto about = [](const json& object) {
        return validate_statement(with(small_statement(), "/object", object));
    };
    EXPECT_THAT(about(inner), IsEmpty());
    for (const char* member : {"id", "stored", "version", "authority"}) {
        auto bad = inner;
        bad[member] = full_statement()[member];
        EXPECT_THAT(about(bad),
                    testing::ElementsAre(problem(std::string("/object/") + member, "unknown_member")));
    }
    auto nested = inner;
    nested["object"] = inner;
    EXPECT_THAT(about(nested), Contains(problem("/object/object/objectType", "object_type")));
    auto broken = inner;
    broken["verb"]["id"] = "x";
    EXPECT_THAT(about(broken), testing::ElementsAre(problem("/object/verb/id", "iri")));
}

TEST(ValidateStatement, ResultsAndScores) {
    hold({{"/result/success", false, "yes", "/result/success", "type"},
          {"/result/completion", false, 1, "/result/completion", "type"},
          {"/result/response", "x", 1, "/result/response", "type"},
          {"/result/duration", "PT1S", 60, "/result/duration", "type"},
          {"/result/extensions", json::object(), {{"x", 1}}, "/result/extensions/x", "iri"},
          {"/result/score", json::object(), 5, "/result/score", "type"},
          {"/result/score/scaled", -1, -1.01, "/result/score/scaled", "range"},
          {"/result/score/scaled", 1, 1.01, "/result/score/scaled", "range"},
          {"/result/score/scaled", 0, "0.5", "/result/score/scaled", "type"},
          {"/result/score/raw", 0, -1, "/result/score/raw", "range"},
          {"/result/score/raw", 10, 10.5, "/result/score/raw", "range"},
          {"/result/score/min", -5, 10, "/result/score/min", "range"}});
    EXPECT_THAT(validate_statement(with(full_statement(), "/result/score/grade", "A")),
                Contains(problem("/result/score/grade", "unknown_member")));
    EXPECT_THAT(validate_statement(with(full_statement(), "/result/grade", "A")),
                Contains(problem("/result/grade", "unknown_member")));
}

TEST(ValidateStatement, Contexts) {
    const json ref = full_statement()["context"]["statement"];
    hold({{"/context/registration", ref["id"], "one", "/context/registration", "uuid"},
          {"/context/instructor", {{"openid", "urn:i"}}, json::object(), "/context/instructor", "ifi"},
          {"/context/team",
           {{"objectType", "Group"}, {"openid", "urn:t"}},
           {{"openid", "urn:t"}},
           "/context/team/objectType",
           "object_type"},
          {"/context/revision", "3", 3, "/context/revision", "type"},
          {"/context/platform", "LMS", 3, "/context/platform", "type"},
          {"/context/language", "de", "German language", "/context/language", "language"},
          {"/context/statement", ref, {{"id", ref["id"]}}, "/context/statement/objectType", "object_type"},
          {"/context/statement",
           ref,
           {{"objectType", "StatementRef"}, {"id", "x"}},
           "/context/statement/id",
           "uuid"},
          {"/context/extensions", json::object(), {{"x", 1}}, "/context/extensions/x", "iri"},
          {"/context/contextActivities", json::object(), json::array(), "/context/contextActivities", "type"},
          {"/context/contextActivities",
           json::object(),
           {{"child", {{"id", "urn:a"}}}},
           "/context/contextActivities/child",
           "unknown_member"},
          {"/context/contextActivities/parent",
           {{"id", "urn:a"}},
           {{"id", "a"}},
           "/context/contextActivities/parent/id",
           "iri"},
          {"/context/contextActivities/grouping/1",
           {{"id", "urn:a"}},
           {{"objectType", "Agent"}, {"id", "urn:a"}},
           "/context/contextActivities/grouping/1/objectType",
           "object_type"}});
    EXPECT_THAT(validate_statement(with(full_statement(), "/context/place", "x")),
                Contains(problem("/context/place", "unknown_member")));
}

TEST(ValidateStatement, RevisionAndPlatformAreForActivities) {
    const json agent{{"objectType", "Agent"}, {"mbox", "mailto:a@b"}};
    EXPECT_THAT(validate_statement(with(full_statement(), "/object", agent)),
                testing::UnorderedElementsAre(problem("/context/revision", "not_allowed"),
                                              problem("/context/platform", "not_allowed")));
}

TEST(ValidateStatement, Authorities) {
    const json two = full_statement()["authority"]["member"];
    hold({{"/authority", {{"mbox", "mailto:a@b"}}, json::object(), "/authority", "ifi"},
          {"/authority/member", two, {two[0]}, "/authority", "authority"},
          {"/authority/member", two, {two[1], two[1]}, "/authority", "authority"},
          {"/authority", gone, "me", "/authority", "type"}});
}

TEST(ValidateStatement, AGroupAsAuthorityIsAnonymous) {
    for (const char* ifi : {"mbox", "openid"}) {
        auto statement = full_statement();
        statement["authority"][ifi] = "mailto:oauth@trust.example";
        EXPECT_THAT(validate_statement(statement), Contains(problem("/authority", "authority"))) << ifi;
    }
}

TEST(ValidateStatement, Attachments) {
    const std::string a = "/attachments/0";
    hold({{"/attachments", json::array(), json::object(), "/attachments", "type"},
          {a, full_statement()["attachments"][0], "x", a, "type"},
          {a + "/usageType", "urn:u", "usage", a + "/usageType", "iri"},
          {a + "/usageType", "urn:u", gone, a, "missing"},
          {a + "/display", json::object(), gone, a, "missing"},
          {a + "/description", gone, "x", a + "/description", "type"},
          {a + "/contentType", "a/b", gone, a, "missing"},
          {a + "/length", 0, "3", a + "/length", "type"},
          {a + "/length", 0, 1.5, a + "/length", "type"},
          {a + "/sha2", std::string(64, 'a'), gone, a, "missing"},
          {a + "/sha2", std::string(64, 'A'), "", a + "/sha2", "sha2"},
          {a + "/sha2", std::string(64, '0'), "not hexadecimal", a + "/sha2", "sha2"},
          {a + "/contentType", "text/plain; charset=utf-8", "text", a + "/contentType", "media_type"},
          {a + "/contentType", "a/b", 1, a + "/contentType", "type"},
          {a + "/length", 10, -1, a + "/length", "type"},
          {a + "/fileUrl", gone, "file", a + "/fileUrl", "iri"}});
    EXPECT_THAT(validate_statement(with(full_statement(), a + "/name", "x")),
                Contains(problem(a + "/name", "unknown_member")));
}

TEST(ValidateStatement, AVoidingStatementNamesAStatement) {
    auto voiding = with(small_statement(), "/verb/id", verb::voided);
    EXPECT_THAT(validate_statement(voiding), testing::ElementsAre(problem("/object", "void_target")));
    voiding["object"] = full_statement()["context"]["statement"];
    EXPECT_THAT(validate_statement(voiding), IsEmpty());
}

TEST(ValidateStatement, AnyJsonAnywhereIsAProblemAndNoException) {
    const auto flat = full_statement().flatten();
    for (const char* text :
         {"null", "true", "1", "\"x\"", "[]", "{}", "[null]", "{\"objectType\":\"Group\"}", "{\"x\":null}"}) {
        const auto value = json::parse(text);
        for (const auto& [pointer, leaf] : flat.items()) {
            for (json::json_pointer at(pointer); !at.empty(); at.pop_back()) {
                EXPECT_NO_THROW(validate_statement(with(full_statement(), at.to_string(), value)))
                    << at.to_string() << " = " << text;
            }
        }
    }
}

TEST(IsIri, IsASchemeAndSomethingWithoutBlanks) {
    for (const char* text : {"http://e.example/x", "urn:x", "mailto:a@b", "tag:e.example,2026:ä", "a+b-1.c:x",
                             "https://e.example/é?q=1#f"})
        EXPECT_TRUE(is_iri(text)) << text;
    for (const char* text : {"", "x", ":", "x:", ":x", "1a:x", "a b:x", "http://e.example/a b", "http://<x>",
                             "urn:{x}", "urn:a|b", "urn:\x01", "urn:\"", "urn:a\\b"})
        EXPECT_FALSE(is_iri(text)) << text;
}

}  // namespace
}  // namespace capbridge::xapi
