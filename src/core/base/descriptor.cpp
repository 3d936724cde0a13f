#include "core/base/descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace capbridge {

Descriptor::~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
}

int sync_folder(const std::filesystem::path& folder) {
    const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fd.get() < 0 || ::fsync(fd.get()) != 0 ? errno : 0;
}

}  // namespace capbridge
