// Packages as files: DIR/packages/<first two hex digits>/<sha256>, mode 0600 in folders of 0700. A package is
// staged in DIR/packages/unfinished, under a random name, by a process that holds a lock on it: what nobody
// holds is left from a crash, and is removed when the owner of the data directory opens the store.
#pragma once
#include <memory>

#include "core/store/packages.hpp"

namespace capbridge::store {

// `writable`: of the owner of the data directory. Without it keep() and remove() answer "read_only". Nothing
// is made before the first package is staged.
std::unique_ptr<Packages> open_package_files(const std::filesystem::path& dir, bool writable);

// For a command beside the daemon that owns the directory. Of root, the file is given to the directory's
// owner, who is to read it.
Result<std::unique_ptr<StagedPackage>> stage_package(const std::filesystem::path& dir);

// Any file as a source of bytes, read piece by piece. Errors "not_found", "not_a_file", "read_failed".
Result<std::unique_ptr<scorm::ByteSource>> open_file_source(const std::filesystem::path& file);

}  // namespace capbridge::store
