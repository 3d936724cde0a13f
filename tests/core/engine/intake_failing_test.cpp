// A store that fails at each append in turn: nothing is lost and nothing is doubled, whatever the kinds.
#include <gtest/gtest.h>

#include "core/engine/intake_world.hpp"

namespace capbridge::engine {
namespace {

// Fails from the n-th append on, as a disk that is full does.
class FailingJournal final : public store::Journal {
public:
    FailingJournal(store::Journal& journal, const int& from, int& count)
        : journal_(journal), from_(from), count_(count) {}
    void append(std::shared_ptr<const store::Batch> batch, Done done) override {
        if (++count_ >= from_) return done(fail("store_full", "the disk is full"));
        journal_.append(std::move(batch), std::move(done));
    }
    Result<store::Appended> append(store::Batch batch) override {
        if (++count_ >= from_) return fail("store_full", "the disk is full");
        return journal_.append(std::move(batch));
    }
    std::optional<store::StatementRow> statement(std::string_view id,
                                                 const std::optional<std::string>& owner) override {
        return journal_.statement(id, owner);
    }
    std::vector<store::StatementRow> statements(const store::StatementQuery& query) override {
        return journal_.statements(query);
    }
    std::vector<store::Entry> entries(std::int64_t after, std::size_t limit, Bodies bodies) override {
        return journal_.entries(after, limit, bodies);
    }
    std::vector<store::DecisionRow> decisions_in_force(std::string_view kind) override {
        return journal_.decisions_in_force(kind);
    }
    std::optional<store::DecisionRow> decision_in_force(std::string_view kind,
                                                        std::string_view key) override {
        return journal_.decision_in_force(kind, key);
    }
    std::vector<store::DecisionRow> decisions_of_run(std::int64_t run) override {
        return journal_.decisions_of_run(run);
    }
    std::vector<store::StatementRow> statements_of_run(std::int64_t run) override {
        return journal_.statements_of_run(run);
    }
    std::size_t count_of_run(std::int64_t run) override { return journal_.count_of_run(run); }
    Watermark watermark() override { return journal_.watermark(); }
    std::optional<std::string> definition_of(std::string_view activity) override {
        return journal_.definition_of(activity);
    }
    std::vector<std::string> names_of(std::string_view agent) override { return journal_.names_of(agent); }
    std::vector<std::string> attachments_of(std::int64_t seq) override {
        return journal_.attachments_of(seq);
    }

private:
    store::Journal& journal_;
    const int& from_;
    int& count_;
};

class FailingStore final : public store::Store {
public:
    FailingStore(std::unique_ptr<store::Store> store, const int& from, int& count)
        : store_(std::move(store)), journal_(store_->journal(), from, count) {}
    store::Journal& journal() override { return journal_; }
    store::Sources& sources() override { return store_->sources(); }
    store::Projection& projection() override { return store_->projection(); }
    store::Access& access() override { return store_->access(); }
    store::Documents& documents() override { return store_->documents(); }
    store::Attachments& attachments() override { return store_->attachments(); }
    store::Packages& packages() override { return store_->packages(); }
    store::Outbox& outbox() override { return store_->outbox(); }
    store::Erasings& erasings() override { return store_->erasings(); }
    store::Audit& audit() override { return store_->audit(); }
    [[nodiscard]] store::Installation installation() const override { return store_->installation(); }
    Status set_organisation(std::string_view name) override { return store_->set_organisation(name); }

private:
    std::unique_ptr<store::Store> store_;
    FailingJournal journal_;
};

constexpr int never = 1'000'000;

class IntakeOnAFailingDisk : public testing::Test {
protected:
    void SetUp() override {
        w.bridge.reset();
        auto store = store::open_store(w.dir, store::Mode::own, "https://bridge.example");
        w.bridge = std::make_unique<Bridge>(std::make_unique<FailingStore>(std::move(*store), from, count),
                                            nullptr, std::make_unique<StillClock>());
        ASSERT_TRUE(w.intake(earlier()).status);
    }

    static json who(int person) {
        return json::array(
            {{{"scheme", "esr-employee"}, {"issuer", "demo"}, {"value", std::to_string(1000 + person)}}});
    }
    static std::pair<std::string, json> held(int person, const std::string& to) {
        return {"competency_held",
                {{"who", who(person)}, {"key", std::to_string(person)}, {"competency", "c1"}, {"to", to}}};
    }
    static std::pair<std::string, json> attempt(int number, const std::string& success) {
        const json sco{{"id", "s"}, {"success", success}};
        return {"scorm_attempt",
                {{"who", who(1)},
                 {"activity", {{"id", "fire"}}},
                 {"key", "a" + std::to_string(number)},
                 {"attempt", 1},
                 {"scos", number % 2 == 0 ? json::array({sco})
                                          : json::array({sco, {{"id", "t"}, {"completion", "completed"}}})}}};
    }
    static std::pair<std::string, json> statement(int number) {
        return {"statement",
                {{"statement",
                  {{"id", "11111111-1111-4111-8111-0000000000" + std::to_string(10 + number)},
                   {"actor", {{"mbox", "mailto:severn@trust.example"}}},
                   {"verb", {{"id", "http://adlnet.gov/expapi/verbs/passed"}}},
                   {"object", {{"id", "https://lms.example/AI-1"}}}}}}};
    }
    static IntakeWorld::Records earlier() {
        return {IntakeWorld::completion(1),
                IntakeWorld::completion(2),
                held(1, "2027-01-31"),
                attempt(1, "failed"),
                {"completion", {{"key", "1003/AI-1"}}}};
    }
    // Something of every kind, new, changed, withdrawn and rejected, in more than one batch.
    static IntakeWorld::Records pull() {
        IntakeWorld::Records out{{"course", {{"id", "AI-1"}, {"title", "Basics"}}},
                                 {"competency_definition", {{"id", "c1"}, {"name", "Fire"}}}};
        for (int i = 1; i < 12; ++i) {
            out.push_back(IntakeWorld::completion(i, "completed", i == 2 ? "2026-05-01" : "2026-03-01"));
            out.push_back(held(i, "2028-01-31"));
            out.push_back(attempt(i, "passed"));
            out.push_back(statement(i));
            if (i % 3 == 0) out.emplace_back("checkpoint", "c" + std::to_string(i));
        }
        out.emplace_back("withdraw", json{{"kind", "completion"}, {"key", "1001/AI-1"}});
        out.emplace_back("completion", json{{"key", "no/what"}});
        out.emplace_back("checkpoint", "end");
        return out;
    }
    struct State {
        std::map<std::string, json> standing;
        std::string cursor, courses, quarantine, digest;
        friend bool operator==(const State&, const State&) = default;
    };
    State state() {
        auto quarantine = w.ask("quarantine.list")["records"];
        std::string kept;
        for (auto& record : quarantine)
            kept += record["kind"].get<std::string>() + record["key"].dump() + "\n";
        return {w.standing(), w.row().cursor, w.ask("course.list")["courses"].dump(), kept,
                w.ask("rebuild")["digest"]};
    }

    IntakeWorld w;
    int from = never, count = 0;
};

TEST_F(IntakeOnAFailingDisk, EveryBrokenPullIsMendedByTheNext) {
    // What it must come to, in a world of its own.
    IntakeWorld other;
    ASSERT_TRUE(other.intake(earlier()).status);
    ASSERT_TRUE(other.intake(pull()).status);
    const auto expected = other.standing().size();

    int failed = 0;
    for (int step = 1;; ++step) {
        count = 0;
        from = step;
        const auto done = w.intake(pull());
        if (done.status) break;
        ++failed;
        EXPECT_EQ(done.status.error().code, "store_full");
        // The cursor never covers what is not there: a pull that goes on from it has nothing to mend before
        // it.
        const auto cursor = w.row().cursor;
        EXPECT_TRUE(cursor.empty() || cursor.front() == 'c') << cursor;
    }
    EXPECT_GT(failed, 3);
    const auto mended = state();
    EXPECT_EQ(mended.standing.size(), expected);
    EXPECT_EQ(mended.cursor, "end");
    EXPECT_EQ(mended.quarantine, "completion\"no/what\"\n");
    from = never;
    const auto entries = w.entries();
    const auto again = w.intake(pull());
    ASSERT_TRUE(again.status);
    EXPECT_EQ(again.counts.added + again.counts.changed + again.counts.withdrawn, 0U);
    EXPECT_EQ(w.entries(), entries);
    EXPECT_EQ(state(), mended);
}

TEST_F(IntakeOnAFailingDisk, AfterAFailureNothingMoreOfThePullIsWritten) {
    from = count + 1;
    store::RunRow run;
    run.kind = "sync";
    run.source = "lms";
    const auto id = *w.bridge->store().sources().begin_run(run);
    const Progress progress = [](std::string_view, std::size_t, std::size_t) {};
    Intake intake(*w.bridge, w.row(), id, progress, IntakeOptions{});
    ASSERT_TRUE(intake.emit("completion", World::completion(20)));
    EXPECT_FALSE(intake.checkpoint("one"));
    from = never;  // the disk has room again, but the records before are gone
    ASSERT_TRUE(intake.emit("completion", World::completion(21)));
    EXPECT_FALSE(intake.checkpoint("two"));
    EXPECT_FALSE(intake.finish());
    EXPECT_EQ(w.row().cursor, "");
}

}  // namespace
}  // namespace capbridge::engine
