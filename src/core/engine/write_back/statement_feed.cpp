#include "core/engine/write_back/statement_feed.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/engine/write_back/ledger.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t batch_most = 50, batch_bytes = 512u << 10;  // a frame to the adapter holds 1 MiB
constexpr std::size_t entries_a_page = 200, entries_a_turn = 5000, ledger_page = 200;
constexpr const char* kind = "statements";
constexpr const char* cursor_key = "host/push/statements";

}  // namespace

StatementFeed::StatementFeed(Bridge& bridge, const store::SourceRow& source, const ForwardFilter& filter,
                             bool retry)
    : bridge_(bridge), source_(source), filter_(filter), retry_(retry), origins_(bridge) {}

std::int64_t StatementFeed::cursor() const {
    const auto text = bridge_.store().sources().memory(source_.uuid, cursor_key).value_or("0");
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::vector<std::string> StatementFeed::due_again() {
    while (ledger_after_) {
        const auto rows =
            bridge_.store().sources().pushes_of(source_.uuid, kind, "rejected", *ledger_after_, ledger_page);
        if (rows.size() < ledger_page) {
            ledger_after_.reset();
        } else {
            ledger_after_ = rows.back().key;
        }
        std::vector<std::string> out;
        for (const auto& row : rows) {
            if (retry_ || is_due(row, bridge_.now())) out.push_back(row.key);
        }
        if (!out.empty()) return out;
    }
    return {};
}

StatementFeed::Chosen StatementFeed::choose(std::int64_t after) {
    Chosen out;
    out.upto = after;
    std::size_t bytes = 0, looked = 0;
    for (;;) {
        const auto entries = bridge_.store().journal().entries(out.upto, entries_a_page);
        if (entries.empty()) return out;
        for (const auto& entry : entries) {
            const auto* row = std::get_if<store::StatementRow>(&entry);
            const auto is_of = [&](const std::string& name) {
                const auto known = bridge_.store().sources().source(name);
                return row != nullptr && origins_.is_of(*row, name, known ? known->uuid : "");
            };
            if (row != nullptr && !origins_.is_of(*row, source_.name, source_.uuid) &&
                filter_.passes(json::parse(row->body, nullptr, false), row->stored, is_of)) {
                if (out.ids.size() == batch_most ||
                    (!out.ids.empty() && bytes + row->body.size() > batch_bytes)) {
                    out.more = true;
                    return out;
                }
                bytes += row->body.size();
                out.ids.push_back(row->id);
            }
            out.upto = store::seq_of(entry);
        }
        looked += entries.size();
        if (looked >= entries_a_turn || bridge_.stopping) {
            out.more = true;
            return out;
        }
    }
}

Result<std::optional<StatementFeed::Batch>> StatementFeed::next() {
    if (pieces_.empty()) {
        for (auto& id : due_again()) pieces_.push_back({{std::move(id)}, true});
    }
    while (pieces_.empty()) {
        const auto from = cursor();
        auto chosen = choose(from);
        if (chosen.upto == from && chosen.ids.empty()) return std::optional<Batch>{};
        upto_ = chosen.upto;
        if (!chosen.ids.empty()) pieces_.push_back({std::move(chosen.ids), false});
        CAPBRIDGE_TRY(settled());
        if (pieces_.empty() && (!chosen.more || bridge_.stopping)) return std::optional<Batch>{};
    }
    Batch out;
    out.record = {{"statements", json::array()}};
    for (const auto& id : pieces_.front().ids) {
        if (const auto row = bridge_.store().journal().statement(id))
            // With the times of this store: where the timestamp is missing, the other store would make up its
            // own, and the statement would come back as another one.
            out.record["statements"].push_back(json::parse(row->text(), nullptr, false));
    }
    out.key = sha256_hex(join(pieces_.front().ids, " ")).substr(0, 32);
    out.size = pieces_.front().ids.size();
    return std::optional(std::move(out));
}

Status StatementFeed::settled() {
    if (!pieces_.empty() || !upto_) return {};
    CAPBRIDGE_TRY(bridge_.store().sources().set_memory(source_.uuid, cursor_key, std::to_string(*upto_)));
    upto_.reset();
    return {};
}

Status StatementFeed::put(const std::string& id, const std::string& state, const Error& why,
                          const json& receipt) {
    auto& sources = bridge_.store().sources();
    auto row = sources.push(source_.uuid, kind, id).value_or(store::PushRow{});
    row.kind = kind;
    row.key = id;
    row = state == "pushed" ? pushed_row(std::move(row), receipt, bridge_.now())
                            : refused_row(std::move(row), why, bridge_.now());
    return sources.put_push(source_.uuid, row);
}

Status StatementFeed::taken(const json& receipt) {
    const auto piece = std::move(pieces_.front());
    pieces_.pop_front();
    sent += piece.ids.size();
    // Of those that went well at once the cursor says enough.
    if (piece.again) CAPBRIDGE_TRY(put(piece.ids.front(), "pushed", {}, receipt));
    return settled();
}

Status StatementFeed::refused(const Error& why) {
    auto piece = std::move(pieces_.front());
    pieces_.pop_front();
    if (piece.ids.size() > 1) {
        const auto middle = piece.ids.begin() + static_cast<std::ptrdiff_t>(piece.ids.size() / 2);
        pieces_.push_front({{middle, piece.ids.end()}, false});
        pieces_.push_front({{piece.ids.begin(), middle}, false});
        return {};
    }
    ++rejected;
    CAPBRIDGE_TRY(put(piece.ids.front(), "rejected", why, nullptr));
    return settled();
}

std::size_t StatementFeed::waiting(std::size_t entries_at_most) {
    std::size_t count = 0;
    for (auto again = due_again(); !again.empty(); again = due_again()) count += again.size();
    const auto begin = cursor();
    auto from = begin;
    for (;;) {
        const auto chosen = choose(from);
        count += chosen.ids.size();
        if (chosen.upto == from || !chosen.more ||
            static_cast<std::size_t>(chosen.upto - begin) > entries_at_most || bridge_.stopping)
            return count;
        from = chosen.upto;
    }
}

}  // namespace capbridge::engine
