#include "core/engine/sync/young_files.hpp"

#include <sys/stat.h>

#include <filesystem>

#include "core/base/text.hpp"

namespace capbridge::engine {

std::size_t count_young_files(const store::SourceRow& source, Instant then) {
    namespace fs = std::filesystem;
    if (source.folder.empty() || source.file_min_age.count() <= 0) return 0;
    std::size_t out = 0;
    std::error_code ec;
    for (fs::directory_iterator at(source.folder, ec), end; !ec && at != end; at.increment(ec)) {
        if (!is_utf8(at->path().filename().native())) continue;  // no sync reads it
        struct stat about {};
        if (::lstat(at->path().c_str(), &about) != 0 || !S_ISREG(about.st_mode)) continue;
        const auto changed = from_unix_ms(std::int64_t{about.st_mtim.tv_sec} * 1000 +
                                          std::int64_t{about.st_mtim.tv_nsec} / 1'000'000);
        if (changed > then - source.file_min_age) ++out;
    }
    return out;
}

}  // namespace capbridge::engine
