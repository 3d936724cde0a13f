#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "core/base/text.hpp"
#include "core/scorm/xml.hpp"
#include "core/scorm/xml_encoding.hpp"
#include "core/scorm/xml_tags.hpp"

namespace capbridge::scorm::xml {
namespace {

struct FreeContext {
    void operator()(xmlParserCtxt* context) const {
        if (context->myDoc) xmlFreeDoc(context->myDoc);
        xmlFreeParserCtxt(context);
    }
};
using Context = std::unique_ptr<xmlParserCtxt, FreeContext>;

// Of an element and those around it: Element::language() looks at each, for each of thousands of texts.
constexpr std::size_t most_attributes_in_force = 1'000;

// What the callbacks keep. libxml2 builds its tree itself; they only stop it where a limit is passed. They
// run inside C frames, so none of them may throw.
struct Watch {
    explicit Watch(const Limits& the_limits) : limits(the_limits), in_force(the_limits.xml_depth + 1) {}
    const Limits& limits;
    std::size_t nodes = 0, text_bytes = 0;
    std::vector<std::size_t> in_force;  // attributes, by depth
    enum class Stop {
        none,
        doctype,
        depth,
        nodes,
        tag,
        attributes,
        namespaces,
        name,
        attribute,
        text
    } stop = Stop::none;
    bool bad_encoding = false;
    std::string message, attribute, undeclared;
    int line = 0, undeclared_line = 0;
};

Watch& watch_of(xmlParserCtxt* context) {
    return *static_cast<Watch*>(context->_private);
}

bool is_longer(const xmlChar* name, std::size_t most) {
    return name && strnlen(reinterpret_cast<const char*>(name), most + 1) > most;
}

void halt(xmlParserCtxt* context, Watch::Stop why) {
    auto& watch = watch_of(context);
    watch.stop = why;
    watch.line = xmlSAX2GetLineNumber(context);
    xmlStopParser(context);
}

void on_start(void* data, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri, int namespace_count,
              const xmlChar** namespaces, int attribute_count, int defaulted,
              const xmlChar** attributes) noexcept {
    auto* context = static_cast<xmlParserCtxt*>(data);
    auto& watch = watch_of(context);
    watch.text_bytes = 0;
    if (context->nodeNr >= static_cast<int>(watch.limits.xml_depth)) return halt(context, Watch::Stop::depth);
    watch.nodes += 1u + static_cast<unsigned>(attribute_count) + static_cast<unsigned>(namespace_count);
    if (watch.nodes > watch.limits.xml_nodes) return halt(context, Watch::Stop::nodes);
    const auto depth = static_cast<std::size_t>(context->nodeNr);
    watch.in_force[depth + 1] = watch.in_force[depth] + static_cast<unsigned>(attribute_count);
    if (watch.in_force[depth + 1] > most_attributes_in_force) return halt(context, Watch::Stop::attributes);
    if (static_cast<std::size_t>(context->nsNr) / 2 > watch.limits.xml_namespaces)  // prefix and URI of each
        return halt(context, Watch::Stop::namespaces);
    const auto longest = watch.limits.name_bytes;
    if (is_longer(name, longest) || is_longer(prefix, longest)) return halt(context, Watch::Stop::name);
    for (int i = 0; i < attribute_count; ++i) {
        const auto* const* attribute = attributes + static_cast<std::ptrdiff_t>(i) * 5;
        if (is_longer(attribute[0], longest) || is_longer(attribute[1], longest))
            return halt(context, Watch::Stop::name);
        if (static_cast<std::size_t>(attribute[4] - attribute[3]) <= watch.limits.attribute_bytes) continue;
        // With its ampersands undone it may be short enough ("&" comes here as "&#38;").
        const std::string_view value(reinterpret_cast<const char*>(attribute[3]),
                                     static_cast<std::size_t>(attribute[4] - attribute[3]));
        std::size_t shorter = 0;
        for (auto at = value.find("&#38;"); at != std::string_view::npos; at = value.find("&#38;", at + 5))
            shorter += 4;
        if (value.size() - shorter <= watch.limits.attribute_bytes) continue;
        watch.attribute = reinterpret_cast<const char*>(attribute[0]);
        return halt(context, Watch::Stop::attribute);
    }
    xmlSAX2StartElementNs(data, name, prefix, uri, namespace_count, namespaces, attribute_count, defaulted,
                          attributes);
}

void on_end(void* data, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri) noexcept {
    watch_of(static_cast<xmlParserCtxt*>(data)).text_bytes = 0;
    xmlSAX2EndElementNs(data, name, prefix, uri);
}

void on_text(void* data, const xmlChar* text, int length) noexcept {
    auto* context = static_cast<xmlParserCtxt*>(data);
    auto& watch = watch_of(context);
    if (watch.text_bytes == 0 && ++watch.nodes > watch.limits.xml_nodes)
        return halt(context, Watch::Stop::nodes);
    watch.text_bytes += static_cast<unsigned>(length);
    if (watch.text_bytes > watch.limits.text_bytes) return halt(context, Watch::Stop::text);
    xmlSAX2Characters(data, text, length);
}

// Called before any declaration inside the DOCTYPE is looked at: no entity is ever defined.
void on_doctype(void* data, const xmlChar*, const xmlChar*, const xmlChar*) noexcept {
    halt(static_cast<xmlParserCtxt*>(data), Watch::Stop::doctype);
}

void on_error(void* data, xmlErrorPtr error) noexcept {
    auto& watch = watch_of(static_cast<xmlParserCtxt*>(data));
    // Undeclared prefixes are common in packages and lose nothing: we go by local names.
    if (error->code == XML_NS_ERR_UNDEFINED_NAMESPACE && watch.undeclared.empty() && error->message) {
        watch.undeclared = trim(error->message);
        watch.undeclared_line = error->line;
    }
    if (error->domain == XML_FROM_NAMESPACE || error->level < XML_ERR_ERROR) return;
    if (error->code == XML_ERR_INVALID_ENCODING || error->code == XML_ERR_INVALID_CHAR ||
        error->code == XML_I18N_CONV_FAILED || error->code == XML_ERR_UNKNOWN_ENCODING ||
        error->code == XML_ERR_UNSUPPORTED_ENCODING) {
        watch.bad_encoding = true;
    }
    if (!watch.message.empty()) return;
    watch.message = error->message ? trim(error->message) : "unknown error";
    watch.line = error->line;
}

// The tree, or nothing: not well formed, or stopped; the watch says why.
std::unique_ptr<_xmlDoc, FreeDocument> run(std::string_view bytes, const std::string& encoding,
                                           Watch& watch) {
    xmlInitParser();  // idempotent
    const std::string converted = encoding == "windows-1252" ? from_1252(bytes) : std::string{};
    if (encoding == "windows-1252") bytes = converted;
    watch.line = overfull_tag(bytes, encoding, watch.limits.tag_attributes);
    if (watch.line > 0) {
        watch.stop = Watch::Stop::tag;
        return nullptr;
    }
    const Context context(xmlCreateMemoryParserCtxt(bytes.data(), static_cast<int>(bytes.size())));
    if (!context) {
        watch.message = "the parser could not start";
        return nullptr;
    }
    context->_private = &watch;
    auto& handler = *context->sax;
    handler.startElementNs = on_start;
    handler.endElementNs = on_end;
    handler.characters = on_text;
    handler.internalSubset = on_doctype;
    handler.comment = nullptr;
    handler.processingInstruction = nullptr;
    handler.serror = on_error;
    const std::string use = encoding == "windows-1252" ? "UTF-8" : encoding;
    xmlCtxtUseOptions(context.get(), XML_PARSE_NONET | XML_PARSE_NOBLANKS | XML_PARSE_NOCDATA |
                                         XML_PARSE_COMPACT | XML_PARSE_BIG_LINES |
                                         (use.empty() ? 0 : XML_PARSE_IGNORE_ENC));
    handler.cdataBlock = nullptr;  // as text, through on_text
    if (!use.empty() && use != "UTF-8") {
        auto* converter = xmlFindCharEncodingHandler(use.c_str());
        if (!converter || xmlSwitchToEncoding(context.get(), converter) != 0) return nullptr;
    }
    xmlParseDocument(context.get());
    if (!context->wellFormed || watch.stop != Watch::Stop::none || !context->myDoc ||
        !xmlDocGetRootElement(context->myDoc)) {
        return nullptr;
    }
    return std::unique_ptr<_xmlDoc, FreeDocument>(std::exchange(context->myDoc, nullptr));
}

Error why_not(const Watch& watch) {
    const auto& limits = watch.limits;
    const auto error = [&](std::string code, std::string message) {
        return Error{std::move(code), std::move(message), {}, watch.line};
    };
    switch (watch.stop) {
        case Watch::Stop::doctype:
            return error(
                "doctype_refused",
                "The file has a DOCTYPE. Document types can pull in other files, so they are refused: "
                "remove the <!DOCTYPE ...> line.");
        case Watch::Stop::depth:
            return error("xml_too_deep", "Elements are nested more than " + std::to_string(limits.xml_depth) +
                                             " deep. Flatten the course's structure.");
        case Watch::Stop::nodes:
            return error("xml_too_large",
                         "The file has more than " + std::to_string(limits.xml_nodes) +
                             " elements, attributes and texts. Split the course into several "
                             "packages.");
        case Watch::Stop::tag:
            return error("xml_too_large", "A tag has more than " + std::to_string(limits.tag_attributes) +
                                              " attributes. Leave out what no player reads.");
        case Watch::Stop::attributes:
            return error("xml_too_large", "An element and those around it have more than " +
                                              std::to_string(most_attributes_in_force) +
                                              " attributes. Leave out what no player reads.");
        case Watch::Stop::namespaces:
            return error("xml_too_large", "More than " + std::to_string(limits.xml_namespaces) +
                                              " namespaces are in force at one element. Leave out those that "
                                              "are not used.");
        case Watch::Stop::name:
            return error("name_too_long",
                         "The name or the prefix of an element or attribute is longer than " +
                             std::to_string(limits.name_bytes) +
                             " bytes. Shorten it: no player takes such a name.");
        case Watch::Stop::attribute:
            return error("attribute_too_long", "The attribute " + watch.attribute + " is longer than " +
                                                   std::to_string(limits.attribute_bytes) +
                                                   " bytes. Shorten it: no player takes such a value.");
        case Watch::Stop::text:
            return error("text_too_long", "One text is longer than " + std::to_string(limits.text_bytes) +
                                              " bytes. Shorten it: no player takes such a value.");
        case Watch::Stop::none:
            break;
    }
    return error("not_well_formed_xml",
                 "This is not well-formed XML: " +
                     (watch.message.empty() ? std::string("it ends too early") : watch.message) +
                     ". Export the package again, or mend that line.");
}

}  // namespace

Result<Document> parse(std::string_view bytes, const Limits& limits) {
    if (bytes.size() > limits.manifest_bytes || bytes.size() > std::numeric_limits<int>::max()) {
        return fail("manifest_too_large", "The file is larger than " + std::to_string(limits.manifest_bytes) +
                                              " bytes. Split the course into several packages.");
    }
    if (trim(bytes.substr(0, 4096)).empty() && trim(bytes).empty())
        return fail("not_well_formed_xml", "The file is empty. Export the package again.");
    const auto encoding = look_at_encoding(bytes);
    Document document;
    document.encoding = encoding.declared;
    document.byte_order_mark = encoding.byte_order_mark;
    document.utf16_unmarked = encoding.utf16_unmarked;
    const auto differs = [&](const std::string& use) {
        const auto declared = lower_ascii(encoding.declared), used = lower_ascii(use);
        if (used == "windows-1252") return declared.find("1252") == std::string::npos;
        if (used.starts_with("utf-16")) return !declared.empty() && declared.find("16") == std::string::npos;
        return !declared.empty() && declared != used;
    };

    Watch watch(limits);
    document.tree = run(bytes, encoding.use, watch);
    if (document.tree && !encoding.use.empty() && differs(encoding.use)) document.read_as = encoding.use;
    if (!document.tree && watch.stop == Watch::Stop::none && watch.bad_encoding) {
        if (const std::string other = other_encoding(bytes, encoding); !other.empty()) {
            Watch again(limits);
            document.tree = run(bytes, other, again);
            if (!document.tree) return fail(why_not(again.stop == Watch::Stop::none ? watch : again));
            document.read_as = other;
        }
    }
    if (!document.tree) return fail(why_not(watch));
    document.root = Element(xmlDocGetRootElement(document.tree.get()));
    document.undeclared = watch.undeclared;
    document.undeclared_line =
        watch.undeclared_line > 0 ? static_cast<std::size_t>(watch.undeclared_line) : 0;
    return document;
}

}  // namespace capbridge::scorm::xml
