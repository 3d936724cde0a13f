// Targets with their cursors, and dead letters.
#include "core/store/outbox.hpp"

#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {
namespace {

class OutboxTest : public StoreTest {
protected:
    Outbox& outbox() { return store_->outbox(); }
    TargetRow put(const std::string& name, std::int64_t cursor = 0) {
        TargetRow row;
        row.name = name;
        row.kind = "lrs";
        row.settings = "{}";
        row.cursor = cursor;
        auto put = outbox().put_target(row);
        EXPECT_TRUE(put) << put.error().text();
        return put.value_or(TargetRow{});
    }
    static DeadLetter letter(std::int64_t seq, const std::string& code = "refused") {
        DeadLetter out;
        out.seq = seq;
        out.statement = id(static_cast<int>(seq));
        out.code = code;
        out.message = "status 400";
        return out;
    }
};

TEST_F(OutboxTest, AKnownTargetKeepsItsPlaceAndItsUuid) {
    const auto first = put("lrs", 7);
    EXPECT_TRUE(is_uuid(first.uuid));
    ASSERT_TRUE(outbox().advance(first.uuid, 12, from_unix_ms(5), {}));
    auto again = first;
    again.kind = "webhook";
    again.settings = R"({"url":"https://x.example"})";
    again.cursor = 0;
    const auto second = outbox().put_target(again);
    ASSERT_TRUE(second);
    EXPECT_EQ(first.uuid, second->uuid);
    EXPECT_EQ(12, second->cursor);
    const auto row = outbox().target("lrs");
    ASSERT_TRUE(row);
    EXPECT_EQ("webhook", row->kind);
    EXPECT_EQ(again.settings, row->settings);
    EXPECT_EQ(12, row->cursor);
    EXPECT_EQ(from_unix_ms(5), row->moved);
    EXPECT_FALSE(outbox().target("other"));
}

TEST_F(OutboxTest, ATargetIsRenamedByItsUuidButTakesNoOthersName) {
    auto row = put("a");
    put("b");
    row.name = "c";
    ASSERT_TRUE(outbox().put_target(row));
    EXPECT_EQ(row.uuid, outbox().target("c")->uuid);
    EXPECT_EQ(2, outbox().targets().size());
    row.name = "b";
    EXPECT_EQ("name_taken", outbox().put_target(row).error().code);
}

TEST_F(OutboxTest, TheCursorNeverRunsBackAndSurvivesARestart) {
    const auto target = put("lrs");
    ASSERT_TRUE(outbox().advance(target.uuid, 20, from_unix_ms(1), {}));
    ASSERT_TRUE(outbox().advance(target.uuid, 10, from_unix_ms(2), {}));
    EXPECT_EQ(20, outbox().target("lrs")->cursor);
    ASSERT_TRUE(outbox().set_paused(target.uuid, true));
    open();
    EXPECT_EQ(20, outbox().target("lrs")->cursor);
    EXPECT_TRUE(outbox().target("lrs")->paused);
    ASSERT_TRUE(outbox().set_paused(target.uuid, false));
    EXPECT_FALSE(outbox().target("lrs")->paused);
}

TEST_F(OutboxTest, DeadLettersAreFiledWithTheCursorAndCountTheirTries) {
    const auto target = put("lrs");
    const auto other = put("other");
    ASSERT_TRUE(outbox().advance(target.uuid, 9, from_unix_ms(1), {letter(4), letter(2)}));
    ASSERT_TRUE(outbox().advance(other.uuid, 9, from_unix_ms(1), {letter(4)}));
    ASSERT_TRUE(outbox().advance(target.uuid, 9, from_unix_ms(3), {letter(4, "conflict")}));
    const auto dead = outbox().dead_letters(target.uuid, 10);
    ASSERT_EQ(2, dead.size());
    EXPECT_EQ(2, dead[0].seq);
    EXPECT_EQ(1, dead[0].tries);
    EXPECT_EQ(id(4), dead[1].statement);
    EXPECT_EQ("conflict", dead[1].code);
    EXPECT_EQ(2, dead[1].tries);
    EXPECT_EQ(from_unix_ms(1), dead[1].first);
    EXPECT_EQ(from_unix_ms(3), dead[1].last);
    EXPECT_EQ(1, outbox().dead_letters(target.uuid, 1).size());
    EXPECT_EQ(2, outbox().count_dead(target.uuid));
    ASSERT_TRUE(outbox().remove_dead(target.uuid, 4));
    EXPECT_EQ("not_found", outbox().remove_dead(target.uuid, 4).error().code);
    EXPECT_EQ(1, outbox().count_dead(target.uuid));
    EXPECT_EQ(1, outbox().count_dead(other.uuid));
}

TEST_F(OutboxTest, ARemovedTargetTakesItsDeadLettersWithIt) {
    const auto target = put("lrs");
    ASSERT_TRUE(outbox().advance(target.uuid, 9, from_unix_ms(1), {letter(4)}));
    ASSERT_TRUE(outbox().remove_target(target.uuid));
    EXPECT_TRUE(outbox().targets().empty());
    EXPECT_EQ(0, outbox().count_dead(target.uuid));
    EXPECT_EQ("not_found", outbox().remove_target(target.uuid).error().code);
    EXPECT_EQ("not_found", outbox().set_paused(target.uuid, true).error().code);
    EXPECT_EQ("not_found", outbox().advance(target.uuid, 10, from_unix_ms(1), {letter(5)}).error().code);
    EXPECT_EQ(0, put("lrs").cursor);
}

TEST_F(OutboxTest, AReaderChangesNothing) {
    const auto target = put("lrs");
    std::unique_ptr<Store> owner = std::move(store_);
    auto reader = open_sqlite_store(dir_.data(), Mode::read, "", {});
    ASSERT_TRUE(reader);
    EXPECT_EQ(1, (*reader)->outbox().targets().size());
    EXPECT_EQ("read_only", (*reader)->outbox().remove_target(target.uuid).error().code);
}

}  // namespace
}  // namespace capbridge::store::test
