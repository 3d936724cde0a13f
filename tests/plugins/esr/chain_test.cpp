// Many daily files say in the end what one full file says, in whatever order the rows come. Made-up people
// over ten years: some left long before the file that tells it.
#include <chrono>
#include <random>

#include "go_file.hpp"

namespace esr_test {
namespace {

constexpr int kFiles = 24;

// A row as it comes at last, and perhaps as it came before that.
struct Coming {
    std::string before, at_last;
    int after = -1;       // it comes no earlier than that row: nobody returns who has not left
    bool silent = false;  // at last it stands in full files only: the next row tells its end
};

class Trust {
public:
    explicit Trust(unsigned seed) : random_(seed) {
        for (int i = 0; i < 100; ++i) add_person();
    }
    // The rows of each daily file.
    std::vector<std::vector<std::string>> daily() {
        std::vector<std::vector<std::string>> files(kFiles);
        std::vector<int> lasts;
        for (const auto& row : rows_) {
            const int first = row.after < 0 ? 0 : lasts[static_cast<std::size_t>(row.after)];
            const int last = first + upto(kFiles - 1 - first);
            lasts.push_back(last);
            files[static_cast<std::size_t>(last)].push_back(row.silent ? row.before : row.at_last);
            if (!row.silent && !row.before.empty() && last > first)
                files[static_cast<std::size_t>(first + upto(last - 1 - first))].push_back(row.before);
        }
        for (auto& file : files) std::shuffle(file.begin(), file.end(), random_);
        return files;
    }
    std::vector<std::string> full() {
        std::vector<std::string> out;
        for (const auto& row : rows_) out.push_back(row.at_last);
        std::shuffle(out.begin(), out.end(), random_);
        return out;
    }

private:
    int upto(int n) { return std::uniform_int_distribution<int>(0, n)(random_); }
    bool one_in(int n) { return upto(n - 1) == 0; }
    // 0 is 2013-01-01.
    static std::string date(int n) {
        using namespace std::chrono;
        const year_month_day d{sys_days{2013y / 1 / 1} + days{n}};
        char text[16];
        std::snprintf(text, sizeof text, "%04d%02u%02u", static_cast<int>(d.year()),
                      static_cast<unsigned>(d.month()), static_cast<unsigned>(d.day()));
        return text;
    }

    // Returns where the row stands.
    int add(std::string before, std::string at_last, int after, bool silent = false) {
        rows_.push_back({std::move(before), std::move(at_last), after, silent});
        return static_cast<int>(rows_.size()) - 1;
    }

    void add_person() {
        const auto id = std::to_string(1000 + ++people_);
        int gone = -1;  // the row of the last termination
        for (int from = upto(2900), spell = 0; spell < 3; ++spell) {
            const int left = one_in(3) ? -1 : from + 1 + upto(1500);
            const bool back = left >= 0 && one_in(3);
            for (int posts = upto(2); posts >= 0; --posts) add_assignment(id, from, left, gone);
            const Person open{.id = id, .start = date(from), .number = "2" + id, .hired = date(from)};
            auto at_last = open;
            if (left >= 0) at_last.terminated = date(left);
            if (back) at_last.end = date(left);
            gone = add(left >= 0 && one_in(2) ? std::string(open) : "", at_last, gone);
            if (!back) break;
            from = left + 2 + upto(900);
            auto away = at_last;
            away.start = date(left + 1);
            away.end = date(from - 1);
            if (one_in(2)) add("", away, gone);
        }
    }

    // Dated rows that follow each other; behind the last comes the end of the person, its own, or none.
    void add_assignment(const std::string& person, int from, int left, int gone) {
        const auto id = std::to_string(70000 + ++assignments_);
        const int last = left < 0 ? from + 1000 : left;
        std::vector<int> starts{from};
        while (one_in(2) && starts.back() + 2 < last)
            starts.push_back(starts.back() + 1 + upto(last - starts.back() - 2));
        const bool says_ended = one_in(4), in_order = one_in(2);
        int before = gone;
        for (std::size_t i = 0; i < starts.size(); ++i) {
            const bool is_last = i + 1 == starts.size();
            auto columns = Columns{{2, person},
                                   {3, id},
                                   {4, date(starts[i])},
                                   {6, date(from)},
                                   {7, "E"},
                                   {8, "2" + id},
                                   {9, says_ended && is_last && i > 0 ? "TERM_ASSIGN" : "ACTIVE_ASSIGN"},
                                   {28, std::to_string(300 + upto(9))},
                                   {30, "400|Staff Nurse|Band 5|"},
                                   {35, "Estates and Ancillary|Porter"}};
            const auto open = row("ASA", 51, columns);
            if (!is_last) columns[5] = date(starts[i + 1] - 1);
            if (is_last && left >= 0 && one_in(3)) columns[5] = date(left);
            // Out of order, a row without its end would be one that overlaps the next.
            const bool earlier = (in_order || is_last) && one_in(2);
            const int own =
                add(earlier ? open : "", row("ASA", 51, columns), before, earlier && !is_last && one_in(3));
            if (in_order) before = own;
        }
    }

    std::mt19937 random_;
    int people_ = 0, assignments_ = 0;
    std::vector<Coming> rows_;
};

class ChainTest : public EsrTest {
protected:
    using Facts = std::map<std::string, std::string>;
    // What holds after these records, without what a row that is told again does not have.
    static void fold(const Run& run, Facts& facts) {
        for (const auto& event : run.events) {
            if (event.what != Run::Event::What::emit) continue;
            auto record = json::parse(event.text);
            if (event.kind == "withdraw") {
                facts.erase(record["kind"].get<std::string>() + " " + record["key"].get<std::string>());
                continue;
            }
            if (event.kind != "employment" && !record.value("key", "").starts_with("an:")) continue;
            for (const auto* member : {"fte", "primary", "revision"}) record.erase(member);
            facts[event.kind + " " + record["key"].get<std::string>()] = record.dump();
        }
    }
};

TEST_F(ChainTest, DailyFilesSayWhatOneFullFileSays) {
    for (unsigned seed = 1; seed <= 20; ++seed) {
        Trust trust(seed);
        host.files.clear();
        std::string cursor;
        Facts by_day, at_once;
        const auto files = trust.daily();
        for (int i = 0; i < kFiles; ++i) {
            put(2 + i, 10 + i, files[static_cast<std::size_t>(i)]);
            const auto run = pull(cursor);
            ASSERT_EQ(run.code, BRIDGE_OK) << run.user_message;
            cursor = run.cursor;
            fold(run, by_day);
        }
        host.files.clear();
        host.put_file(name(2 + kFiles, 1, "GOF"), full(2 + kFiles, 1, trust.full()));
        const auto run = pull();
        ASSERT_EQ(run.code, BRIDGE_OK) << run.user_message;
        EXPECT_TRUE(run.rejected().empty());
        fold(run, at_once);
        int others = 0;
        for (const auto& [key, fact] : at_once) {
            const auto it = by_day.find(key);
            if (it != by_day.end() && it->second == fact) continue;
            if (++others <= 3)
                ADD_FAILURE() << "seed " << seed << ", full: " << fact
                              << "\n daily: " << (it == by_day.end() ? "nothing" : it->second);
        }
        for (const auto& [key, fact] : by_day) {
            if (at_once.contains(key)) continue;
            if (++others <= 3) ADD_FAILURE() << "seed " << seed << ", full: nothing\n daily: " << fact;
        }
        EXPECT_EQ(others, 0) << "of " << at_once.size() << ", seed " << seed;
    }
}

}  // namespace
}  // namespace esr_test
