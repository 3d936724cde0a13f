// A stored package as whoever serves it reads it: the names of its files, taken from the central directory
// once, and their bytes by exact name. Nothing is looked for below a path, decoded, or guessed: a name that
// the index does not have is not there. Ownership: keeps its ByteSource. Thread-safe; one reads at a time.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/scorm/byte_source.hpp"
#include "core/scorm/limits.hpp"

namespace capbridge::scorm {

class PackageIndex {
public:
    // `manifest`: Inspection::manifest; names are relative to its folder, with `/` for every backslash. What
    // lies outside of that folder, or has a name that inspect() refuses, is not in the index. A package that
    // is one XML file has that file. Errors as of ZipArchive::open().
    static Result<std::unique_ptr<PackageIndex>> open(std::unique_ptr<ByteSource> source,
                                                      std::string_view manifest, const Limits& limits = {});
    virtual ~PackageIndex() = default;

    [[nodiscard]] virtual std::vector<std::string> names() const = 0;  // in order
    [[nodiscard]] virtual bool has(std::string_view name) const = 0;
    // Errors: "not_found", "entry_too_large", "entry_damaged".
    virtual Result<std::string> read(std::string_view name, std::size_t most_bytes) = 0;
    // Block by block; the sink ends it by false.
    virtual Status stream(std::string_view name, const std::function<bool(std::string_view)>& sink) = 0;
};

}  // namespace capbridge::scorm
