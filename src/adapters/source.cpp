#include "adapters/source.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/fetch.hpp"
#include "adapters/json_slice.hpp"
#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/base/plain_text.hpp"

namespace capbridge::adapters {
namespace {

constexpr std::size_t kMaxLibrary = 256u << 20;
constexpr std::size_t kMaxIdentifiers = 500;  // of one find
// Of what a rejected record says of itself: it is shown to people, and kept.
constexpr std::size_t kMaxKey = 2048, kMaxReason = 1024;

bool is_kind(std::string_view kind) {
    return !kind.empty() && kind.size() <= 64 &&
           kind.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

// Takes a pull's frames into the engine's stream; what is no record is a service.
class PullListener : public HostServices {
public:
    PullListener(const engine::SourceSettings& settings, const engine::AdapterInfo& adapter,
                 std::chrono::milliseconds min_age, StateStore& state, const std::atomic<bool>& cancel,
                 engine::RecordStream& out)
        : HostServices(settings, adapter, min_age, state, &cancel), out_(out) {}

    // Until then, records are out of place.
    void begin() { pulling_ = true; }

    Status on_frame(const Frame& frame, Session& session) override {
        if (!pulling_) return HostServices::on_frame(frame, session);
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
        std::string cleaned(body);
        clean(cleaned);  // reasons are shown to people
        auto parsed = JsonObject::slice(cleaned) ? parse_json(cleaned) : fail("invalid_json", "");
        if (!parsed || !parsed->contains("reason") || !(*parsed)["reason"].is_object() ||
            !is_kind(get_string(*parsed, "kind"))) {
            return session.failed(
                "adapter_protocol",
                "it rejected a record without a kind, or with a reason that is no JSON object.");
        }
        json record{{"kind", get_string(*parsed, "kind")},
                    {"key", cut_text(get_string(*parsed, "key"), kMaxKey)}};
        for (const auto* member : {"where", "column", "reason"}) {
            if (auto text = plain_text(get_string((*parsed)["reason"], member), kMaxReason); !text.empty())
                record[member] = std::move(text);
        }
        return out_.emit("rejected", record.dump(-1, ' ', false, json::error_handler_t::replace));
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
    bool pulling_ = false;
};

// Passes on what an adapter warns of while it is checked.
class CheckListener : public HostServices {
public:
    CheckListener(const engine::SourceSettings& settings, const engine::AdapterInfo& adapter,
                  std::chrono::milliseconds min_age, StateStore& state, const std::atomic<bool>& cancel,
                  HttpTuning tuning, const engine::Source::Noted& noted)
        : HostServices(settings, adapter, min_age, state, &cancel, std::move(tuning)), noted_(noted) {}

    Status on_frame(const Frame& frame, Session& session) override {
        if (frame.kind == FrameKind::log) note(frame.body);
        return HostServices::on_frame(frame, session);
    }

private:
    void note(std::string_view body) {
        constexpr std::size_t most_lines = 20, most_bytes = 1024;
        const auto object = JsonObject::slice(body);
        const auto level = object ? object->text("level").value_or("") : "";
        if (!noted_ || (level != "warn" && level != "error") || ++lines_ > most_lines) return;
        auto message = object->text("message").value_or("");
        clean(message);
        noted_(plain_text(message, most_bytes));
    }

    const engine::Source::Noted& noted_;
    std::size_t lines_ = 0;
};

}  // namespace

bool is_program(const std::filesystem::path& path) {
    return path.extension() == ".adapter";
}

Result<json> probe_sandbox(const ChildSpec& spec) {
    HostServices services("");
    CAPBRIDGE_LET(const auto session, Session::start(spec.executable, "(none)", spec.memory_mb));
    CAPBRIDGE_LET(const auto hello, session->call(FrameKind::hello, {{"wire", kWire}, {"library", ""}},
                                                  {spec.timeouts.start}, services));
    return hello.value("sandbox", json());
}

Result<std::unique_ptr<Session>> open_session(const ChildSpec& spec, const engine::AdapterInfo& adapter,
                                              Session::Listener& listener) {
    const std::string label = "'" + adapter.id + "' (" + adapter.path.filename().string() + ")";
    const auto file = read_file(adapter.path, kMaxLibrary);
    if (!file || sha256_hex(*file) != adapter.sha256) {
        return fail("adapter_config",
                    "Adapter " + label + ": its file has changed since it was read; look it up again.",
                    adapter.path.string());
    }
    const bool program = is_program(adapter.path);
    CAPBRIDGE_LET(auto session,
                  Session::start(spec.executable, label, spec.memory_mb, adapter.threads,
                                 program ? adapter.path : std::filesystem::path(), spec.require_sandbox));
    json body{{"wire", kWire}};
    if (!program) {
        body["library"] = adapter.path.string();
        body["threads"] = adapter.threads;
        body["memory_mb"] = spec.memory_mb;
        if (!spec.require_sandbox) body["sandbox"] = "optional";
    }
    CAPBRIDGE_LET(const auto hello,
                  session->call(FrameKind::hello, std::move(body), {spec.timeouts.start}, listener));
    if (get_string(hello, "wire") != kWire)
        return session->failed("adapter_protocol", "it does not speak bridge-wire/1.");
    return session;
}

Status configure(Session& session, const ChildSpec& spec, std::string_view adapter_id, const json& settings,
                 bool has_files, Session::Listener& listener, bool has_http) {
    auto done = session.call(
        FrameKind::configure,
        {{"adapter", adapter_id}, {"settings", settings}, {"files", has_files}, {"http", has_http}},
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

Result<std::unique_ptr<Session>> ChildSource::begin(Session::Listener& listener) const {
    CAPBRIDGE_LET(auto session, open_session(spec_, adapter_, listener));
    CAPBRIDGE_TRY(configure(*session, spec_, adapter_.id, settings_.settings, !settings_.folder.empty(),
                            listener, true));
    return session;
}

Session::Limits ChildSource::limits(std::chrono::milliseconds total) const {
    return {total, spec_.timeouts.pull_idle, spec_.timeouts.cancel_grace};
}

Session::Limits ChildSource::pull_limits() const {
    auto out = limits(settings_.longest_pull.value_or(spec_.timeouts.pull_total));
    out.progress = settings_.longest_idle.value_or(spec_.timeouts.pull_progress);
    return out;
}

Status ChildSource::check() {
    const std::atomic<bool> never = false;
    return inspect({}, never);
}

Status ChildSource::inspect(const Noted& noted, const std::atomic<bool>& cancel) {
    // Whoever asks for a check waits for it: less patience than a pull has.
    HttpTuning tuning;
    tuning.retry.most_tries = 3;
    tuning.retry.longest_retry_after = std::chrono::seconds(10);
    CheckListener services(settings_, adapter_, file_min_age(), state_, cancel, tuning, noted);
    CAPBRIDGE_LET(const auto session, begin(services));
    auto done = session->call(FrameKind::check, json::object(),
                              {spec_.timeouts.check, {}, spec_.timeouts.cancel_grace}, services, &cancel);
    if (!done) return fail(std::move(done).error());
    // The adapter was not shown them, so it is for us to say why they seem to be missing.
    if (const auto young = services.too_young(); young > 0 && noted) {
        const auto age = std::chrono::duration_cast<std::chrono::seconds>(file_min_age()).count();
        noted((young == 1 ? "1 file in the folder is" : std::to_string(young) + " files in the folder are") +
              " younger than file_min_age_seconds (" + std::to_string(age) +
              ") and left for a later sync: wait, and try again");
    }
    return {};
}

Status ChildSource::pull(std::string_view cursor, engine::RecordStream& out,
                         const std::atomic<bool>& cancel) {
    if (settings_.cassette != engine::SourceSettings::Cassette::replay) {
        const auto share = state_.share(settings_.source_name);
        if (auto fetched = fetch_files(settings_, memory_of(settings_, *share), &cancel); !fetched)
            return fail(std::move(fetched).error());
    }
    PullListener listener(settings_, adapter_, file_min_age(), state_, cancel, out);
    CAPBRIDGE_LET(const auto session, begin(listener));
    listener.begin();
    auto done = session->call(FrameKind::pull, {{"cursor", cursor}}, pull_limits(), listener, &cancel);
    too_young_ = listener.too_young();
    if (!done) return fail(std::move(done).error());
    return {};
}

namespace {

Result<json> push_one(Session& session, const engine::PushItem& item, const Session::Limits& limits,
                      HostServices& services, const std::atomic<bool>& cancel) {
    json body{{"kind", item.kind}, {"key", item.key}, {"record", item.record}, {"previous", item.previous}};
    if (body.dump(-1, ' ', false, json::error_handler_t::replace).size() > kMaxRecord)
        return session.failed("adapter_rejected", "the record is too large to hand over.");
    CAPBRIDGE_LET(auto answer, session.call(FrameKind::push, std::move(body), limits, services, &cancel));
    return answer.value("receipt", json());
}

}  // namespace

Status ChildSource::push(const NextPush& next, const Pushed& done, const std::atomic<bool>& cancel) {
    auto item = next();
    if (!item) return {};
    HostServices services(settings_, adapter_, file_min_age(), state_, &cancel);
    CAPBRIDGE_LET(const auto session, begin(services));
    for (; item; item = next()) {
        if (cancel) return session->failed("adapter_cancelled", "cancelled between two records.");
        const auto receipt = push_one(*session, *item, limits(spec_.timeouts.push), services, cancel);
        CAPBRIDGE_TRY(done(*item, receipt));
        if (receipt || receipt.error().code == "adapter_rejected" ||
            receipt.error().code == "adapter_not_found")
            continue;
        return fail(receipt.error());
    }
    return {};
}

Result<json> ChildSource::find_users(const json& identifiers, const std::atomic<bool>& cancel) {
    auto found = json::array();
    if (!identifiers.is_array() || identifiers.empty()) return found;
    HostServices services(settings_, adapter_, file_min_age(), state_, &cancel);
    CAPBRIDGE_LET(const auto session, begin(services));
    for (std::size_t from = 0; from < identifiers.size(); from += kMaxIdentifiers) {
        const auto count = std::min(kMaxIdentifiers, identifiers.size() - from);
        auto part = json::array();
        for (std::size_t i = 0; i < count; ++i) part.push_back(identifiers[from + i]);
        CAPBRIDGE_LET(auto answer, session->call(FrameKind::find, {{"identifiers", std::move(part)}},
                                                 limits(spec_.timeouts.push), services, &cancel));
        const auto accounts = answer.find("accounts");
        if (accounts == answer.end() || !accounts->is_array())
            return session->failed("adapter_protocol", "it answers with no list of accounts.");
        for (auto& account : *accounts) {
            const bool sound = account.is_object() && account.contains("index") &&
                               account["index"].is_number_unsigned() && account.contains("identifiers") &&
                               account["identifiers"].is_array();
            if (!sound || account["index"].get<std::size_t>() >= count)
                return session->failed("adapter_protocol", "an account that nobody asked for.");
            account["index"] = from + account["index"].get<std::size_t>();
            found.push_back(std::move(account));
        }
    }
    return found;
}

}  // namespace capbridge::adapters
