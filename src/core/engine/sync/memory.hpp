// What one source remembers from run to run, in the store. Thread-safe; borrows the Store.
#pragma once
#include <map>
#include <mutex>
#include <string>

#include "core/engine/ports.hpp"
#include "core/store/sources.hpp"

namespace capbridge::engine {

class StoredMemory final : public SourceMemory {
public:
    StoredMemory(store::Sources& sources, std::string source_uuid)
        : sources_(sources), uuid_(std::move(source_uuid)) {}
    std::optional<std::string> get(const std::string& key) override { return sources_.memory(uuid_, key); }
    Status put(const std::string& key, const std::string& value) override {
        return sources_.set_memory(uuid_, key, value);
    }

private:
    store::Sources& sources_;
    const std::string uuid_;
};

// A memory for a dry run: reads the stored one, and forgets what the adapter puts. What the host counts
// (calls of the day) it keeps: they were made.
class BorrowedMemory final : public SourceMemory {
public:
    BorrowedMemory(store::Sources& sources, std::string source_uuid)
        : sources_(sources), uuid_(std::move(source_uuid)) {}
    std::optional<std::string> get(const std::string& key) override;
    Status put(const std::string& key, const std::string& value) override;

private:
    store::Sources& sources_;
    const std::string uuid_;
    std::mutex mutex_;
    std::map<std::string, std::string> put_;
};

}  // namespace capbridge::engine
