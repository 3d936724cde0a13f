#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "core/people/import.hpp"

namespace capbridge::people {
namespace {

constexpr std::string_view space = "7d9f4c1e-2b7c-4f43-9d43-0a0f6b1f5a10";

PeopleImport people(const std::string& csv, std::string_view issuer = "nymouth") {
    auto read = read_people(csv, issuer, space);
    EXPECT_TRUE(read) << (read ? "" : read.error().text());
    return read ? std::move(*read) : PeopleImport{};
}

const framework::Framework& hee() {
    static const auto loaded =
        framework::load_framework(*framework::shipped_framework("hee-ai-confidence"), "hee");
    return *loaded;
}

AssignmentImport assignments(const std::string& csv) {
    auto read = read_assignments(csv, "nymouth", hee());
    EXPECT_TRUE(read) << (read ? "" : read.error().text());
    return read ? std::move(*read) : AssignmentImport{};
}

testing::Matcher<const Exception&> exception(int line, const std::string& code, bool left_out) {
    return testing::AllOf(testing::Field(&Exception::line, line), testing::Field(&Exception::code, code),
                          testing::Field(&Exception::row_left_out, left_out));
}

TEST(ReadPeople, ReadsEverything) {
    const auto read = people(
        "\xEF\xBB\xBF"
        "Name,Employee_Number,email,other_ids,unit,staff_group,job_role,position,from,to\r\n"
        "  Zoë   Example ,101,Zoe@T.example,crs-uuid=555; registration:GMC=7 "
        ";account:https://l.example/?a=b=z9;esr-person=88,Radiology,Medical and "
        "Dental,Consultant,P1,2025-01-01,2025-12-31\r\n");
    ASSERT_EQ(read.people.size(), 1u);
    EXPECT_THAT(read.exceptions, testing::IsEmpty());
    const auto& person = read.people[0];
    EXPECT_EQ(person.name, "Zoë Example");
    EXPECT_THAT(person.identifiers,
                testing::ElementsAre(Identifier{"esr-employee", "nymouth", "101", {}, {}},
                                     Identifier{"email", "", "zoe@t.example", {}, {}},
                                     Identifier{"crs-uuid", "", "555", {}, {}},
                                     Identifier{"registration:GMC", "", "7", {}, {}},
                                     Identifier{"account:https://l.example/?a=b", "", "z9", {}, {}},
                                     Identifier{"esr-person", "nymouth", "88", {}, {}}));
    EXPECT_THAT(person.employments,
                testing::ElementsAre(Employment{"Radiology", "Medical and Dental", "Consultant", "P1",
                                                parse_day("2025-01-01"), parse_day("2025-12-31")}));
}

TEST(ReadPeople, NothingButANumberIsNeeded) {
    const auto read = people("employee_number\n101\n102\n");
    ASSERT_EQ(read.people.size(), 2u);
    EXPECT_THAT(read.people[0].employments, testing::IsEmpty());
    EXPECT_EQ(read.people[0].name, "");
}

TEST(ReadPeople, TheSamePersonHasTheSameUuidAgain) {
    const auto once = people("employee_number,name\n101,A\n").people[0].id;
    EXPECT_EQ(people("name,employee_number\nB,101\n").people[0].id, once);
    EXPECT_NE(people("employee_number\n102\n").people[0].id, once);
    EXPECT_NE(people("employee_number\n101\n", "linchester").people[0].id, once)
        << "another trust's 101 is somebody else";
}

TEST(ReadPeople, SeveralRowsAreSeveralEmployments) {
    const auto read = people(
        "employee_number,name,email,unit\n101,A,a@t.example,ED\n102,B,,ED\n101,a,A2@T.example,Radiology\n101,"
        "A,a@t.example,Radiology\n");
    ASSERT_EQ(read.people.size(), 2u);
    EXPECT_EQ(read.rows, 4u);
    EXPECT_EQ(read.people[0].employments.size(), 2u);
    EXPECT_EQ(read.people[0].identifiers.size(), 3u) << "number and two addresses";
    EXPECT_THAT(read.exceptions, testing::IsEmpty());
}

TEST(ReadPeople, ARowThatCannotBeUsedIsLeftOutAlone) {
    const auto read = people(
        "employee_number,from,to\n,,\n "
        ",2025-01-01,\n101,01/02/2025,\n102,2025-02-30,\n103,2025-03-02,2025-03-01\n1.0949595E+7,,\n104,,\n");
    ASSERT_EQ(read.people.size(), 1u);
    EXPECT_EQ(read.rows, 6u) << "a blank row is no row";
    EXPECT_THAT(
        read.exceptions,
        testing::ElementsAre(exception(3, "missing_employee_number", true), exception(4, "bad_date", true),
                             exception(5, "bad_date", true), exception(6, "from_after_to", true),
                             exception(7, "rounded_employee_number", true)));
    EXPECT_EQ(read.exceptions[1].message, "'from' is not a day as YYYY-MM-DD");
}

TEST(ReadPeople, NumbersWithLettersAreNotRounded) {
    EXPECT_EQ(people("employee_number\nE1\n1E\n10949595-2\n2e5\n").people.size(), 4u);
}

TEST(ReadPeople, TheFirstNameStays) {
    const auto read = people("employee_number,name,unit\n101,,ED\n101,Ada One,ED2\n101,Bea Two,ED3\n");
    ASSERT_EQ(read.people.size(), 1u);
    EXPECT_EQ(read.people[0].name, "Ada One");
    EXPECT_EQ(read.people[0].employments.size(), 3u);
    EXPECT_THAT(read.exceptions, testing::ElementsAre(exception(4, "name_differs", false)));
}

TEST(ReadPeople, TheSameRowTwiceCountsOnce) {
    const auto read = people("employee_number,name\n101,Ada\n102,Bea\n101 ,Ada\n");
    EXPECT_THAT(read.exceptions, testing::ElementsAre(exception(4, "duplicate_row", true)));
    EXPECT_EQ(read.exceptions[0].message, "the same row as line 2");
}

TEST(ReadPeople, MalformedAddressesAreNotUsed) {
    const auto read = people(
        "employee_number,email\n1,ada\n2,@t.example\n3,a@b\n4,a@b@c.example\n5,a "
        "b@c.example\n6,a@.example\n7,zo\xC3\xAB@t.example\n8,ok@t.example\n");
    EXPECT_EQ(read.people.size(), 8u);
    EXPECT_EQ(read.exceptions.size(), 7u);
    for (const auto& e : read.exceptions) EXPECT_THAT(e, exception(e.line, "malformed_email", false));
    EXPECT_EQ(read.people[7].identifiers.size(), 2u);
}

TEST(ReadPeople, AnAddressOfTwoPeopleIsGivenToNeither) {
    const auto read = people(
        "employee_number,email\n1,desk@t.example\n2,b@t.example\n3,Desk@t.example\n4,desk@T.example\n");
    for (const auto index : {0u, 2u, 3u}) EXPECT_EQ(read.people[index].identifiers.size(), 1u);
    EXPECT_EQ(read.people[1].identifiers.size(), 2u);
    EXPECT_THAT(read.exceptions,
                testing::ElementsAre(exception(2, "shared_email", false), exception(4, "shared_email", false),
                                     exception(5, "shared_email", false)));
    EXPECT_EQ(read.exceptions[0].message,
              "the e-mail address is on line 4 for another employee number; it was given to neither");
}

TEST(ReadPeople, AnAddressThatWasGivenOutAgainIsEachOnesForItsTime) {
    const auto read = people(
        "employee_number,email,unit,from,to\n"
        "3,Post@t.example,C,2024-01-01,\n"
        "1,post@t.example,A,2019-01-01,2019-06-30\n"
        "2,post@T.example,B,2021-01-01,2023-12-31\n"
        "1,,A2,2019-07-01,2020-12-31\n");
    EXPECT_THAT(read.exceptions, testing::IsEmpty());
    EXPECT_THAT(read.lines, testing::ElementsAre(2, 3, 4));
    EXPECT_EQ(read.people[0].identifiers[1],
              (Identifier{"email", "", "post@t.example", parse_day("2024-01-01"), {}}));
    EXPECT_EQ(read.people[1].identifiers[1],
              (Identifier{"email", "", "post@t.example", {}, parse_day("2020-12-31")}))
        << "its last employment ends, not its first";
    EXPECT_EQ(read.people[2].identifiers[1],
              (Identifier{"email", "", "post@t.example", parse_day("2021-01-01"), parse_day("2023-12-31")}));
    const auto overlapping = people(
        "employee_number,email,unit,from,to\n1,a@t.example,A,2019-01-01,2020-12-31\n"
        "2,a@t.example,B,2020-12-31,\n");
    EXPECT_EQ(overlapping.people[0].identifiers.size(), 1u);
    EXPECT_EQ(overlapping.people[1].identifiers.size(), 1u);
    EXPECT_EQ(overlapping.exceptions.size(), 2u);
}

TEST(ReadPeople, NobodyGetsAnotherOnesEmployeeNumber) {
    for (const std::string csv : {"employee_number,other_ids\n1,esr-employee=2\n2,\n",
                                  "employee_number,other_ids\n2,\n1,esr-employee=2\n"}) {
        const auto read = people(csv);
        ASSERT_EQ(read.people.size(), 2u);
        for (const auto& person : read.people) EXPECT_EQ(person.identifiers.size(), 1u);
        EXPECT_EQ(read.exceptions.size(), 1u);
    }
}

Person person(const std::string& number, const std::string& address, const char* from, const char* to) {
    Person out;
    out.id = "id-" + number;
    out.name = "Secret";
    out.identifiers = {{"esr-employee", "nymouth", number, {}, {}}, {"email", "", address, {}, {}}};
    out.employments = {{"ED", "", "", "", parse_day(from), parse_day(to)}};
    return out;
}

TEST(SettleIdentifiers, TheEarlierOnesEndsAndTheLaterOnesBegins) {
    for (const bool later_comes : {true, false}) {
        auto early = person("1", "Post@T.example", "2019-01-01", "2020-12-31");
        auto late = person("2", "post@t.example", "2021-02-01", "");
        std::vector<Person> incoming{later_comes ? late : early};
        const std::vector<Person> known{later_comes ? early : late, person("3", "c@t.example", "", "")};
        const auto settled = settle_identifiers(incoming, known);
        EXPECT_THAT(settled.exceptions, testing::IsEmpty());
        early.identifiers[1].valid_to = parse_day("2020-12-31");
        late.identifiers[1].valid_from = parse_day("2021-02-01");
        EXPECT_THAT(incoming, testing::ElementsAre(later_comes ? late : early));
        EXPECT_THAT(settled.changed, testing::ElementsAre(later_comes ? early : late));
        // The same file once more: what is known is settled already.
        std::vector<Person> again{later_comes ? person("2", "post@t.example", "2021-02-01", "")
                                              : person("1", "Post@T.example", "2019-01-01", "2020-12-31")};
        const auto second = settle_identifiers(again, settled.changed);
        EXPECT_THAT(second.changed, testing::IsEmpty());
        EXPECT_EQ(again, incoming);
    }
}

TEST(SettleIdentifiers, AtTheSameTimeItStaysWithTheKnown) {
    for (const auto* to : {"", "2021-06-30"}) {
        std::vector<Person> incoming{person("2", "b@t.example", "", ""),
                                     person("3", "post@t.example", "2021-06-30", "")};
        const std::vector<Person> known{person("1", "post@T.example", "2019-01-01", to)};
        const auto settled = settle_identifiers(incoming, known, {2, 3});
        EXPECT_THAT(settled.changed, testing::IsEmpty());
        EXPECT_EQ(incoming[0].identifiers.size(), 2u);
        EXPECT_EQ(incoming[1].identifiers.size(), 1u);
        ASSERT_THAT(settled.exceptions, testing::ElementsAre(exception(3, "shared_id", false)));
        EXPECT_THAT(settled.exceptions[0].message, testing::Not(testing::HasSubstr("post")));
    }
}

TEST(SettleIdentifiers, WhoComesInAgainDoesNotClashWithThemselves) {
    std::vector<Person> incoming{person("1", "a@t.example", "", "")};
    const auto before = incoming;
    const auto settled = settle_identifiers(incoming, before);
    EXPECT_EQ(incoming, before);
    EXPECT_THAT(settled.changed, testing::IsEmpty());
    EXPECT_THAT(settled.exceptions, testing::IsEmpty());
}

TEST(SettleIdentifiers, AnEmployeeNumberIsItsOwnersAlone) {
    auto impostor = person("1", "a@t.example", "", "");
    impostor.identifiers.push_back({"esr-employee", "nymouth", "2", {}, {}});
    const auto owner = person("2", "b@t.example", "", "");
    std::vector<Person> incoming{owner};
    auto settled = settle_identifiers(incoming, {impostor}, {2});
    EXPECT_EQ(incoming[0], owner);
    ASSERT_EQ(settled.changed.size(), 1u);
    EXPECT_EQ(settled.changed[0].identifiers.size(), 2u);
    EXPECT_EQ(settled.exceptions.size(), 1u);
    incoming = {impostor};
    settled = settle_identifiers(incoming, {owner}, {2});
    EXPECT_EQ(incoming[0].identifiers.size(), 2u);
    EXPECT_THAT(settled.changed, testing::IsEmpty());
    EXPECT_EQ(settled.exceptions.size(), 1u);
}

TEST(ReadPeople, OtherIds) {
    const auto read = people(
        "employee_number,other_ids\n1,crs-uuid=5\n2,crs-uuid=5;=x;nonsense;a "
        "b=c;email=no;mbox=mailto:X@T.example;;\n");
    EXPECT_THAT(read.exceptions,
                testing::ElementsAre(exception(2, "shared_id", false), exception(3, "malformed_id", false),
                                     exception(3, "malformed_id", false), exception(3, "malformed_id", false),
                                     exception(3, "malformed_id", false), exception(3, "shared_id", false)));
    EXPECT_THAT(read.people[1].identifiers,
                testing::ElementsAre(testing::_, Identifier{"email", "", "x@t.example", {}, {}}));
}

TEST(ReadPeople, LinesCountQuotedBreaks) {
    const auto read = people("employee_number,position\n101,\"a\nb\"\n,x\n");
    EXPECT_THAT(read.exceptions, testing::ElementsAre(exception(4, "missing_employee_number", true)));
}

TEST(ReadPeople, AnUnknownColumnIsSaid) {
    const auto read = people("employee_number,e-mail\n101,a@t.example\n");
    ASSERT_THAT(read.exceptions, testing::ElementsAre(exception(1, "unknown_column", false)));
    EXPECT_THAT(read.exceptions[0].message,
                testing::HasSubstr("'e-mail' was not read; known are employee_number, name, email,"));
}

TEST(ReadPeople, RefusesAFileWithoutTheColumn) {
    const auto missing = read_people("name\nAda\n", "n", space);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, "missing_column");
    EXPECT_EQ(missing.error().line, 1);
    EXPECT_EQ(read_people("employee_number,name,Name\n1,a,b\n", "n", space).error().code, "duplicate_column");
    EXPECT_EQ(read_people("", "n", space).error().code, "invalid_csv");
    EXPECT_EQ(read_people("employee_number\n1,2\n", "n", space).error().line, 2);
    EXPECT_EQ(read_people("employee_number\nZo\xEB\n", "n", space).error().code, "invalid_utf8");
}

TEST(ReadPeople, MessagesNeverRepeatContent) {
    const auto read = people(
        "employee_number,name,email,other_ids,from\n70001,Secret,secret@t.example,crs-uuid=70009,\n70002,"
        "Hidden,secret@t.example,crs-uuid=70009;secret,\n"
        "70001,Other,secret,,\n70003,Secret,,,secret\n7.0003E+4,Secret,,,\n70002,Hidden,secret@t.example,crs-"
        "uuid=70009;secret,\n");
    EXPECT_GE(read.exceptions.size(), 9u);
    for (const auto& e : read.exceptions)
        EXPECT_THAT(e.message, testing::Not(testing::ContainsRegex("[Ss]ecret|Hidden|Other|7000|7\\.0")))
            << e.code;
}

TEST(ReadPeople, FifteenThousandRowsInAMoment) {
    std::string csv = "employee_number,name,email,other_ids,unit,staff_group,job_role,position,from,to\n";
    for (int i = 0; i < 15000; ++i) {
        const auto n = std::to_string(10000000 + i);
        csv += n + ",Person " + n + ",p" + n + "@t.example,crs-uuid=" + n + ";esr-person=" + n +
               ",Radiology,Allied Health Professionals,Radiographer,Post,2024-01-01,\n";
    }
    const auto before = std::chrono::steady_clock::now();
    const auto read = people(csv);
    // About 0.3 s in a release build; the limit leaves room for sanitizers.
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
    EXPECT_EQ(read.people.size(), 15000u);
    EXPECT_THAT(read.exceptions, testing::IsEmpty());
}

TEST(ReadAssignments, ReadsEverything) {
    const auto read = assignments(
        "employee_number,archetype,state,from,to\n101,Embedder,,2025-01-01,\n101,user,Rejected,,2025-12-"
        "31\n102,shaper,proposed,,\n");
    ASSERT_EQ(read.rows_read.size(), 3u);
    EXPECT_THAT(read.exceptions, testing::IsEmpty());
    const auto& first = read.rows_read[0];
    EXPECT_EQ(first.who, (Identifier{"esr-employee", "nymouth", "101", {}, {}}));
    EXPECT_EQ(first.archetype, "embedder");
    EXPECT_EQ(first.state, Assignment::State::confirmed);
    EXPECT_EQ(first.from, parse_day("2025-01-01"));
    EXPECT_EQ(first.line, 2);
    EXPECT_EQ(read.rows_read[1].state, Assignment::State::rejected);
    EXPECT_EQ(read.rows_read[1].to, parse_day("2025-12-31"));
    EXPECT_EQ(read.rows_read[2].state, Assignment::State::proposed);
}

TEST(ReadAssignments, LeavesOutWhatItCannotUse) {
    const auto read = assignments(
        "employee_number,archetype,state,from,to\n,user,,,\n101,Secret,,,\n101,,,,\n101,user,secret,,\n101,"
        "user,,2025-13-01,\n101,user,,2025-02-01,2025-01-01\n"
        "101,user,,,\n101,User,rejected,,\n101,user,,,\n");
    EXPECT_EQ(read.rows, 9u);
    EXPECT_EQ(read.rows_read.size(), 1u);
    EXPECT_THAT(read.exceptions,
                testing::ElementsAre(
                    exception(2, "missing_employee_number", true), exception(3, "unknown_archetype", true),
                    exception(4, "unknown_archetype", true), exception(5, "unknown_state", true),
                    exception(6, "bad_date", true), exception(7, "from_after_to", true),
                    exception(9, "assigned_twice", true), exception(10, "duplicate_row", true)));
    EXPECT_EQ(read.exceptions[1].message, "'archetype' is none of shaper, driver, creator, embedder, user");
    EXPECT_EQ(read.exceptions[6].message,
              "line 8 already assigns this archetype to this employee number; the first one stays");
    for (const auto& e : read.exceptions)
        EXPECT_THAT(e.message, testing::Not(testing::ContainsRegex("[Ss]ecret|101")));
}

TEST(ReadAssignments, NeedsBothColumns) {
    EXPECT_EQ(read_assignments("employee_number\n1\n", "n", hee()).error().code, "missing_column");
    EXPECT_THAT(read_assignments("archetype\nuser\n", "n", hee()).error().message,
                testing::HasSubstr("'employee_number'"));
}

}  // namespace
}  // namespace capbridge::people
