// What must never come out, and what must never bring the adapter down: dropped columns, rejected rows, junk,
// and pulls that end anywhere.
#include <random>

#include "core/base/json.hpp"
#include "esr/lines.hpp"
#include "esr/memory.hpp"
#include "esr/schema.hpp"
#include "esr/text.hpp"
#include "go_file.hpp"

namespace esr_test {
namespace {

using HostileTest = EsrTest;

std::string everything(const bridge::testing::Run& run, const bridge::testing::Host& host) {
    std::string out = run.user_message + run.log_message + run.cursor;
    for (const auto& e : run.events) out += e.kind + e.key + e.text;
    for (const auto& line : host.log) out += line;
    for (const auto& [key, value] : host.state) out += key + value;
    return out;
}

// Every column that is not on the list of kept ones holds a marker; the kept ones are as in `good`.
std::string marked(const std::string& good, int width, const std::set<int>& kept) {
    std::string out;
    std::size_t from = 0;
    for (int i = 1; i <= width + 5; ++i) {
        const auto end = std::min(good.find_first_of("~\n", from), good.size());
        const auto own = i <= width ? good.substr(from, end - from) : "";
        if (i > 1) out += "~";
        out += i == 1 || kept.contains(i) ? own : "MARK" + std::to_string(i) + own;
        from = std::min(end + 1, good.size());
    }
    return out + "\n";
}

TEST_F(HostileTest, ColumnsThatAreNotKeptComeOutNowhere) {
    const std::set<int> pr{2, 3, 4, 5, 7, 8, 9, 11, 18, 30, 36, 39}, or_{2, 3, 5, 6, 11, 12, 14},
        as{2, 3, 4, 5, 6, 7, 8, 9, 22, 26, 28, 29, 30, 35, 45, 49}, po{2, 3, 4, 9, 10},
        cm{2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 23}, cd{2, 3, 4, 11, 12, 16};
    Strings rows{
        marked(Person{}, 44, pr), marked(Assignment{}, 51, as), marked(position("400", "A", "B"), 24, po),
        marked(unit("300", "Ward"), 16, or_), marked(Held{}, 27, cm), marked(Definition{}, 16, cd),
        // and the same in rows that are rejected
        marked(Person{.id = "1002", .start = "soon"}, 44, pr), marked(Person{.id = "1 0"}, 44, pr),
        marked(Assignment{.id = "7002", .start = "x"}, 51, as), marked(unit("301", ""), 16, or_),
        marked(Held{.id = "2", .from = "20219999"}, 27, cm),
        marked(Definition{.id = "3", .name = "|"}, 16, cd),
        // whole record types that nobody asked for
        row("DTA", 9, {{2, "MARKdt"}}), row("ABA", 9, {{2, "MARKab"}}), row("COA", 9, {{2, "MARKco"}}),
        row("ELA", 9, {{2, "MARKel"}}), row("QLA", 9, {{2, "MARKql"}}), row("LCA", 9, {{2, "MARKlc"}}),
        row("STA", 9, {{2, "MARKst"}}), row("ETA", 9, {{2, "MARKet"}}), row("TRA", 9, {{2, "MARKtr"}}),
        "LOV~MARKlov\n", "DTD~MARKdtd\n", "CMD~9999~MARKcmd\n", "CMD~bad key~MARKkey\n"};
    put(2, 10, rows);
    const auto out = pull();
    ASSERT_EQ(out.code, BRIDGE_OK) << out.user_message;
    EXPECT_EQ(out.records("person").size(), 2u);
    EXPECT_EQ(out.records("employment").size(), 1u);
    EXPECT_EQ(out.records("unit").size(), 1u);
    EXPECT_EQ(out.records("competency_held").size(), 1u);
    EXPECT_EQ(out.records("competency_definition").size(), 1u);
    EXPECT_EQ(out.rejected().size(), 7u);
    EXPECT_EQ(everything(out, host).find("MARK"), std::string::npos) << everything(out, host);
    // The failures that end a run speak of no row either.
    host.put_file(name(3, 12), daily(3, 12, rows));
    EXPECT_EQ(everything(pull(out.cursor), host).find("MARK"), std::string::npos);
    host.put_file(name(3, 12), "HDR~MARK~MARK\n" + rows[0]);
    EXPECT_EQ(everything(pull(out.cursor), host).find("MARK"), std::string::npos);
    // A cursor holds no names of people.
    EXPECT_EQ(out.cursor.find("Severn"), std::string::npos);
}

TEST_F(HostileTest, ARejectedRowTellsLineColumnAndRuleOnly) {
    put(2, 10,
        {Person{.start = "soon", .last = "Wye"}, Held{.person = "", .name = "x"},
         Held{.id = "2", .to = "2021-01-01"}, Held{.id = "3", .name = ""},
         Held{.id = "4", .from = "20220101", .to = "20210101"}, Person{.id = "1003", .number = "AB123456C"},
         Person{.id = "1004", .last = std::string("W\0e", 3)}, Assignment{.number = "QQ 12 34 56 C"},
         Held{.id = ""}});
    const auto out = pull();
    ASSERT_EQ(out.code, BRIDGE_OK);
    Strings seen;
    for (const auto& r : out.rejected()) {
        const auto reason = json::parse(r.text);
        seen.push_back(r.kind + " " + r.key + " " +
                       reason["where"].get<std::string>().substr(name(2, 10).size()) + " " +
                       reason.value("column", "-"));
        for (const auto* secret : {"soon", "Wye", "AB123456C", "2021-01-01", "QQ"})
            EXPECT_EQ(r.text.find(secret), std::string::npos) << r.text;
    }
    EXPECT_EQ(seen,
              (Strings{"person pr:1001 :2 start", "competency_held cm:2 :4 end",
                       "competency_held cm:3 :5 competency_name", "competency_held cm:4 :6 end",
                       "person pr:1003 :7 employee_number", "person pr:1004 :8 last_name",
                       "employment as:7001@2020-04-01 :9 assignment_number", "competency_held  :10 id"}));
    EXPECT_EQ(everything(out, host).find("AB123456C"), std::string::npos);
}

// 12,000 holdings, people and posts among them, some of them bad, some deleted.
std::vector<std::string> many() {
    std::vector<std::string> rows;
    for (int i = 0; i < 12'000; ++i) {
        const auto n = std::to_string(i);
        if (i % 100 == 0) rows.push_back(Person{.id = n, .number = n});
        if (i % 100 == 1) rows.push_back(Assignment{.person = n, .id = n, .number = n});
        rows.push_back(
            Held{.person = std::to_string(i / 100 * 100), .id = n, .to = i % 500 == 0 ? "never" : ""});
        if (i % 1000 == 999) rows.push_back("CMD~" + std::to_string(i - 5) + "\n");
        if (i % 1000 == 500)
            rows.push_back(Held{.id = std::to_string(i - 501 < 0 ? 0 : i - 506)});  // deleted before
    }
    return rows;
}

TEST_F(HostileTest, ResumedAnywhereItTellsTheSame) {
    put(2, 10, many());
    put(3, 11, {Held{.id = "99999"}, "ASD~101\n"});
    const auto whole = pull();
    ASSERT_EQ(whole.code, BRIDGE_OK) << whole.user_message;
    ASSERT_GE(whole.checkpoints().size(), 4u);
    for (std::size_t stop = 1; stop < whole.checkpoints().size(); ++stop) {
        bridge::testing::Bench bench(host, "esr");
        bench.configure(R"({"vpd":"123"})");
        const auto part = bench.pull_until(static_cast<int>(stop), "");
        EXPECT_EQ(part.code, BRIDGE_CANCELLED);
        const auto rest = pull(part.cursor);
        for (const auto* kind : {"person", "employment", "competency_held", "withdraw"}) {
            auto together = part.durable(kind);
            const auto after = rest.records(kind);
            together.insert(together.end(), after.begin(), after.end());
            EXPECT_EQ(together, whole.records(kind)) << kind << " after checkpoint " << stop;
        }
        EXPECT_EQ(rest.cursor, whole.cursor);
    }
}

TEST_F(HostileTest, AFullFileThatWasInterruptedIsReadFromItsBeginning) {
    host.put_file(name(2, 1, "GOF"), full(2, 1, many()));
    bridge::testing::Bench bench(host, "esr");
    bench.configure(R"({"vpd":"123"})");
    const auto part = bench.pull_until(1, "");
    const auto rest = pull(part.cursor), whole = pull();
    EXPECT_EQ(rest.records("competency_held"), whole.records("competency_held"));
    EXPECT_EQ(rest.records("snapshot_begin").size(), 1u);
    EXPECT_EQ(rest.records("snapshot_end").size(), 1u);
}

TEST_F(HostileTest, AFileThatChangedSinceTheCheckpointIsReadFromItsBeginning) {
    put(2, 10, many());
    bridge::testing::Bench bench(host, "esr");
    bench.configure(R"({"vpd":"123"})");
    const auto part = bench.pull_until(1, "");
    put(2, 10, {Held{}});
    EXPECT_EQ(keys(pull(part.cursor), "competency_held"), Strings{"cm:9001"});
}

TEST_F(HostileTest, ASnapshotWithARowThatCouldNotBeToldStaysOpen) {
    host.put_file(name(2, 1, "GOF"), full(2, 1, {Held{}, Held{.id = ""}}));
    const auto out = pull();
    EXPECT_EQ(out.records("snapshot_begin").size(), 1u);
    EXPECT_TRUE(out.records("snapshot_end").empty());
    host.put_file(name(2, 1, "GOF"), full(2, 1, {Held{}, Held{.id = "2", .to = "x"}}));  // its key is known
    EXPECT_EQ(pull().records("snapshot_end").size(), 1u);
}

TEST_F(HostileTest, HugeLinesAndBytesOfAllKinds) {
    std::string all;
    for (int c = 0; c < 256; ++c) {
        if (c != '\n' && c != '~') all += static_cast<char>(c);
    }
    put(2, 10,
        {"CMA~" + std::string(3u << 20, 'x') + "\n", Held{.id = "2", .name = all}, all + "\n", "CM\n",
         "CMA\n", "PRA~\n", "\n\r\n", "ASA~~~~~\n", "CMX~1\n", "AS", "\n",
         Held{.id = std::string("9\0"
                                "1",
                                3)},
         Held{}});
    const auto out = pull();
    ASSERT_EQ(out.code, BRIDGE_OK) << out.user_message;
    EXPECT_EQ(keys(out, "competency_held"), Strings{"cm:9001"});
    EXPECT_GE(out.rejected().size(), 5u);
    for (const auto& r : out.rejected()) EXPECT_TRUE(json::accept(r.text)) << r.text;
}

TEST_F(HostileTest, JunkNeverBringsItDown) {
    std::mt19937 random(7);
    const auto good = daily(2, 10, {Person{}, Assignment{}, Held{}, Definition{}, unit("1", "A"), "CMD~1\n"});
    for (int i = 0; i < 3000; ++i) {
        auto bytes = good;
        for (int n = static_cast<int>(random() % 12); n >= 0; --n) {
            const auto at = random() % bytes.size();
            switch (random() % 4) {
                case 0:
                    bytes[at] = static_cast<char>(random());
                    break;
                case 1:
                    bytes.erase(at, random() % 40);
                    break;
                case 2:
                    bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 60));
                    break;
                default:
                    bytes[at] = "~|\n\0DA9"[random() % 7];
                    break;
            }
            if (bytes.empty()) bytes = "x";
        }
        host.put_file(name(2, 10), bytes);
        const auto out = pull();
        EXPECT_TRUE(out.code == BRIDGE_OK || out.code == BRIDGE_CONFIG || out.code == BRIDGE_RETRY)
            << out.log_message;
        for (const auto& e : out.events) EXPECT_TRUE(json::accept(e.text)) << e.text;
    }
}

TEST_F(HostileTest, ManyBytesWithoutAnEndOfLine) {
    host.put_file(name(2, 10), header(name(2, 10), day(1), day(2)) + std::string(8u << 20, '~'));
    EXPECT_EQ(pull().code, BRIDGE_RETRY);  // never a trailer
    host.put_file(name(2, 10), std::string(8u << 20, '\0'));
    EXPECT_EQ(pull().code, BRIDGE_CONFIG);
}

TEST(EsrLinesTest, ChunksDoNotShow) {
    bridge::testing::Host fake;
    std::string bytes;
    std::vector<std::string> expected;
    for (int i = 0; i < 40'000; ++i) {
        expected.push_back(std::to_string(i) + std::string(static_cast<std::size_t>(i % 61), 'x'));
        bytes += expected.back() + (i % 3 == 0 ? "\r\n" : "\n");
    }
    bytes.pop_back();
    fake.put_file("a", bytes);
    const bridge::Host host(fake.c());
    bridge_call raw{sizeof(bridge_call), 0, nullptr, 0, [](const bridge_call*) { return 0; }, nullptr};
    const bridge::Call call(&raw);
    esr_adapter::Lines lines(host, "a");
    esr_adapter::Line line;
    std::uint64_t at_1000 = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        ASSERT_TRUE(lines.next(line, call));
        ASSERT_EQ(line.text, expected[i]);
        ASSERT_EQ(line.number, static_cast<std::int64_t>(i) + 1);
        if (i == 999) at_1000 = line.end;
    }
    EXPECT_FALSE(lines.next(line, call));
    esr_adapter::Lines resumed(host, "a", at_1000, 1000);
    ASSERT_TRUE(resumed.next(line, call));
    EXPECT_EQ(line.text, expected[1000]);
    EXPECT_EQ(line.number, 1001);
}

TEST(EsrMemoryTest, ComesBackAsItWasAndStaysBounded) {
    esr_adapter::Memory memory;
    memory.positions["400"] = {"Estates & Ancillary", "P\"rter"};
    memory.definitions["501"] = {"NHS|CSTF|Fire: a; b^c", "P1Y"};
    memory.definitions["502"] = {"NHS|CSTF|Fire\xc3\xa8", ""};
    memory.definitions["503"] = {"NHS|CSTF|Fire\xc3\xa9", ""};  // shares half a character
    memory.assignments["7001"] = {"1001", "20001", 0, esr_adapter::kNever, {{20200401, {}}, {20210401, {}}}};
    memory.assignments["A48180"].posts[19700101];
    memory.leavers["1001"] = {{20200401, 20210131}};
    memory.tombstones["CM1"] = "20210402 000000";
    std::vector<std::string> parts;
    const auto text = memory.text(parts);
    EXPECT_TRUE(parts.empty());
    auto again = esr_adapter::Memory::parse(text);
    EXPECT_EQ(again.assignments, memory.assignments);
    EXPECT_EQ(again.leavers, memory.leavers);
    EXPECT_EQ(again.tombstones, memory.tombstones);
    EXPECT_EQ(again.definitions, memory.definitions);
    EXPECT_EQ(again.positions["400"].job_role, "P\"rter");
    EXPECT_EQ(again.text(parts), text);
    for (int i = 0; i < 100'000; ++i) {
        auto& post =
            memory.assignments[std::to_string(8'000'000 + i * 7)].posts[19900101 + i / 10'000 * 10'000];
        post.known = true;
        post.title = "Title " + std::to_string(i);
        post.position = std::to_string(i);
    }
    for (int i = 0; i < 50'000; ++i)
        memory.tombstones["CM" + std::string(40, 'x') + std::to_string(i)] = "20210403 000000";
    EXPECT_LE(memory.text(parts).size(), esr_adapter::Memory::kMostBytes);
    EXPECT_TRUE(memory.pruned);
    EXPECT_FALSE(memory.assignments.empty());
    EXPECT_FALSE(memory.tombstones.empty());
    EXPECT_EQ(memory.definitions.size(), 3u);
    for (int i = 0; i < 200'000; ++i) memory.positions[std::to_string(i)] = {"Group", "Role"};
    for (int i = 0; i < 100'000; ++i) memory.leavers[std::to_string(i)] = {{20200401, 20210131}};
    EXPECT_LE(memory.text(parts).size(), esr_adapter::Memory::kMostBytes);
}

TEST(EsrMemoryTest, ForgetsLeaversWithoutPostsFirstAndThoseWithPostsLast) {
    esr_adapter::Memory memory;
    for (int i = 0; i < 120'000; ++i) {
        const auto person = std::to_string(1'000'000 + i * 13);
        memory.leavers[person] = {{19900401 + i % 28, 20000131 + i / 6000 * 10'000}};
        if (i % 40 == 0)
            memory.assignments[std::to_string(8'000'000 + i)] = {
                person, {}, 0, esr_adapter::kNever, {{19900401, {}}}};
    }
    std::vector<std::string> parts;
    EXPECT_LE(memory.text(parts).size(), esr_adapter::Memory::kMostBytes);
    EXPECT_EQ(memory.assignments.size(), 3000u);
    for (const auto& [id, assignment] : memory.assignments)
        EXPECT_TRUE(memory.leavers.contains(assignment.person)) << id;
    EXPECT_LT(memory.leavers.size(), 120'000u);
    EXPECT_TRUE(memory.leavers.contains(std::to_string(1'000'000 + 119'999 * 13)));  // the last to leave
    EXPECT_FALSE(memory.leavers.contains(std::to_string(1'000'000 + 13)));
}

// A trust's catalogue, and one that is many times larger than any.
std::vector<std::string> catalogue(int from, int to) {
    std::vector<std::string> rows;
    for (int i = from; i < to; ++i)
        rows.push_back(Definition{.id = std::to_string(100'000 + i),
                                  .name = "123|LOCAL|Course " + std::to_string(i * 7919 % 1'000'000) + "|",
                                  .count = i % 3 == 0 ? "2" : "",
                                  .units = i % 3 == 0 ? "Year" : ""});
    return rows;
}

TEST_F(HostileTest, FiftyThousandDefinitionsStayWithinTheCursorAndTheState) {
    put(2, 10, catalogue(0, 50'000));
    const auto first = pull();
    ASSERT_EQ(first.code, BRIDGE_OK) << first.user_message << first.log_message;
    EXPECT_EQ(first.records("competency_definition").size(), 50'000u);
    EXPECT_LE(first.cursor.size(), 900u << 10);
    std::size_t state = 0;
    for (const auto& [key, value] : host.state) {
        EXPECT_LE(value.size(), 64u << 10);
        state += key.size() + value.size();
    }
    EXPECT_LE(state, 1u << 20);
    EXPECT_GT(state, 100u << 10);
    // Those that say more than their names come first, so that they are known whatever happens.
    put(3, 11, {Held{.id = "1", .name = "123|LOCAL|Course 23757|"}, "CDD~100000\n"});
    const auto second = pull(first.cursor);
    EXPECT_EQ(parsed(second, "competency_held")[0]["renewal"], "P2Y");
    EXPECT_EQ(withdrawn(second), Strings{"competency_definition 123|LOCAL|Course 0"});
    EXPECT_LE(second.cursor.size(), 900u << 10);
    // A checkpoint that never came: the state of the one before is still there.
    host.log.clear();
    EXPECT_EQ(withdrawn(pull(first.cursor)), Strings{"competency_definition 123|LOCAL|Course 0"});
    for (const auto& line : host.log) EXPECT_EQ(line.find("not in the source's state"), std::string::npos);
    host.state.clear();
    EXPECT_EQ(parsed(pull(first.cursor), "competency_held")[0]["renewal"], "P2Y");
    const bool said = std::any_of(host.log.begin(), host.log.end(), [](const std::string& line) {
        return line.find("not in the source's state any more") != std::string::npos;
    });
    EXPECT_TRUE(said);
}

TEST_F(HostileTest, MoreDefinitionsThanFitAreSaidToBeForgotten) {
    put(2, 10, catalogue(0, 120'000));
    const auto out = pull();
    ASSERT_EQ(out.code, BRIDGE_OK) << out.user_message;
    EXPECT_LE(out.cursor.size(), 900u << 10);
    const bool said = std::any_of(host.log.begin(), host.log.end(), [](const std::string& line) {
        return line.find("definitions are more than can be remembered") != std::string::npos;
    });
    EXPECT_TRUE(said);
}

TEST(EsrTextTest, DaysAndNumbers) {
    using esr_adapter::read_day;
    EXPECT_EQ(read_day("20240229"), 20240229);
    EXPECT_EQ(read_day("47121231"), esr_adapter::kNever);
    for (const auto* bad : {"", "20230229", "2023022", "202302288", "2023-2-1", "00000000", "2023022x"})
        EXPECT_FALSE(read_day(bad)) << bad;
    EXPECT_TRUE(esr_adapter::like_national_insurance("qq 12 34 56 c"));
    EXPECT_FALSE(esr_adapter::like_national_insurance("10949595"));
}

TEST(EsrSchemaTest, TheSchemaKnowsEveryFieldAndNoOther) {
    const auto schema = json::parse(esr_adapter::kDescriptor)["config_schema"];
    const auto ok = [&](const char* text) {
        return capbridge::validate_json(json::parse(text), schema).empty();
    };
    EXPECT_TRUE(ok(R"({"vpd":"123","columns":{"PR":{"email":37},"CM":{"level":0}}})"));
    EXPECT_FALSE(ok(R"({"vpd":"123","columns":{"PR":{"national_insurance_number":15}}})"));
    EXPECT_FALSE(ok(R"({"vpd":"123","columns":{"AB":{"id":2}}})"));
    EXPECT_FALSE(ok(R"({"vpd":"12"})"));
    EXPECT_FALSE(ok(R"({})"));
}

}  // namespace
}  // namespace esr_test
