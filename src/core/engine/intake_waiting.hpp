// Records of a pull that wait for its end, in order of arrival: a few in memory, the rest in a file that has
// no name and goes with the process. One thread. Error "store_io".
#pragma once
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

#include "core/base/result.hpp"

namespace capbridge::engine {

struct WaitingRecord {
    std::string kind, key, scope;  // scope: of the snapshot that it came in
    std::string text;              // "": the key is withdrawn
};

class WaitingRecords {
public:
    Status add(const WaitingRecord& record);
    [[nodiscard]] bool empty() const { return names_.empty(); }
    // Something of this name waits; once in a life of the universe, something of another name.
    [[nodiscard]] bool holds(std::string_view kind, std::string_view key) const;
    Status each(const std::function<Status(const WaitingRecord&)>& take);  // once

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    Status spill();

    std::string tail_;  // what is not in the file yet
    std::unique_ptr<std::FILE, Close> file_;
    std::unordered_set<std::size_t> names_;  // hashes
};

}  // namespace capbridge::engine
