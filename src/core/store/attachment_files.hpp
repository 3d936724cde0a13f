// Attachments as files: DIR/attachments/<first two hex digits>/<sha2>, mode 0600 in folders of 0700. A file
// is written in DIR/attachments/unfinished and takes its place when it is whole and on the disk.
#pragma once
#include <memory>

#include "core/store/attachments.hpp"

namespace capbridge::store {

// `writable`: of the owner of the data directory; what a crash left unfinished is removed. Without it, keep()
// answers "read_only". Nothing is made before the first keep().
std::unique_ptr<Attachments> open_attachment_files(const std::filesystem::path& dir, bool writable);

}  // namespace capbridge::store
