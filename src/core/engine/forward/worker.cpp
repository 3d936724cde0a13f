#include "core/engine/forward/worker.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/log.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t entries_a_page = 200;
constexpr std::size_t most_entries_a_turn = 5000;  // then the cursor moves, though nothing was to be sent
constexpr std::size_t most_runs_known = 10'000;
constexpr auto longest_retry = std::chrono::seconds{20};
constexpr std::size_t most_letters_a_retry = 1000;  // a change holds up other changes: several short ones
constexpr std::size_t most_letters_read = 1'000'000;
constexpr std::chrono::milliseconds first_wait{1000}, longest_wait{300'000};

bool is_2_0(const json& statement) {
    const auto it = statement.find("version");
    return it != statement.end() && it->is_string() && it->get_ref<const std::string&>().starts_with("2.");
}

// A statement as it is sent to the target; an error is why it can never be sent.
Result<Outgoing> ready(store::Store& store, const TargetSettings& settings, const store::StatementRow& row,
                       const json& statement) {
    const bool lrs = settings.kind == TargetSettings::Kind::lrs;
    if (!statement.is_object()) return fail("damaged", "the journal's text of the statement is not JSON");
    // A store of 1.0.3 does not know all members and meanings of 2.0.
    if (lrs && settings.version == xapi::Version::v1_0_3 && is_2_0(statement))
        return fail("version", "the statement is of xAPI 2.0, the target's version is 1.0.3");
    return outgoing_of(store, row, statement, lrs);
}

Settled unsendable(const store::StatementRow& row, const Error& why) {
    return {row.seq, row.id, why.code, why.message};
}

std::vector<store::DeadLetter> dead_letters_of(const std::vector<Settled>& settled, const std::string& uuid,
                                               Instant now) {
    std::vector<store::DeadLetter> out;
    for (const auto& one : settled) {
        if (!one.code.empty()) out.push_back({uuid, one.seq, one.id, one.code, one.message, 1, now, now});
    }
    return out;
}

}  // namespace

ForwardWorker::ForwardWorker(Bridge& bridge, net::HttpClient& http, std::string target_uuid,
                             const std::atomic<bool>& stopping, std::function<double()> dice)
    : bridge_(bridge),
      http_(http),
      uuid_(std::move(target_uuid)),
      stopping_(stopping),
      dice_(std::move(dice)) {}

Status ForwardWorker::refresh(const store::TargetRow& row) {
    auto from = row.kind + " " + row.settings;
    if (settings_ && from == read_from_) return {};
    settings_.reset();
    ahead_.clear();
    read_upto_ = looked_upto_ = -1;  // so that the next turn begins at the cursor
    auto settings = read_target(row.kind, json::parse(row.settings, nullptr, false));
    if (!settings) return fail(settings.error());
    settings_ = std::move(*settings);
    read_from_ = std::move(from);
    next_try_.reset();
    return {};
}

bool ForwardWorker::is_of(const store::StatementRow& row, const std::string& source) {
    auto it = sources_of_runs_.find(row.run);
    if (it == sources_of_runs_.end()) {
        if (sources_of_runs_.size() >= most_runs_known) sources_of_runs_.clear();
        const auto run = bridge_.store().sources().run(row.run);
        it = sources_of_runs_.emplace(row.run, run ? run->source : std::string()).first;
    }
    if (it->second == source) return true;
    const auto known = bridge_.store().sources().source(source);
    return known && bridge_.store().journal().statement(row.id, "source:" + known->uuid).has_value();
}

bool ForwardWorker::passes(const store::StatementRow& row, const json& statement) {
    const auto& filter = settings_->filter;
    if (filter.passes_all()) return true;
    const auto from = [&](const store::StatementRow& which) {
        return [this, &which](const std::string& source) { return is_of(which, source); };
    };
    if (filter.passes(statement, row.stored, from(row))) return true;
    if (row.voids.empty()) return false;
    // Whoever got a statement must hear that it is void. A target that is not stored yet may pass later.
    const auto target = bridge_.store().journal().statement(row.voids);
    if (!target) return true;
    const auto document = json::parse(target->body, nullptr, false);
    return document.is_object() && filter.passes(document, target->stored, from(*target));
}

ForwardWorker::Chosen ForwardWorker::choose(std::int64_t cursor) {
    if (looked_upto_ != cursor) {  // the first turn, or what was chosen last could not be settled
        ahead_.clear();
        read_upto_ = looked_upto_ = cursor;
    }
    Chosen out;
    out.upto = cursor;
    std::size_t bytes = 0;
    auto& store = bridge_.store();
    for (std::size_t looked = 0; !stopping_; ++looked) {
        if (ahead_.empty()) {
            for (auto& entry : store.journal().entries(read_upto_, entries_a_page))
                ahead_.push_back(std::move(entry));
            if (ahead_.empty()) break;
            read_upto_ = store::seq_of(ahead_.back());
        }
        if (out.batch.size() == settings_->batch || looked == most_entries_a_turn) {
            out.more = true;
            break;
        }
        if (const auto* row = std::get_if<store::StatementRow>(&ahead_.front())) {
            const auto statement = json::parse(row->body, nullptr, false);
            if (!statement.is_object() || passes(*row, statement)) {
                auto outgoing = ready(store, *settings_, *row, statement);
                const auto size = outgoing ? outgoing->bytes() : 0;
                if (!out.batch.empty() && bytes + size > settings_->batch_bytes) {
                    out.more = true;
                    break;
                }
                bytes += size;
                if (outgoing) {
                    out.batch.push_back(std::move(*outgoing));
                } else {
                    out.unsendable.push_back(unsendable(*row, outgoing.error()));
                }
            }
        }
        out.upto = looked_upto_ = store::seq_of(ahead_.front());
        ahead_.pop_front();
    }
    return out;
}

ForwardTurn ForwardWorker::troubled(const Trouble& trouble, bool went_on) {
    if (trouble.code == "cancelled" || stopping_) return {ForwardTurn::Next::at, bridge_.now()};
    failures_ = went_on ? 1 : std::min(failures_ + 1, 30);
    std::chrono::milliseconds wait{first_wait.count() << std::min(failures_ - 1, 16)};
    wait = std::min(wait, longest_wait);
    // Jitter, so that many daemons do not come back to a target at the same moment.
    wait = std::chrono::round<std::chrono::milliseconds>(wait * (0.5 + 0.5 * dice_()));
    if (trouble.retry_after)
        wait = std::max(wait, std::chrono::duration_cast<std::chrono::milliseconds>(*trouble.retry_after));
    const auto now = bridge_.now();
    next_try_ = now + wait;
    bridge_.forwarding.update(uuid_, [&](ForwardState& state) {
        state.error_code = trouble.code;
        state.error_message = trouble.message;
        state.error_at = now;
        state.next_try = next_try_;
        state.failures = failures_;
    });
    log::warn("forward_failed", {{"target", uuid_},
                                 {"code", trouble.code},
                                 {"failures", std::to_string(failures_)},
                                 {"next_try", format_instant(*next_try_)}});
    return {ForwardTurn::Next::at, *next_try_};
}

ForwardTurn ForwardWorker::turn() {
    auto& outbox = bridge_.store().outbox();
    const auto targets = outbox.targets();
    const auto row =
        std::find_if(targets.begin(), targets.end(), [&](const auto& one) { return one.uuid == uuid_; });
    if (row == targets.end() || row->paused) return {ForwardTurn::Next::ended, {}};
    if (const auto ready = refresh(*row); !ready) {
        if (next_try_ && bridge_.now() < *next_try_) return {ForwardTurn::Next::at, *next_try_};
        return troubled({"settings", ready.error().text(), std::nullopt}, false);
    }
    if (next_try_ && bridge_.now() < *next_try_) return {ForwardTurn::Next::at, *next_try_};
    next_try_.reset();

    const auto chosen = choose(row->cursor);
    Delivery delivery(
        http_, *settings_, row->name, uuid_, [this] { return bridge_.now(); }, &stopping_);
    std::vector<Settled> settled;
    auto trouble = delivery.send(chosen.batch, settled);

    // What was settled is a beginning of the batch.
    const auto delivered =
        std::count_if(settled.begin(), settled.end(), [](const auto& s) { return s.code.empty(); });
    auto upto = chosen.upto;
    if (settled.size() < chosen.batch.size()) upto = chosen.batch[settled.size()].seq - 1;
    for (const auto& one : chosen.unsendable) {
        if (one.seq <= upto) settled.push_back(one);
    }
    const auto now = bridge_.now();
    const auto dead = dead_letters_of(settled, uuid_, now);
    if (upto > row->cursor) {
        if (const auto moved = outbox.advance(uuid_, upto, now, dead); !moved) {
            looked_upto_ = -1;
            if (moved.error().code == "not_found") return {ForwardTurn::Next::ended, {}};
            return troubled({moved.error().code, moved.error().message, std::nullopt}, false);
        }
    }
    for (const auto& letter : dead)
        log::warn("forward_dead_letter",
                  {{"target", row->name}, {"statement", letter.statement}, {"code", letter.code}});
    bridge_.forwarding.update(uuid_, [&](ForwardState& state) {
        state.delivered += static_cast<std::uint64_t>(delivered);
        state.refused += dead.size();
        if (delivered > 0) state.last_delivered = now;
        if (trouble) return;
        state.error_code.clear();
        state.error_message.clear();
        state.error_at.reset();
        state.next_try.reset();
        state.failures = 0;
    });
    if (trouble) return troubled(*trouble, !settled.empty());
    failures_ = 0;
    return {chosen.more ? ForwardTurn::Next::again : ForwardTurn::Next::when_appended, {}};
}

Result<RetryReport> retry_dead_letters(Bridge& bridge, net::HttpClient& http, const store::TargetRow& target,
                                       std::optional<std::int64_t> seq, const std::atomic<bool>& stopping,
                                       const std::function<void(std::size_t, std::size_t)>& told) {
    auto& store = bridge.store();
    auto& outbox = store.outbox();
    CAPBRIDGE_LET(const auto settings,
                  read_target(target.kind, json::parse(target.settings, nullptr, false)));
    auto letters = outbox.dead_letters(target.uuid, seq ? most_letters_read : most_letters_a_retry);
    if (seq) std::erase_if(letters, [&](const auto& letter) { return letter.seq != *seq; });
    if (seq && letters.empty()) return fail("not_found", "there is no dead letter of this number");
    Delivery delivery(
        http, settings, target.name, target.uuid, [&bridge] { return bridge.now(); }, &stopping);
    RetryReport out;
    // A target that is slow to refuse must not hold up every other change: `left` tells what is left.
    const auto until = std::chrono::steady_clock::now() + longest_retry;
    for (const auto& letter : letters) {
        if (stopping || std::chrono::steady_clock::now() > until) break;
        told(out.tried, letters.size());
        std::vector<Settled> settled;
        const auto row = store.journal().statement(letter.statement);
        if (!row) {
            settled.push_back({letter.seq, letter.statement, "gone", "the statement is not in the journal"});
        } else if (const auto outgoing = ready(store, settings, *row, json::parse(row->body, nullptr, false));
                   !outgoing) {
            settled.push_back(unsendable(*row, outgoing.error()));
        } else if (auto trouble = delivery.send({&*outgoing, 1}, settled)) {
            out.trouble = std::move(trouble);
            break;
        }
        ++out.tried;
        if (settled.front().code.empty()) {
            ++out.delivered;
            CAPBRIDGE_TRY(outbox.remove_dead(target.uuid, letter.seq));
        } else {
            const auto now = bridge.now();
            // The cursor only ever moves forward: this leaves it.
            CAPBRIDGE_TRY(outbox.advance(target.uuid, 0, now, dead_letters_of(settled, target.uuid, now)));
        }
    }
    out.left = outbox.count_dead(target.uuid);
    if (out.delivered > 0) {
        bridge.forwarding.update(target.uuid, [&](ForwardState& state) { state.delivered += out.delivered; });
    }
    return out;
}

}  // namespace capbridge::engine
