#include "core/scorm/xml.hpp"

#include <libxml/tree.h>

#include <algorithm>
#include <vector>

#include "core/base/text.hpp"

namespace capbridge::scorm::xml {
namespace {

std::string_view view_of(const xmlChar* text) {
    return text ? std::string_view(reinterpret_cast<const char*>(text)) : std::string_view{};
}

// libxml2 leaves an undeclared prefix in the name.
std::string_view local_part(std::string_view name) {
    return name.substr(name.rfind(':') + 1);  // npos + 1 is 0
}

std::string_view prefix_part(std::string_view name) {
    const auto colon = name.rfind(':');
    return colon == std::string_view::npos ? std::string_view{} : name.substr(0, colon);
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Most texts are as collapse_spaces would make them.
bool is_collapsed(std::string_view text) {
    bool space = true;
    for (const char c : text) {
        const bool blank = static_cast<unsigned char>(c) <= 0x20;
        if (blank && (c != ' ' || space)) return false;
        space = blank;
    }
    return !space || text.empty();
}

const xmlNode* first_element(const xmlNode* node) {
    while (node && node->type != XML_ELEMENT_NODE) node = node->next;
    return node;
}

std::string_view value_of(const xmlAttr& attribute) {
    // Without a DTD a value is one text: there is no entity that could stand beside it.
    return attribute.children ? view_of(attribute.children->content) : std::string_view{};
}

// The name as written, and its place among its like-named siblings when there are several.
std::string step_of(const xmlNode* node) {
    std::size_t before = 0, after = 0;
    const auto alike = [&](const xmlNode* other) {
        if (other->type != XML_ELEMENT_NODE || !xmlStrEqual(other->name, node->name)) return false;
        return xmlStrEqual(other->ns ? other->ns->prefix : nullptr, node->ns ? node->ns->prefix : nullptr) !=
               0;
    };
    for (const auto* other = node->prev; other; other = other->prev) before += alike(other);
    for (const auto* other = node->next; other && after == 0; other = other->next) after += alike(other);
    std::string step = "/";
    if (node->ns && node->ns->prefix) step.append(view_of(node->ns->prefix)) += ':';
    step.append(view_of(node->name));
    if (before + after > 0) step += '[' + std::to_string(before + 1) + ']';
    return step;
}

}  // namespace

bool same_ignoring_case(std::string_view one, std::string_view other) {
    return one.size() == other.size() && std::equal(one.begin(), one.end(), other.begin(),
                                                    [](char a, char b) { return lower(a) == lower(b); });
}

std::string_view Element::name() const {
    if (!node_) return {};
    return node_->ns ? view_of(node_->name) : local_part(view_of(node_->name));
}

std::string_view Element::prefix() const {
    if (!node_) return {};
    return node_->ns ? view_of(node_->ns->prefix) : prefix_part(view_of(node_->name));
}

std::string_view Element::ns() const {
    return node_ && node_->ns ? view_of(node_->ns->href) : std::string_view{};
}

std::string Element::text() const {
    std::string out;
    for (const auto* child = node_ ? node_->children : nullptr; child; child = child->next) {
        if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE)
            out.append(view_of(child->content));
    }
    return out;
}

std::string Element::plain_text() const {
    const auto* only = node_ ? node_->children : nullptr;
    if (!only) return {};
    if (only->type != XML_TEXT_NODE || only->next) return collapse_spaces(text());
    const auto view = view_of(only->content);
    return is_collapsed(view) ? std::string(view) : collapse_spaces(view);
}

std::size_t Element::line() const {
    const auto line = node_ ? xmlGetLineNo(node_) : 0;
    return line > 0 ? static_cast<std::size_t>(line) : 0;
}

std::string Element::xpath() const {
    std::vector<std::string> steps;
    for (const auto* node = node_; node && node->type == XML_ELEMENT_NODE; node = node->parent)
        steps.push_back(step_of(node));
    std::string out;
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) out += *step;
    return out;
}

Element Element::child(std::string_view local_name) const {
    for (const auto element : children()) {
        if (element.is(local_name)) return element;
    }
    return {};
}

std::optional<std::string_view> Element::attribute(std::string_view local_name) const {
    for (const auto* one = node_ ? node_->properties : nullptr; one; one = one->next) {
        const auto name = view_of(one->name);
        if (same_ignoring_case(one->ns ? name : local_part(name), local_name)) return value_of(*one);
    }
    return std::nullopt;
}

std::string Element::attribute_or(std::string_view local_name, std::string_view otherwise) const {
    return std::string(attribute(local_name).value_or(otherwise));
}

Element Element::parent() const {
    const auto* above = node_ ? node_->parent : nullptr;
    return above && above->type == XML_ELEMENT_NODE ? Element(above) : Element();
}

Range<Element> Element::children() const {
    return Range<Element>(node_ ? first_element(node_->children) : nullptr);
}

Range<Attribute> Element::attributes() const {
    return Range<Attribute>(node_ ? node_->properties : nullptr);
}

std::string Element::language() const {
    for (const auto* node = node_; node && node->type == XML_ELEMENT_NODE; node = node->parent) {
        for (const auto* one = node->properties; one; one = one->next) {
            const auto name = view_of(one->name);
            const bool of_xml = one->ns ? view_of(one->ns->prefix) == "xml" : prefix_part(name) == "xml";
            if (of_xml && local_part(name) == "lang") return trim(value_of(*one));
        }
    }
    return {};
}

template <>
Element Range<Element>::Iterator::operator*() const {
    return Element(at_);
}
template <>
Range<Element>::Iterator& Range<Element>::Iterator::operator++() {
    at_ = first_element(at_->next);
    return *this;
}
template <>
Attribute Range<Attribute>::Iterator::operator*() const {
    const auto name = view_of(at_->name);
    Attribute out{local_part(name), {}, {}, value_of(*at_)};
    out.prefix = at_->ns ? view_of(at_->ns->prefix) : prefix_part(name);
    if (at_->ns) out.ns = view_of(at_->ns->href);
    return out;
}
template <>
Range<Attribute>::Iterator& Range<Attribute>::Iterator::operator++() {
    at_ = at_->next;
    return *this;
}

std::string path_below(const std::string& parent, Element child, std::size_t index, std::size_t count,
                       std::size_t most) {
    if (parent.empty()) return {};
    std::string out = parent + '/';
    if (!child.prefix().empty()) out.append(child.prefix()) += ':';
    out.append(child.name());
    if (count > 1) out += '[' + std::to_string(index + 1) + ']';
    return out.size() > most ? std::string{} : out;
}

void FreeDocument::operator()(_xmlDoc* document) const {
    xmlFreeDoc(document);
}

std::string escape(std::string_view utf8) {
    std::string out;
    out.reserve(utf8.size());
    for (const char c : utf8) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                if (static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n' || c == '\r') out += c;
        }
    }
    return out;
}

}  // namespace capbridge::scorm::xml
