#include "core/xapi/multipart.hpp"

#include <gtest/gtest.h>

#include "core/base/ids.hpp"

namespace capbridge::xapi {
namespace {

const std::string type = "multipart/mixed; boundary=-------314159";
const std::string line = "---------314159";  // the delimiter
const std::string json_part = line + "\r\nContent-Type: application/json\r\n\r\n{\"a\":1}\r\n";
const std::string end = line + "--\r\n";

std::string part_text(const std::string& bytes) {
    return line +
           "\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: " +
           sha256_hex(bytes) + "\r\n\r\n" + bytes + "\r\n";
}

// What is wrong, or "" when it was read.
std::string trouble(const std::string& body, const std::string& content_type = type) {
    const auto parts = read_multipart(body, content_type);
    if (parts) return "";
    EXPECT_EQ(parts.error().code, "bad_multipart");
    return parts.error().message;
}

TEST(ReadMultipart, GivesThePartsAsTheyWereSent) {
    const std::string bytes("\0\r\n\xff\r\n\r\n--\r\n", 12);
    const auto body = json_part + part_text(bytes) + part_text("caf\xc3\xa9") + end;
    const auto parts = read_multipart(body, type);
    ASSERT_TRUE(parts) << parts.error().text();
    ASSERT_EQ(parts->size(), 3u);
    EXPECT_EQ((*parts)[0].content_type, "application/json");
    EXPECT_EQ((*parts)[0].bytes, "{\"a\":1}");
    EXPECT_EQ((*parts)[0].hash, "");
    EXPECT_EQ((*parts)[1].bytes, bytes);
    EXPECT_EQ((*parts)[1].hash, sha256_hex(bytes));
    EXPECT_EQ((*parts)[1].encoding, "binary");
    EXPECT_EQ((*parts)[2].bytes.size(), 5u) << "bytes, not characters";
    EXPECT_EQ((*parts)[1].bytes.data(), body.data() + body.find(bytes)) << "a view, no copy";
}

TEST(ReadMultipart, ReadsTheBoundaryHoweverItIsWritten) {
    for (const char* content_type :
         {"multipart/mixed; boundary=\"-------314159\"", "Multipart/Mixed;BOUNDARY=-------314159",
          "multipart/mixed; charset=\"a;b=\\\"c\"; boundary=\"-------3141\\59\" ; x=y",
          "multipart/mixed ; type=x; boundary = -------314159 ;"}) {
        EXPECT_EQ(trouble(json_part + end, content_type), "") << content_type;
    }
    const std::string odd = "abcABC0123'()+_,-./:=?";
    const auto body = "--" + odd + "\r\nContent-Type:application/json\r\n\r\n[]\r\n--" + odd + "--";
    EXPECT_EQ(trouble(body, "multipart/mixed; boundary=\"" + odd + "\""), "");
    EXPECT_EQ(trouble(body, "multipart/mixed; boundary=" + odd), "") << "quotes forgotten";
}

TEST(ReadMultipart, RefusesAContentTypeWithoutABoundary) {
    for (const char* content_type :
         {"", "multipart/mixed", "multipart/mixed;", "multipart/mixed; boundary",
          "multipart/mixed; boundary=", "multipart/mixed; boundary=\"\"",
          "multipart/mixed; boundary=\"-------314159", "multipart/mixed; boundary=a; boundary=b",
          "multipart/form-data; boundary=-------314159", "application/json; boundary=-------314159",
          "multipart/mixed; boundary=\"a\tb\"", "multipart/mixed; boundary=\"a \"",
          "multipart/mixed; "
          "boundary=12345678901234567890123456789012345678901234567890123456789012345678901"}) {
        EXPECT_NE(trouble(json_part + end, content_type), "") << content_type;
    }
}

TEST(ReadMultipart, LeavesOutWhatStandsBeforeAndAfter) {
    const auto body = "before " + line + "\r\n\r\n" + json_part + line + "-- \t\r\nafter\r\n" + line + "\r\n";
    const auto parts = read_multipart(body, type);
    ASSERT_TRUE(parts) << parts.error().text();
    EXPECT_EQ(parts->size(), 1u);
    EXPECT_EQ(trouble("\r\n" + json_part + line + "--"), "") << "no line end after the final boundary";
}

TEST(ReadMultipart, KnowsABoundaryFromDataThatLooksLikeOne) {
    for (const std::string& bytes :
         {"x" + line + "\r\n", "\r\n" + line + "0\r\n", "\r\n" + line + "-\r\n", "\n" + line + "\n",
          "\r\n" + line + "--x", "\r\n" + line.substr(1) + "\r\n", "\r\n" + line + " x\r\n"}) {
        const auto body = json_part + part_text(bytes) + end;
        const auto parts = read_multipart(body, type);
        ASSERT_TRUE(parts) << parts.error().text() << " " << bytes;
        ASSERT_EQ(parts->size(), 2u) << bytes;
        EXPECT_EQ((*parts)[1].bytes, bytes);
    }
    EXPECT_EQ(trouble(line + " \t\r\nContent-Type: application/json\r\n\r\n{}\r\n" + end), "") << "padding";
}

TEST(ReadMultipart, PartsPartsThatRunOnWhereTheHashSaysSo) {
    // As two JavaScript clients write more than one attachment: no line end before the second delimiter.
    const auto without_end = [](const std::string& bytes) {
        auto text = part_text(bytes);
        return text.substr(0, text.size() - 2);
    };
    const auto body = json_part + without_end("one") + without_end("") + part_text("three") + end;
    const auto parts = read_multipart(body, type);  // they view the body
    ASSERT_TRUE(parts) << parts.error().text();
    ASSERT_EQ(parts->size(), 4u);
    EXPECT_EQ((*parts)[1].bytes, "one");
    EXPECT_EQ((*parts)[2].bytes, "");
    EXPECT_EQ((*parts)[3].bytes, "three");
    const auto hidden = "one" + line + "\r\n\r\ntwo";
    EXPECT_EQ(read_multipart(json_part + part_text(hidden) + end, type)->at(1).bytes, hidden)
        << "data that looks like it, and has the hash to prove it";
}

TEST(ReadMultipart, TakesPartsWithoutHeadersAndWithoutBytes) {
    const auto body = json_part + line + "\r\n\r\nbytes\r\n" + line +
                      "\r\nContent-Type: text/plain\r\n\r\n\r\n" + line +
                      "\r\nContent-Type: text/html\r\n\r\n" + line + "\r\n" + end;
    const auto parts = read_multipart(body, type);
    ASSERT_TRUE(parts) << parts.error().text();
    ASSERT_EQ(parts->size(), 5u);
    EXPECT_EQ((*parts)[1].bytes, "bytes");
    EXPECT_EQ((*parts)[2].bytes, "");
    EXPECT_EQ((*parts)[3].content_type, "text/html");
    EXPECT_EQ((*parts)[3].bytes, "");
    EXPECT_EQ((*parts)[4].bytes, "");
}

TEST(ReadMultipart, ReadsHeadersInAnyCaseAndFolded) {
    const auto parts = read_multipart(
        line + "\r\ncontent-TYPE:application/json;\r\n charset=utf-8\r\nX-Other: y\r\n\r\n{}\r\n" + line +
            "\r\nX-EXPERIENCE-API-HASH:  ABCDEF \r\ncontent-transfer-encoding:Binary\r\n\r\n\r\n" + end,
        type);
    ASSERT_TRUE(parts) << parts.error().text();
    EXPECT_EQ((*parts)[0].content_type, "application/json; charset=utf-8");
    EXPECT_EQ((*parts)[1].hash, "abcdef");
    EXPECT_EQ((*parts)[1].encoding, "binary");
}

TEST(ReadMultipart, RefusesBrokenBodies) {
    const std::string json_type = "Content-Type: application/json\r\n";
    for (const std::string& body :
         {std::string(), std::string("{}"), line, end, "\r\n" + end, line + "\r\n", json_part,
          json_part + part_text("x"), json_part + line + "-", json_part + line + "--x",
          json_type + "\r\n{}\r\n" + part_text("x") + end,
          line + "\r\nContent-Type: text/plain\r\n\r\n{}\r\n" + end, line + "\r\n\r\n{}\r\n" + end,
          line + "\r\n{}\r\n" + end, line + "\r\n: x\r\n\r\n{}\r\n" + end,
          line + "\r\n" + json_type + json_type + "\r\n{}\r\n" + end,
          line + "\r\n" + json_type + "X-A: a\nb\r\n\r\n{}\r\n" + end,
          line + "\r\n" + json_type + "X-A: " + std::string(9000, 'a') + "\r\n\r\n{}\r\n" + end,
          line + "\n" + "Content-Type: application/json\n\n{}\n" + line + "--\n"}) {
        EXPECT_NE(trouble(body), "") << body.substr(0, 200);
    }
}

TEST(ReadMultipart, HasAThousandPartsAtMost) {
    std::string body = json_part;
    for (int i = 1; i < 1000; ++i) body += line + "\r\n\r\n\r\n";
    EXPECT_EQ(trouble(body + end), "");
    EXPECT_NE(trouble(body + line + "\r\n\r\n\r\n" + end).find("1000"), std::string::npos);
}

TEST(WriteMultipart, IsReadBackByteForByte) {
    const std::string bytes("\0\r\n--capbridge-\r\n\xff", 18);
    const std::vector<AttachmentBytes> attachments{{sha256_hex(bytes), "image/jpeg", bytes},
                                                   {sha256_hex(""), "", ""},
                                                   {sha256_hex(bytes), "image/jpeg", bytes}};
    const auto answer = write_multipart(R"({"statements":[]})", attachments);
    const auto parts = read_multipart(answer.body, answer.content_type);
    ASSERT_TRUE(parts) << parts.error().text();
    ASSERT_EQ(parts->size(), 3u) << "one copy of the same bytes";
    EXPECT_EQ((*parts)[0].bytes, R"({"statements":[]})");
    EXPECT_EQ((*parts)[1].bytes, bytes);
    EXPECT_EQ((*parts)[1].content_type, "image/jpeg");
    EXPECT_EQ((*parts)[1].encoding, "binary");
    EXPECT_EQ((*parts)[1].hash, sha256_hex(bytes));
    EXPECT_EQ((*parts)[2].bytes, "");
    EXPECT_EQ((*parts)[2].content_type, "application/octet-stream");
    EXPECT_EQ(write_multipart(R"({"statements":[]})", attachments).body, answer.body);
    EXPECT_TRUE(read_multipart(write_multipart("{}", {}).body, write_multipart("{}", {}).content_type));
}

TEST(WriteMultipart, LetsNoMediaTypeAddAHeader) {
    const auto answer = write_multipart("{}", {{sha256_hex("x"), "text/plain\r\nX-Evil: 1", "x"}});
    EXPECT_EQ(answer.body.find("X-Evil"), std::string::npos);
}

TEST(WriteMultipart, TakesABoundaryThatIsNotInTheData) {
    const auto boundary_of = [](const MultipartAnswer& answer) {
        return answer.content_type.substr(answer.content_type.find('=') + 1);
    };
    const auto first = boundary_of(write_multipart("{}", {{"abc", "text/plain", ""}}));
    const auto answer = write_multipart("{}", {{"abc", "text/plain", "\r\n--" + first + "\r\n"}});
    EXPECT_NE(boundary_of(answer), first);
    EXPECT_EQ(read_multipart(answer.body, answer.content_type)->size(), 2u);
}

}  // namespace
}  // namespace capbridge::xapi
