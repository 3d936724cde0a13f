#include "csv/table.hpp"

#include <gtest/gtest.h>

namespace csv_adapter {
namespace {

std::string rows(const std::string& text, char separator = ',', std::size_t piece = 1000) {
    std::string out;
    Table table(separator, [&](Row& row) {
        out += std::to_string(row.line) + ":";
        for (const auto& f : row.fields) out += "[" + f + "]";
    });
    for (std::size_t at = 0; at < text.size(); at += piece)
        table.feed(std::string_view(text).substr(at, piece), false);
    table.feed("", true);
    return out;
}

TEST(Table, SplitsRowsAndKnowsTheirLines) {
    for (std::size_t piece : {1u, 3u, 1000u}) {
        EXPECT_EQ(rows("a,b\r\n1, 2 \r\n\r\n\"x\ny\",3\n,\n4,\"q\"\"q\"", ',', piece),
                  "1:[a][b]2:[1][2]4:[x\ny][3]7:[4][q\"q]");
    }
    EXPECT_EQ(rows("a;b\n1;2\n", ';'), "1:[a][b]2:[1][2]");
}

TEST(Table, AnOpenQuoteIsAnErrorWithItsLine) {
    try {
        rows("a\n\"b\nc\nd");
        FAIL();
    } catch (const BrokenTable& broken) {
        EXPECT_EQ(broken.line(), 2);
    }
    EXPECT_THROW(rows("a\n\"" + std::string(2u << 20, 'x')), BrokenTable);
}

std::string decoded(const std::string& encoding, const std::string& bytes, std::size_t piece) {
    std::string out;
    Decoder decoder(encoding);
    for (std::size_t at = 0; at < bytes.size(); at += piece)
        decoder.decode(std::string_view(bytes).substr(at, piece), false, out);
    decoder.decode("", true, out);
    return out;
}

TEST(Decoder, ReadsEachEncodingInPiecesOfAnySize) {
    for (std::size_t piece : {1u, 2u, 3u, 100u}) {
        EXPECT_EQ(decoded("utf-8",
                          "\xef\xbb\xbf"
                          "Zo\u00eb \u2013 \U0001F600",
                          piece),
                  "Zo\u00eb \u2013 \U0001F600");
        EXPECT_EQ(decoded("windows-1252", "Zo\xeb \x96 \x80", piece), "Zo\u00eb \u2013 \u20ac");
        EXPECT_EQ(decoded("iso-8859-1", "Zo\xeb", piece), "Zo\u00eb");
        EXPECT_EQ(decoded("utf-16",
                          std::string("\xff\xfe"
                                      "Z\0o\0\xeb\0",
                                      8),
                          piece),
                  "Zo\u00eb");
        EXPECT_EQ(decoded("utf-16",
                          std::string("\xfe\xff"
                                      "\0Z\0o\0\xeb",
                                      8),
                          piece),
                  "Zo\u00eb");
        EXPECT_EQ(decoded("utf-16", std::string("Z\0o\0", 4), piece), "Zo");
        EXPECT_EQ(decoded("utf-8", "", piece), "");
        EXPECT_EQ(decoded("utf-8", "a", piece), "a");
    }
}

TEST(Decoder, MarksWhatIsNoText) {
    EXPECT_EQ(decoded("utf-8",
                      "a\xe4"
                      "b\nc",
                      2),
              "a\xff"
              "b\nc");
    EXPECT_EQ(decoded("utf-8", "a\xe2\x82", 2), "a\xff\xff");
    EXPECT_EQ(decoded("windows-1252",
                      "a\x81"
                      "b",
                      2),
              "a\xff"
              "b");
}

}  // namespace
}  // namespace csv_adapter
