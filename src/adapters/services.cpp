#include "adapters/services.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "adapters/json_slice.hpp"
#include "core/base/ids.hpp"
#include "core/base/log.hpp"

namespace capbridge::adapters {
namespace {

constexpr std::size_t kMaxKey = 256, kMaxValue = 64u << 10, kMaxState = 1u << 20;

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

std::optional<std::string> StateStore::get(const std::string& source, const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto& values = values_[source];
    const auto it = values.find(key);
    return it == values.end() ? std::nullopt : std::optional(it->second);
}

Status StateStore::put(const std::string& source, const std::string& key, const std::string& value) {
    if (key.empty() || key.size() > kMaxKey || value.size() > kMaxValue)
        return fail("rejected", "A key or value of the state is too large.");
    const std::lock_guard lock(mutex_);
    auto& values = values_[source];
    if (value.empty()) {
        values.erase(key);
        return {};
    }
    std::size_t total = key.size() + value.size();
    for (const auto& [k, v] : values) total += k == key ? 0 : k.size() + v.size();
    if (total > kMaxState) return fail("rejected", "The state is full.");
    values[key] = value;
    return {};
}

HostServices::HostServices(std::string source, const std::filesystem::path& folder,
                           std::chrono::milliseconds file_min_age, StateStore* state)
    : source_(std::move(source)), state_(state) {
    if (!folder.empty()) folder_.emplace(folder, file_min_age);
}

void HostServices::log(std::string_view body) {
    const auto object = JsonObject::slice(body);
    if (!object || lines_left_ <= 0) return;
    if (--lines_left_ == 0) log::warn("adapter_log_full", {{"source", source_}});
    auto message = object->text("message").value_or("").substr(0, 1024);
    std::replace_if(
        message.begin(), message.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    log::write(level_of(object->text("level").value_or("")), "adapter_says",
               {{"source", source_}, {"message", message}});
}

Status HostServices::state(const Frame& frame, Session& session) {
    const auto object = JsonObject::slice(frame.body);
    if (!object) return session.failed("adapter_protocol", "a question that is no JSON object.");
    if (!state_) return session.refuse(frame.call, "unsupported", "There is no state here.");
    const auto key = object->text("key").value_or("");
    if (frame.kind == FrameKind::state_put) {
        const auto put = state_->put(source_, key, object->text("value").value_or(""));
        return put ? session.answer(frame.call, json::object())
                   : session.refuse(frame.call, put.error().code, put.error().message);
    }
    const auto value = state_->get(source_, key);
    return value ? session.answer(frame.call, {{"value", *value}})
                 : session.refuse(frame.call, "not_found", "");
}

void HostServices::note_young() {
    constexpr std::size_t most_lines = 20;
    const auto& names = folder_->too_young();
    for (std::size_t i = 0; i < names.size() && i < most_lines; ++i)
        log::info("adapter_file_too_young", {{"source", source_}, {"file", names[i]}});
    if (names.size() > most_lines) {
        log::info("adapter_files_too_young", {{"source", source_}, {"files", std::to_string(names.size())}});
    }
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
        log::warn("adapter_file_changed",
                  {{"source", source_}, {"file", name}, {"why", bytes.error().message}});
    return bytes ? session.answer(frame.call, {{"base64", base64(*bytes)}})
                 : session.refuse(frame.call, bytes.error().code, bytes.error().message);
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
            return session.refuse(frame.call, "unsupported", "This host has no HTTP service.");
        default:
            return session.failed("adapter_protocol", "records outside a pull.");
    }
}

}  // namespace capbridge::adapters
