// The trivial adapter of bench_frames: emits the same record with another number, so that what is measured is
// the way to the host. Settings, as the bench writes them: {"records":N,"every":N,"bytes":N}.
#include <cstdlib>
#include <string>

#include "bridge/adapter.hpp"

namespace {

class Frames : public bridge::Adapter, public bridge::Source {
public:
    static constexpr std::string_view id = "bench.frames";
    static constexpr std::string_view descriptor =
        R"({"id":"bench.frames","name":"Frames","vendor":"Bench","version":"1.0.0","config_schema":{"type":"object"}})";
    explicit Frames(bridge::Host) {}
    void configure(std::string_view settings, const bridge::Call&) override {
        settings_ = settings;
        settings_ += '}';
    }
    void check(const bridge::Call&) override {}

    void pull(std::string_view, bridge::Stream& out, const bridge::Call&) override {
        const auto records = number("records"), every = number("every"), bytes = number("bytes");
        const std::string head = R"({"who":[{"scheme":"esr-employee","issuer":"nymouth","value":")";
        std::string tail =
            R"("}],"activity":{"id":"AIF-101","title":"AI in practice"},"what":"completed",)"
            R"("occurred":{"value":"2026-03-01","precision":"day","basis":"completed"},"key":"AIF-101|)";
        const auto fixed = head.size() + tail.size() + 18;
        const std::string padding(static_cast<long long>(fixed) < bytes ? bytes - fixed : 0, 'x');
        std::string record;
        for (long long i = 0; i < records; ++i) {
            const auto n = std::to_string(10'000'000 + i);
            record.assign(head).append(n).append(tail).append(padding).append(n).append("\"}");
            out.emit("completion", record);
            if ((i + 1) % every == 0) out.checkpoint(n);
        }
        out.checkpoint("end");
    }

private:
    [[nodiscard]] long long number(const char* name) const {
        const auto at = settings_.find("\"" + std::string(name) + "\":");
        return at == std::string::npos ? 1
                                       : std::atoll(settings_.c_str() + at + std::string(name).size() + 3);
    }
    std::string settings_;
};

}  // namespace

BRIDGE_ADAPTERS(Frames)
