#include "core/base/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace capbridge {
namespace {

using testing::ElementsAre;

CsvTable table(std::string_view text, char separator = ',') {
    auto read = parse_csv(text, separator);
    EXPECT_TRUE(read) << (read ? "" : read.error().text());
    return read ? std::move(*read) : CsvTable{};
}

Error refused(std::string_view text) {
    const auto read = parse_csv(text);
    EXPECT_FALSE(read);
    return read ? Error{} : read.error();
}

TEST(ParseCsv, HeadersAreTrimmedAndLowerCase) {
    const auto read = table("\xEF\xBB\xBF Name ,E-Mail\r\nAnn,a@b\r\n");
    EXPECT_THAT(read.header, ElementsAre("name", "e-mail"));
    EXPECT_EQ(read.column("NAME"), 0);
    EXPECT_EQ(read.column("unit"), -1);
    EXPECT_EQ(read.field(0, "E-MAIL"), "a@b");
    EXPECT_EQ(read.field(0, "unit"), "");
}

TEST(ParseCsv, QuotedFieldsHoldAnything) {
    const auto read = table("a,b\n\"x, \"\"y\"\"\",\" z \"\n");
    EXPECT_THAT(read.rows, ElementsAre(ElementsAre("x, \"y\"", " z ")));
    EXPECT_THAT(table("a,b\n  x  , \n").rows, ElementsAre(ElementsAre("x", "")));
}

TEST(ParseCsv, LineBreaksOfEveryKind) {
    for (const char* text : {"a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n", "a,b\r1,2\r3,4\r", "a,b\n1,2\n3,4",
                             "a,b\r\n1,2\r\n3,4"}) {
        const auto read = table(text);
        EXPECT_THAT(read.rows, ElementsAre(ElementsAre("1", "2"), ElementsAre("3", "4")))
            << testing::PrintToString(text);
        EXPECT_THAT(read.lines, ElementsAre(2, 3)) << testing::PrintToString(text);
    }
}

TEST(ParseCsv, ARowKnowsTheLineItBeginsOnAfterEmbeddedLineBreaks) {
    const auto read = table("id,note\n1,\"a\nb\r\nc\"\n2,x\n");
    EXPECT_EQ(read.field(0, "note"), "a\nb\r\nc");
    EXPECT_THAT(read.lines, ElementsAre(2, 5));
    EXPECT_THAT(table("note,id\n\"a\n\n  \n\nb\",1\nx,2\n").lines, ElementsAre(2, 7))
        << "blank lines in the quotes of a first field";
}

TEST(ParseCsv, EmptyLinesAreNoRows) {
    const auto read = table("\n\nid\n\n1\n   \n\r\n2\n\n");
    EXPECT_THAT(read.header, ElementsAre("id"));
    EXPECT_THAT(read.rows, ElementsAre(ElementsAre("1"), ElementsAre("2")));
    EXPECT_THAT(read.lines, ElementsAre(5, 8));
    EXPECT_THAT(table("id\n\"\"\n").rows, ElementsAre(ElementsAre("")))
        << "quotes around nothing are a field";
}

TEST(ParseCsv, OtherSeparators) {
    EXPECT_THAT(table("a;b\n1,5;2\n", ';').rows, ElementsAre(ElementsAre("1,5", "2")));
    const auto tabs = table("a\tb\n\t\nx\ty\n", '\t');
    EXPECT_THAT(tabs.rows, ElementsAre(ElementsAre("", ""), ElementsAre("x", "y")));
    EXPECT_THAT(tabs.lines, ElementsAre(2, 3));
}

TEST(ParseCsv, ARowWithTooManyOrTooFewFieldsIsAnErrorWithItsLine) {
    EXPECT_EQ(refused("a,b\n1,2\n\"x\ny\",2\n3\n").line, 5);
    EXPECT_EQ(refused("a,b\n1,2,3\n").line, 2);
    EXPECT_EQ(refused("a,b\n1,2,\n").code, "invalid_csv");
    EXPECT_THAT(table("a,b\n1,").rows, ElementsAre(ElementsAre("1", "")));
}

TEST(ParseCsv, AnUnterminatedQuoteIsToldAtTheLineOfItsRow) {
    const auto error = refused("a,b\n1,2\n3,\"open\nand on\n");
    EXPECT_EQ(error.code, "invalid_csv");
    EXPECT_EQ(error.line, 3);
}

TEST(ParseCsv, StrayQuotesAreAnError) {
    EXPECT_EQ(refused("a,b\n1,2\n3,x\"y\n").line, 3);
    EXPECT_EQ(refused("a,b\n\"1\"x,2\n").line, 2);
}

TEST(ParseCsv, AHeaderIsNeeded) {
    for (const char* text : {"", "\xEF\xBB\xBF", "\n\r\n  \n"}) EXPECT_EQ(refused(text).code, "invalid_csv");
    EXPECT_THAT(table("a,b\n").rows, testing::IsEmpty());
}

TEST(ParseCsv, OnlyUtf8) {
    EXPECT_EQ(refused("name\nZo\xEB\n").code, "invalid_utf8");
}

TEST(ParseCsv, HeaderAndFieldsAreBounded) {
    EXPECT_TRUE(parse_csv(std::string(4096, 'a') + "\n1\n"));
    EXPECT_EQ(refused(std::string(4097, 'a') + "\n1\n").code, "invalid_csv");
    EXPECT_TRUE(parse_csv("a\n" + std::string(1 << 20, 'x')));
    EXPECT_EQ(refused("a\n" + std::string((1 << 20) + 1, 'x')).code, "invalid_csv");
    EXPECT_EQ(refused("a\n" + std::string((1 << 20) + 1, 'x') + "\n").line, 2);
}

}  // namespace
}  // namespace capbridge
