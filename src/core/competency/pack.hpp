// Mapping packs: a mapping file on its way between organisations. What it says about learning holds for both;
// the activity ids are each one's own, so an import gives the learning items the ids that they have here.
// Where it came from and its version stay in it. Pure; any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/competency/triage.hpp"

namespace capbridge::competency {

// A line of the table: what the other organisation calls an item, and what it is here.
struct PackRow {
    std::string learning_item;  // id, title (case and spaces ignored), activity id, or that id's last part
    std::string activity;       // IRI
    int line = 0;
};
// Columns learning_item and activity; several rows may name one item. Errors: those of parse_csv,
// "missing_column", "empty_field" with its line.
Result<std::vector<PackRow>> read_pack_table(std::string_view csv, const std::string& name);

struct PackOptions {
    std::string id;             // of the mapping here; "" = as in the pack
    bool match_titles = false;  // an activity of ours, in no other mapping, with an item's very title is it
};
// `pack` must have passed load_mapping(). An item's activities become those of the table, those of the pack
// that are known here too, and with match_titles those of its title; an item without any is left out with its
// mappings. {document: the mapping file for here, without items when nothing is left; report: {id, version,
// origin, learning_items:{all, matched}, mappings:{all, kept}, matched:[…], left_out:[…], unused_rows:[…],
// not_seen:[…]}}
ordered_json rekey(const ordered_json& pack, const std::vector<PackRow>& table, const Rules& rules,
                   const LearningSeen& seen, const PackOptions& options);

// The file as a pack: where it is from, unless it says so already.
ordered_json make_pack(ordered_json mapping, const std::string& organisation, Day day,
                       const std::string& sha256);

}  // namespace capbridge::competency
