#include "core/store/backup/chunks.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>

#include "core/base/files.hpp"
#include "core/base/ids.hpp"

namespace capbridge::store {
namespace {

namespace fs = std::filesystem;

// A stored chunk: a version, flags, then the content (when compressed: its size in four bytes, low first, and
// a zlib stream), sealed from there on when there is a key.
constexpr char version = 1;
constexpr char compressed = 1, sealed = 2;
constexpr int compression_level = 1;  // of pages the higher ones gain little and cost much

std::string pack(const std::optional<BackupKey>& key, std::string_view bytes) {
    char flags = 0;
    std::string body;
    auto room = compressBound(static_cast<uLong>(bytes.size()));
    std::string small(4 + room, '\0');
    for (int i = 0; i < 4; ++i) small[static_cast<std::size_t>(i)] = static_cast<char>(bytes.size() >> 8 * i);
    if (compress2(reinterpret_cast<Bytef*>(small.data() + 4), &room,
                  reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uLong>(bytes.size()),
                  compression_level) == Z_OK &&
        4 + room < bytes.size()) {
        small.resize(4 + room);
        body = std::move(small);
        flags |= compressed;
    } else {
        body = std::string(bytes);
    }
    if (key) {
        body = encrypt(*key, body);
        flags |= sealed;
    }
    return std::string{version, flags} + body;
}

std::optional<std::string> unpack(const std::optional<BackupKey>& key, std::string_view stored) {
    if (stored.size() < 2 || stored[0] != version || ((stored[1] & sealed) != 0) != key.has_value())
        return std::nullopt;
    const bool is_compressed = (stored[1] & compressed) != 0;
    std::string body(stored.substr(2));
    if (key) {
        auto open = decrypt(*key, body);
        if (!open) return std::nullopt;
        body = std::move(*open);
    }
    if (!is_compressed) return body;
    if (body.size() < 4) return std::nullopt;
    uLongf size = 0;
    for (int i = 3; i >= 0; --i)
        size = size << 8 | static_cast<unsigned char>(body[static_cast<std::size_t>(i)]);
    if (size > chunk_bytes) return std::nullopt;
    std::string out(size, '\0');
    if (uncompress(reinterpret_cast<Bytef*>(out.data()), &size,
                   reinterpret_cast<const Bytef*>(body.data() + 4),
                   static_cast<uLong>(body.size() - 4)) != Z_OK ||
        size != out.size())
        return std::nullopt;
    return out;
}

bool is_hex(std::string_view text) {
    return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string from_hex(std::string_view hex) {
    std::string out;
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        out += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
    return out;
}

}  // namespace

tl::unexpected<Error> repository_failure(int number, const fs::path& where) {
    if (number == ENOSPC || number == EDQUOT || number == EFBIG)
        return fail("repository_full",
                    "the disk of the backup repository is full: this backup is not made, and the ones "
                    "before it are whole. Free some space or remove old backups (capbridge backup prune), "
                    "then back up again",
                    where.string());
    return fail("repository_io",
                std::string("the backup repository cannot be written or read: ") + std::strerror(number),
                where.string());
}

Chunks::Chunks(fs::path repository, std::optional<BackupKey> key)
    : repository_(std::move(repository)), key_(std::move(key)) {}

fs::path Chunks::file_of(std::string_view name) const {
    const auto hex = to_hex(name);
    return root() / hex.substr(0, 2) / hex;
}

Result<std::string> Chunks::put(std::string_view bytes) {
    auto name = name_of(key_, bytes);
    const auto file = file_of(name);
    struct stat there {};
    if (::stat(file.c_str(), &there) == 0 && there.st_size > 0 && (trusted_.contains(name) || get(name))) {
        trusted_.insert(name);
        return name;
    }
    const auto stored = pack(key_, bytes);
    CAPBRIDGE_TRY(write(file, stored));
    trusted_.insert(name);
    ++new_chunks;
    new_bytes += stored.size();
    return name;
}

Status Chunks::write(const fs::path& file, std::string_view stored) {
    const auto folder = file.parent_path();
    if (folders_.insert(folder.string()).second && ::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
        return repository_failure(errno, folder);
    const auto fresh = repository_ / "unfinished" / file.filename();
    const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return repository_failure(errno, fresh);
    const auto give_up = [&](int number) -> Status {
        ::close(fd);
        ::unlink(fresh.c_str());
        return repository_failure(number, fresh);
    };
    while (!stored.empty()) {
        const auto n = ::write(fd, stored.data(), stored.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return give_up(n == 0 ? EIO : errno);
        stored.remove_prefix(static_cast<std::size_t>(n));
    }
    if (::close(fd) != 0) {
        const int number = errno;
        ::unlink(fresh.c_str());
        return repository_failure(number, fresh);
    }
    if (::rename(fresh.c_str(), file.c_str()) != 0) return repository_failure(errno, file);
    return {};
}

Result<std::string> Chunks::get(std::string_view name) const {
    const auto file = file_of(name);
    const auto stored = read_file(file, 2 * chunk_bytes);
    if (!stored && stored.error().code == "not_found")
        return fail("chunk_missing", "a part of the backup is missing", file.string());
    if (!stored && stored.error().code == "unreadable")
        return fail("repository_io", stored.error().message, file.string());
    auto bytes = stored ? unpack(key_, *stored) : std::nullopt;
    if (!bytes || name_of(key_, *bytes) != name)
        return fail("chunk_damaged", "a part of the backup is not what was written", file.string());
    return std::move(*bytes);
}

Status Chunks::sync() const {
    const int fd = ::open(repository_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return repository_failure(errno, repository_);
    const int done = ::syncfs(fd), number = errno;
    ::close(fd);
    if (done != 0) return repository_failure(number, repository_);
    return {};
}

Status Chunks::each(const std::function<void(const std::string&, std::uint64_t)>& see) const {
    std::error_code ec;
    for (fs::recursive_directory_iterator it(root(), ec), end; !ec && it != end; it.increment(ec)) {
        const auto hex = it->path().filename().string();
        if (hex.size() != 2 * chunk_name_bytes || !is_hex(hex)) continue;
        std::error_code gone;
        const auto bytes = it->file_size(gone);
        see(from_hex(hex), gone ? 0 : bytes);
    }
    if (ec) return repository_failure(ec.value(), root());
    return {};
}

}  // namespace capbridge::store
