// The statements that a source is to have: the journal beyond its cursor, filtered, in batches, never what
// came from that source itself. A batch that is refused is halved until the one statement is found that
// nobody wants; it goes to the ledger and is tried again later. The cursor moves when everything up to it is
// settled: a crash sends the same ids again. One thread.
#pragma once
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/engine/bridge.hpp"
#include "core/engine/write_back/settings.hpp"

namespace capbridge::engine {

class StatementFeed {
public:
    StatementFeed(Bridge& bridge, const store::SourceRow& source, const ForwardFilter& filter);

    // {"statements": [...]} and its key; nothing when the journal has no more.
    struct Batch {
        std::string key;
        json record;
        std::size_t size = 0;
    };
    Result<std::optional<Batch>> next();
    // What became of the batch that next() gave. Durable when it returns.
    Status taken(const json& receipt);
    Status refused(const Error& why);

    // How many statements wait, for a dry run; looks at so many entries at most.
    std::size_t waiting(std::size_t entries_at_most);

    std::size_t sent = 0, rejected = 0;

private:
    struct Piece {
        std::vector<std::string> ids;
        bool again = false;  // it was refused before, and is of the ledger
    };
    struct Chosen {
        std::vector<std::string> ids;
        std::int64_t upto = 0;
        bool more = false;
    };
    Chosen choose(std::int64_t after);
    bool is_of_source(const store::StatementRow& row, const std::string& source, std::string_view uuid);
    Status settled();
    Status put(const std::string& id, const std::string& state, const Error& why, const json& receipt);
    [[nodiscard]] std::int64_t cursor() const;

    Bridge& bridge_;
    const store::SourceRow source_;
    const ForwardFilter filter_;
    std::deque<Piece> pieces_;
    std::optional<std::int64_t> upto_;  // where the cursor goes when all pieces are settled
    bool looked_at_ledger_ = false;
    std::map<std::int64_t, std::string> sources_of_runs_;
};

}  // namespace capbridge::engine
