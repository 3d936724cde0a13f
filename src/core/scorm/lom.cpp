#include "core/scorm/lom.hpp"

#include "core/base/text.hpp"

namespace capbridge::scorm {
namespace {

bool is_language_string(xml::Element element) {
    return element.is("string") || element.is("langstring");
}

// x-none is how SCORM 1.2 writes "of no language".
std::string language_of(xml::Element string) {
    const auto named = string.is("string") ? string.attribute("language") : std::nullopt;
    std::string language = named ? trim(*named) : string.language();
    return lower_ascii(language) == "x-none" ? std::string{} : language;
}

// A vocabulary's value: in IMS MD 1.2 a langstring, in LOM 1.0 a text.
std::string vocabulary_value(xml::Element element) {
    const auto value = element.child("value");
    const auto inner = value ? value : element;
    const auto texts = texts_of(inner);
    return lower_ascii(texts.empty() ? std::string{} : texts.front().text);
}

// In IMS MD 1.2 the next taxon stands inside the one before it, in LOM 1.0 beside it.
void read_taxons(xml::Element parent, std::vector<Taxon>& into) {
    for (const auto element : parent.children()) {
        if (!element.is("taxon")) continue;
        into.push_back({element.child("id").plain_text(), texts_of(element.child("entry"))});
        read_taxons(element, into);
    }
}

Classification read_classification(xml::Element element) {
    Classification out;
    for (const auto child : element.children()) {
        if (child.is("purpose")) {
            out.purpose = vocabulary_value(child);
        } else if (child.is("taxonPath")) {
            TaxonPath path;
            path.source = texts_of(child.child("source"));
            read_taxons(child, path.taxons);
            out.paths.push_back(std::move(path));
        } else if (child.is("description")) {
            out.description = texts_of(child);
        } else if (child.is("keyword")) {
            if (auto texts = texts_of(child); !texts.empty()) out.keywords.push_back(std::move(texts));
        }
    }
    return out;
}

std::size_t size_of(const Texts& texts) {
    std::size_t bytes = 0;
    for (const auto& text : texts) bytes += text.text.size() + text.language.size() + sizeof(Text);
    return bytes;
}

std::size_t size_of(const std::vector<Texts>& list) {
    std::size_t bytes = 0;
    for (const auto& texts : list) bytes += size_of(texts) + sizeof(Texts);
    return bytes;
}

template <class T>
void append(std::vector<T>& into, const std::vector<T>& more) {
    into.insert(into.end(), more.begin(), more.end());
}

}  // namespace

Texts texts_of(xml::Element element) {
    Texts out;
    for (const auto child : element.children()) {
        if (!is_language_string(child)) continue;
        if (auto text = child.plain_text(); !text.empty())
            out.push_back({language_of(child), std::move(text)});
    }
    // Bare text, against the binding, but it says what it says.
    if (out.empty()) {
        if (auto text = element.plain_text(); !text.empty())
            out.push_back({language_of(element), std::move(text)});
    }
    return out;
}

xml::Element lom_in(xml::Element metadata) {
    if (metadata.is("lom") || metadata.is("record")) return metadata;
    if (const auto lom = metadata.child("lom")) return lom;
    if (const auto record = metadata.child("record")) return record;  // IMS MD 1.1
    return metadata.child("general") || metadata.child("classification") ? metadata : xml::Element();
}

Lom read_lom(xml::Element lom, const std::string& file) {
    Lom out;
    out.file = file;
    for (const auto part : lom.children()) {
        if (part.is("general")) {
            for (const auto child : part.children()) {
                auto texts = child.is("title") || child.is("description") || child.is("keyword")
                                 ? texts_of(child)
                                 : Texts{};
                if (texts.empty()) continue;
                if (child.is("description"))
                    out.descriptions.push_back(std::move(texts));
                else if (child.is("keyword"))
                    out.keywords.push_back(std::move(texts));
                else if (out.title.empty())
                    out.title = std::move(texts);
            }
        } else if (part.is("lifeCycle")) {
            const auto texts = texts_of(part.child("version"));
            if (!texts.empty()) out.version = texts.front().text;
        } else if (part.is("educational")) {
            const auto time = part.child("typicalLearningTime");
            const auto duration = time.child("duration") ? time.child("duration") : time.child("datetime");
            if (out.typical_learning_time.empty()) out.typical_learning_time = duration.plain_text();
        } else if (part.is("classification")) {
            out.classifications.push_back(read_classification(part));
        }
    }
    return out;
}

void merge(Lom& into, const Lom& other) {
    if (into.file.empty()) into.file = other.file;
    if (into.title.empty()) into.title = other.title;
    if (into.version.empty()) into.version = other.version;
    if (into.typical_learning_time.empty()) into.typical_learning_time = other.typical_learning_time;
    append(into.descriptions, other.descriptions);
    append(into.keywords, other.keywords);
    append(into.classifications, other.classifications);
}

bool says_nothing(const Lom& lom) {
    return lom.title.empty() && lom.descriptions.empty() && lom.keywords.empty() &&
           lom.classifications.empty() && lom.version.empty() && lom.typical_learning_time.empty();
}

std::size_t text_bytes(const Lom& lom) {
    std::size_t bytes = lom.file.size() + size_of(lom.title) + size_of(lom.descriptions) +
                        size_of(lom.keywords) + lom.version.size() + lom.typical_learning_time.size();
    for (const auto& classification : lom.classifications) {
        bytes +=
            sizeof(Classification) + size_of(classification.description) + size_of(classification.keywords);
        for (const auto& path : classification.paths) {
            bytes += sizeof(TaxonPath) + size_of(path.source);
            for (const auto& taxon : path.taxons)
                bytes += sizeof(Taxon) + taxon.id.size() + size_of(taxon.entry);
        }
    }
    return bytes;
}

}  // namespace capbridge::scorm
