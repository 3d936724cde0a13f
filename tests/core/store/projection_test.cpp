// The projection: what goes in comes out, in one commit with the cursor, and twice the same gives the same
// digest.
#include <gmock/gmock.h>

#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

using competency::Attainment;
using competency::Fact;
using people::Assignment;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Day day(int n) {
    return Day{std::chrono::days{20000 + n}};
}
When on(Day d) {
    return {When::Precision::day, Instant{d}};
}

class ProjectionTest : public StoreTest {
protected:
    void SetUp() override {
        open();
        projection().set_requirements({"r0", "r1", "r2"});
    }
    Projection& projection() { return store_->projection(); }
    void apply(const ProjectionBatch& batch) {
        const auto status = projection().apply(batch);
        ASSERT_TRUE(status) << status.error().text();
    }

    static people::Person ada() {
        people::Person out;
        out.id = id(501);
        out.name = "Ada 100% Example";
        out.identifiers = {{"esr-employee", "trust", "17", day(0), day(10)},
                           {"email", "", "ada@example.org", {}, {}}};
        out.employments = {{"Ward 1", "Nursing", "Nurse", "p1", day(0), {}},
                           {"Ward 2", "Nursing", "Sister", "", {}, day(5)}};
        return out;
    }
    static people::Person bob() {
        people::Person out;
        out.id = id(502);
        out.name = "Bob Example";
        out.identifiers = {{"esr-employee", "trust", "17", day(11), {}}};
        return out;
    }
    static Fact fact(std::int64_t seq, Day occurred, const std::string& activity = "https://lms.example/a") {
        Fact out;
        out.seq = seq;
        out.activity = activity;
        out.what = Fact::What::passed;
        out.score = 0.75;
        out.occurred = on(occurred);
        out.expires = occurred + std::chrono::days{365};
        return out;
    }
    static competency::Record record(int requirement, const std::string& context = "") {
        competency::Record out;
        out.requirement = requirement;
        out.context = context;
        out.attainment = Attainment::met;
        out.reason = competency::Reason::met_direct;
        out.first_achieved = day(1);
        out.last_achieved = day(2);
        out.valid_to = day(400);
        competency::Contribution contribution;
        contribution.statement = id(1);
        contribution.mapping = "set@1/m";
        contribution.learning_item = "item";
        contribution.kind = competency::EvidenceKind::passed;
        contribution.counts = true;
        contribution.from = day(1);
        out.evidence = {contribution};
        return out;
    }
    // Ada and Bob, who had one number one after the other, and the statements 1 to 3 of it.
    ProjectionBatch everything() {
        ProjectionBatch batch;
        batch.people = {{ada().id, ada(), {"esr|17", "mail|ada"}}, {bob().id, bob(), {"esr|17"}}};
        batch.assignments = {
            {ada().id + "|driver",
             Assignment{ada().id, "driver", Assignment::State::confirmed, "person", day(1), {}, "m"}},
            {ada().id + "|user",
             Assignment{ada().id, "user", Assignment::State::proposed, "rule:r@1", {}, day(9), ""}}};
        batch.facts = {{"esr|17", fact(1, day(3))},
                       {"esr|17", fact(2, day(12))},
                       {"mail|ada", fact(3, day(50), "https://lms.example/b")}};
        batch.records = {{ada().id, {record(0), record(2), record(2, "deployment")}}};
        batch.cursor = 3;
        batch.folded_by = "1 framework@1";
        return batch;
    }
};

TEST_F(ProjectionTest, PeopleAndAssignmentsRoundTrip) {
    apply(everything());
    EXPECT_EQ(projection().person(ada().id), ada());
    EXPECT_EQ(projection().person(bob().id), bob());
    EXPECT_FALSE(projection().person(id(1)));
    EXPECT_EQ(projection().cursor(), 3);
    EXPECT_EQ(projection().folded_by(), "1 framework@1");
    EXPECT_EQ(projection().all_people().size(), 2u);
    const auto assignments = projection().assignments_of(ada().id);
    ASSERT_EQ(assignments.size(), 2u);
    EXPECT_EQ(assignments[0], *everything().assignments[0].assignment);
    EXPECT_EQ(assignments[1], *everything().assignments[1].assignment);
    EXPECT_EQ(projection().assignments().size(), 2u);

    ProjectionBatch change;
    auto renamed = ada();
    renamed.identifiers.pop_back();
    renamed.employments.clear();
    change.people = {{ada().id, renamed, {"esr|17"}}, {bob().id, {}, {}}, {id(99), {}, {}}};
    change.assignments = {{ada().id + "|user", {}}};
    apply(change);
    EXPECT_EQ(projection().person(ada().id), renamed);
    EXPECT_FALSE(projection().person(bob().id));
    EXPECT_EQ(projection().assignments_of(ada().id).size(), 1u);
    EXPECT_EQ(projection().records_of(ada().id).size(), 3u) << "records stay until they are folded again";
    EXPECT_EQ(projection().cursor(), 3);
}

TEST_F(ProjectionTest, PeopleAreFound) {
    apply(everything());
    EXPECT_EQ(projection().person_by_identifier("esr-employee", "trust", "17"), bob().id)
        << "whose it is now";
    EXPECT_EQ(projection().person_by_identifier("email", "", "Ada@Example.org"), ada().id);
    EXPECT_FALSE(projection().person_by_identifier("esr-employee", "other", "17"));
    EXPECT_EQ(projection().people_of_actors({"esr|17", "nobody"}).size(), 2u);
    EXPECT_THAT(projection().people_of_actors({"mail|ada"}), ElementsAre(ada().id));

    const auto found = [&](const PeopleQuery& query) {
        std::vector<std::string> names;
        for (const auto& person : projection().find_people(query).first)
            names.push_back(person.name.substr(0, 3));
        return names;
    };
    PeopleQuery query;
    EXPECT_THAT(found(query), ElementsAre("Ada", "Bob"));
    query.text = "EXAMPLE";
    EXPECT_THAT(found(query), ElementsAre("Ada", "Bob"));
    query.text = "0% e";
    EXPECT_THAT(found(query), ElementsAre("Ada"));
    query.text = "%";
    EXPECT_THAT(found(query), ElementsAre("Ada"));
    query.text = "ada@";
    EXPECT_THAT(found(query), ElementsAre("Ada"));
    query = {};
    query.unit = "Ward 2";
    query.job_role = "Sister";
    EXPECT_THAT(found(query), ElementsAre("Ada"));
    query.job_role = "Nurse";
    EXPECT_THAT(found(query), IsEmpty()) << "of one employment, not of two";
    query = {};
    query.archetype = "driver";
    EXPECT_THAT(found(query), ElementsAre("Ada"));
    query.archetype = "user";
    EXPECT_THAT(found(query), IsEmpty()) << "proposed is not confirmed";
    query = {};
    query.unassigned = true;
    EXPECT_THAT(found(query), ElementsAre("Bob"));
    query = {};
    query.limit = 1;
    query.offset = 1;
    const auto page = projection().find_people(query);
    EXPECT_EQ(page.second, 2u);
    ASSERT_EQ(page.first.size(), 1u);
    EXPECT_EQ(page.first[0], bob());
}

TEST_F(ProjectionTest, FactsBelongToWhoHadTheIdentifierOnTheDay) {
    append({statement(1, {{Kind::actor, "esr|17"}}), statement(2, {{Kind::actor, "esr|17"}}),
            statement(3, {{Kind::actor, "mail|ada"}})});
    append({voiding(9, 3)});
    apply(everything());
    auto hers = projection().facts_of(ada(), {"esr|17", "mail|ada"});
    std::sort(hers.begin(), hers.end(), [](const Fact& a, const Fact& b) { return a.seq < b.seq; });
    ASSERT_EQ(hers.size(), 2u);
    EXPECT_EQ(hers[0].statement, id(1));
    EXPECT_EQ(hers[0].activity, "https://lms.example/a");
    EXPECT_EQ(hers[0].what, Fact::What::passed);
    EXPECT_EQ(hers[0].score, 0.75);
    EXPECT_EQ(hers[0].occurred, on(day(3)));
    EXPECT_EQ(hers[0].expires, day(368));
    EXPECT_FALSE(hers[0].voided);
    EXPECT_TRUE(hers[1].voided) << "the journal says so, without a new fact";
    const auto his = projection().facts_of(bob(), {"esr|17"});
    ASSERT_EQ(his.size(), 1u);
    EXPECT_EQ(his[0].seq, 2);

    ProjectionBatch undated;
    undated.facts = {{"esr|17", fact(2, day(3))}};
    undated.facts[0].fact.occurred = {};
    undated.facts[0].fact.score.reset();
    undated.facts[0].fact.expires.reset();
    apply(undated);
    const auto again = projection().facts_of(bob(), {"esr|17"});
    ASSERT_EQ(again.size(), 1u) << "counts as of the day it was stored";
    EXPECT_EQ(again[0].occurred.precision, When::Precision::unknown);
    EXPECT_FALSE(again[0].score);
}

TEST_F(ProjectionTest, RecordsRoundTripAndSurviveANewOrderOfRequirements) {
    apply(everything());
    auto records = projection().records_of(ada().id);
    ASSERT_EQ(records.size(), 3u);
    EXPECT_EQ(records[1].requirement, 2);
    EXPECT_EQ(records[1].context, "");
    EXPECT_EQ(records[2].context, "deployment");
    EXPECT_EQ(records[0].attainment, Attainment::met);
    EXPECT_EQ(records[0].reason, competency::Reason::met_direct);
    EXPECT_EQ(records[0].first_achieved, day(1));
    EXPECT_EQ(records[0].last_achieved, day(2));
    EXPECT_EQ(records[0].valid_to, day(400));
    ASSERT_EQ(records[0].evidence.size(), 1u);
    EXPECT_EQ(records[0].evidence[0].mapping, "set@1/m");
    EXPECT_EQ(records[0].evidence[0].from, day(1));
    EXPECT_TRUE(records[0].evidence[0].counts);

    projection().set_requirements({"r2", "new", "r0"});
    records = projection().records_of(ada().id);
    ASSERT_EQ(records.size(), 3u);
    EXPECT_EQ(records[0].requirement, 0);
    EXPECT_EQ(records[1].context, "deployment");
    EXPECT_EQ(records[2].requirement, 2);
    projection().set_requirements({"r0"});
    EXPECT_EQ(projection().records_of(ada().id).size(), 1u);

    ProjectionBatch unknown;
    unknown.records = {{ada().id, {record(0), record(1)}}};
    unknown.cursor = 77;
    EXPECT_EQ(projection().apply(unknown).error().code, "unknown_requirement");
    EXPECT_EQ(projection().cursor(), 3) << "all or nothing";
    EXPECT_EQ(projection().records_of(ada().id).size(), 1u);
    unknown.records = {{id(99), {record(0)}}};
    EXPECT_EQ(projection().apply(unknown).error().code, "no_such_person");
    unknown.records = {{id(99), {}}};
    EXPECT_TRUE(projection().apply(unknown));
}

TEST_F(ProjectionTest, EachPersonInOrderOfId) {
    apply(everything());
    std::vector<std::string> seen;
    projection().each_person(false, [&](const competency::PersonFacts& facts) {
        seen.push_back(facts.person.id);
        for (const auto& record : facts.records) EXPECT_THAT(record.evidence, IsEmpty());
        // A visitor may read on; it sees the store as it is, not the snapshot.
        EXPECT_EQ(projection().person(facts.person.id), facts.person);
    });
    EXPECT_EQ(seen, projection().all_people());
    projection().each_person(true, [&](const competency::PersonFacts& facts) {
        if (facts.person.id == ada().id) {
            EXPECT_EQ(facts.assignments.size(), 2u);
            ASSERT_EQ(facts.records.size(), 3u);
            EXPECT_EQ(facts.records[2].evidence.size(), 1u);
        }
    });
    EXPECT_EQ(projection().person_facts(ada().id)->records.size(), 3u);
    EXPECT_FALSE(projection().person_facts(id(99)));
}

TEST_F(ProjectionTest, ATextThatARefusedBatchBroughtIsNewAgain) {
    auto refused = everything();
    refused.people = {{ada().id, ada(), {"esr|17", "only in this batch"}}};
    refused.records = {{id(99), {record(0)}}};
    EXPECT_EQ(projection().apply(refused).error().code, "no_such_person");
    append({statement(1, {{Kind::actor, "only in this batch"}}), statement(2, {{Kind::actor, "another"}})});
    open();  // what memory says no longer counts
    StatementQuery query;
    query.agent_key = "only in this batch";
    EXPECT_THAT(ids(query), ElementsAre(id(1)));
}

TEST_F(ProjectionTest, GapsAreCounted) {
    append(
        {statement(1), statement(2), statement(3), statement(4), statement(5), statement(6), statement(7)});
    append({voiding(9, 6)});
    auto batch = everything();
    batch.facts.push_back({"stranger", fact(4, day(3))});
    batch.facts.push_back({"other", fact(5, day(3))});
    batch.facts.push_back({"other", fact(7, day(3))});
    batch.facts.push_back({"voided only", fact(6, day(3), "https://lms.example/void")});
    apply(batch);
    const auto unresolved = projection().unresolved(10);
    ASSERT_EQ(unresolved.size(), 2u);
    EXPECT_EQ(unresolved[0].actor, "other");
    EXPECT_EQ(unresolved[0].statements, 2u);
    EXPECT_EQ(unresolved[0].last_seq, 7);
    EXPECT_EQ(projection().unresolved(1).size(), 1u);
    const auto activities = projection().activities();
    ASSERT_EQ(activities.size(), 2u);
    EXPECT_EQ(activities[0].activity, "https://lms.example/a");
    EXPECT_EQ(activities[0].statements, 5u);
    EXPECT_EQ(activities[0].people, 2u);
    EXPECT_EQ(activities[1].people, 1u);
}

TEST_F(ProjectionTest, TheDigestDependsOnWhatIsThereAndNotOnHowItCame) {
    const auto empty = projection().digest();
    apply(everything());
    const auto full = projection().digest();
    EXPECT_EQ(full.size(), 64u);
    EXPECT_NE(full, empty);
    apply(everything());
    EXPECT_EQ(projection().digest(), full);

    TemporaryDirectory other_dir;
    auto other = open_store(other_dir.data(), Mode::own).value();
    other->projection().set_requirements({"zero", "r2", "r1", "r0"});  // other interned keys, other indexes
    auto batch = everything();
    std::reverse(batch.people.begin(), batch.people.end());
    std::reverse(batch.facts.begin(), batch.facts.end());
    auto& records = batch.records[0].records;
    for (auto& record : records) record.requirement = 3 - record.requirement;
    ProjectionBatch people;
    people.people = batch.people;
    batch.people.clear();
    ASSERT_TRUE(other->projection().apply(people));
    ASSERT_TRUE(other->projection().apply(batch));
    EXPECT_EQ(other->projection().digest(), full);

    batch.records[0].records[0].valid_to.reset();
    ASSERT_TRUE(other->projection().apply(batch));
    EXPECT_NE(other->projection().digest(), full);

    ASSERT_TRUE(projection().reset());
    EXPECT_EQ(projection().digest(), empty);
    EXPECT_EQ(projection().cursor(), 0);
    EXPECT_EQ(projection().folded_by(), "");
    apply(everything());
    EXPECT_EQ(projection().digest(), full);
}

}  // namespace
}  // namespace capbridge::store::test
