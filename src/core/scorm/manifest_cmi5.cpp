#include "core/scorm/manifest_cmi5.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "core/base/text.hpp"
#include "core/scorm/manifest_scorm.hpp"
#include "core/scorm/paths.hpp"
#include "core/scorm/values.hpp"

namespace capbridge::scorm {
namespace {

// RFC 3987 as far as an importer needs it: a scheme, a colon, something after it, and no character that no
// IRI has.
bool has_forbidden_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) <= 0x20) || c == 0x7f ||
               std::string_view("<>\"{}|\\^`").find(c) != std::string_view::npos;
    });
}

bool has_bad_escape(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') continue;
        if (i + 2 >= text.size() || !std::isxdigit(static_cast<unsigned char>(text[i + 1])) ||
            !std::isxdigit(static_cast<unsigned char>(text[i + 2]))) {
            return true;
        }
    }
    return false;
}

bool is_iri(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
    if (!std::isalpha(static_cast<unsigned char>(text[0]))) return false;
    for (const char c : text.substr(0, colon)) {
        if (!std::isalnum(static_cast<unsigned char>(c)) && c != '+' && c != '-' && c != '.') return false;
    }
    return !has_forbidden_character(text) && !has_bad_escape(text);
}

// The first language's text.
std::string text_of(const xml::Element& element, std::string_view child) {
    const auto* texts = element.child(child);
    const auto* first = texts ? texts->child("langstring") : nullptr;
    return first ? collapse_spaces(first->text) : std::string{};
}

class Reader {
public:
    Reader(const PackageFiles* files, Inspection& out, Findings& findings)
        : files_(files), out_(out), findings_(findings) {}

    void read(const xml::Element& root) {
        const auto* course = root.child("course");
        if (course) {
            out_.identifier = trim(course->attribute_or("id"));
            out_.title = text_of(*course, "title");
            check_id(*course, out_.identifier, "course");
        }
        if (const auto* objectives = root.child("objectives")) {
            for (const auto& objective : objectives->children) {
                if (!objective.is("objective")) continue;
                const std::string id = trim(objective.attribute_or("id"));
                check_id(objective, id, "objective");
                if (!objective_ids_.insert(id).second) duplicate(objective, "objective", id);
            }
        }
        walk(root);
    }

private:
    [[nodiscard]] std::string where(const xml::Element& element) const {
        return place(out_.manifest, element);
    }

    void check_id(const xml::Element& element, const std::string& id, const std::string& kind) {
        if (is_iri(id)) return;
        findings_.error("cmi5_id_not_iri",
                        "The id \"" + id + "\" of the " + kind +
                            " is not an IRI. Give it one, such as "
                            "https://example.org/courses/1.",
                        where(element));
    }

    void duplicate(const xml::Element& element, const std::string& kind, const std::string& id) {
        findings_.error(
            "cmi5_duplicate_" + lower_ascii(kind) + "_id",
            "Two " + kind + "s have the id " + id + ". Ids must be unique in the course structure.",
            where(element));
    }

    void walk(const xml::Element& parent) {
        for (const auto& element : parent.children) {
            if (element.is("block")) {
                const std::string id = trim(element.attribute_or("id"));
                check_id(element, id, "block");
                if (!block_ids_.insert(id).second) duplicate(element, "block", id);
                (void)references(element);
                walk(element);
            } else if (element.is("au")) {
                read_au(element);
            }
        }
    }

    std::vector<std::string> references(const xml::Element& element) {
        std::vector<std::string> ids;
        const auto* objectives = element.child("objectives");
        if (!objectives) return ids;
        for (const auto& objective : objectives->children) {
            const std::string id = trim(objective.attribute_or("idref"));
            if (id.empty()) continue;
            if (!objective_ids_.count(id)) {
                findings_.warning("cmi5_objective_not_found",
                                  "The objective " + id + " is not defined in the course structure.",
                                  where(objective));
            }
            ids.push_back(id);
        }
        return ids;
    }

    void read_au(const xml::Element& element) {
        Au au;
        au.id = trim(element.attribute_or("id"));
        check_id(element, au.id, "AU");
        if (!au_ids_.insert(au.id).second) duplicate(element, "AU", au.id);
        au.title = text_of(element, "title");
        if (const auto* url = element.child("url")) {
            au.url = trim(url->text);
            check_url(*url, au.url);
        }
        au.move_on = element.attribute_or("moveOn", "NotApplicable");
        if (const auto* score = element.attribute("masteryScore")) {
            au.mastery_score = parse_decimal(*score);
        }
        au.objectives = references(element);
        out_.aus.push_back(std::move(au));
    }

    void check_url(const xml::Element& element, const std::string& url) {
        const bool external = is_external(url);
        const std::string scheme = lower_ascii(url.substr(0, url.find(':')));
        const auto authority = url.find("://");
        const bool bad_external =
            external &&
            ((scheme != "http" && scheme != "https") || authority == std::string::npos ||
             authority + 3 >= url.size() || url.find_first_of("/?#", authority + 3) == authority + 3);
        if (url.empty() || has_forbidden_character(url) || has_bad_escape(url) || bad_external) {
            findings_.error("cmi5_au_url_invalid",
                            "The AU's url \"" + url +
                                "\" is not a valid http(s) or relative URL. Percent-encode "
                                "spaces and the like.",
                            where(element));
            return;
        }
        check_query(element, url);
        if (external) return;
        if (!files_) {
            findings_.error(
                "cmi5_relative_url_without_zip",
                "The AU's url " + url + " is relative, but the course structure came without a zip.",
                where(element));
            return;
        }
        const auto match = files_->find("", url);
        if (match == PackageFiles::Match::none) {
            findings_.error(
                "cmi5_au_file_missing",
                "The AU's url " + url + " refers to a file that is not in the zip. Add it, or mend the url.",
                where(element));
        } else if (match == PackageFiles::Match::other_case) {
            findings_.warning("href_differs_by_case",
                              "The AU's file " + url + " was found only by ignoring letter case.",
                              where(element));
        }
    }

    // The launch appends these itself (8.1); a url that has them already would be ambiguous.
    void check_query(const xml::Element& element, const std::string& url) {
        const auto question = url.find('?');
        if (question == std::string::npos) return;
        const std::string query = url.substr(question + 1, url.find('#', question) - question - 1);
        for (const auto& pair : split(query, '&')) {
            const std::string name = url_decode(pair.substr(0, pair.find('=')));
            for (const auto* reserved : {"endpoint", "fetch", "actor", "registration", "activityId"}) {
                if (name != reserved) continue;
                findings_.error(
                    "cmi5_au_url_reserved_parameter",
                    "The AU's url has the query parameter " + name + ", which cmi5 adds at launch.",
                    where(element));
            }
        }
    }

    const PackageFiles* files_;
    Inspection& out_;
    Findings& findings_;
    std::set<std::string> objective_ids_, block_ids_, au_ids_;
};

}  // namespace

void read_cmi5_structure(const xml::Element& root, const PackageFiles* files, Inspection& out,
                         Findings& findings) {
    check_cmi5_schema(root, out.manifest, findings);
    if (!root.is("courseStructure")) return;
    out.format = "cmi5";
    out.version = "v1";
    Reader(files, out, findings).read(root);
}

}  // namespace capbridge::scorm
