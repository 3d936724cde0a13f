// The stage on which the kit puts an adapter: a child process as in a hospital, and a host whose LMS is a
// cassette, with faults where a rule wants them. One Stage for each child; single-threaded.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/http_service.hpp"
#include "adapters/services.hpp"
#include "adapters/source.hpp"

namespace capbridge::adapters {

// A folder with source.json, files/ and recorded exchanges (docs/adapters.md).
struct Cassette {
    std::string name;
    std::filesystem::path folder;
    std::string adapter;
    json settings, http;
    json push = json::array();  // push.json: [{"kind","key","record"}]
    bool has_files = false;
};
// Error "bad_cassette" says what is wrong with it.
Result<Cassette> read_cassette(const std::filesystem::path& folder);

// What one request meets instead of its recorded answer.
using Fault = std::function<std::optional<HttpOutcome>(std::size_t request, const HttpQuestion& question)>;

// What a read of a file gives instead of its bytes.
using FileFault = std::function<std::string(std::uint64_t offset, std::string bytes)>;

// What came out of one call.
struct Played {
    std::string code;     // "" for success, else "adapter_retry", "adapter_crashed", ...
    std::string message;  // what it said
    struct Event {
        enum class What { record, rejected, checkpoint } what;
        std::string kind, key;
        std::string text;  // the record, the reason, the cursor
    };
    std::vector<Event> events;
    std::vector<std::string> log;
    std::vector<std::string> urls;  // of its requests
    std::size_t file_reads = 0, file_lists = 0;
    std::size_t asked_after_cancel = 0;  // questions to the host that came after it had said stop
    json answer;
    std::chrono::milliseconds took{0};

    [[nodiscard]] std::size_t checkpoints() const;
    [[nodiscard]] std::string last_cursor() const;  // "" before the first
    // Kind and key -> the last record that a checkpoint covers.
    [[nodiscard]] std::map<std::string, std::string> durable() const;
    // Scope -> kind and key of what stands in its last closed snapshot, rejected records too.
    [[nodiscard]] std::map<std::string, std::set<std::string>> snapshots() const;
};

class Stage {
public:
    // Loads the file in a new child. Errors are those of open_session().
    static Result<std::unique_ptr<Stage>> open(const ChildSpec& spec, const engine::AdapterInfo& adapter,
                                               const Cassette* cassette);
    ~Stage();

    Played describe();
    Played configure(const std::string& adapter_id, const json& settings, bool anew = false);
    Played check();
    struct PullOptions {
        std::string cursor;
        std::optional<std::size_t> kill_at_checkpoint;  // the host vanishes instead of acknowledging this one
        std::optional<std::size_t> cancel_at_checkpoint;  // acknowledged, then cancelled:
        bool cancel_at_once = false;                      // before the adapter can ask for more
        std::chrono::milliseconds stall_at_first{0};      // the host takes nothing for that long
    };
    Played pull(const PullOptions& options);
    Played push(const std::string& kind, const std::string& key, const json& record, const json& previous);

    void set_fault(Fault fault) { fault_ = std::move(fault); }
    void set_file_fault(FileFault fault) { file_fault_ = std::move(fault); }
    // Of the child; nullopt where this machine does not let us look.
    [[nodiscard]] std::optional<long> resident_kib() const;
    [[nodiscard]] std::optional<int> threads() const;
    [[nodiscard]] std::optional<int> open_files() const;

private:
    class Host;
    Stage(ChildSpec spec, engine::AdapterInfo adapter, const Cassette* cassette);
    Played play(FrameKind question, json body, const Session::Limits& limits,
                const PullOptions* options = nullptr);

    ChildSpec spec_;
    engine::AdapterInfo adapter_;
    const Cassette* cassette_;
    engine::SourceSettings settings_;
    std::unique_ptr<HttpService> recorded_;
    std::unique_ptr<Session> session_;
    Fault fault_;
    FileFault file_fault_;
    std::size_t requests_ = 0;
    std::map<std::string, std::string> state_;
    std::unique_ptr<DropFolder> files_;
};

}  // namespace capbridge::adapters
