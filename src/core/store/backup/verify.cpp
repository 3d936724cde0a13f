#include "core/store/backup/verify.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "core/store/backup/repository_ledger.hpp"

namespace capbridge::store {
namespace {

constexpr std::size_t most_broken = 1000;

// Every chunk is looked at once; what came out is kept for the other backups that have it.
class Look {
public:
    Look(Repository& repository, Verified& out, const BackupProgress& progress)
        : chunks_(repository.chunks()), out_(out), progress_(progress) {}

    // Whether all of it is whole.
    Result<bool> backup(const Manifest& manifest) {
        id_ = manifest.id;
        whole_ = true;
        std::string contents;
        CAPBRIDGE_TRY(tree(manifest.database, nullptr));
        CAPBRIDGE_TRY(tree(manifest.contents, &contents));
        for (std::size_t begin = 0; begin < contents.size();) {
            const auto end = std::min(contents.find('\n', begin), contents.size());
            const auto content = Content::read(std::string_view(contents).substr(begin, end - begin));
            begin = end + 1;
            if (!content) {
                whole_ = false;
                continue;
            }
            CAPBRIDGE_TRY(tree(content->tree, nullptr));
        }
        return whole_;
    }

private:
    Status tree(const Tree& tree, std::string* text) {
        std::uint64_t bytes = 0;
        bool all = true;
        const auto leaf = [&](const std::string& name) -> Status {
            CAPBRIDGE_LET(const auto* seen, look(name, text != nullptr));
            if (!seen->whole) all = false;
            bytes += seen->bytes;
            if (text != nullptr && seen->whole) *text += held_;
            return {};
        };
        for (const auto& name : tree.names) {
            if (tree.is_one) {
                CAPBRIDGE_TRY(leaf(name));
                continue;
            }
            CAPBRIDGE_LET(const auto* seen, look(name, true));
            if (!seen->whole) {
                all = false;
                continue;
            }
            const auto list = held_;
            for (std::size_t at = 0; at + chunk_name_bytes <= list.size(); at += chunk_name_bytes)
                CAPBRIDGE_TRY(leaf(list.substr(at, chunk_name_bytes)));
        }
        whole_ = whole_ && all && bytes == tree.bytes;
        return {};
    }

    struct Seen {
        bool whole = false;
        std::uint64_t bytes = 0;
        std::size_t broken = 0;  // index
    };
    // `hold`: its bytes are wanted, in held_.
    Result<const Seen*> look(const std::string& name, bool hold) {
        auto [it, is_new] = seen_.emplace(name, Seen{});
        auto& seen = it->second;
        if (is_new || (hold && seen.whole)) {
            auto bytes = chunks_.get(name);
            if (is_new) {
                ++out_.chunks;
                if (bytes) out_.bytes += bytes->size();
                if (progress_ && out_.chunks % 64 == 0 &&
                    !progress_("reading the backups, MiB", static_cast<std::size_t>(out_.bytes >> 20), 0))
                    return fail("stopping", "stopped before the end");
                seen.whole = bytes.has_value();
                if (bytes) seen.bytes = bytes->size();
                if (!bytes && bytes.error().code == "repository_io") return fail(bytes.error());
                seen.broken = out_.broken.size();
                if (!bytes && out_.broken.size() < most_broken)
                    out_.broken.push_back({bytes.error(), name, {}});
            }
            if (bytes) held_ = std::move(*bytes);
        }
        if (!seen.whole && seen.broken < out_.broken.size()) {
            auto& hit = out_.broken[seen.broken].backups;
            if (hit.empty() || hit.back() != id_) hit.push_back(id_);
        }
        return &seen;
    }

    Chunks& chunks_;
    Verified& out_;
    const BackupProgress& progress_;
    std::unordered_map<std::string, Seen> seen_;
    std::string id_, held_;
    bool whole_ = true;
};

}  // namespace

Result<Verified> verify_backups(Repository& repository, const std::vector<std::string>& ids, Instant now,
                                const BackupProgress& progress) {
    CAPBRIDGE_LET(auto all, repository.list());
    std::vector<Manifest> wanted;
    if (ids.empty()) {
        wanted = std::move(all.backups);
    } else {
        for (const auto& id : ids) {
            CAPBRIDGE_LET(auto one, repository.find(id));
            wanted.push_back(std::move(one));
        }
    }
    Verified out;
    if (ids.empty()) out.unreadable = std::move(all.unreadable);
    out.ledger = ledger_damage(repository.dir(), repository.chunks().key());
    Look look(repository, out, progress);
    for (const auto& manifest : wanted) {
        CAPBRIDGE_LET(const bool whole, look.backup(manifest));
        (whole ? out.sound : out.hit).push_back(manifest.id);
        repository.note_check(manifest.id, {now, whole});
    }
    return out;
}

Result<std::size_t> set_aside(Repository& repository, const Verified& verified) {
    const auto aside = repository.dir() / "damaged";
    std::size_t moved = 0;
    for (const auto& broken : verified.broken) {
        if (broken.error.code != "chunk_damaged") continue;
        if (::mkdir(aside.c_str(), 0700) != 0 && errno != EEXIST) return repository_failure(errno, aside);
        const auto file = repository.chunks().file_of(broken.name);
        std::error_code ec;
        std::filesystem::rename(file, aside / file.filename(), ec);
        if (ec) return repository_failure(ec.value(), file);
        ++moved;
    }
    return moved;
}

}  // namespace capbridge::store
