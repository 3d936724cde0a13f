// LOM metadata, as far as it says what something teaches: IEEE 1484.12.1 in the XML binding 1484.12.3 (SCORM
// 2004) and IMS Learning Resource Metadata 1.2 (SCORM 1.2), told apart by nothing: names are matched whatever
// their namespace, letter case and order, because packages mix them. Pure; any thread.
#pragma once
#include <cstddef>
#include <string>

#include "core/scorm/findings.hpp"
#include "core/scorm/structure.hpp"
#include "core/scorm/xml.hpp"

namespace capbridge::scorm {

// The lom of a metadata element, or of a metadata file's root; empty when there is none.
xml::Element lom_in(xml::Element metadata);

// `file`: the entry that it stands in, "" for the manifest itself.
Lom read_lom(xml::Element lom, const std::string& file);

// What `other` says beside it: texts and classifications are added, single values only where there is none.
void merge(Lom& into, const Lom& other);

[[nodiscard]] bool says_nothing(const Lom& lom);
[[nodiscard]] std::size_t text_bytes(const Lom& lom);

// Breaches of the binding: elements that LOM does not have, text outside of a language string, vocabularies.
// Code "lom_invalid" (warning; error when `strict`). Order counts in IMS MD 1.2 only.
void check_lom(xml::Element lom, const std::string& entry, bool strict, Findings& findings);

// The texts of a langstring or string list ("title", "description", "keyword", "entry", "source").
Texts texts_of(xml::Element element);

}  // namespace capbridge::scorm
