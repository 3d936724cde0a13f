#include "adapters/source.hpp"

#include <nlohmann/json.hpp>

#include "adapters/json_slice.hpp"
#include "core/base/files.hpp"
#include "core/base/ids.hpp"

namespace capbridge::adapters {
namespace {

constexpr std::size_t kMaxLibrary = 256u << 20;

bool is_kind(std::string_view kind) {
    return !kind.empty() && kind.size() <= 64 &&
           kind.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

// Takes a pull's frames into the engine's stream; what is no record is a service.
class PullListener : public HostServices {
public:
    PullListener(const engine::SourceSettings& settings, std::chrono::milliseconds min_age, StateStore* state,
                 engine::RecordStream& out)
        : HostServices(settings.source_name, settings.folder, min_age, state), out_(out) {}

    Status on_frame(const Frame& frame, Session& session) override {
        if (frame.kind == FrameKind::emit) return emit(frame.body, session);
        if (frame.kind == FrameKind::reject) return reject(frame.body, session);
        if (frame.kind == FrameKind::checkpoint) return checkpoint(frame, session);
        return HostServices::on_frame(frame, session);
    }

private:
    Status emit(std::string_view body, Session& session) {
        const auto object = JsonObject::slice(body);
        const auto kind = object ? object->text("kind").value_or("") : "";
        // "rejected" has a frame of its own: a record may not pass itself off as one.
        if (!is_kind(kind) || kind == "rejected" || !object->is_object("record")) {
            return session.failed(
                "adapter_protocol",
                "it emitted a record that is no JSON object, is nested too deep or has no kind.");
        }
        return out_.emit(kind, object->raw("record"));
    }

    // {"kind","key","reason":{"where","column","reason"}} -> a record of kind "rejected" with these members
    // side by side.
    Status reject(std::string_view body, Session& session) {
        auto parsed = JsonObject::slice(body) ? parse_json(body) : fail("invalid_json", "");
        if (!parsed || !parsed->contains("reason") || !(*parsed)["reason"].is_object() ||
            !is_kind(get_string(*parsed, "kind"))) {
            return session.failed(
                "adapter_protocol",
                "it rejected a record without a kind, or with a reason that is no JSON object.");
        }
        json record{{"kind", get_string(*parsed, "kind")}, {"key", get_string(*parsed, "key")}};
        for (const auto* member : {"where", "column", "reason"}) {
            if (auto text = get_string((*parsed)["reason"], member); !text.empty())
                record[member] = std::move(text);
        }
        return out_.emit("rejected", record.dump());
    }

    Status checkpoint(const Frame& frame, Session& session) {
        const auto object = JsonObject::slice(frame.body);
        const auto cursor = object ? object->text("cursor") : std::nullopt;
        if (!cursor || cursor->size() > kMaxCursor)
            return session.failed("adapter_protocol",
                                  "a checkpoint without a cursor, or with one over 900 KiB.");
        CAPBRIDGE_TRY(out_.checkpoint(*cursor));
        return session.answer(frame.call, json::object());
    }

    engine::RecordStream& out_;
};

}  // namespace

Result<std::unique_ptr<Session>> open_session(const ChildSpec& spec, const engine::AdapterInfo& adapter,
                                              Session::Listener& listener) {
    const std::string label = "'" + adapter.id + "' (" + adapter.path.filename().string() + ")";
    const auto file = read_file(adapter.path, kMaxLibrary);
    if (!file || sha256_hex(*file) != adapter.sha256) {
        return fail("adapter_config",
                    "Adapter " + label + ": its file has changed since it was read; look it up again.",
                    adapter.path.string());
    }
    CAPBRIDGE_LET(auto session, Session::start(spec.executable, label));
    CAPBRIDGE_LET(const auto hello,
                  session->call(FrameKind::hello, {{"wire", kWire}, {"library", adapter.path.string()}},
                                {spec.timeouts.start}, listener));
    if (get_string(hello, "wire") != kWire)
        return session->failed("adapter_protocol", "it does not speak bridge-wire/1.");
    return session;
}

Status configure(Session& session, const ChildSpec& spec, std::string_view adapter_id, const json& settings,
                 bool has_files, Session::Listener& listener) {
    auto done = session.call(FrameKind::configure,
                             {{"adapter", adapter_id}, {"settings", settings}, {"files", has_files}},
                             {spec.timeouts.start}, listener);
    if (!done) return fail(std::move(done).error());
    return {};
}

ChildSource::ChildSource(ChildSpec spec, engine::AdapterInfo adapter, engine::SourceSettings settings,
                         StateStore& state)
    : spec_(std::move(spec)), adapter_(std::move(adapter)), settings_(std::move(settings)), state_(state) {}

std::chrono::milliseconds ChildSource::file_min_age() const {
    return settings_.file_min_age ? std::chrono::milliseconds(*settings_.file_min_age) : spec_.file_min_age;
}

Status ChildSource::check() {
    HostServices services(settings_.source_name, settings_.folder, file_min_age(), &state_);
    CAPBRIDGE_LET(const auto session, open_session(spec_, adapter_, services));
    CAPBRIDGE_TRY(
        configure(*session, spec_, adapter_.id, settings_.settings, !settings_.folder.empty(), services));
    auto done = session->call(FrameKind::check, json::object(), {spec_.timeouts.check}, services);
    if (!done) return fail(std::move(done).error());
    return {};
}

Status ChildSource::pull(std::string_view cursor, engine::RecordStream& out,
                         const std::atomic<bool>& cancel) {
    PullListener listener(settings_, file_min_age(), &state_, out);
    HostServices services(settings_.source_name, settings_.folder, file_min_age(), &state_);
    CAPBRIDGE_LET(const auto session, open_session(spec_, adapter_, services));
    CAPBRIDGE_TRY(
        configure(*session, spec_, adapter_.id, settings_.settings, !settings_.folder.empty(), services));
    const Session::Limits limits{spec_.timeouts.pull_total, spec_.timeouts.pull_idle,
                                 spec_.timeouts.cancel_grace};
    auto done = session->call(FrameKind::pull, {{"cursor", cursor}}, limits, listener, &cancel);
    if (!done) return fail(std::move(done).error());
    return {};
}

}  // namespace capbridge::adapters
