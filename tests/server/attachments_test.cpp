// Attachments in and out as multipart/mixed (xAPI 1.0.3 part 2, 2.4.11; part 3, 1.5.2).
#include "core/xapi/multipart.hpp"
#include "server/lrs_fixture.hpp"

namespace capbridge::server::testing {
namespace {

class AttachmentsTest : public LrsTest {
protected:
    const std::string bytes{"line\r\n--not-the-boundary\r\n\0\xFF tail\r\n", 35};
    const std::string sha2 = sha256_hex(bytes);

    json with_attachment(bool file_url = false) const {
        auto out = statement();
        out["attachments"] = json::array({{{"usageType", "https://example.org/usage"},
                                           {"display", {{"en", "A file"}}},
                                           {"contentType", "image/x-test"},
                                           {"length", bytes.size()},
                                           {"sha2", sha2}}});
        if (file_url) out["attachments"][0]["fileUrl"] = "https://example.org/file";
        return out;
    }
    static std::string part(const std::string& headers, const std::string& content) {
        return "--frontier\r\n" + headers + "\r\n" + content + "\r\n";
    }
    std::string attachment_part(const std::string& hash, const std::string& encoding = "binary") const {
        return part("Content-Type: image/x-test\r\nContent-Transfer-Encoding: " + encoding +
                        "\r\nX-Experience-API-Hash: " + hash + "\r\n",
                    bytes);
    }
    static std::string json_part(const json& statements) {
        return part("Content-Type: application/json\r\n", statements.dump());
    }
    Answer send_parts(const std::string& parts,
                      const std::string& type = "multipart/mixed; boundary=\"frontier\"",
                      const std::string& method = "POST", const std::string& query = {}) {
        return ask(method, "/xapi/statements" + query, parts + "--frontier--\r\n",
                   "Content-Type: " + type + "\r\n");
    }
    std::vector<xapi::Part> parts_of(const Answer& answer) {
        auto parts = xapi::read_multipart(answer.body, answer.header("content-type"));
        EXPECT_TRUE(parts) << answer.header("content-type");
        return parts ? *parts : std::vector<xapi::Part>{};
    }
};

TEST_F(AttachmentsTest, BytesComeBackAsTheyWereSentAndOncePerAnswer) {
    const auto one = with_attachment(), two = with_attachment();
    ASSERT_EQ(200, send_parts(json_part(json::array({one, two})) + attachment_part(sha2)).status);
    const auto page = ask("GET", "/xapi/statements?attachments=true");
    EXPECT_TRUE(page.header("content-type").starts_with("multipart/mixed"));
    const auto parts = parts_of(page);
    ASSERT_EQ(2u, parts.size());
    EXPECT_EQ(2u, json::parse(parts[0].bytes)["statements"].size());
    EXPECT_EQ(bytes, parts[1].bytes);
    EXPECT_EQ(sha2, parts[1].hash);
    EXPECT_EQ("binary", parts[1].encoding);
    EXPECT_EQ("image/x-test", parts[1].content_type);
    const auto single = ask("GET", "/xapi/statements?attachments=true&statementId=" + std::string(one["id"]));
    ASSERT_EQ(2u, parts_of(single).size());
    EXPECT_EQ(bytes, parts_of(single)[1].bytes);
    EXPECT_EQ(one["id"], json::parse(parts_of(single)[0].bytes)["id"]);
    for (const auto* query : {"", "?attachments=false"})
        EXPECT_EQ("application/json",
                  ask("GET", std::string("/xapi/statements") + query).header("content-type"));
}

TEST_F(AttachmentsTest, PutTakesThemToo) {
    const auto one = with_attachment();
    EXPECT_EQ(204, send_parts(json_part(one) + attachment_part(sha2), "multipart/mixed; boundary=frontier",
                              "PUT", "?statementId=" + std::string(one["id"]))
                       .status);
    EXPECT_EQ(bytes, world.bridge->store().attachments().read(sha2));
}

TEST_F(AttachmentsTest, AFileUrlNeedsNoPart) {
    EXPECT_EQ(200, post(with_attachment(true)).status);
    EXPECT_EQ(200, send_parts(json_part(with_attachment(true))).status);
    EXPECT_EQ(200, send_parts(json_part(statement())).status) << "no attachment at all";
    EXPECT_EQ(1u, parts_of(ask("GET", "/xapi/statements?attachments=true")).size());
}

TEST_F(AttachmentsTest, BadPartsAre400AndStoreNothing) {
    const auto good = json_part(with_attachment());
    const auto other = sha256_hex("other");
    const std::vector<std::pair<std::string, int>> bad{
        {good, __LINE__},                                                   // the part is missing
        {good + attachment_part(other), __LINE__},                          // of another hash
        {good + attachment_part(sha2) + attachment_part(other), __LINE__},  // nobody's part
        {json_part(statement()) + attachment_part(sha2), __LINE__},         // nobody's part
        {good + attachment_part(sha2, "base64"), __LINE__},                 // not binary
        {good + part("Content-Type: image/x-test\r\n", bytes), __LINE__},   // no hash
        {attachment_part(sha2) + good, __LINE__},                           // the statements are not first
        {part("", statement().dump()), __LINE__},                           // nor said to be JSON
        {json_part(statement()) + json_part(statement()), __LINE__},        // statements in two parts
        {json_part("text"), __LINE__},
        {"", __LINE__}};
    for (const auto& [parts, line] : bad) {
        const auto answer = send_parts(parts);
        EXPECT_EQ(400, answer.status) << "line " << line << answer.body;
        EXPECT_NE("", answer.parsed()["message"]) << "line " << line;
    }
    EXPECT_EQ(400, send_parts(good + attachment_part(sha2), "multipart/mixed").status) << "no boundary";
    EXPECT_EQ(400, send_parts(good + attachment_part(sha2), "multipart/mixed; boundary=other").status);
    EXPECT_EQ(400, send_parts(good + attachment_part(sha2), "multipart/form-data; boundary=frontier").status);
    EXPECT_EQ(400, post(with_attachment()).status) << "JSON has no room for the bytes";
    EXPECT_TRUE(found("").empty());
    EXPECT_FALSE(world.bridge->store().attachments().has(sha2));
}

}  // namespace
}  // namespace capbridge::server::testing
