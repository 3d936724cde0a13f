// The host's side of the services that an adapter may use: log, state, files and HTTP. What they answer is
// data of one source. One HostServices for each conversation, on its thread.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/drop_folder.hpp"
#include "adapters/http_service.hpp"
#include "adapters/session.hpp"
#include "adapters/state.hpp"

namespace capbridge::adapters {

class HostServices : public Session::Listener {
public:
    // For an adapter without a source: it may write lines into the log, no more.
    explicit HostServices(std::string label) : source_(std::move(label)) {}
    // Settings and adapter are borrowed, as is the source's memory; `cancel`, when given, ends requests that
    // are under way.
    HostServices(const engine::SourceSettings& settings, const engine::AdapterInfo& adapter,
                 std::chrono::milliseconds file_min_age, StateStore& state,
                 const std::atomic<bool>* cancel = nullptr, HttpTuning tuning = {});
    HostServices(const HostServices&) = delete;  // its HTTP looks back at it
    HostServices& operator=(const HostServices&) = delete;
    Status on_frame(const Frame& frame, Session& session) override;
    void clean(std::string& text) const override { redactor_->clean(text); }
    // How many files the last list of the folder left out for their age.
    [[nodiscard]] std::size_t too_young() const { return folder_ ? folder_->too_young() : 0; }

private:
    void log(std::string_view body);
    Status state(const Frame& frame, Session& session);
    void note_young();  // says how many files the list left for the next run
    Status files(const Frame& frame, Session& session);
    Status http(const Frame& frame, Session& session);

    std::string source_;
    const engine::SourceSettings* settings_ = nullptr;
    const engine::AdapterInfo* adapter_ = nullptr;
    std::optional<DropFolder> folder_;
    std::shared_ptr<SourceShare> share_;
    std::optional<AdapterState> state_;
    const std::atomic<bool>* cancel_ = nullptr;
    std::shared_ptr<Redactor> redactor_ = std::make_shared<Redactor>();
    HttpTuning tuning_;
    Session* session_ = nullptr;         // whose frame is being answered
    std::unique_ptr<HttpService> http_;  // made when it is first asked for
    int lines_left_ = 500;
};

// The body of an http_send frame. Error "internal": not as docs/wire.md says.
Result<std::vector<HttpQuestion>> read_http_questions(std::string_view body);
// http_head and http_body when an answer came, and http_end.
Status tell_outcome(Session& session, std::uint32_t call, std::size_t index, const HttpOutcome& outcome);

}  // namespace capbridge::adapters
