#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "core/base/log.hpp"
#include "core/net/syslog.hpp"
#include "core/net/tls_stream.hpp"

namespace capbridge::net {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr std::size_t a_batch = 200;
constexpr milliseconds connect_timeout{10'000}, send_timeout{15'000}, first_rest{1'000}, longest_rest{60'000},
    between_looks{1'000}, last_words{2'000};
// A batch is over there when its connection is still open so long after it: a server that refuses us says so
// by closing, and that may come late. When we stop, a connection that has been proven needs less.
constexpr milliseconds hold{3'000}, last_hold{300}, short_look{20}, look_when_full{100};

TlsAddress address_of(const SyslogTarget& target) {
    return {target.host, target.port, target.ca_file, target.certificate_file, target.key_file};
}

class Sender final : public SyslogSender {
public:
    Sender(SyslogTarget target, SyslogFeed feed, std::size_t most_waiting)
        : target_(std::move(target)), feed_(std::move(feed)), most_waiting_(most_waiting) {
        state_.cursor = read_to_ = feed_.cursor;
        thread_ = std::thread([this] { loop(); });
    }
    ~Sender() override {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
            until_ = Steady::now() + last_words;
        }
        wake_.notify_all();
        thread_.join();
    }

    void put(SyslogMessage message) override {
        {
            const std::lock_guard lock(mutex_);
            if (queue_.size() >= most_waiting_) {
                ++state_.dropped;
                ++untold_;
                return;
            }
            queue_.push_back(std::move(message));
        }
        wake_.notify_one();
    }

    void wake() override {
        {
            const std::lock_guard lock(mutex_);
            woken_ = true;
        }
        wake_.notify_one();
    }

    SyslogState state() const override {
        const std::lock_guard lock(mutex_);
        auto out = state_;
        out.waiting = queue_.size();
        return out;
    }

private:
    struct Batch {
        std::vector<SyslogMessage> lines;  // of the queue
        std::vector<NumberedMessage> numbered;
        std::uint64_t dropped = 0;
        [[nodiscard]] bool empty() const { return lines.empty() && numbered.empty() && dropped == 0; }
    };
    // What was sent, and is not known to be over there. The feed gives its own again.
    struct Unconfirmed {
        std::vector<SyslogMessage> lines;
        std::uint64_t numbered = 0, dropped = 0;
        std::int64_t last = 0;  // 0: nothing of the feed
        Steady::time_point since{};
    };

    [[nodiscard]] bool is_full() const { return unconfirmed_lines_ >= most_waiting_; }

    Batch take() {
        Batch out;
        {
            const std::lock_guard lock(mutex_);
            const auto count = is_full() ? 0 : std::min(queue_.size(), a_batch);
            for (std::size_t i = 0; i < count; ++i) {
                out.lines.push_back(std::move(queue_.front()));
                queue_.pop_front();
            }
            out.dropped = std::exchange(untold_, 0);
            woken_ = false;
        }
        out.numbered = ask_feed();
        return out;
    }

    // A store that cannot be read is told about once, and asked again after a good while.
    std::vector<NumberedMessage> ask_feed() {
        if (!feed_.more || Steady::now() < next_ask_) return {};
        try {
            auto out = feed_.more(read_to_, a_batch);
            if (std::exchange(feed_failed_, false)) log::info("syslog.feed_read");
            return out;
        } catch (const std::exception&) {
            next_ask_ = Steady::now() + longest_rest;
            if (!std::exchange(feed_failed_, true)) log::warn("syslog.feed_failed");
            return {};
        }
    }

    void hold_back(Batch batch) {
        Unconfirmed out{std::move(batch.lines), batch.numbered.size(), batch.dropped, 0, Steady::now()};
        if (!batch.numbered.empty()) out.last = read_to_ = batch.numbered.back().n;
        unconfirmed_lines_ += out.lines.size();
        unconfirmed_.push_back(std::move(out));
    }

    // All of it comes again, in its order.
    void put_back() {
        const std::lock_guard lock(mutex_);
        for (auto batch = unconfirmed_.rbegin(); batch != unconfirmed_.rend(); ++batch) {
            for (auto line = batch->lines.rbegin(); line != batch->lines.rend(); ++line)
                queue_.push_front(std::move(*line));
            untold_ += batch->dropped;
        }
        unconfirmed_.clear();
        unconfirmed_lines_ = 0;
        read_to_ = state_.cursor;
    }

    Status send(const Batch& batch) {
        std::string bytes;
        const auto add = [&](const SyslogMessage& message) {
            bytes += syslog_frame(syslog_text(message, target_.facility, target_.own_name));
        };
        for (const auto& one : batch.numbered) add(one.message);
        for (const auto& line : batch.lines) add(line);
        if (batch.dropped > 0)
            add({std::chrono::floor<milliseconds>(std::chrono::system_clock::now()),
                 4,
                 "syslog.dropped",
                 {{"count", std::to_string(batch.dropped)}},
                 "lines of the log were dropped, the queue was full"});
        CAPBRIDGE_TRY(stream_->send(bytes, send_timeout));
        return stream_->wait_for_acknowledgement(send_timeout);
    }

    // The connection is open. What was sent long enough ago is over there.
    void confirm() {
        const auto now = Steady::now();
        const auto needed = stopping_ && is_proven_ ? last_hold : hold;
        if (now - connected_at_ >= hold) prove();
        std::int64_t last = 0;
        while (!unconfirmed_.empty() && now - unconfirmed_.front().since >= needed) {
            const auto& batch = unconfirmed_.front();
            if (batch.last > 0) last = batch.last;
            unconfirmed_lines_ -= batch.lines.size();
            const std::lock_guard lock(mutex_);
            state_.sent += batch.lines.size() + batch.numbered;
            if (last > 0) state_.cursor = last;
            unconfirmed_.pop_front();
            next_rest_ = first_rest;
        }
        if (last > 0 && feed_.keep) feed_.keep(last);
    }

    // Only now an outage is over: a server that refuses us lets us connect first.
    void prove() {
        if (std::exchange(is_proven_, true)) return;
        bool was_away = false;
        {
            const std::lock_guard lock(mutex_);
            was_away = !std::exchange(state_.error, {}).empty();
        }
        if (was_away) log::info("syslog.connected");
    }

    // Nothing more to say, or no time left to say it.
    bool is_over() {
        const std::lock_guard lock(mutex_);
        return stopping_ && (Steady::now() >= until_ || !stream_ || is_done_);
    }

    void rest(milliseconds how_long, bool for_work) {
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, how_long,
                       [&] { return stopping_ || (for_work && (woken_ || !queue_.empty())); });
    }

    void failed(const Error& error) {
        stream_.reset();
        is_proven_ = false;
        put_back();
        bool is_new = false;
        {
            const std::lock_guard lock(mutex_);
            is_new = state_.error.empty();
            state_.connected = false;
            state_.error = error.text();
        }
        // Once for each outage.
        if (is_new) log::warn("syslog.unreachable", {{"code", error.code}, {"error", error.message}});
    }

    Status connect() {
        CAPBRIDGE_LET(stream_, TlsStream::connect(address_of(target_), connect_timeout));
        connected_at_ = Steady::now();
        const std::lock_guard lock(mutex_);
        state_.connected = true;
        return {};
    }

    // One batch, or one look for one. An error: the connection is of no use any more.
    Status turn() {
        if (!stream_) CAPBRIDGE_TRY(connect());
        if (!stream_->is_open()) return fail("closed", "the other side ended the connection");
        confirm();
        auto batch = take();
        if (!batch.empty()) {
            auto done = send(batch);
            hold_back(std::move(batch));
            return done;
        }
        if (!stopping_) {
            rest(is_full() ? look_when_full : between_looks, !is_full());
        } else if (unconfirmed_.empty()) {
            is_done_ = true;
        } else {
            std::this_thread::sleep_for(short_look);
        }
        return {};
    }

    void loop() {
        while (!is_over()) {
            const auto done = turn();
            if (done) continue;
            failed(done.error());
            rest(next_rest_, false);
            next_rest_ = std::min(next_rest_ * 2, longest_rest);
        }
    }

    const SyslogTarget target_;
    const SyslogFeed feed_;
    const std::size_t most_waiting_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<SyslogMessage> queue_;
    SyslogState state_;
    std::uint64_t untold_ = 0;
    bool woken_ = false;
    std::atomic<bool> stopping_{false};
    Steady::time_point until_{};
    // Of the thread.
    std::unique_ptr<TlsStream> stream_;
    std::deque<Unconfirmed> unconfirmed_;
    std::size_t unconfirmed_lines_ = 0;
    std::int64_t read_to_ = 0;  // of the feed; the cursor follows
    Steady::time_point connected_at_{}, next_ask_{};
    milliseconds next_rest_ = first_rest;
    bool is_proven_ = false, is_done_ = false, feed_failed_ = false;

    std::thread thread_;
};

}  // namespace

std::unique_ptr<SyslogSender> start_syslog(SyslogTarget target, SyslogFeed feed, std::size_t most_waiting) {
    return std::make_unique<Sender>(std::move(target), std::move(feed), most_waiting);
}

Status try_syslog(const SyslogTarget& target) {
    CAPBRIDGE_TRY(TlsStream::connect(address_of(target), connect_timeout));
    return {};
}

}  // namespace capbridge::net
