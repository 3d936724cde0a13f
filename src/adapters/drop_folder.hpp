// The files service: a source's drop folder, read-only and flat. Only regular files directly in the folder
// exist for an adapter: no symbolic links, no sub-folders, no paths. A file younger than `min_age` is not
// listed yet (whoever writes it may not be through). A file that is being read is held open, and it must stay
// the one that was listed until its last byte is read: so all its chunks come from one version, and half a
// file never passes for a whole one. Not thread-safe; one for each conversation.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/json.hpp"

namespace capbridge::adapters {

class DropFolder {
public:
    DropFolder(std::filesystem::path folder, std::chrono::milliseconds min_age)
        : folder_(std::move(folder)), min_age_(min_age) {}
    ~DropFolder();
    DropFolder(const DropFolder&) = delete;
    DropFolder& operator=(const DropFolder&) = delete;

    // As bridge_files.list says, by name. Errors: "not_found" (the folder itself), "rejected" (too many files
    // for one answer).
    Result<json> list();
    // How many the last list() left out for their age. Not their names: these may be people's, and this is
    // told.
    [[nodiscard]] std::size_t too_young() const { return too_young_; }
    // Up to max_bytes from offset; "" at the end. Errors: "not_found" (not in the list either, once there was
    // one), "retry" (it changed since it was listed, or since offset 0 was read).
    Result<std::string> read(std::string_view name, std::uint64_t offset, std::size_t max_bytes);

private:
    struct Opened {
        std::string name, version;
        int fd = -1;
    };
    Status open(std::string_view name);
    void close();

    std::filesystem::path folder_;
    std::chrono::milliseconds min_age_;
    std::optional<std::unordered_map<std::string, std::string>> listed_;  // name -> version
    std::size_t too_young_ = 0;
    Opened opened_;
};

}  // namespace capbridge::adapters
