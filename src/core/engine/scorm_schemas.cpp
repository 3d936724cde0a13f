#include "core/engine/scorm_schemas.hpp"

#include <cstdlib>

#include "core/base/files.hpp"

namespace capbridge::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_schema_bytes = std::size_t{1} << 20, max_files = 200;

std::vector<fs::path> usual_folders() {
    if (const char* named = std::getenv("CAPBRIDGE_SCHEMAS"); named && *named) return {named};
    std::vector<fs::path> folders;
    std::error_code error;
    if (const auto self = fs::read_symlink("/proc/self/exe", error); !error) {
        const auto folder = self.parent_path();
        folders.push_back(folder.parent_path() / "share" / "capbridge" / "schemas" / "scorm");
        folders.push_back(folder / "schemas" / "scorm");
    }
    return folders;
}

scorm::SchemaFiles read_files(const fs::path& folder) {
    scorm::SchemaFiles files;
    std::error_code error;
    for (fs::directory_iterator set(folder, error), end; !error && set != end; set.increment(error)) {
        std::error_code inner;
        for (fs::directory_iterator file(set->path(), inner); !inner && file != end; file.increment(inner)) {
            if (file->path().extension() != ".xsd" || files.size() >= max_files) continue;
            if (auto bytes = read_file(file->path(), max_schema_bytes))
                files.emplace(file->path().lexically_relative(folder).generic_string(), std::move(*bytes));
        }
    }
    return files;
}

}  // namespace

InstalledSchemas::InstalledSchemas() {
    look(usual_folders());
}

InstalledSchemas::InstalledSchemas(const std::vector<fs::path>& folders) {
    look(folders);
}

void InstalledSchemas::look(const std::vector<fs::path>& folders) {
    for (const auto& folder : folders) {
        auto files = read_files(folder);
        if (files.empty()) continue;
        schemas_ = std::make_unique<scorm::Schemas>(std::move(files));
        return;
    }
    absent_ =
        "Install capbridge again, or name the folder that holds them in CAPBRIDGE_SCHEMAS; until then only "
        "the "
        "commonest breaches of the schemas are found.";
}

scorm::Checks InstalledSchemas::checks(bool strict) const {
    scorm::Checks checks;
    checks.strict = strict;
    checks.schemas = schemas_.get();
    checks.schemas_absent = absent_;
    return checks;
}

}  // namespace capbridge::engine
