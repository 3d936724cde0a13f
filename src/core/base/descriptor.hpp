// A file descriptor that closes itself, and folders that are there after a power cut. Not for sharing between
// threads.
#pragma once
#include <filesystem>
#include <utility>

namespace capbridge {

class Descriptor {
public:
    explicit Descriptor(int fd = -1) : fd_(fd) {}  // -1: none
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor();
    [[nodiscard]] int get() const { return fd_; }

private:
    int fd_;
};

// What was made in the folder, or renamed into it, is on the disk. 0, or the errno.
int sync_folder(const std::filesystem::path& folder);

}  // namespace capbridge
