#include "adapters/kit/stage.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "adapters/json_slice.hpp"
#include "core/base/ids.hpp"

namespace capbridge::adapters {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::string_view vanished = "kit_vanished";

// What one key means: the last word of the adapter about it.
std::string slot(const Played::Event& event) {
    return event.kind + " " + event.key;
}

std::string key_of(std::string_view kind, std::string_view record) {
    const auto object = JsonObject::slice(record);
    if (!object) return {};
    if (auto key = object->text("key")) return *key;
    if (auto id = object->text("id")) return *id;
    if (auto scope = object->text("scope")) return *scope;
    return kind == "person" ? std::string(object->raw("who")) : std::string();
}

}  // namespace

std::size_t Played::checkpoints() const {
    return static_cast<std::size_t>(std::count_if(
        events.begin(), events.end(), [](const Event& e) { return e.what == Event::What::checkpoint; }));
}

std::string Played::last_cursor() const {
    for (auto it = events.rbegin(); it != events.rend(); ++it) {
        if (it->what == Event::What::checkpoint) return it->text;
    }
    return {};
}

std::map<std::string, std::string> Played::durable() const {
    std::map<std::string, std::string> out, open;
    for (const auto& event : events) {
        if (event.what == Event::What::checkpoint) {
            for (auto& [key, text] : open) out[key] = text;
            open.clear();
        } else if (!event.kind.starts_with("snapshot_")) {
            open[slot(event)] = event.what == Event::What::rejected ? "rejected" : event.text;
        }
    }
    return out;
}

std::map<std::string, std::set<std::string>> Played::snapshots() const {
    std::map<std::string, std::set<std::string>> open, closed;
    for (const auto& event : events) {
        if (event.what == Event::What::checkpoint) continue;
        if (event.kind == "snapshot_begin") {
            open[event.key].clear();
        } else if (event.kind == "snapshot_end") {
            if (const auto it = open.find(event.key); it != open.end()) {
                closed[event.key] = std::move(it->second);
                open.erase(it);
            }
        } else {
            for (auto& [scope, keys] : open) keys.insert(slot(event));
        }
    }
    return closed;
}

// The host of a stage: takes what the adapter says, and answers from the cassette.
class Stage::Host : public Session::Listener {
public:
    Host(Stage& stage, const PullOptions* options, Played& played)
        : stage_(stage), options_(options), played_(played) {}

    std::atomic<bool> cancel = false;

    Status on_frame(const Frame& frame, Session& session) override {
        const bool question = frame.kind == FrameKind::checkpoint || frame.kind == FrameKind::http_send ||
                              frame.kind == FrameKind::files_list || frame.kind == FrameKind::file_read;
        if (cancel && question) ++played_.asked_after_cancel;
        switch (frame.kind) {
            case FrameKind::alive:
                return {};
            case FrameKind::log:
                played_.log.push_back(text_of(frame.body, "message"));
                return {};
            case FrameKind::emit:
                return emit(frame.body, session);
            case FrameKind::reject:
                return reject(frame.body, session);
            case FrameKind::checkpoint:
                return checkpoint(frame, session);
            case FrameKind::state_get:
            case FrameKind::state_put:
                return state(frame, session);
            case FrameKind::files_list:
            case FrameKind::file_read:
                return files(frame, session);
            case FrameKind::http_send:
                return http(frame, session);
            default:
                return session.failed("adapter_protocol", "a frame that does not belong here.");
        }
    }

private:
    static std::string text_of(std::string_view body, std::string_view member) {
        const auto object = JsonObject::slice(body);
        return object ? object->text(member).value_or("") : "";
    }

    Status emit(std::string_view body, Session& session) {
        if (!options_) return session.failed("adapter_protocol", "it emitted a record outside a pull.");
        const auto object = JsonObject::slice(body);
        if (!object || !object->is_object("record"))
            return session.failed("adapter_protocol", "it emitted a record that is no JSON object.");
        stall();
        const auto record = object->raw("record");
        const auto kind = object->text("kind").value_or("");
        played_.events.push_back(
            {Played::Event::What::record, kind, key_of(kind, record), std::string(record)});
        return {};
    }

    Status reject(std::string_view body, Session& session) {
        const auto object = JsonObject::slice(body);
        if (!options_ || !object)
            return session.failed("adapter_protocol", "it rejected a record outside a pull.");
        played_.events.push_back({Played::Event::What::rejected, object->text("kind").value_or(""),
                                  object->text("key").value_or(""), std::string(object->raw("reason"))});
        return {};
    }

    Status checkpoint(const Frame& frame, Session& session) {
        if (!options_) return session.failed("adapter_protocol", "a checkpoint outside a pull.");
        stall();
        const auto number = checkpoints_++;
        if (options_->kill_at_checkpoint == number) return fail(std::string(vanished), "");
        played_.events.push_back({Played::Event::What::checkpoint, "", "", text_of(frame.body, "cursor")});
        if (options_->cancel_at_checkpoint == number) {
            cancel = true;
            if (options_->cancel_at_once) return session.answer_and_cancel(frame.call, json::object());
        }
        return session.answer(frame.call, json::object());
    }

    void stall() {
        if (!std::exchange(stalled_, true)) std::this_thread::sleep_for(options_->stall_at_first);
    }

    Status state(const Frame& frame, Session& session) {
        const auto key = text_of(frame.body, "key");
        if (frame.kind == FrameKind::state_put) {
            stage_.state_[key] = text_of(frame.body, "value");
            return session.answer(frame.call, json::object());
        }
        const auto it = stage_.state_.find(key);
        return it != stage_.state_.end() && !it->second.empty()
                   ? session.answer(frame.call, {{"value", it->second}})
                   : session.refuse(frame.call, "not_found", "");
    }

    Status files(const Frame& frame, Session& session) {
        if (!stage_.files_) return session.refuse(frame.call, "unsupported", "This cassette has no files.");
        if (frame.kind == FrameKind::files_list) {
            ++played_.file_lists;
            auto list = stage_.files_->list();
            return list ? session.answer(frame.call, {{"files", std::move(*list)}})
                        : session.refuse(frame.call, list.error().code, list.error().message);
        }
        ++played_.file_reads;
        const auto question = parse_json(frame.body);
        if (!question) return session.failed("adapter_protocol", "a question that is no JSON object.");
        const auto offset = question->value("offset", std::uint64_t{0});
        auto bytes = stage_.files_->read(
            get_string(*question, "name"), offset,
            std::min<std::size_t>(question->value("max_bytes", kMaxFileChunk), kMaxFileChunk));
        if (bytes && stage_.file_fault_) *bytes = stage_.file_fault_(offset, std::move(*bytes));
        return bytes ? session.answer(frame.call, {{"base64", base64(*bytes)}})
                     : session.refuse(frame.call, bytes.error().code, bytes.error().message);
    }

    Status http(const Frame& frame, Session& session);

    Stage& stage_;
    const PullOptions* options_;
    Played& played_;
    std::size_t checkpoints_ = 0;
    bool stalled_ = false;
};

// A fault in place of an answer is drawn before the cassette is asked.
Status Stage::Host::http(const Frame& frame, Session& session) {
    const auto questions = read_http_questions(frame.body);
    if (!questions) return session.failed("adapter_protocol", questions.error().message);
    if (!stage_.recorded_)
        return session.refuse(frame.call, "unsupported", "This adapter is tried without a cassette.");
    for (std::size_t i = 0; i < questions->size(); ++i) {
        const auto& question = (*questions)[i];
        played_.urls.push_back(question.url);
        const auto number = stage_.requests_++;
        if (stage_.fault_) {
            if (const auto fault = stage_.fault_(number, question)) {
                CAPBRIDGE_TRY(tell_outcome(session, frame.call, i, *fault));
                continue;
            }
        }
        CAPBRIDGE_TRY(
            stage_.recorded_->run({question}, &cancel, [&](std::size_t, const HttpOutcome& outcome) {
                return tell_outcome(session, frame.call, i, outcome);
            }));
    }
    return session.answer(frame.call, json::object());
}

Result<std::unique_ptr<Stage>> Stage::open(const ChildSpec& spec, const engine::AdapterInfo& adapter,
                                           const Cassette* cassette) {
    std::unique_ptr<Stage> stage(new Stage(spec, adapter, cassette));
    auto& settings = stage->settings_;
    settings.source_name = "kit";
    settings.adapter = adapter.id;
    if (cassette != nullptr) {
        settings.settings = cassette->settings;
        settings.http = cassette->http;
        settings.cassette = engine::SourceSettings::Cassette::replay;
        settings.cassette_folder = cassette->folder;
        CAPBRIDGE_LET(stage->recorded_, open_http_service(settings, adapter));
        if (cassette->has_files)
            stage->files_ =
                std::make_unique<DropFolder>(cassette->folder / "files", std::chrono::milliseconds{0});
    }
    Played loading;
    Host host(*stage, nullptr, loading);
    CAPBRIDGE_LET(stage->session_, open_session(spec, adapter, host));
    return stage;
}

Stage::Stage(ChildSpec spec, engine::AdapterInfo adapter, const Cassette* cassette)
    : spec_(std::move(spec)), adapter_(std::move(adapter)), cassette_(cassette) {}

Stage::~Stage() = default;

Played Stage::play(FrameKind question, json body, const Session::Limits& limits, const PullOptions* options) {
    Played played;
    Host host(*this, options, played);
    const auto began = SteadyClock::now();
    auto answer = session_->call(question, std::move(body), limits, host, &host.cancel);
    played.took = std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - began);
    if (answer) {
        played.answer = std::move(*answer);
    } else if (answer.error().code != vanished) {
        played.code = answer.error().code;
        played.message = answer.error().message;
    }
    return played;
}

Played Stage::describe() {
    return play(FrameKind::describe, json::object(), {spec_.timeouts.start});
}

Played Stage::configure(const std::string& adapter_id, const json& settings, bool anew) {
    json body{{"adapter", adapter_id},
              {"settings", settings},
              {"files", cassette_ != nullptr && cassette_->has_files},
              {"http", recorded_ != nullptr}};
    if (anew) body["anew"] = true;
    return play(FrameKind::configure, std::move(body), {spec_.timeouts.start});
}

Played Stage::check() {
    requests_ = 0;
    return play(FrameKind::check, json::object(), {spec_.timeouts.check});
}

Played Stage::pull(const PullOptions& options) {
    requests_ = 0;
    const Session::Limits limits{spec_.timeouts.pull_total, spec_.timeouts.pull_idle,
                                 spec_.timeouts.cancel_grace, spec_.timeouts.pull_progress};
    return play(FrameKind::pull, {{"cursor", options.cursor}}, limits, &options);
}

Played Stage::push(const std::string& kind, const std::string& key, const json& record,
                   const json& previous) {
    requests_ = 0;
    return play(FrameKind::push, {{"kind", kind}, {"key", key}, {"record", record}, {"previous", previous}},
                {spec_.timeouts.check});
}

std::optional<long> Stage::resident_kib() const {
    std::ifstream statm("/proc/" + std::to_string(session_->pid()) + "/statm");
    long size = 0, resident = 0;
    if (!(statm >> size >> resident) || resident <= 0) return std::nullopt;
    return resident * (::sysconf(_SC_PAGESIZE) / 1024);
}

namespace {
// The child lets nobody but root look at its descriptors.
std::optional<int> entries_of(pid_t pid, const char* what) {
    std::error_code ec;
    std::filesystem::directory_iterator it("/proc/" + std::to_string(pid) + "/" + what, ec);
    if (ec) return std::nullopt;
    int count = 0;
    for (; it != std::filesystem::directory_iterator(); it.increment(ec)) {
        if (ec) return std::nullopt;
        ++count;
    }
    return count == 0 ? std::nullopt : std::optional(count);
}
}  // namespace

std::optional<int> Stage::threads() const {
    return entries_of(session_->pid(), "task");
}

std::optional<int> Stage::open_files() const {
    return entries_of(session_->pid(), "fd");
}

}  // namespace capbridge::adapters
