// The packages that an organisation has, as decisions of the kind "package" say it: the key is the package's
// key, the payload what was found in the version that is in force, its activities, and which versions were
// before. The bytes are in store::Packages, under their SHA-256. A removed package has a decision
// "package.removed" that says until when its files wait for a `run revert`. See
// docs/decisions/014-packages.md. Values; immutable once read; any thread.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/json.hpp"
#include "core/engine/bridge.hpp"
#include "core/scorm/activities.hpp"
#include "core/scorm/inspection.hpp"

namespace capbridge::engine {

inline constexpr std::string_view package_kind = "package", removed_kind = "package.removed";
inline constexpr std::size_t most_activities = 20'000;  // of a package; more are left out, with a finding

struct PackageVersion {
    int number = 1;  // counted by us, from 1
    std::string sha256, format, format_version, title, file_name;
    std::uint64_t bytes = 0;
    std::string who;       // of the decision, as the two below: "" and 0 in a payload
    std::string added_at;  // instant
    std::int64_t run = 0;
};

struct StoredPackage {
    std::string key;
    PackageVersion version;
    std::string identifier, manifest, course;  // of the manifest; its path; IRI of the course
    std::string structure_sha256;              // of the structure as JSON
    std::size_t entries = 0;
    std::vector<scorm::PackageActivity> activities;
    std::string findings;                 // JSON array
    std::vector<PackageVersion> earlier;  // newest first
};

// The payload of a decision, and back. Error "store_damaged".
std::string package_payload(const StoredPackage& package);
Result<StoredPackage> read_package(const store::DecisionRow& decision);

// {key, version, title, format, format_version, sha256, bytes, ...} without activities and findings.
ordered_json package_json(const StoredPackage& package);
ordered_json version_json(const PackageVersion& version);
ordered_json activity_json(const scorm::PackageActivity& activity);
// An xAPI Activity Definition (1.0.3 part 2, 2.4.4.1): type, name and description in all languages. A text
// without a language, or with none that BCP 47 knows, is "und".
ordered_json definition_json(const scorm::PackageActivity& activity);

// All packages in force.
class PackageShelf {
public:
    static std::shared_ptr<const PackageShelf> read(store::Journal& journal);

    [[nodiscard]] const std::vector<StoredPackage>& packages() const { return packages_; }  // by key
    [[nodiscard]] const StoredPackage* find(std::string_view key) const;
    struct Found {
        const StoredPackage* package = nullptr;
        const scorm::PackageActivity* activity = nullptr;
    };
    // Of several packages with one activity id the first by key.
    [[nodiscard]] std::optional<Found> activity(std::string_view iri) const;

private:
    std::vector<StoredPackage> packages_;
    std::unordered_map<std::string_view, Found> by_iri_;
};

// What is known of an activity: what statements told, and where they are silent what its package says. A
// member that statements told stands; of language maps the package adds languages, and its text of an unknown
// language only where there is no other. Nothing when nobody told anything.
std::optional<std::string> definition_of_activity(Bridge& bridge, std::string_view activity);

// Removes the files that nothing in force and no version of it refers to, removed packages within their time
// included. The caller holds the turn, so that no package is just being kept.
Status sweep_packages(Bridge& bridge);

}  // namespace capbridge::engine
