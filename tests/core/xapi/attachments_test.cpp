// What the parts of a multipart request must be for its statements: attachments and signatures.
#include <gtest/gtest.h>

#include <cctype>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/base/signer.hpp"
#include "core/xapi/multipart.hpp"
#include "core/xapi/sample.hpp"

namespace capbridge::xapi {
namespace {

std::vector<std::string> codes(const Problems& problems) {
    std::vector<std::string> out;
    for (const auto& problem : problems) {
        EXPECT_FALSE(problem.section.empty());
        out.push_back(problem.code);
    }
    return out;
}
using Codes = std::vector<std::string>;

json attachment_of(const std::string& bytes, std::size_t digits = 64) {
    return {{"usageType", "https://e.example/usage"},
            {"display", {{"en", "x"}}},
            {"contentType", "text/plain"},
            {"length", bytes.size()},
            {"sha2", sha2_hex(bytes, digits)}};
}

json with_attachments(const std::vector<json>& attachments) {
    auto statement = small_statement();
    statement["attachments"] = attachments;
    return statement;
}

Part part_of(std::string_view bytes, std::size_t digits = 64) {
    return {"text/plain", "binary", sha2_hex(bytes, digits), bytes};
}

TEST(CheckAttachments, TakesEachPartThatAnAttachmentNames) {
    const auto statement = with_attachments({attachment_of("a"), attachment_of("b", 96)});
    auto of_b = part_of("b", 96);
    of_b.encoding = "";
    EXPECT_EQ(codes(check_attachments(statement, {part_of("a"), of_b})), Codes{}) << "binary is assumed";
    auto with_url = attachment_of("c", 128);
    with_url["fileUrl"] = "https://e.example/c";
    auto capitals = attachment_of("d", 56);
    for (auto& c : capitals["sha2"].get_ref<std::string&>()) c = static_cast<char>(std::toupper(c));
    const auto other = with_attachments({with_url, capitals});
    EXPECT_EQ(codes(check_attachments({statement, other},
                                      {part_of("a"), part_of("b", 96), part_of("c", 128), part_of("d", 56)})),
              Codes{})
        << "a fileUrl and a part";
    EXPECT_EQ(codes(check_attachments(other, {part_of("d", 56)})), Codes{}) << "a fileUrl alone";
    EXPECT_EQ(codes(check_attachments({statement, statement}, {part_of("a"), part_of("b", 96)})), Codes{})
        << "one copy for two statements";
    EXPECT_EQ(codes(check_attachments(small_statement(), {})), Codes{});
}

TEST(CheckAttachments, WantsAPartForEachAttachmentWithoutAFileUrl) {
    const auto statement = with_attachments({attachment_of("a"), attachment_of("b")});
    const auto problems = check_attachments(json::array({small_statement(), statement}), {part_of("a")});
    ASSERT_EQ(codes(problems), Codes{"missing_part"});
    EXPECT_EQ(problems[0].pointer, "/1/attachments/1");
    EXPECT_EQ(check_attachments(statement, {}).front().pointer, "/attachments/0");
}

TEST(CheckAttachments, CountsThoseOfASubStatement) {
    auto statement = small_statement();
    statement["object"] = with_attachments({attachment_of("a")});
    statement["object"]["objectType"] = "SubStatement";
    EXPECT_EQ(codes(check_attachments(statement, {part_of("a")})), Codes{});
    EXPECT_EQ(check_attachments(statement, {}).front().pointer, "/object/attachments/0");
}

TEST(CheckAttachments, RefusesPartsThatAreNotWhatTheySay) {
    const auto statement = with_attachments({attachment_of("a")});
    const auto check = [&](const Part& part) {
        return codes(check_attachments(statement, {part_of("a"), part}));
    };
    EXPECT_EQ(check(part_of("b")), Codes{"unreferenced_part"});
    auto part = part_of("a");
    part.hash = "";
    EXPECT_EQ(check(part), Codes{"missing_hash"});
    part = part_of("a");
    part.bytes = "b";
    EXPECT_EQ(check(part), Codes{"hash_mismatch"});
    for (const char* encoding : {"base64", "quoted-printable", "8bit"}) {
        part = part_of("a");
        part.encoding = encoding;
        EXPECT_EQ(check(part), Codes{"transfer_encoding"}) << encoding;
    }
    auto no_digest = attachment_of("a");
    no_digest["sha2"] = "abc";
    part.encoding = "binary";
    part.hash = "abc";
    EXPECT_EQ(codes(check_attachments(with_attachments({no_digest}), {part})), Codes{"hash_mismatch"});
}

// A statement with the attachment that carries the signature, and that part.
struct Signed {
    json statement;
    std::string bytes;
    [[nodiscard]] Problems check() const {
        return check_signatures(json::array({statement}), {part_of(bytes)});
    }
};

Signed sign(const json& statement, const std::string& jws) {
    Signed out{statement, jws};
    auto attachment = attachment_of(jws);
    attachment["usageType"] = "http://adlnet.gov/expapi/attachments/signature";
    attachment["contentType"] = "application/octet-stream";
    out.statement["attachments"].push_back(attachment);
    return out;
}

Signed sign(const json& statement, const json& header = {{"alg", "RS256"}}, const char* digest = "SHA256") {
    return sign(statement, test_signer().sign(header, statement.dump(), digest));
}

TEST(CheckSignatures, TakesTheThreeAlgorithmsWithAndWithoutACertificate) {
    const json x5c{test_signer().certificate()};
    for (const auto& [algorithm, digest] :
         {std::pair{"RS256", "SHA256"}, {"RS384", "SHA384"}, {"RS512", "SHA512"}}) {
        EXPECT_EQ(codes(sign(full_statement(), {{"alg", algorithm}}, digest).check()), Codes{}) << algorithm;
        EXPECT_EQ(codes(sign(full_statement(), {{"alg", algorithm}, {"x5c", x5c}}, digest).check()), Codes{});
    }
}

TEST(CheckSignatures, KeepsTheOtherAttachmentsAndSignaturesApart) {
    auto twice = sign(full_statement()).statement;
    const auto second = test_signer().sign({{"alg", "RS512"}}, twice.dump(), "SHA512");
    const auto both = sign(twice, second);
    const auto first = test_signer().sign({{"alg", "RS256"}}, full_statement().dump());
    EXPECT_EQ(codes(check_signatures(both.statement, {part_of(first), part_of(second)})), Codes{});
    auto other = sign(full_statement());
    other.statement["attachments"][0]["length"] = 4;
    EXPECT_EQ(codes(other.check()), Codes{"signature_payload"});
}

TEST(CheckSignatures, RefusesAnotherAlgorithm) {
    for (const char* algorithm : {"HS256", "none", "PS256", "ES256", "rs256"})
        EXPECT_EQ(codes(sign(full_statement(), {{"alg", algorithm}}).check()), Codes{"signature_algorithm"})
            << algorithm;
}

TEST(CheckSignatures, RefusesAPayloadThatIsNotTheStatement) {
    auto other = sign(full_statement());
    other.statement["result"]["success"] = false;
    const auto problems = other.check();
    ASSERT_EQ(codes(problems), Codes{"signature_payload"});
    EXPECT_EQ(problems[0].pointer, "/0/attachments/1");
    other = sign(full_statement());
    other.statement["id"] = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee";
    EXPECT_EQ(codes(other.check()), Codes{"signature_payload"}) << "the id is part of the statement";
    other = sign(full_statement());
    other.statement.erase("id");
    EXPECT_EQ(codes(other.check()), Codes{}) << "the id of a PUT may be in its address only";
    for (const char* payload : {"", "{'id':1}", "{"})
        EXPECT_EQ(codes(sign(full_statement(), test_signer().sign({{"alg", "RS256"}}, payload)).check()),
                  Codes{"bad_signature"});
    for (const char* payload : {"[]", "{}", "5", R"({"attachments":5})", R"({"attachments":[5]})"})
        EXPECT_EQ(codes(sign(full_statement(), test_signer().sign({{"alg", "RS256"}}, payload)).check()),
                  Codes{"signature_payload"});
}

TEST(CheckSignatures, RefusesWhatIsNoSignature) {
    EXPECT_EQ(codes(sign(full_statement(), std::string("no JWS")).check()), Codes{"bad_signature"});
    auto signed_one = sign(full_statement());
    EXPECT_EQ(codes(check_signatures(signed_one.statement, {})), Codes{"missing_signature"});
    signed_one.statement["attachments"].back()["fileUrl"] = "https://e.example/signature";
    EXPECT_EQ(codes(check_signatures(signed_one.statement, {})), Codes{"missing_signature"});
    signed_one.statement["attachments"].back()["contentType"] = "text/plain; charset=ascii";
    EXPECT_EQ(codes(signed_one.check()), Codes{"signature_type"});
    const json strange{{"alg", "RS256"}, {"x5c", {Signer::rsa().certificate()}}};
    EXPECT_EQ(codes(sign(full_statement(), strange).check()), Codes{"bad_signature"})
        << "another's certificate";
}

TEST(CheckSignatures, LooksIntoSubStatements) {
    auto inner = small_statement();
    auto outer = small_statement();
    outer["object"] = sign(inner).statement;
    outer["object"]["objectType"] = "SubStatement";
    const auto jws = test_signer().sign({{"alg", "RS256"}}, inner.dump());
    EXPECT_EQ(codes(check_signatures(outer, {part_of(jws)})), Codes{});
    outer["object"]["verb"]["id"] = "https://e.example/other";
    EXPECT_EQ(codes(check_signatures(outer, {part_of(jws)})), Codes{"signature_payload"});
}

TEST(CheckSignatures, ManySignaturesCostNoMoreThanTheyAre) {
    const auto jws = test_signer().sign({{"alg", "RS256"}}, small_statement().dump());
    auto often = sign(small_statement(), jws).statement;
    const json one = often["attachments"].back();
    for (int i = 1; i < 16; ++i) often["attachments"].push_back(one);
    EXPECT_EQ(codes(check_signatures(often, {part_of(jws)})), Codes{}) << "one signature, named often";
    for (int i = 0; i < 20'000; ++i) often["attachments"].push_back(one);
    const auto problems = check_signatures(often, {part_of(jws)});
    ASSERT_EQ(codes(problems), Codes{"too_many_signatures"});
    EXPECT_EQ(problems[0].pointer, "/attachments/16");
}

TEST(CheckSignatures, EndsWithTheFiftiethProblem) {
    const auto jws = test_signer().sign({{"alg", "RS256"}}, full_statement().dump());
    auto batch = json::array();
    for (int i = 0; i < 200; ++i) batch.push_back(sign(small_statement(), jws).statement);
    EXPECT_EQ(check_signatures(batch, {part_of(jws)}).size(), 50u);
}

TEST(CheckSignatures, OneSignatureIsNotOfAnyNumberOfStatements) {
    auto nameless = small_statement();
    nameless.erase("id");
    const auto jws = test_signer().sign({{"alg", "RS256"}}, nameless.dump());
    auto batch = json::array();
    for (int i = 0; i < 17; ++i) batch.push_back(sign(nameless, jws).statement);
    const auto problems = check_signatures(batch, {part_of(jws)});
    ASSERT_EQ(codes(problems), Codes{"signature_payload"});
    EXPECT_EQ(problems[0].pointer, "/16/attachments/0");
}

}  // namespace
}  // namespace capbridge::xapi
