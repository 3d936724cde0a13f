// The doors know who was erased (docs/privacy.md): the next sync, import or post must not bring them back
// unseen. A number that nobody else ever gets says who it is; an address counts only as long as nobody else
// has it. Any thread.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/engine/bridge.hpp"

namespace capbridge::engine {

// Whoever is known by all of these was erased, and nobody has said yes to their coming back.
bool is_barred(Bridge& bridge, const std::vector<people::Identifier>& who);
bool is_barred(Bridge& bridge, const std::string& agent_key);
// A record of a source, as adapters give them, by its 'who'. `issuer` gave out the numbers that name none.
// Statements have take_out_erased().
bool is_barred_record(Bridge& bridge, const json& record, std::string_view issuer);

// A key of a source that has a value of theirs as one of its parts ("4071123/AI-1"): of a record that the
// adapter itself refused, and that says nothing else.
bool is_barred_key(Bridge& bridge, std::string_view key);
// The parts of a key; and how the ledger has a value apart from its scheme. A short one stands for too much.
std::vector<std::string> parts_of_key(std::string_view key);
bool is_telling(std::string_view value);
std::string value_text(std::string_view value);

// A record that cannot be read as what it should be, and in which a value of theirs stands wherever it does.
bool has_erased(Bridge& bridge, std::string_view record);

// The statement as it may be stored: a tombstone when it is about somebody who was erased, without them where
// it names them.
enum class TakenOut { nobody, named, actor };
TakenOut take_out_erased(Bridge& bridge, json& statement);

}  // namespace capbridge::engine
