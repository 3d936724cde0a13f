#include "core/scorm/manifest_cmi5.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <unordered_map>
#include <unordered_set>

#include "core/base/text.hpp"
#include "core/scorm/paths.hpp"
#include "core/scorm/values.hpp"

namespace capbridge::scorm {
namespace {

// RFC 3987 as far as an importer needs it: a scheme, a colon, something after it, and no character that no
// IRI has.
constexpr std::array<bool, 256> forbidden = [] {
    std::array<bool, 256> out{};
    for (std::size_t c = 0; c <= 0x20; ++c) out[c] = true;
    for (const char c : {'\x7f', '<', '>', '"', '{', '}', '|', '\\', '^', '`'})
        out[static_cast<unsigned char>(c)] = true;
    return out;
}();

bool has_forbidden_character(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return forbidden[static_cast<unsigned char>(c)]; });
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

Texts texts_of(xml::Element element, std::string_view child) {
    Texts out;
    for (const auto langstring : element.child(child).children()) {
        if (langstring.is("langstring"))
            out.push_back({trim(langstring.attribute("lang").value_or("")), langstring.plain_text()});
    }
    return out;
}

class Reader {
public:
    Reader(const PackageFiles* files, const Limits& limits, Inspection& out, Findings& findings,
           const std::function<bool()>& stopping)
        : files_(files), limits_(limits), out_(out), findings_(findings), stopping_(stopping) {}

    void read(xml::Element root) {
        Node course;
        course.kind = Node::Kind::course;
        const auto element = root.child("course");
        if (element) {
            course.identifier = out_.identifier = trim(element.attribute("id").value_or(""));
            course.title = texts_of(element, "title");
            course.description = texts_of(element, "description");
            course.line = element.line();
            course.xpath = element.xpath();
            check_id(element, course.identifier, "course");
        }
        for (const auto objective : root.child("objectives").children()) {
            if (!objective.is("objective")) continue;
            Objective one;
            one.id = trim(objective.attribute("id").value_or(""));
            one.title = texts_of(objective, "title");
            one.description = texts_of(objective, "description");
            check_id(objective, one.id, "objective");
            if (!objectives_.emplace(one.id, one).second)
                duplicate(objective, "objective", one.id, "13.1.3.0-1");
            course.objectives.push_back(std::move(one));
        }
        walk(root, root.xpath(), course);
        if (element || !course.children.empty()) out_.structure.roots.push_back(std::move(course));
    }

private:
    [[nodiscard]] Place at(xml::Element element) const { return {out_.manifest, element}; }

    void check_id(xml::Element element, const std::string& id, const std::string& kind) {
        if (is_iri(id)) return;
        findings_.error("cmi5_id_not_iri", at(element),
                        "The id \"" + id + "\" of the " + kind + " is not an IRI.",
                        "Give it one, such as https://example.org/courses/1.", "3.0.0.0-1");
    }

    void duplicate(xml::Element element, const std::string& kind, const std::string& id,
                   std::string_view rule) {
        findings_.error("cmi5_duplicate_" + lower_ascii(kind) + "_id", at(element),
                        "Two " + kind + "s have the id " + id + ".",
                        "Give each an id of its own: ids must be unique in the course structure.", rule);
    }

    void walk(xml::Element parent, const std::string& path, Node& into) {
        std::unordered_map<std::string_view, std::size_t> count, index;
        for (const auto element : parent.children()) ++count[element.name()];
        into.children.reserve(std::min(count["au"] + count["block"], limits_.items));
        for (const auto element : parent.children()) {
            const bool block = element.is("block");
            if (!block && !element.is("au")) continue;
            if (!within_limit(element)) return;
            Node node;
            node.kind = block ? Node::Kind::block : Node::Kind::au;
            node.identifier = trim(element.attribute("id").value_or(""));
            node.title = texts_of(element, "title");
            node.description = texts_of(element, "description");
            node.line = element.line();
            node.xpath = xml::path_below(path, element, index[element.name()]++, count[element.name()],
                                         limits_.xpath_bytes);
            node.objectives = references(element);
            if (block) {
                check_id(element, node.identifier, "block");
                if (!block_ids_.insert(node.identifier).second)
                    duplicate(element, "block", node.identifier, "13.1.2.0-1");
                walk(element, node.xpath, node);
            } else {
                read_au(element, node);
            }
            into.children.push_back(std::move(node));
        }
    }

    bool within_limit(xml::Element element) {
        if (stopping_ && stopping_()) return false;
        if (++nodes_ <= limits_.items) return true;
        if (!findings_.has("too_many_items")) {
            findings_.error(
                "too_many_items", at(element),
                "The course structure has more than " + std::to_string(limits_.items) + " blocks and AUs.",
                "Split the course into several packages.");
        }
        return false;
    }

    std::vector<Objective> references(xml::Element element) {
        std::vector<Objective> list;
        for (const auto objective : element.child("objectives").children()) {
            const std::string id = trim(objective.attribute("idref").value_or(""));
            if (id.empty()) continue;
            const auto known = objectives_.find(id);
            if (known == objectives_.end()) {
                findings_.warning("cmi5_objective_not_found", at(objective),
                                  "The objective " + id + " is not defined in the course structure.",
                                  "Define it in the objectives of the course, or remove the reference.");
                list.push_back({id, false, {}, {}, false, {}, {}});
            } else if ((copied_ += text_bytes(known->second)) <= limits_.metadata_text_bytes) {
                list.push_back(known->second);
            } else {
                list.push_back({id, false, {}, {}, false, {}, {}});  // its texts stand at the course
            }
        }
        return list;
    }

    static std::size_t text_bytes(const Objective& objective) {
        std::size_t bytes = objective.id.size();
        for (const auto* texts : {&objective.title, &objective.description}) {
            for (const auto& text : *texts) bytes += text.text.size() + sizeof(Text);
        }
        return bytes;
    }

    void read_au(xml::Element element, Node& au) {
        check_id(element, au.identifier, "AU");
        if (!au_ids_.insert(au.identifier).second) duplicate(element, "AU", au.identifier, "13.1.4.0-1");
        if (const auto url = element.child("url")) {
            au.launch = trim(url.text());
            check_url(url, au.launch);
        }
        au.move_on = trim(element.attribute("moveOn").value_or("NotApplicable"));
        au.launch_method = trim(element.attribute("launchMethod").value_or("AnyWindow"));
        au.activity_type = trim(element.attribute("activityType").value_or(""));
        au.launch_parameters = trim(element.child("launchParameters").text());
        au.entitlement_key = trim(element.child("entitlementKey").text());
        if (const auto score = element.attribute("masteryScore")) au.mastery_score = parse_decimal(*score);
    }

    void check_url(xml::Element element, const std::string& url) {
        const bool external = is_external(url);
        const std::string scheme = lower_ascii(url.substr(0, url.find(':')));
        const auto authority = url.find("://");
        const bool bad_external =
            external &&
            ((scheme != "http" && scheme != "https") || authority == std::string::npos ||
             authority + 3 >= url.size() || url.find_first_of("/?#", authority + 3) == authority + 3);
        if (url.empty() || has_forbidden_character(url) || has_bad_escape(url) || bad_external) {
            return findings_.error("cmi5_au_url_invalid", at(element),
                                   "The AU's url \"" + url + "\" is not a valid http(s) or relative URL.",
                                   "Mend it; percent-encode spaces and the like.", "13.1.4.0-2");
        }
        check_query(element, url);
        if (external) return;
        if (!files_) {
            return findings_.error(
                "cmi5_relative_url_without_zip", at(element),
                "The AU's url " + url + " is relative, but the course structure came without a zip.",
                "Upload the zip of the course, or give the AU an absolute URL.", "14.2.0.0-1");
        }
        const auto match = files_->find("", url).match;
        if (match == PackageFiles::Match::none) {
            findings_.error("cmi5_au_file_missing", at(element),
                            "The AU's url " + url + " refers to a file that is not in the zip.",
                            "Add the file to the zip, or mend the url.", "14.1.0.0-4");
        } else if (match == PackageFiles::Match::other_case) {
            findings_.warning("href_differs_by_case", at(element),
                              "The AU's file " + url + " was found only by ignoring letter case.",
                              "Write the url as the file is named: many servers tell a from A.");
        }
    }

    // The launch appends these itself (8.1); a url that has them already would be ambiguous.
    void check_query(xml::Element element, const std::string& url) {
        const auto question = url.find('?');
        if (question == std::string::npos) return;
        const std::string query = url.substr(question + 1, url.find('#', question) - question - 1);
        for (const auto& pair : split(query, '&')) {
            const std::string name = url_decode(pair.substr(0, pair.find('=')));
            for (const auto* reserved : {"endpoint", "fetch", "actor", "registration", "activityId"}) {
                if (name != reserved) continue;
                findings_.error(
                    "cmi5_au_url_reserved_parameter", at(element),
                    "The AU's url has the query parameter " + name + ", which cmi5 adds at launch.",
                    "Give the parameter another name.", "8.1.0.0-6");
            }
        }
    }

    const PackageFiles* files_;
    const Limits& limits_;
    Inspection& out_;
    Findings& findings_;
    const std::function<bool()>& stopping_;
    std::unordered_map<std::string, Objective> objectives_;
    std::unordered_set<std::string> block_ids_, au_ids_;
    std::size_t nodes_ = 0, copied_ = 0;
};

}  // namespace

void read_cmi5_structure(xml::Element root, const PackageFiles* files, const Limits& limits, Inspection& out,
                         Findings& findings, const std::function<bool()>& stopping) {
    check_cmi5_schema(root, out.manifest, findings);
    if (!root.is("courseStructure")) return;
    out.format = "cmi5";
    out.version = "v1";
    Reader(files, limits, out, findings, stopping).read(root);
}

}  // namespace capbridge::scorm
