// A repository of backups: a directory that is complete in itself and can be copied elsewhere by rsync or
// rclone as it is, also while a backup is made (what is not named by a manifest yet is not missed).
//   repository.json   what it is: format, uuid, the sealed key (key.hpp); never changed
//   backups/ID.json   a manifest for each backup (manifest.hpp)
//   chunks/ab/abcd..  content (chunks.hpp)
//   checks/ID.json    how the last verify of it went
//   erasures.*        the ledger of erasures (store/erasures.hpp), sealed when there is a key
//   unfinished/ lock  of who writes at the moment
// One writes (backup, prune) or many read (verify, restore), held by flock(2) on the lock. Open it, use it on
// one thread, let it go. Errors "no_repository", "repository_busy", "repository_damaged", "repository_newer",
// "key_needed", "wrong_key", "repository_io", "repository_full".
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/store/backup/manifest.hpp"

namespace capbridge::store {

class Repository {
public:
    enum class Use { write, read };
    // `write` makes it where there is nothing, encrypted when `secret` is given; and removes what a writer
    // that died left unfinished.
    static Result<std::unique_ptr<Repository>> open(const std::filesystem::path& dir, Use use,
                                                    const std::string& secret);
    ~Repository();
    Repository(const Repository&) = delete;
    Repository& operator=(const Repository&) = delete;

    [[nodiscard]] const std::filesystem::path& dir() const { return dir_; }
    [[nodiscard]] Chunks& chunks() { return *chunks_; }
    [[nodiscard]] bool is_encrypted() const { return chunks_->key().has_value(); }

    // Oldest first. What cannot be read is told apart: a backup that is lost.
    struct Unreadable {
        std::string id;
        Error error;
    };
    struct Listed {
        std::vector<Manifest> backups;
        std::vector<Unreadable> unreadable;
    };
    [[nodiscard]] Result<Listed> list() const;
    // `id`: whole, or the beginning of one; "latest" or "" the last. Error "no_such_backup".
    [[nodiscard]] Result<Manifest> find(const std::string& id) const;
    Status write(const Manifest& manifest);  // durable when it returns, all its chunks too
    Status remove(const std::string& id);

    // How the last verify went; nullopt: never, or not known.
    struct Check {
        Instant at{};
        bool ok = false;
    };
    [[nodiscard]] std::optional<Check> check_of(const std::string& id) const;
    void note_check(const std::string& id, const Check& check);

    // What the ledger of erasures of `data` has and the repository's lacks comes into it.
    Status keep_erasures(const std::filesystem::path& data);

private:
    Repository(std::filesystem::path dir, int lock) : dir_(std::move(dir)), lock_(lock) {}
    Status open_or_make(Use use, const std::string& secret);
    Status make(const std::string& secret);
    [[nodiscard]] Result<Manifest> read(const std::string& id) const;

    std::filesystem::path dir_;
    int lock_;
    std::unique_ptr<Chunks> chunks_;
};

}  // namespace capbridge::store
