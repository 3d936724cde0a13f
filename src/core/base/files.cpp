#include "core/base/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace capbridge {

Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes) {
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return fail("not_found", "there is no such file", path.string());
        return fail("unreadable", std::string("cannot be reached: ") + std::strerror(errno), path.string());
    }
    if (!S_ISREG(about.st_mode))
        return fail("not_a_file", S_ISDIR(about.st_mode) ? "is a folder, not a file" : "is no regular file",
                    path.string());
    std::error_code ec;
    const auto size = std::filesystem::file_size(path, ec);
    if (ec) return fail("unreadable", "cannot be read: " + ec.message(), path.string());
    if (size > max_bytes) {
        return fail("too_large", "is larger than " + std::to_string(max_bytes) + " bytes", path.string());
    }
    std::ifstream in(path, std::ios::binary);
    if (!in) return fail("unreadable", std::string("cannot be read: ") + std::strerror(errno), path.string());
    std::string bytes(size, '\0');
    in.read(bytes.data(), static_cast<std::streamsize>(size));
    bytes.resize(static_cast<std::size_t>(in.gcount()));
    // Less than there is: a bad disk. A file that was cut meanwhile is as long as what came.
    if (bytes.size() < size) {
        if (std::filesystem::file_size(path, ec) > bytes.size() || ec)
            return fail("unreadable", "cannot be read to its end: an error of the disk", path.string());
    }
    return bytes;
}

Status write_file(const std::filesystem::path& path, std::string_view bytes, unsigned mode) {
    const std::string beside = path.string() + ".tmp" + std::to_string(::getpid());
    const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0)
        return fail("unwritable", std::string("cannot be written: ") + std::strerror(errno), path.string());
    const auto give_up = [&](const char* what) -> Status {
        const std::string why = std::strerror(errno);
        ::close(fd);
        ::unlink(beside.c_str());
        return fail("unwritable", std::string(what) + ": " + why, path.string());
    };
    while (!bytes.empty()) {
        const auto n = ::write(fd, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return give_up("cannot be written");
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    if (::fsync(fd) != 0) return give_up("cannot be synced");
    ::close(fd);
    if (::rename(beside.c_str(), path.c_str()) != 0) {
        const std::string why = std::strerror(errno);
        ::unlink(beside.c_str());
        return fail("unwritable", "cannot be put in place: " + why, path.string());
    }
    return {};
}

}  // namespace capbridge
