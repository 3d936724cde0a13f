// Names of entries and hrefs to them: which names are refused, and how an href of a manifest finds its entry.
// Follows SCORM CAM 3.4.1.7 (xml:base) and the reference of oddities met in real packages. Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace capbridge::scorm {

struct PathProblem {
    std::string code, message;
    std::string remedy = {};
};

// Nothing when the name is fit to be served: relative, below the package's root, of sensible length and
// depth. Backslashes count as slashes. Codes: "path_empty", "path_nul", "path_too_long", "path_too_deep",
// "path_absolute", "path_drive", "path_outside_package", "path_device".
std::optional<PathProblem> check_entry_path(std::string_view name, std::size_t max_bytes,
                                            std::size_t max_depth = 64);

// False for names that Windows cannot keep or reads as something else: a dot or space at a segment's end, a
// colon (a stream of another file), the other characters that it reserves, control characters.
bool is_portable(std::string_view name);

// Backslashes turned, "./" and empty segments removed. Not for names that check_entry_path refuses.
std::string plain_path(std::string_view name);

// "https://x/y", "mailto:x", "//host/x": refers to something outside the package.
bool is_external(std::string_view href);

// An xml:base or folder put in front, as the manifest would have been written without it; the href's own text
// is kept.
std::string join_href(std::string_view base, std::string_view href);

// The path part of an href as an entry below the root: query and fragment cut, backslashes turned, dots
// resolved. Nothing when it climbs out of the package or is external. Percent escapes are left: try the
// literal name, then the decoded.
std::optional<std::string> href_path(std::string_view href);

// The same href with backslashes turned in its path; query and fragment are kept as they are.
std::string with_slashes(std::string_view href);

std::string folder_of(std::string_view path);  // with its slash; "" at the root

}  // namespace capbridge::scorm
