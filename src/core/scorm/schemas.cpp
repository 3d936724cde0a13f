#include "core/scorm/schemas.hpp"

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <array>
#include <mutex>

#include "core/base/text.hpp"

namespace capbridge::scorm {
namespace {

struct Set {
    std::string_view version, folder;
    // Namespace and file, in the folder; the files import what they need themselves.
    std::array<std::pair<std::string_view, std::string_view>, 5> imports;
};

constexpr std::pair<std::string_view, std::string_view> cp{"http://www.imsglobal.org/xsd/imscp_v1p1",
                                                           "imscp_v1p1.xsd"},
    adlcp{"http://www.adlnet.org/xsd/adlcp_v1p3", "adlcp_v1p3.xsd"},
    adlseq{"http://www.adlnet.org/xsd/adlseq_v1p3", "adlseq_v1p3.xsd"},
    adlnav{"http://www.adlnet.org/xsd/adlnav_v1p3", "adlnav_v1p3.xsd"},
    imsss{"http://www.imsglobal.org/xsd/imsss", "imsss_v1p0.xsd"};

constexpr std::array<Set, 3> sets{{
    {"1.2",
     "scorm12edition",
     {{{"http://www.imsproject.org/xsd/imscp_rootv1p1p2", "imscp_rootv1p1p2.xsd"},
       {"http://www.adlnet.org/xsd/adlcp_rootv1p2", "adlcp_rootv1p2.xsd"},
       {"http://www.imsglobal.org/xsd/imsmd_rootv1p2p1", "imsmd_rootv1p2p1.xsd"}}}},
    {"2004 3rd", "scorm20043rdedition", {{cp, adlcp, adlseq, adlnav, imsss}}},
    {"2004 4th", "scorm20044thedition", {{cp, adlcp, adlseq, adlnav, imsss}}},
}};

constexpr std::string_view lom_file = "capbridge-lom.xsd";

// The sets have no schema of LOM 1.0, which they demand where metadata stands in a 2004 manifest. This one
// lets it pass; lom_rules.cpp looks inside.
constexpr std::string_view lom_schema = R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
  targetNamespace="http://ltsc.ieee.org/xsd/LOM"><xs:element name="lom" type="xs:anyType"/></xs:schema>)";

std::string wrapper_of(const Set& set) {
    std::string out = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">";
    const auto import = [&](std::string_view ns, std::string_view file) {
        if (!file.empty())
            out.append("<xs:import namespace=\"").append(ns).append("\" schemaLocation=\"").append(file) +=
                "\"/>";
    };
    for (const auto& [ns, file] : set.imports) import(ns, file);
    if (set.version != "1.2") import("http://ltsc.ieee.org/xsd/LOM", lom_file);
    return out + "</xs:schema>";
}

// What the schema parser may load, on this thread, now. libxml2 has one entity loader for the whole process
// and no way to give a parser its own; ours gives only what stands here and refuses all else, everywhere, for
// good: nothing in this program may ever load an entity from a disk or a network.
struct Loading {
    const SchemaFiles* files = nullptr;
    std::string_view folder;
};
thread_local Loading loading;

xmlParserInputPtr load_only_ours(const char* url, const char*, xmlParserCtxtPtr context) noexcept {
    if (!url || !loading.files) return nullptr;
    std::string_view name(url);
    name = name.substr(name.rfind('/') + 1);
    std::string_view bytes;
    if (name == lom_file) {
        bytes = lom_schema;
    } else {
        const auto file = loading.files->find(std::string(loading.folder) + '/' + std::string(name));
        if (file == loading.files->end()) return nullptr;
        bytes = file->second;
    }
    auto* buffer =
        xmlParserInputBufferCreateMem(bytes.data(), static_cast<int>(bytes.size()), XML_CHAR_ENCODING_NONE);
    if (!buffer) return nullptr;
    auto* input = xmlNewIOInputStream(context, buffer, XML_CHAR_ENCODING_NONE);
    if (input) input->filename = reinterpret_cast<char*>(xmlStrdup(reinterpret_cast<const xmlChar*>(url)));
    return input;
}

void use_our_loader() {
    static std::once_flag once;
    std::call_once(once, [] {
        xmlInitParser();
        xmlSetExternalEntityLoader(load_only_ours);
    });
}

struct Collected {
    std::vector<SchemaBreach>* list = nullptr;
    std::size_t most = 0, total = 0;
    std::string first;
};

// "{http://www.imsglobal.org/xsd/imscp_v1p1}item" is hard to read, and the line says which it is.
std::string without_namespaces(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto open = text.find("{http");
        const auto close = open == std::string_view::npos ? open : text.find('}', open);
        if (close == std::string_view::npos) return out.append(text);
        out.append(text.substr(0, open));
        text.remove_prefix(close + 1);
    }
    return out;
}

void on_breach(void* data, xmlErrorPtr error) noexcept {
    auto& collected = *static_cast<Collected*>(data);
    if (error->level < XML_ERR_ERROR) return;
    const std::string text = error->message ? trim(error->message) : "unknown breach";
    if (collected.first.empty()) collected.first = text;
    if (++collected.total > collected.most || !collected.list) return;
    const auto* node = static_cast<const xmlNode*>(error->node);
    if (node && node->type == XML_ATTRIBUTE_NODE) node = node->parent;
    const bool element = node && node->type == XML_ELEMENT_NODE;
    collected.list->push_back(
        {without_namespaces(text), xml::Element(element ? node : nullptr), error->line});
}

struct FreeSchema {
    void operator()(xmlSchema* schema) const { xmlSchemaFree(schema); }
};
struct FreeParser {
    void operator()(xmlSchemaParserCtxt* context) const { xmlSchemaFreeParserCtxt(context); }
};
struct FreeValidation {
    void operator()(xmlSchemaValidCtxt* context) const { xmlSchemaFreeValidCtxt(context); }
};

}  // namespace

struct Schemas::Compiled {
    std::once_flag once;
    std::unique_ptr<xmlSchema, FreeSchema> schema;
    std::string problem;

    void compile(const SchemaFiles& files, const Set& set) {
        use_our_loader();
        Collected errors;
        loading = {&files, set.folder};
        // Of imported files libxml2 tells nobody but standard error, unless the thread says otherwise.
        xmlSetStructuredErrorFunc(&errors, on_breach);
        const std::string wrapper = wrapper_of(set);
        const std::unique_ptr<xmlSchemaParserCtxt, FreeParser> context(
            xmlSchemaNewMemParserCtxt(wrapper.data(), static_cast<int>(wrapper.size())));
        if (context) {
            xmlSchemaSetParserStructuredErrors(context.get(), on_breach, &errors);
            schema.reset(xmlSchemaParse(context.get()));
        }
        xmlSetStructuredErrorFunc(nullptr, nullptr);
        loading = {};
        if (!schema) problem = errors.first.empty() ? "they cannot be read" : errors.first;
    }
};

Schemas::Schemas(SchemaFiles files)
    : files_(std::move(files)), compiled_(std::make_unique<Compiled[]>(sets.size())) {}
Schemas::~Schemas() = default;

bool Schemas::know(std::string_view version) const {
    for (const auto& set : sets) {
        if (set.version == version) return true;
    }
    return false;
}

Result<std::vector<SchemaBreach>> Schemas::breaches(const xml::Document& document, std::string_view version,
                                                    std::size_t max_breaches, std::size_t& total) const {
    total = 0;
    std::vector<SchemaBreach> list;
    for (std::size_t i = 0; i < sets.size(); ++i) {
        if (sets[i].version != version) continue;
        auto& compiled = compiled_[i];
        std::call_once(compiled.once, [&] { compiled.compile(files_, sets[i]); });
        if (!compiled.schema) {
            return fail("schemas_unusable", "The schemas of SCORM " + std::string(version) +
                                                " are not usable (" + compiled.problem + ").");
        }
        const std::unique_ptr<xmlSchemaValidCtxt, FreeValidation> context(
            xmlSchemaNewValidCtxt(compiled.schema.get()));
        if (!context) return fail("schemas_unusable", "There is not enough memory to check the schema.");
        Collected collected{&list, max_breaches, 0, {}};
        xmlSchemaSetValidStructuredErrors(context.get(), on_breach, &collected);
        xmlSchemaValidateDoc(context.get(), document.tree.get());
        total = collected.total;
    }
    return list;
}

}  // namespace capbridge::scorm
