// Whole files, bounded; writes that are all or nothing. For the shell of the program (cli, engine, store):
// the pure folders do not open files.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/result.hpp"

namespace capbridge {

Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes = 256u << 20);
// Writes beside the target, syncs, renames: the target is the old file or the whole new one.
Status write_file(const std::filesystem::path& path, std::string_view bytes, unsigned mode = 0644);

}  // namespace capbridge
