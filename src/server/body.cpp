#include "server/body.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace capbridge::server {

Result<std::shared_ptr<FileBody>> FileBody::open(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat there {};
    if (fd < 0 || ::fstat(fd, &there) != 0 || !S_ISREG(there.st_mode)) {
        if (fd >= 0) ::close(fd);
        return fail("not_found", "The file is not in the data directory any more.");
    }
    return std::make_shared<FileBody>(fd, static_cast<std::uint64_t>(there.st_size));
}

FileBody::~FileBody() {
    ::close(fd_);
}

std::string FileBody::read(std::uint64_t offset, std::size_t most) const {
    std::string out(
        static_cast<std::size_t>(std::min<std::uint64_t>(most, bytes_ - std::min(offset, bytes_))), '\0');
    std::size_t got = 0;
    while (got < out.size()) {
        const auto n = ::pread(fd_, out.data() + got, out.size() - got, static_cast<::off_t>(offset + got));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        got += static_cast<std::size_t>(n);
    }
    out.resize(got);
    return out;
}

}  // namespace capbridge::server
