#include "adapters/services.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "adapters/json_slice.hpp"
#include "core/base/ids.hpp"
#include "core/base/log.hpp"
#include "core/base/plain_text.hpp"

namespace capbridge::adapters {
namespace {

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

log::Level level_of(std::string_view name) {
    if (name == "error") return log::Level::error;
    if (name == "warn") return log::Level::warn;
    return name == "info" ? log::Level::info : log::Level::debug;
}

}  // namespace

HostServices::HostServices(const engine::SourceSettings& settings, const engine::AdapterInfo& adapter,
                           std::chrono::milliseconds file_min_age, StateStore& state,
                           const std::atomic<bool>* cancel, HttpTuning tuning)
    : source_(settings.source_name),
      settings_(&settings),
      adapter_(&adapter),
      share_(state.share(settings.source_name)),
      cancel_(cancel),
      tuning_(std::move(tuning)) {
    if (!settings.folder.empty()) folder_.emplace(settings.folder, file_min_age);
    state_.emplace(memory_of(settings, *share_), share_->state_mutex);
    tuning_.redactor = redactor_;
    tuning_.tick = [this] { return session_ != nullptr ? session_->watch() : Status{}; };
    tuning_.time_left = [this] { return session_ != nullptr ? session_->time_left() : std::nullopt; };
}

void HostServices::log(std::string_view body) {
    const auto object = JsonObject::slice(body);
    if (!object || lines_left_ <= 0) return;
    if (--lines_left_ == 0) log::warn("adapter_log_full", {{"source", source_}});
    auto message = object->text("message").value_or("");
    clean(message);  // before it is cut: half a secret is not found
    log::write(level_of(object->text("level").value_or("")), "adapter_says",
               {{"source", source_}, {"message", plain_text(message, 1024)}});
}

Status HostServices::state(const Frame& frame, Session& session) {
    const auto object = JsonObject::slice(frame.body);
    if (!object) return session.failed("adapter_protocol", "a question that is no JSON object.");
    if (!state_) return session.refuse(frame.call, "unsupported", "There is no state here.");
    const auto key = object->text("key").value_or("");
    if (frame.kind == FrameKind::state_put) {
        const auto put = state_->put(key, object->text("value").value_or(""));
        return put ? session.answer(frame.call, json::object())
                   : session.refuse(frame.call, put.error().code, put.error().message);
    }
    const auto value = state_->get(key);
    return value ? session.answer(frame.call, {{"value", *value}})
                 : session.refuse(frame.call, "not_found", "");
}

void HostServices::note_young() {
    if (const auto files = too_young(); files > 0)
        log::info("adapter_file_too_young", {{"source", source_}, {"files", std::to_string(files)}});
}

Status HostServices::files(const Frame& frame, Session& session) {
    if (!folder_) return session.refuse(frame.call, "unsupported", "This source has no folder.");
    if (frame.kind == FrameKind::files_list) {
        auto list = folder_->list();
        note_young();
        if (list && list->dump(-1, ' ', false, json::error_handler_t::replace).size() > kMaxRecord)
            return session.refuse(frame.call, "rejected",
                                  "The list of the folder's files is too long; move old ones away.");
        return list ? session.answer(frame.call, {{"files", std::move(*list)}})
                    : session.refuse(frame.call, list.error().code, list.error().message);
    }
    const auto object = JsonObject::slice(frame.body);
    if (!object) return session.failed("adapter_protocol", "a question that is no JSON object.");
    const auto name = object->text("name").value_or("");
    const auto bytes =
        folder_->read(name, number(object->raw("offset")),
                      std::min<std::uint64_t>(number(object->raw("max_bytes")), kMaxFileChunk));
    if (!bytes && bytes.error().code == "retry")
        log::warn("adapter_file_changed", {{"source", source_}, {"why", bytes.error().message}});
    return bytes ? session.answer(frame.call, {{"base64", base64(*bytes)}})
                 : session.refuse(frame.call, bytes.error().code, bytes.error().message);
}

Status HostServices::http(const Frame& frame, Session& session) {
    if (settings_ == nullptr) return session.refuse(frame.call, "unsupported", "There is no HTTP here.");
    const auto questions = read_http_questions(frame.body);
    if (!questions) return session.failed("adapter_protocol", questions.error().message);
    if (!http_) {
        auto opened = open_http_service(*settings_, *adapter_, share_, tuning_);
        if (!opened) return session.refuse(frame.call, "config", opened.error().message);
        http_ = std::move(*opened);
    }
    session_ = &session;
    const auto done = http_->run(*questions, cancel_, [&](std::size_t index, const HttpOutcome& outcome) {
        return tell_outcome(session, frame.call, index, outcome);
    });
    session_ = nullptr;
    CAPBRIDGE_TRY(done);
    return session.answer(frame.call, json::object());
}

Status HostServices::on_frame(const Frame& frame, Session& session) {
    switch (frame.kind) {
        case FrameKind::alive:
            return {};
        case FrameKind::log:
            log(frame.body);
            return {};
        case FrameKind::state_get:
        case FrameKind::state_put:
            return state(frame, session);
        case FrameKind::files_list:
        case FrameKind::file_read:
            return files(frame, session);
        case FrameKind::http_send:
            return http(frame, session);
        default:
            return session.failed("adapter_protocol", "records outside a pull.");
    }
}

}  // namespace capbridge::adapters
