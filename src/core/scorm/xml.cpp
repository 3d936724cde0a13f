#include "core/scorm/xml.hpp"

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include <limits>
#include <memory>

#include "core/base/text.hpp"

namespace capbridge::scorm::xml {
namespace {

std::string text_of(const xmlChar* text) {
    return text ? reinterpret_cast<const char*>(text) : "";
}

// Without entity substitution libxml2 hands every '&' of an attribute on as "&#38;", for a tree to keep: undo
// that. One pass, for the text is a stranger's.
std::string attribute_value(const xmlChar* begin, const xmlChar* end) {
    constexpr std::string_view kept = "&#38;";
    std::string_view rest(reinterpret_cast<const char*>(begin), static_cast<std::size_t>(end - begin));
    std::string value;
    value.reserve(rest.size());
    for (auto at = rest.find(kept); at != std::string_view::npos; at = rest.find(kept)) {
        value.append(rest.substr(0, at)).push_back('&');
        rest.remove_prefix(at + kept.size());
    }
    return value.append(rest);
}

struct ContextDeleter {
    void operator()(xmlParserCtxt* context) const {
        if (context->myDoc) xmlFreeDoc(context->myDoc);
        xmlFreeParserCtxt(context);
    }
};
using Context = std::unique_ptr<xmlParserCtxt, ContextDeleter>;

// What the SAX callbacks fill. They run inside C frames, so none of them may throw.
struct Reader {
    xmlParserCtxt* context = nullptr;
    std::size_t max_depth = 0, max_attribute = 0;
    std::vector<Element> open;
    Element root;
    bool doctype = false, too_deep = false, too_long = false, bad_encoding = false;
    std::string long_attribute;
    std::string message;
    int line = 0;
};

void on_start(void* data, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri, int,
              const xmlChar**, int attribute_count, int, const xmlChar** attributes) noexcept {
    auto& reader = *static_cast<Reader*>(data);
    if (reader.open.size() >= reader.max_depth) {
        reader.too_deep = true;
        reader.line = xmlSAX2GetLineNumber(reader.context);
        xmlStopParser(reader.context);
        return;
    }
    Element element;
    element.name = text_of(name);
    element.prefix = text_of(prefix);
    element.ns = text_of(uri);
    element.line = xmlSAX2GetLineNumber(reader.context);
    for (int i = 0; i < attribute_count; ++i, attributes += 5) {
        element.attributes.push_back({text_of(attributes[0]), text_of(attributes[1]), text_of(attributes[2]),
                                      attribute_value(attributes[3], attributes[4])});
        if (element.attributes.back().value.size() > reader.max_attribute) {
            reader.too_long = true;
            reader.long_attribute = element.attributes.back().name;
            reader.line = element.line;
            xmlStopParser(reader.context);
            return;
        }
    }
    reader.open.push_back(std::move(element));
}

void on_end(void* data, const xmlChar*, const xmlChar*, const xmlChar*) noexcept {
    auto& reader = *static_cast<Reader*>(data);
    if (reader.open.empty()) return;
    Element element = std::move(reader.open.back());
    reader.open.pop_back();
    if (reader.open.empty()) {
        reader.root = std::move(element);
    } else {
        reader.open.back().children.push_back(std::move(element));
    }
}

void on_text(void* data, const xmlChar* text, int length) noexcept {
    auto& reader = *static_cast<Reader*>(data);
    if (!reader.open.empty()) {
        reader.open.back().text.append(reinterpret_cast<const char*>(text), static_cast<std::size_t>(length));
    }
}

// Called before any declaration inside the DOCTYPE is looked at: no entity is ever defined.
void on_doctype(void* data, const xmlChar*, const xmlChar*, const xmlChar*) noexcept {
    auto& reader = *static_cast<Reader*>(data);
    reader.doctype = true;
    reader.line = xmlSAX2GetLineNumber(reader.context);
    xmlStopParser(reader.context);
}

void on_error(void* data, xmlErrorPtr error) noexcept {
    auto& reader = *static_cast<Reader*>(data);
    // Undeclared prefixes are common in packages and lose nothing: we go by local names.
    if (error->domain == XML_FROM_NAMESPACE || error->level < XML_ERR_ERROR) return;
    if (error->code == XML_ERR_INVALID_ENCODING || error->code == XML_ERR_INVALID_CHAR ||
        error->code == XML_I18N_CONV_FAILED || error->code == XML_ERR_UNKNOWN_ENCODING ||
        error->code == XML_ERR_UNSUPPORTED_ENCODING) {
        reader.bad_encoding = true;
    }
    if (!reader.message.empty()) return;
    reader.message = error->message ? trim(error->message) : "unknown error";
    reader.line = error->line;
}

std::string declared_encoding(std::string_view bytes) {
    std::string head;
    for (const char c : bytes.substr(0, 512)) {
        if (c == '>') break;
        if (c != '\0') head += c;  // UTF-16 of ASCII is ASCII with NULs between
    }
    if (head.find("<?xml") == std::string::npos) return {};
    const auto at = head.find("encoding");
    if (at == std::string::npos) return {};
    const auto open = head.find_first_of("\"'", at);
    if (open == std::string::npos) return {};
    const auto close = head.find(head[open], open + 1);
    return close == std::string::npos ? std::string{} : head.substr(open + 1, close - open - 1);
}

bool has_utf16_mark(std::string_view bytes) {
    return bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff");
}

// False: not well formed, or stopped; the reader says why.
bool run(std::string_view bytes, bool as_1252, Reader& reader) {
    xmlInitParser();  // idempotent
    const Context context(xmlCreateMemoryParserCtxt(bytes.data(), static_cast<int>(bytes.size())));
    if (!context) {
        reader.message = "the parser could not start";
        return false;
    }
    reader.context = context.get();
    xmlSAXHandler handler{};
    handler.initialized = XML_SAX2_MAGIC;
    handler.startElementNs = on_start;
    handler.endElementNs = on_end;
    handler.characters = on_text;
    handler.ignorableWhitespace = on_text;
    handler.cdataBlock = on_text;
    handler.internalSubset = on_doctype;
    handler.serror = on_error;
    xmlCtxtUseOptions(context.get(), XML_PARSE_NONET | (as_1252 ? XML_PARSE_IGNORE_ENC : 0));
    *context->sax = handler;
    context->userData = &reader;
    if (as_1252) {
        auto* encoding = xmlFindCharEncodingHandler("windows-1252");
        if (!encoding || xmlSwitchToEncoding(context.get(), encoding) != 0) return false;
    }
    xmlParseDocument(context.get());
    return context->wellFormed && !reader.doctype && !reader.too_deep && reader.open.empty() &&
           !reader.root.name.empty() && !reader.too_long;
}

}  // namespace

bool Element::is(std::string_view local_name) const {
    return lower_ascii(name) == lower_ascii(local_name);
}

const Element* Element::child(std::string_view local_name) const {
    for (const auto& element : children) {
        if (element.is(local_name)) return &element;
    }
    return nullptr;
}

const std::string* Element::attribute(std::string_view local_name) const {
    const std::string wanted = lower_ascii(local_name);
    for (const auto& one : attributes) {
        if (lower_ascii(one.name) == wanted) return &one.value;
    }
    return nullptr;
}

std::string Element::attribute_or(std::string_view local_name, std::string_view otherwise) const {
    const auto* value = attribute(local_name);
    return value ? *value : std::string(otherwise);
}

Result<Document> parse(std::string_view bytes, const Limits& limits) {
    if (bytes.size() > limits.manifest_bytes || bytes.size() > std::numeric_limits<int>::max()) {
        return fail("manifest_too_large", "The manifest is larger than " +
                                              std::to_string(limits.manifest_bytes) +
                                              " bytes. Split the course into several packages.");
    }
    if (trim(bytes).empty())
        return fail("not_well_formed_xml", "The manifest is empty. Export the package again.");
    Document document;
    document.encoding = declared_encoding(bytes);
    document.byte_order_mark = has_utf16_mark(bytes) || bytes.starts_with("\xef\xbb\xbf");

    Reader reader;
    reader.max_depth = limits.xml_depth;
    reader.max_attribute = limits.attribute_bytes;
    bool good = run(bytes, false, reader);
    if (!good && !reader.doctype && !reader.too_deep && !reader.too_long && reader.bad_encoding &&
        !has_utf16_mark(bytes) && !is_utf8(bytes)) {
        Reader again;
        again.max_depth = limits.xml_depth;
        again.max_attribute = limits.attribute_bytes;
        good = run(bytes, true, again);
        document.read_as_1252 = good;
        if (good || again.doctype || again.too_deep || again.too_long) reader = std::move(again);
    }
    if (reader.doctype) {
        return fail(
            "doctype_refused",
            "The manifest has a DOCTYPE. Document types can pull in other files, so they are refused: remove "
            "the <!DOCTYPE ...> line.",
            {}, reader.line);
    }
    if (reader.too_deep) {
        return fail("xml_too_deep",
                    "The manifest nests elements more than " + std::to_string(limits.xml_depth) +
                        " deep. Flatten the course's structure.",
                    {}, reader.line);
    }
    if (reader.too_long) {
        return fail("attribute_too_long",
                    "The attribute " + reader.long_attribute + " is longer than " +
                        std::to_string(limits.attribute_bytes) +
                        " bytes. Shorten it: no player takes such a value.",
                    {}, reader.line);
    }
    if (!good) {
        return fail("not_well_formed_xml",
                    "The manifest is not well-formed XML: " +
                        (reader.message.empty() ? std::string("it ends too early") : reader.message) +
                        ". Export the package again, or mend that line.",
                    {}, reader.line);
    }
    document.root = std::move(reader.root);
    return document;
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
