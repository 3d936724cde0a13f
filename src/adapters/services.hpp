// The host's side of the services that an adapter may use: log, state and files. What they answer is data of
// one source. One HostServices for each conversation, on its thread. StateStore: thread-safe, shared by
// conversations.
#pragma once
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/drop_folder.hpp"
#include "adapters/session.hpp"

namespace capbridge::adapters {

// The small memory of sources (bridge.state/1): a cache, lost when the process ends.
class StateStore {
public:
    std::optional<std::string> get(const std::string& source, const std::string& key);
    // Error "rejected": a key, a value or the whole is too large.
    Status put(const std::string& source, const std::string& key, const std::string& value);

private:
    std::mutex mutex_;
    std::map<std::string, std::map<std::string, std::string>> values_;
};

class HostServices : public Session::Listener {
public:
    // `folder` empty: no files service. `state` may be nullptr (describe has none); else it outlives this.
    HostServices(std::string source, const std::filesystem::path& folder,
                 std::chrono::milliseconds file_min_age, StateStore* state);
    Status on_frame(const Frame& frame, Session& session) override;

private:
    void log(std::string_view body);
    Status state(const Frame& frame, Session& session);
    void note_young();  // says which files the list left for the next run
    Status files(const Frame& frame, Session& session);

    std::string source_;
    std::optional<DropFolder> folder_;
    StateStore* state_;
    int lines_left_ = 500;
};

}  // namespace capbridge::adapters
