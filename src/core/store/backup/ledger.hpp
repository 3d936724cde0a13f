// A ledger of erasures that a person names for a restore: a data directory, or a file by whatever name (its
// keys are in erasures.key beside it). It is read before anything is restored, so that nothing that is no
// ledger passes for one. Owns a small private folder that shows it under its usual names; one thread.
// Error "not_found": there is none, or what is there is none; the message says what to do.
#pragma once
#include <cstddef>
#include <filesystem>
#include <utility>

#include "core/base/result.hpp"

namespace capbridge::store {

class NamedLedger {
public:
    static Result<NamedLedger> open(const std::filesystem::path& named);
    NamedLedger(NamedLedger&& other) noexcept
        : file_(std::move(other.file_)),
          folder_(std::exchange(other.folder_, {})),
          erasures_(other.erasures_),
          has_keys_(other.has_keys_) {}
    NamedLedger& operator=(NamedLedger&&) = delete;
    ~NamedLedger();

    [[nodiscard]] const std::filesystem::path& file() const { return file_; }
    // For unite_erasures() and restore_backup().
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    [[nodiscard]] std::size_t erasures() const { return erasures_; }
    // Without them nobody is recognised who comes again; whom the backup knows is erased all the same.
    [[nodiscard]] bool has_keys() const { return has_keys_; }

private:
    NamedLedger() = default;
    std::filesystem::path file_, folder_;
    std::size_t erasures_ = 0;
    bool has_keys_ = false;
};

}  // namespace capbridge::store
