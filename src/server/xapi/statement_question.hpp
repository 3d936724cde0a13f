// GET /xapi/statements, read into a typed question, and the cursor of `more` (xAPI 1.0.3 part 3, 2.1.3
// and 2.1.4). A page chain keeps the bound of its first page, so that statements stored meanwhile neither
// shift nor repeat anything. Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/store/journal.hpp"
#include "core/xapi/format.hpp"

namespace capbridge::server {

inline constexpr std::size_t most_statements = 500;
// A page ends early when it gets larger than this, but for its first statement.
inline constexpr std::size_t most_page_bytes = 8u << 20;

struct StatementQuestion {
    std::string statement_id, voided_statement_id;  // lower case; one at most
    store::StatementQuery query;                    // when both are empty; up_to_seq 0 on a first page
    xapi::StatementFormat format = xapi::StatementFormat::exact;
    bool attachments = false;
    std::string filters;  // the parameters but the cursor, encoded again: what `more` carries on with
};
Result<StatementQuestion> read_statement_question(std::string_view query);

// The relative IRL of the page after the statement `after`; `prefix` is the path of the public URL, or "".
std::string more_link(std::string_view prefix, const StatementQuestion& question, std::int64_t after,
                      std::int64_t up_to);

}  // namespace capbridge::server
