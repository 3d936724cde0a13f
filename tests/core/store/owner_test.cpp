// Whose a statement is, and what statements tell about activities, agents and attachments.
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "core/base/json.hpp"
#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class OwnerTest : public StoreTest {
protected:
    void append_as(const std::string& owner, std::vector<std::variant<NewStatement, NewDecision>> entries,
                   bool only_own = false) {
        auto one = batch(std::move(entries));
        one.owner = owner;
        one.only_own = only_own;
        ASSERT_TRUE(journal().append(std::move(one)));
    }
    std::vector<std::string> of(const std::string& owner, std::optional<std::string> verb = {}) {
        StatementQuery query;
        query.owner = owner;
        query.verb = std::move(verb);
        return ids(query);
    }
};

TEST_F(OwnerTest, EachFindsItsOwn) {
    append_as("source:a", {statement(1, {{Kind::verb, "v"}}), statement(2, {{Kind::verb, "w"}})});
    append_as("source:b", {statement(3, {{Kind::verb, "v"}})});
    append({statement(4, {{Kind::verb, "v"}})});
    EXPECT_THAT(of("source:a"), ElementsAre(id(2), id(1)));
    EXPECT_THAT(of("source:b", "v"), ElementsAre(id(3)));
    EXPECT_THAT(of("source:a", "v"), ElementsAre(id(1)));
    EXPECT_THAT(of("source:c"), IsEmpty());
    EXPECT_TRUE(journal().statement(id(1), "source:a"));
    EXPECT_FALSE(journal().statement(id(1), "source:b"));
    EXPECT_FALSE(journal().statement(id(1), "source:c"));
    EXPECT_FALSE(journal().statement(id(4), "source:a"));
    EXPECT_TRUE(journal().statement(id(4)));
    open();
    EXPECT_THAT(of("source:a"), ElementsAre(id(2), id(1)));
    const auto reader = open_store(dir_.data(), Mode::read).value();
    StatementQuery query;
    query.owner = "source:b";
    EXPECT_EQ(reader->journal().statements(query).size(), 1u);
}

TEST_F(OwnerTest, AReferenceHandsNoOwnerOn) {
    append_as("source:a", {statement(1, {{Kind::verb, "v"}})});
    append_as("source:b", {referring(2, 1), referring(3, 4)});
    append_as("source:a", {statement(4, {{Kind::verb, "v"}})});
    EXPECT_THAT(of("source:a"), ElementsAre(id(4), id(1)));
    EXPECT_THAT(of("source:b", "v"), ElementsAre(id(3), id(2))) << "the other keys are handed on";
}

TEST_F(OwnerTest, VoidsOnlyItsOwnInEitherOrder) {
    append_as("source:a", {statement(1), statement(2)});
    append_as("source:b", {voiding(11, 1)}, true);
    EXPECT_EQ(journal().statement(id(1))->voided_by, "");
    append_as("source:a", {voiding(12, 2)}, true);
    EXPECT_EQ(journal().statement(id(2))->voided_by, id(12));
    append_as("source:b", {voiding(13, 3), voiding(14, 4)}, true);
    append_as("source:a", {statement(3)});
    append_as("source:b", {statement(4)});
    EXPECT_EQ(journal().statement(id(3))->voided_by, "");
    EXPECT_EQ(journal().statement(id(4))->voided_by, id(14));
    // Nobody in particular may void anybody's; somebody bound not what is nobody's.
    append_as("source:b", {voiding(15, 5)}, true);
    append({statement(5)});
    EXPECT_EQ(journal().statement(id(5))->voided_by, "");
    append({voiding(16, 1)});
    EXPECT_EQ(journal().statement(id(1))->voided_by, id(16));
    // The first voiding that may counts.
    append_as("source:b", {voiding(17, 6)}, true);
    append_as("source:c", {voiding(18, 6)});
    append_as("source:a", {statement(6)});
    EXPECT_EQ(journal().statement(id(6))->voided_by, id(18));
}

TEST_F(OwnerTest, WhatStatementsTellIsKept) {
    EXPECT_FALSE(journal().definition_of("https://x.example/a"));
    EXPECT_THAT(journal().names_of("mbox|mailto:a@x.example"), IsEmpty());
    const auto telling = [](int n, const std::string& definition, const std::string& name) {
        auto out = statement(n);
        out.activities = {{"https://x.example/a", definition}};
        out.names = {{"mbox|mailto:a@x.example", name}};
        return out;
    };
    const auto definition = [&] {
        return json::parse(journal().definition_of("https://x.example/a").value());
    };
    append({telling(1, R"({"name":{"en":"One"}})", "Ada"), telling(2, R"({"name":{"de":"Eins"}})", "Ada")});
    EXPECT_EQ(definition(), json::parse(R"({"name":{"en":"One","de":"Eins"}})"));
    EXPECT_THAT(journal().names_of("mbox|mailto:a@x.example"), ElementsAre("Ada"));
    append({telling(3, R"({"name":{"en":"Two"}})", "Ada L.")});
    EXPECT_EQ(definition()["name"]["en"], "Two");
    append({telling(4, R"({"name":{"en":"One"}})", "Ada")});
    EXPECT_EQ(definition()["name"]["en"], "One") << "what was heard before may be news again";
    open();
    append({telling(5, R"({"name":{"en":"One"}})", "Ada")});
    EXPECT_EQ(definition(), json::parse(R"({"name":{"en":"One","de":"Eins"}})"));
    EXPECT_THAT(journal().names_of("mbox|mailto:a@x.example"), ElementsAre("Ada", "Ada L."));
    // A refused batch tells nothing.
    auto refused = batch({telling(6, R"({"name":{"en":"Six"}})", "Six"), statement(5)});
    refused.on_existing = Batch::OnExisting::refuse;
    EXPECT_FALSE(journal().append(std::move(refused)));
    EXPECT_EQ(definition()["name"]["en"], "One");
}

TEST_F(OwnerTest, AttachmentsAreNamedWithTheirStatement) {
    auto with = statement(1);
    with.attachments = {std::string(64, 'a'), std::string(64, 'b')};
    const auto appended = append({with, statement(2)});
    EXPECT_THAT(journal().attachments_of(appended.first_seq),
                ElementsAre(std::string(64, 'a'), std::string(64, 'b')));
    EXPECT_THAT(journal().attachments_of(appended.last_seq), IsEmpty());
}

TEST_F(OwnerTest, EntriesWithoutBodiesTellTheRest) {
    auto one = statement(1);
    one.fact = NewFact{"mbox|mailto:a@x.example", {}};
    one.fact->fact.activity = "https://x.example/a";
    append({one, voiding(2, 1)});
    const auto rows = journal().entries(0, 10, Journal::Bodies::no);
    ASSERT_EQ(rows.size(), 2u);
    const auto& first = std::get<StatementRow>(rows[0]);
    EXPECT_EQ(first.body, "");
    EXPECT_EQ(first.actor, "mbox|mailto:a@x.example");
    EXPECT_EQ(first.voided_by, id(2));
    EXPECT_EQ(std::get<StatementRow>(rows[1]).voids, id(1));
    EXPECT_EQ(std::get<StatementRow>(journal().entries(0, 10)[0]).body, one.body);
}

TEST_F(OwnerTest, AFactIsFoundThoughItsActorIsNoKey) {
    auto one = statement(1);
    one.fact = NewFact{"mbox|mailto:a@x.example", {}};
    one.fact->fact.activity = "https://x.example/a";
    append({one});
    people::Person person;
    person.id = id(500);
    person.identifiers = {{"email", "", "a@x.example", {}, {}}};
    EXPECT_EQ(store_->projection().facts_of(person, {"mbox|mailto:a@x.example"}).size(), 1u);
}

}  // namespace
}  // namespace capbridge::store::test
