// Where the XSDs of SCORM lie on this machine, and what an inspection gets of them: CAPBRIDGE_SCHEMAS, else
// beside the program (share/capbridge/schemas/scorm of an installation, schemas/scorm of a build folder).
// Read once per InstalledSchemas; keep one for as long as packages are read. Threads: any, once made.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/scorm/inspect.hpp"
#include "core/scorm/schemas.hpp"

namespace capbridge::engine {

class InstalledSchemas {
public:
    InstalledSchemas();  // looks in the places above
    explicit InstalledSchemas(const std::vector<std::filesystem::path>& folders);

    // Borrows from this object.
    [[nodiscard]] scorm::Checks checks(bool strict = false) const;
    [[nodiscard]] bool found() const { return schemas_ != nullptr; }

private:
    void look(const std::vector<std::filesystem::path>& folders);
    std::unique_ptr<scorm::Schemas> schemas_;
    std::string absent_;
};

}  // namespace capbridge::engine
