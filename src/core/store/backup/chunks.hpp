// Content of a repository: chunks of at most 16 KiB, each a file below REPO/chunks named by what it holds
// (key.hpp), compressed where that helps, encrypted when there is a key. The same content is there once,
// whichever backup brought it: so each backup is complete, and costs what is new.
// A chunk is written beside and renamed, without waiting for the disk: the whole file system is synced once,
// by sync(), before a manifest names anything. So a chunk that no manifest names (a backup was killed, the
// power failed) is not believed because it is there: it is read, and written again when it is not whole.
// One thread at a time; one writer at a time (repository.hpp).
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "core/base/result.hpp"
#include "core/store/backup/key.hpp"

namespace capbridge::store {

inline constexpr std::size_t chunk_bytes = std::size_t{16} << 10;  // whole pages of SQLite
inline constexpr std::size_t chunk_name_bytes = 32;

class Chunks {
public:
    Chunks(std::filesystem::path repository, std::optional<BackupKey> key);

    // Its name, 32 bytes. Errors "repository_full", "repository_io".
    Result<std::string> put(std::string_view bytes);
    // Errors "chunk_missing", "chunk_damaged" (both with the file in `where`), "repository_io".
    [[nodiscard]] Result<std::string> get(std::string_view name) const;
    Status sync() const;

    void trust(const std::string& name) { trusted_.insert(name); }  // a whole manifest names it
    [[nodiscard]] std::filesystem::path file_of(std::string_view name) const;
    [[nodiscard]] std::filesystem::path root() const { return repository_ / "chunks"; }
    [[nodiscard]] const std::optional<BackupKey>& key() const { return key_; }
    // Every chunk file: its name and size. Files of other names are left alone.
    Status each(const std::function<void(const std::string& name, std::uint64_t bytes)>& see) const;

    std::uint64_t new_chunks = 0, new_bytes = 0;  // written by put(), as stored

private:
    Status write(const std::filesystem::path& file, std::string_view stored);

    std::filesystem::path repository_;
    std::optional<BackupKey> key_;
    std::unordered_set<std::string> trusted_, folders_;
};

// A failure of a repository's disk, told with what to do.
tl::unexpected<Error> repository_failure(int number, const std::filesystem::path& where);

}  // namespace capbridge::store
