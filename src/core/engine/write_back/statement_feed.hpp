// The statements that a source is to have: the journal beyond its cursor, filtered, in batches, never what
// came from that source itself. A batch that is refused is halved until the one statement is found that
// nobody wants; it goes to the ledger and is tried again later. The cursor moves when everything up to it is
// settled: a crash sends the same ids again. One thread.
#pragma once
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/engine/bridge.hpp"
#include "core/engine/write_back/origins.hpp"
#include "core/engine/write_back/settings.hpp"

namespace capbridge::engine {

class StatementFeed {
public:
    // `retry`: what was refused goes again now, whenever its next try is due.
    StatementFeed(Bridge& bridge, const store::SourceRow& source, const ForwardFilter& filter, bool retry);

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

    // How many statements wait, refused ones that are due among them, for a dry run that asks for no batch;
    // looks at so many entries at most.
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
    // The next refused statements whose time has come; none when there are no more.
    std::vector<std::string> due_again();
    Status settled();
    Status put(const std::string& id, const std::string& state, const Error& why, const json& receipt);
    [[nodiscard]] std::int64_t cursor() const;

    Bridge& bridge_;
    const store::SourceRow source_;
    const ForwardFilter filter_;
    std::deque<Piece> pieces_;
    std::optional<std::int64_t> upto_;  // where the cursor goes when all pieces are settled
    const bool retry_;
    std::optional<std::string> ledger_after_ = "";  // how far the refused were looked at; none: all were
    Origins origins_;
};

}  // namespace capbridge::engine
