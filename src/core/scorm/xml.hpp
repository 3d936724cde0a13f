// XML of a stranger's package, parsed once by libxml2 and walked where it lies: an Element is a handle into
// the Document, its strings are views. The only place in the program that includes libxml2 (with
// schema_check.cpp). Ownership: an Element lives no longer than its Document. Threads: a Document may be read
// by several at once. Held short: no network, no DTD, no entity but the five of XML (a DOCTYPE is refused
// outright: none of the packages met in the wild has one), and limits on size, depth, number of nodes,
// attributes and text. Encodings: xml_encoding.hpp.
#pragma once
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/scorm/limits.hpp"

struct _xmlAttr;
struct _xmlDoc;
struct _xmlNode;

namespace capbridge::scorm::xml {

bool same_ignoring_case(std::string_view one, std::string_view other);  // ASCII

struct Attribute {
    std::string_view name, prefix, ns, value;  // name is the local part; ns is "" with an undeclared prefix
};

template <class T>
class Range;

class Element {
public:
    Element() = default;
    explicit Element(const _xmlNode* node) : node_(node) {}
    explicit operator bool() const { return node_ != nullptr; }
    bool operator==(const Element& other) const = default;

    [[nodiscard]] std::string_view name() const;  // the local part
    [[nodiscard]] std::string_view prefix() const;
    [[nodiscard]] std::string_view ns() const;     // "" without one, or with an undeclared prefix
    [[nodiscard]] std::string text() const;        // its own character data, children's not included
    [[nodiscard]] std::string plain_text() const;  // the same, with spaces collapsed
    [[nodiscard]] std::size_t line() const;        // 1-based
    // "/manifest/resources/resource[3]": names as written, a number where there are several of a name.
    [[nodiscard]] std::string xpath() const;

    [[nodiscard]] bool is(std::string_view local_name) const {
        return same_ignoring_case(name(), local_name);
    }
    // First child of that local name, whatever its namespace and letter case: packages get both wrong. May be
    // empty, as may be the element that is asked.
    [[nodiscard]] Element child(std::string_view local_name) const;
    [[nodiscard]] std::optional<std::string_view> attribute(std::string_view local_name) const;  // likewise
    [[nodiscard]] std::string attribute_or(std::string_view local_name,
                                           std::string_view otherwise = {}) const;
    [[nodiscard]] Element parent() const;  // empty for the root
    [[nodiscard]] Range<Element> children() const;
    [[nodiscard]] Range<Attribute> attributes() const;
    // xml:lang of the element or of the nearest one around it; "" when none says.
    [[nodiscard]] std::string language() const;
    [[nodiscard]] const _xmlNode* node() const { return node_; }

private:
    const _xmlNode* node_ = nullptr;
};

// Forward iteration over child elements, or over attributes.
template <class T>
class Range {
public:
    using Node = std::conditional_t<std::is_same_v<T, Element>, _xmlNode, _xmlAttr>;
    class Iterator {
    public:
        using iterator_category = std::forward_iterator_tag;
        using value_type = T;
        using difference_type = std::ptrdiff_t;
        using pointer = const T*;
        using reference = T;
        explicit Iterator(const Node* at = nullptr) : at_(at) {}
        T operator*() const;
        Iterator& operator++();
        bool operator==(const Iterator&) const = default;

    private:
        const Node* at_;
    };
    explicit Range(const Node* first) : first_(first) {}
    [[nodiscard]] Iterator begin() const { return Iterator(first_); }
    [[nodiscard]] Iterator end() const { return Iterator(); }
    [[nodiscard]] bool empty() const { return first_ == nullptr; }

private:
    const Node* first_;
};

template <>
Element Range<Element>::Iterator::operator*() const;
template <>
Range<Element>::Iterator& Range<Element>::Iterator::operator++();
template <>
Attribute Range<Attribute>::Iterator::operator*() const;
template <>
Range<Attribute>::Iterator& Range<Attribute>::Iterator::operator++();

// Element::xpath() of the child that is number `index` of `count` of its name, below a path that is known:
// the siblings need not be counted anew for each of thousands. "" when it would be longer than `most` bytes,
// and below such a path.
std::string path_below(const std::string& parent, Element child, std::size_t index, std::size_t count,
                       std::size_t most);

struct FreeDocument {
    void operator()(_xmlDoc* document) const;
};

struct Document {
    std::unique_ptr<_xmlDoc, FreeDocument> tree;
    Element root;
    std::string encoding;  // as declared, "" when not
    bool byte_order_mark = false;
    bool utf16_unmarked = false;  // UTF-16 without a byte order mark
    std::string undeclared;       // about the first prefix without a namespace, "" when all have one
    std::size_t undeclared_line = 0;
    std::string read_as;  // the encoding in which it was read, when it is not the one declared
};

// Errors: "not_well_formed_xml" (line filled in), "doctype_refused", "xml_too_deep", "xml_too_large" (nodes),
// "name_too_long", "attribute_too_long", "text_too_long", "manifest_too_large".
Result<Document> parse(std::string_view bytes, const Limits& limits = {});

// Text made safe for element content and for attribute values in double quotes; characters XML cannot hold
// are dropped.
std::string escape(std::string_view utf8);

}  // namespace capbridge::scorm::xml
