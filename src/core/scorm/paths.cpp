#include "core/scorm/paths.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

#include "core/base/text.hpp"

namespace capbridge::scorm {
namespace {

std::string turn_backslashes(std::string_view text) {
    std::string out(text);
    std::replace(out.begin(), out.end(), '\\', '/');
    return out;
}

bool is_alpha(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

// Nothing in it that has to be undone: most hrefs of most packages.
bool is_plain(std::string_view href) {
    if (href.empty() || href.front() == '/' || href.front() == '.' || href.back() == '/') return false;
    if (href.find_first_of("\\?#:") != std::string_view::npos) return false;
    for (auto slash = href.find('/'); slash != std::string_view::npos; slash = href.find('/', slash + 1)) {
        if (href[slash + 1] == '/' || href[slash + 1] == '.') return false;
    }
    return true;
}

// CON, NUL, COM1 ... are devices on Windows in every folder, in any letter case, whatever follows a dot.
bool is_device(std::string_view segment) {
    const std::string name = lower_ascii(trim(segment.substr(0, segment.find_first_of(".:"))));
    for (const std::string_view device : {"con", "prn", "aux", "nul", "conin$", "conout$"}) {
        if (name == device) return true;
    }
    return name.size() == 4 && (name.starts_with("com") || name.starts_with("lpt")) && name[3] >= '1' &&
           name[3] <= '9';
}

bool has_drive(std::string_view path) {
    return path.size() >= 2 && is_alpha(path[0]) && path[1] == ':';
}

}  // namespace

std::optional<PathProblem> check_entry_path(std::string_view name, std::size_t max_bytes,
                                            std::size_t max_depth) {
    constexpr std::string_view relative = "Write the zip with paths relative to the course's folder.";
    const std::string path = turn_backslashes(name);
    if (path.empty()) return PathProblem{"path_empty", "An entry has no name.", "Write the zip again."};
    if (path.find('\0') != std::string::npos) {
        return PathProblem{"path_nul", "An entry's name holds a NUL byte.",
                           "Rename the file and write the zip again."};
    }
    if (path.size() > max_bytes) {
        return PathProblem{"path_too_long",
                           "An entry's path is longer than " + std::to_string(max_bytes) + " bytes.",
                           "Shorten its folders' names."};
    }
    if (path.front() == '/')
        return PathProblem{"path_absolute", "An entry's path is absolute.", std::string(relative)};
    if (has_drive(path))
        return PathProblem{"path_drive", "An entry's path names a drive.", std::string(relative)};
    const auto segments = split(path, '/');
    if (segments.size() > max_depth) {
        return PathProblem{"path_too_deep",
                           "An entry lies more than " + std::to_string(max_depth) + " folders deep.",
                           "Flatten the folders."};
    }
    for (const auto& segment : segments) {
        if (segment == "..") {
            return PathProblem{"path_outside_package", "An entry's path climbs out of the package (\"..\").",
                               std::string(relative)};
        }
        if (is_device(segment)) {
            return PathProblem{"path_device", "An entry is named like a device of Windows (" + segment + ").",
                               "Rename it: such a file cannot be kept on Windows."};
        }
    }
    return std::nullopt;
}

bool is_portable(std::string_view name) {
    for (const auto& segment : split(turn_backslashes(name), '/')) {
        if (segment == "." || segment.empty()) continue;
        if (segment.back() == '.' || segment.back() == ' ' ||
            segment.find_first_of(":*?\"<>|") != std::string::npos)
            return false;
        if (std::any_of(segment.begin(), segment.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20; }))
            return false;
    }
    return true;
}

std::string plain_path(std::string_view name) {
    std::string out;
    for (const auto& segment : split(turn_backslashes(name), '/')) {
        if (segment.empty() || segment == ".") continue;
        if (!out.empty()) out += '/';
        out += segment;
    }
    return out;
}

bool is_external(std::string_view href) {
    if (href.starts_with("//")) return true;
    const auto colon = href.find(':');
    if (colon == std::string_view::npos || colon < 2 || !is_alpha(href[0])) return false;
    return std::all_of(href.begin(), href.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '-' || c == '.';
    });
}

std::string join_href(std::string_view base, std::string_view href) {
    if (base.empty() || is_external(href) || href.starts_with('/')) return std::string(href);
    std::string out(base);
    if (!out.ends_with('/') && !out.ends_with('\\')) out += '/';
    return out.append(href);
}

std::optional<std::string> href_path(std::string_view href) {
    if (is_plain(href)) return std::string(href);
    if (is_external(href)) return std::nullopt;
    const std::string path = turn_backslashes(href.substr(0, href.find_first_of("?#")));
    if (has_drive(path)) return std::nullopt;
    std::vector<std::string> segments;
    for (auto& segment : split(path, '/')) {
        if (segment.empty() || segment == ".") continue;
        if (segment == "..") {
            if (segments.empty()) return std::nullopt;
            segments.pop_back();
        } else {
            segments.push_back(std::move(segment));
        }
    }
    return join(segments, "/");
}

std::string with_slashes(std::string_view href) {
    const auto path = href.substr(0, href.find_first_of("?#"));
    return turn_backslashes(path).append(href.substr(path.size()));
}

std::string folder_of(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string{} : std::string(path.substr(0, slash + 1));
}

}  // namespace capbridge::scorm
