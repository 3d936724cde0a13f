// Generic Outbound files as tests want them: a header, rows, a trailer. Rows are named columns, so that a
// test shows what matters and the positions stand in one place, written independently of the adapter's.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bridge/testing.hpp"

namespace esr_test {

using nlohmann::json;
using Columns = std::map<int, std::string>;

inline std::string row(const std::string& type, int width, const Columns& columns) {
    std::string out = type;
    for (int i = 2; i <= width; ++i) {
        const auto it = columns.find(i);
        out += "~" + (it == columns.end() ? std::string() : it->second);
    }
    return out + "\n";
}

struct Person {
    std::string id = "1001", start = "20200401", end = {}, number = "20001", last = "Severn", first = "Ada",
                preferred = {}, uuid = "555000111222", email = "ada.severn@example.org", terminated = {},
                hired = "20200401", updated = "20200402";
    operator std::string() const {
        return row("PRA", 44,
                   {{2, id},
                    {3, start},
                    {4, end},
                    {5, number},
                    {7, last},
                    {8, first},
                    {11, preferred},
                    {17, hired},
                    {18, terminated},
                    {30, uuid},
                    {34, "EMP"},
                    {36, email},
                    {39, updated}});
    }
};

struct Assignment {
    std::string person = "1001", id = "7001", start = "20200401", end = {}, number = "20001",
                status = "ACTIVE_ASSIGN", type = "E", primary = "Yes", fte = "1", unit = "300",
                position = "400", position_name = "400|Staff Nurse|Band 5|",
                job = "Nursing and Midwifery Registered|Staff Nurse", ends = {}, updated = "20200402 101112";
    operator std::string() const {
        return row("ASA", 51,
                   {{2, person},
                    {3, id},
                    {4, start},
                    {5, end},
                    {6, start},
                    {7, type},
                    {8, number},
                    {9, status},
                    {22, primary},
                    {26, fte},
                    {28, unit},
                    {29, position},
                    {30, position_name},
                    {35, job},
                    {45, updated},
                    {49, ends}});
    }
};

struct Held {
    std::string person = "1001", id = "9001", type = "PERSONAL", status = "ACHIEVED",
                name = "NHS|CSTF|Fire Safety - 2 Years|", from = "20210301", to = "20230228",
                level = "1 - Level 1", competence = {}, updated = "20210302 070336", job = {}, essential = {};
    operator std::string() const {
        return row("CMA", 27,
                   {{2, person},
                    {3, id},
                    {4, type},
                    {5, status},
                    {6, name},
                    {7, from},
                    {8, to},
                    {9, level},
                    {10, "123"},
                    {14, competence},
                    {16, job},
                    {21, essential},
                    {23, updated}});
    }
};

struct Definition {
    std::string id = "501", name = "NHS|CSTF|Fire Safety - 2 Years|", description = "Fire", count = "3",
                units = "Year", updated = "20200101 000000";
    operator std::string() const {
        return row(
            "CDA", 16,
            {{2, id}, {3, name}, {4, description}, {11, count}, {12, units}, {15, "123"}, {16, updated}});
    }
};

inline std::string position(const std::string& id, const std::string& group, const std::string& role,
                            const std::string& start = "20100101", const std::string& end = "") {
    return row("POA", 24, {{2, id}, {3, start}, {4, end}, {6, "a post"}, {9, group}, {10, role}});
}

inline std::string unit(const std::string& id, const std::string& name, const std::string& parent = "",
                        const std::string& updated = "20100101 000000") {
    return row("ORA", 16, {{2, id}, {3, name}, {5, "20100101"}, {11, parent}, {12, "RXX01"}, {14, updated}});
}

// 1 -> 20210401; a month is enough.
inline std::string day(int n) {
    return "202104" + std::string(n < 10 ? "0" : "") + std::to_string(n);
}
inline std::string name(int n, int sequence, const std::string& code = "GOC") {
    auto digits = std::to_string(sequence);
    digits.insert(0, 8 - digits.size(), '0');
    return "GO_123_GDW_" + code + "_" + day(n) + "_" + digits + ".DAT";
}
inline std::string header(const std::string& file, const std::string& from, const std::string& to,
                          const std::string& vpd = "123") {
    return "HDR~" + file + "~" + to + " 072050~" + vpd + "~" + from + " 000000~" + to + " 000000~01\n";
}
// The daily file of day n: its window is the day before.
inline std::string daily(int n, int sequence, const std::vector<std::string>& rows) {
    auto out = header(name(n, sequence), day(n - 1), day(n));
    for (const auto& r : rows) out += r;
    return out + "TRL~" + std::to_string(rows.size()) + "\n";
}
inline std::string full(int n, int sequence, const std::vector<std::string>& rows) {
    auto out = header(name(n, sequence, "GOF"), "00000000", day(n));
    for (const auto& r : rows) out += r;
    return out + "TRL~" + std::to_string(rows.size()) + "\n";
}

class EsrTest : public ::testing::Test {
protected:
    using Run = bridge::testing::Run;
    Run pull(const std::string& cursor = "", const json& more = json::object()) {
        bridge::testing::Bench bench(host, "esr");
        json settings{{"vpd", "123"}};
        settings.update(more);
        const auto configured = bench.configure(settings.dump());
        if (configured.code != BRIDGE_OK) return configured;
        return bench.pull(cursor);
    }
    void put(int n, int sequence, const std::vector<std::string>& rows) {
        host.put_file(name(n, sequence), daily(n, sequence, rows));
    }
    static std::vector<json> parsed(const Run& run, std::string_view kind) {
        std::vector<json> out;
        for (const auto& r : run.records(kind)) out.push_back(json::parse(r));
        return out;
    }
    // kind and key of all withdrawals, in order.
    static std::vector<std::string> withdrawn(const Run& run) {
        std::vector<std::string> out;
        for (const auto& w : parsed(run, "withdraw"))
            out.push_back(w["kind"].get<std::string>() + " " + w["key"].get<std::string>());
        return out;
    }
    static std::vector<std::string> keys(const Run& run, std::string_view kind) {
        std::vector<std::string> out;
        for (const auto& r : parsed(run, kind)) out.push_back(r.value("key", r.value("id", "")));
        return out;
    }
    bridge::testing::Host host;
};

using Strings = std::vector<std::string>;

}  // namespace esr_test
