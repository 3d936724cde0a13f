// Statement files read in batches: bounded, with line numbers, and with the attachments that lie beside.
#include "cli/statement_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/statement_csv.hpp"
#include "core/base/ids.hpp"

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

class StatementLinesTest : public ::testing::Test {
protected:
    void SetUp() override {
        dir = fs::temp_directory_path() / ("capbridge-" + random_token(9));
        fs::create_directory(dir);
    }
    void TearDown() override { fs::remove_all(dir); }

    // The batches as the numbers of their lines.
    std::vector<std::vector<int>> batches(const std::string& text, StatementLines::Limits limits) {
        std::istringstream in(text);
        StatementLines lines(in, dir, limits);
        std::vector<std::vector<int>> out;
        while (!lines.over()) {
            auto& numbers = out.emplace_back();
            batch = lines.next(unreadable);
            for (const auto& line : batch) numbers.push_back(line["line"].get<int>());
        }
        return out;
    }

    fs::path dir;
    json batch;
    std::vector<LineProblem> unreadable;
};

TEST_F(StatementLinesTest, LinesKeepTheirNumbersAndLoseTheirEnds) {
    EXPECT_THAT(batches("\xEF\xBB\xBF{\"a\":1}\r\n\n  \n{\"b\":2}", {}), ElementsAre(ElementsAre(1, 4)));
    EXPECT_EQ(batch[0]["text"], "{\"a\":1}");
    EXPECT_EQ(batch[1]["text"], "{\"b\":2}");
    EXPECT_TRUE(unreadable.empty());
    EXPECT_THAT(batches("", {}), ElementsAre(ElementsAre()));
    EXPECT_THAT(batches("\n\n", {}), ElementsAre(ElementsAre()));
}

TEST_F(StatementLinesTest, ABatchIsBoundedInLinesAndBytes) {
    StatementLines::Limits limits;
    limits.batch_lines = 2;
    EXPECT_THAT(batches("1\n2\n3\n4\n5\n", limits),
                ElementsAre(ElementsAre(1, 2), ElementsAre(3, 4), ElementsAre(5)));
    limits.batch_lines = 100;
    limits.batch_bytes = 4;
    EXPECT_THAT(batches("12\n34\n56\n7", limits), ElementsAre(ElementsAre(1, 2), ElementsAre(3, 4)));
}

TEST_F(StatementLinesTest, ALineThatIsTooLongIsToldAndPassedOver) {
    StatementLines::Limits limits;
    limits.line_bytes = 1u << 20;
    EXPECT_THAT(batches("{}\n" + std::string(3u << 20, 'x') + "\n{}", limits),
                ElementsAre(ElementsAre(1, 3)));
    ASSERT_EQ(unreadable.size(), 1u);
    EXPECT_EQ(unreadable[0].line, 2u);
    EXPECT_EQ(unreadable[0].code, "too_large");
    EXPECT_EQ(unreadable[0].message, "the line is longer than 1 MiB");
}

TEST_F(StatementLinesTest, AttachmentsComeFromTheFolderAndFromNowhereElse) {
    const std::string bytes("\0\xff pdf", 6);
    const auto sha2 = sha256_hex(bytes);
    std::ofstream(dir / sha2, std::ios::binary) << bytes;
    std::ofstream(dir.parent_path() / (dir.filename().string() + "-secret")) << "secret";
    const auto line = [](const std::string& hash) {
        return json{{"attachments", {{{"sha2", hash}}}}}.dump() + "\n";
    };
    const auto nested = json{{"object", {{"attachments", {{{"sha2", sha2}}, {{"sha2", sha2}}}}}}}.dump();
    batches(line(sha2) + line("../" + dir.filename().string() + "-secret") + line(sha256_hex("gone")) +
                line("") + "{\"attachments\": \"sha2\", \"sha2\": 5}\n{\"sha2\"\n" + nested,
            {});
    ASSERT_EQ(batch.size(), 7u);
    EXPECT_EQ(batch[0]["attachments"], json::array({{{"sha2", sha2}, {"content", base64(bytes)}}}));
    for (std::size_t i = 1; i < 6; ++i) EXPECT_FALSE(batch[i].contains("attachments")) << i;
    EXPECT_EQ(batch[6]["attachments"].size(), 1u);
    EXPECT_TRUE(unreadable.empty());
    fs::remove(dir.parent_path() / (dir.filename().string() + "-secret"));
}

TEST_F(StatementLinesTest, AnAttachmentThatIsTooLargeIsTold) {
    const std::string bytes(2000, 'x');
    std::ofstream(dir / sha256_hex(bytes)) << bytes;
    StatementLines::Limits limits;
    limits.attachment_bytes = 1000;
    EXPECT_THAT(batches(json{{"attachments", {{{"sha2", sha256_hex(bytes)}}}}}.dump(), limits),
                ElementsAre(ElementsAre()));
    ASSERT_EQ(unreadable.size(), 1u);
    EXPECT_EQ(unreadable[0].code, "unreadable_attachment");
}

TEST(StatementCsvTest, ARowHasAFieldForEachColumn) {
    const auto columns = [](const std::string& line) { return std::count(line.begin(), line.end(), ','); };
    const auto statement = json::parse(R"({
        "id": "7f0e8b8e-54f4-4d0c-9a3e-000000000001", "stored": "2026-03-01T08:30:00.000Z",
        "actor": {"account": {"homePage": "https://lms.example", "name": "17"}, "name": "Ada"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
        "object": {"id": "https://a.example/1"},
        "result": {"completion": true, "success": false, "duration": "PT5M", "response": "=1+1",
                   "score": {"scaled": -0.5, "raw": 3}},
        "context": {"registration": "7f0e8b8e-54f4-4d0c-9a3e-000000000002"}, "version": "1.0.0"})");
    const auto line = statement_csv_line(statement, "void-er");
    EXPECT_EQ(line,
              "7f0e8b8e-54f4-4d0c-9a3e-000000000001,2026-03-01T08:30:00.000Z,,account|https://lms.example|17,"
              "http://adlnet.gov/expapi/verbs/passed,Activity,https://a.example/1,true,false,-0.5,3,,,PT5M,"
              "'=1+1,7f0e8b8e-54f4-4d0c-9a3e-000000000002,,1.0.0,void-er\r\n");
    EXPECT_EQ(line.find("Ada"), std::string::npos) << "an agent is its key";
    EXPECT_EQ(columns(statement_csv_header()), columns(line));
    EXPECT_EQ(columns(statement_csv_line(json::object(), "")), columns(line));
    EXPECT_EQ(columns(statement_csv_line(json::parse(R"({"object": 5, "actor": [], "result": "x"})"), "")),
              columns(line));
}

TEST(StatementCsvTest, GroupsAndReferences) {
    const auto group = json::parse(R"({"actor": {"objectType": "Group", "member": [
        {"mbox": "mailto:a@b.example"}, {"mbox": "mailto:c@d.example"}, 5]},
        "object": {"objectType": "StatementRef", "id": "7f0e8b8e-54f4-4d0c-9a3e-000000000001"}})");
    EXPECT_THAT(
        statement_csv_line(group, ""),
        testing::HasSubstr("mbox|mailto:a@b.example mbox|mailto:c@d.example,,StatementRef,7f0e8b8e-"));
    const auto about = json::parse(R"({"object": {"objectType": "Agent", "mbox": "mailto:a@b.example"}})");
    EXPECT_THAT(statement_csv_line(about, ""), testing::HasSubstr(",Agent,mbox|mailto:a@b.example,"));
}

}  // namespace
}  // namespace capbridge::cli
