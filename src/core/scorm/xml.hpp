// XML as a tree of values, read with libxml2 and kept free of its types: the only place in the program that
// includes it. Any thread. What comes from a stranger's package is held short: no network, no DTD, no entity
// but the five of XML (a DOCTYPE is refused outright: none of the packages met in the wild has one), and a
// limit on size and depth. Encodings: by byte order mark and declaration (UTF-8, UTF-16, ISO-8859-1, ...);
// bytes that are not the UTF-8 they claim to be are read once more as Windows-1252, which is what old
// authoring tools wrote.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/scorm/limits.hpp"

namespace capbridge::scorm::xml {

struct Attribute {
    std::string name, prefix, ns,
        value;  // name is the local part; ns is "" without one or with an undeclared prefix
};

struct Element {
    std::string name, prefix, ns;
    std::string text;  // the element's own character data, children's not included
    int line = 0;      // 1-based
    std::vector<Attribute> attributes;
    std::vector<Element> children;

    // First child of that local name, whatever its namespace and letter case: packages get both wrong.
    [[nodiscard]] const Element* child(std::string_view local_name) const;
    // Attribute of that local name, likewise. nullptr when absent.
    [[nodiscard]] const std::string* attribute(std::string_view local_name) const;
    [[nodiscard]] std::string attribute_or(std::string_view local_name,
                                           std::string_view otherwise = {}) const;
    [[nodiscard]] bool is(std::string_view local_name) const;  // ignoring case
};

struct Document {
    Element root;
    std::string encoding;  // as declared, "" when not
    bool byte_order_mark = false;
    bool read_as_1252 = false;  // the bytes were not what the document said
};

// Errors: "not_well_formed_xml" (line filled in), "doctype_refused", "xml_too_deep", "attribute_too_long",
// "manifest_too_large".
Result<Document> parse(std::string_view bytes, const Limits& limits = {});

// Text made safe for element content and for attribute values in double quotes; characters XML cannot hold
// are dropped.
std::string escape(std::string_view utf8);

}  // namespace capbridge::scorm::xml
