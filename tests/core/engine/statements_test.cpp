#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/ids.hpp"
#include "core/engine/posting.hpp"

namespace capbridge::engine {
namespace {

const std::string id_1 = "6f7a1c9e-0000-4000-8000-000000000001";

json stored(World& w, const std::string& id) {
    const auto row = w.bridge->store().journal().statement(id);
    return row ? json::parse(row->text()) : json();
}

TEST(Statements, TheSameIsNoErrorAnotherContentIs) {
    World w;
    auto one = statement("a@demo.example");
    one["id"] = "6f7a1c9e-0000-4000-8000-000000000001";
    ASSERT_TRUE(post(w, one));
    EXPECT_TRUE(post(w, one));
    auto other = one;
    other["object"]["id"] = "https://lms.example/AI-2";
    EXPECT_EQ(post(w, other).error().code, "statement_conflict");
    EXPECT_EQ(post(w, json::array({statement("b@demo.example"), one}))->stored, 1U);
    EXPECT_EQ(post(w, json::array({one, one})).error().code, "duplicate_in_batch");
    EXPECT_EQ(post(w, one, "6f7a1c9e-0000-4000-8000-000000000002").error().code, "invalid_statement");
}

TEST(Statements, ABodyThatIsNoStatementIsRefused) {
    World w;
    for (const auto& body : {json(7), json("text"), json(nullptr), json::array({7})}) {
        EXPECT_EQ(post(w, body).error().code, "invalid_statement") << body;
    }
    EXPECT_EQ(post(w, json::array({statement("a@demo.example")}), "6f7a1c9e-0000-4000-8000-000000000002")
                  .error()
                  .code,
              "invalid_statement");
}

TEST(Statements, AHostileBodyGetsABoundedAnswer) {
    World w;
    const auto refused = post(w, json(std::vector<int>(20000, 0)));
    EXPECT_LT(refused.error().message.size(), 20000U);
}

TEST(Statements, ABatchIsStoredWholeOrNotAtAll) {
    World w;
    auto bad = statement("b@demo.example");
    bad["verb"]["id"] = "no iri";
    const auto before = w.bridge->store().journal().watermark().seq;
    const auto refused = post(w, json::array({statement("a@demo.example"), bad}));
    EXPECT_EQ(refused.error().code, "invalid_statement");
    EXPECT_NE(refused.error().message.find("/1/verb/id"), std::string::npos);
    EXPECT_EQ(w.bridge->store().journal().watermark().seq, before);
}

TEST(Statements, PostedStatementsBelongToARunThatCanBeTakenBack) {
    World w;
    w.people(3);
    w.mapping();
    ASSERT_TRUE(post(w, statement("p1001@demo.example")));
    ASSERT_TRUE(w.bridge->project());
    EXPECT_EQ(w.attainment(1), "met");
    const auto run = w.ask("run.list")["runs"][0];
    EXPECT_EQ(run["kind"], "request");
    EXPECT_EQ(w.ask("run.revert", {{"run", run["id"]}})["counts"]["voided"], 1);
    EXPECT_EQ(w.attainment(1), "none");
    ASSERT_TRUE(post(w, statement("p1002@demo.example")));  // goes into a new run
    EXPECT_NE(w.ask("run.list")["runs"][0]["id"], run["id"]);
}

TEST(Statements, EveryBadOneOfABatchIsNamed) {
    World w;
    auto bad = statement("b@demo.example");
    bad["verb"]["id"] = "no iri";
    auto worse = statement("c@demo.example");
    worse.erase("actor");
    const auto outcome = outcome_of(w, post_of(json::array({statement("a@demo.example"), bad, worse})));
    ASSERT_FALSE(outcome.posted);
    std::vector<std::string> pointers;
    for (const auto& problem : outcome.problems) {
        pointers.push_back(problem.pointer);
        EXPECT_FALSE(problem.code.empty());
        EXPECT_NE(problem.section.find("xAPI 1.0.3"), std::string::npos) << problem.section;
    }
    EXPECT_THAT(pointers, testing::UnorderedElementsAre("/1/verb/id", "/2"));
}

TEST(Statements, TheAuthorityIsTheSendersUnlessAnImportKeepsIt) {
    World w;
    auto one = statement("a@demo.example");
    one["id"] = id_1;
    one["authority"] = {{"mbox", "mailto:somebody@else.example"}, {"objectType", "Agent"}};
    ASSERT_TRUE(post(w, one));
    EXPECT_EQ(stored(w, id_1)["authority"]["mbox"], "mailto:authority@demo.example");
    auto kept = post_of(one);
    one["id"] = "6f7a1c9e-0000-4000-8000-000000000002";
    kept.body = one.dump();
    kept.keeps_authority = true;
    ASSERT_TRUE(outcome_of(w, std::move(kept)).posted);
    EXPECT_EQ(stored(w, one["id"])["authority"]["mbox"], "mailto:somebody@else.example");
}

TEST(Statements, AnAttachmentsBytesAreKeptOnceAndNamedByTheStatement) {
    World w;
    const std::string bytes("line\r\n\0 and more", 16);
    const auto sha2 = sha256_hex(bytes);
    auto one = statement("a@demo.example");
    one["id"] = id_1;
    one["attachments"] = {{{"usageType", "https://demo.example/proof"},
                           {"display", {{"en", "Proof"}}},
                           {"contentType", "text/plain"},
                           {"length", bytes.size()},
                           {"sha2", sha2}}};
    EXPECT_FALSE(post(w, one)) << "neither its bytes nor a fileUrl";
    auto with_bytes = post_of(one);
    with_bytes.parts.push_back({"text/plain", "binary", sha2, bytes});
    auto with_other_bytes = with_bytes;
    with_other_bytes.parts[0].bytes += "!";
    EXPECT_FALSE(outcome_of(w, std::move(with_other_bytes)).posted);
    EXPECT_FALSE(w.bridge->store().attachments().has(sha2)) << "what is refused leaves nothing";
    auto taken = one;
    taken["id"] = "6f7a1c9e-0000-4000-8000-000000000009";
    ASSERT_TRUE(post(w, [&] {
        auto without = taken;
        without.erase("attachments");
        return without;
    }()));
    auto conflict = post_of(taken);
    conflict.parts = with_bytes.parts;
    EXPECT_EQ(outcome_of(w, std::move(conflict)).posted.error().code, "statement_conflict");
    EXPECT_FALSE(w.bridge->store().attachments().has(sha2)) << "nor does a conflict";
    ASSERT_TRUE(outcome_of(w, std::move(with_bytes)).posted);
    EXPECT_EQ(w.bridge->store().attachments().read(sha2), bytes);
    const auto row = w.bridge->store().journal().statement(id_1);
    ASSERT_TRUE(row);
    EXPECT_THAT(w.bridge->store().journal().attachments_of(row->seq), testing::ElementsAre(sha2));
}

TEST(Statements, AStatementOfUnknownPeopleIsStoredAndWaitsForReview) {
    World w;
    ASSERT_TRUE(post(w, statement("nobody@elsewhere.example")));
    ASSERT_TRUE(w.bridge->project());
    EXPECT_EQ(w.ask("status")["unresolved_statements"], 1);
}

TEST(Statements, BatchesThatOverlapStoreEachStatementOnce) {
    World w;
    std::vector<json> all;
    for (int i = 0; i < 6; ++i) {
        all.push_back(statement("a@demo.example"));
        all.back()["id"] = uuid_v4();
    }
    EXPECT_EQ(post(w, json::array({all[0], all[1], all[2]}))->stored, 3U);
    EXPECT_EQ(post(w, json::array({all[4], all[2], all[3], all[0]}))->stored, 2U);
    auto other = all[3];
    other["verb"]["id"] = "http://adlnet.gov/expapi/verbs/failed";
    EXPECT_EQ(post(w, json::array({all[5], all[0], other})).error().code, "statement_conflict");
    EXPECT_TRUE(stored(w, all[5]["id"]).is_null()) << "all or nothing";
}

TEST(Statements, AForeignIdIsAConflictWhateverItSays) {
    World w;
    auto one = statement("a@demo.example");
    one["id"] = id_1;
    ASSERT_TRUE(post(w, one));
    auto foreign = post_of(one);
    foreign.owner = "source:x";
    foreign.only_own = true;
    EXPECT_EQ(outcome_of(w, foreign).posted.error().code, "statement_conflict");
}

TEST(Statements, OwnersSeeAndVoidTheirOwn) {
    World w;
    auto one = statement("a@demo.example");
    one["id"] = id_1;
    ASSERT_TRUE(post(w, one));
    auto& journal = w.bridge->store().journal();
    EXPECT_TRUE(journal.statement(id_1, "credential:k"));
    EXPECT_FALSE(journal.statement(id_1, "source:x"));
    store::StatementQuery query;
    query.owner = "source:x";
    EXPECT_TRUE(journal.statements(query).empty());
    query.owner = "credential:k";
    EXPECT_EQ(journal.statements(query).size(), 1U);

    auto voiding = statement("a@demo.example");
    voiding["verb"]["id"] = "http://adlnet.gov/expapi/verbs/voided";
    voiding["object"] = {{"objectType", "StatementRef"}, {"id", id_1}};
    auto foreign = post_of(voiding);
    foreign.owner = "source:x";
    foreign.only_own = true;
    ASSERT_TRUE(outcome_of(w, std::move(foreign)).posted);
    EXPECT_EQ(journal.statement(id_1)->voided_by, "") << "not its own";
    ASSERT_TRUE(post(w, voiding));
    EXPECT_NE(journal.statement(id_1)->voided_by, "");
}

TEST(Statements, AnothersIdIsAConflictWhateverItSays) {
    World w;
    auto one = statement("a@demo.example");
    one["id"] = id_1;
    ASSERT_TRUE(post(w, one));
    auto foreign = post_of(one);
    foreign.owner = "source:x";
    EXPECT_TRUE(outcome_of(w, foreign).posted) << "bound to nothing: the same is no error";
    foreign.only_own = true;
    const auto outcome = outcome_of(w, std::move(foreign));
    ASSERT_FALSE(outcome.posted) << "else it could guess at what another stored";
    EXPECT_EQ(outcome.posted.error().code, "statement_conflict");
    auto own = post_of(one);
    own.only_own = true;
    EXPECT_TRUE(outcome_of(w, std::move(own)).posted);
}

}  // namespace
}  // namespace capbridge::engine
