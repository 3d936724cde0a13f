// The second reading of a file: row by row to the host. One Delivery for each file (or its rest). Nothing of
// a row that is rejected goes out but its line, the column and the rule. Not thread-safe.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "bridge/adapter.hpp"
#include "esr/lines.hpp"
#include "esr/records.hpp"
#include "esr/settings.hpp"
#include "esr/survey.hpp"

namespace esr_adapter {

struct DeliveryCounts {
    std::int64_t told = 0;          // records, withdrawals and rejections
    std::int64_t requirements = 0;  // competency rows that are no holding
    std::int64_t stale = 0;         // rows of what was deleted since
    std::int64_t unknown_rows = 0;  // deletions of assignments whose rows are forgotten
    std::int64_t amended = 0;       // posts and numbers of earlier files that end on another day now
    std::int64_t not_amended = 0;   // those of which too little is remembered
};

class Delivery {
public:
    // `full`: what is absent was withdrawn, so that nothing needs to be withdrawn row by row.
    Delivery(const Settings& settings, const Survey& survey, const std::string& file, bool full,
             bridge::Stream& out)
        : settings_(settings),
          survey_(survey),
          file_(file),
          full_(full),
          out_(out),
          records_(settings, survey) {}

    void line(const Line& line);
    // Behind the last line: what the file changes of rows that it does not tell.
    void amend();
    [[nodiscard]] const DeliveryCounts& counts() const { return counts_; }
    // False: a row could not even be given a key, so that absence means nothing.
    [[nodiscard]] bool whole() const { return whole_; }

private:
    void row(Type type, const Line& line);
    void assignment(const Line& line);
    void held(const Line& line);
    void deletion(Type type, const Line& line);
    void amend(const std::string& id);
    void retell(std::string_view kind, std::string_view record);
    void emit(std::string_view kind, std::string_view key, std::string_view record, const Line& line);
    void withdraw(std::string_view kind, std::string_view key, std::string_view reason);
    void reject(std::string_view kind, std::string_view key, const Line& line, const Unusable& why);

    const Settings& settings_;
    const Survey& survey_;
    const std::string& file_;
    bool full_;
    bridge::Stream& out_;
    Records records_;
    Fields fields_;
    DeliveryCounts counts_;
    bool whole_ = true;
};

}  // namespace esr_adapter
