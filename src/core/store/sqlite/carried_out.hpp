// Which erasures a database has carried out: the ledger (core/store/erasures.hpp) has each of them, or was
// damaged.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "core/base/time.hpp"
#include "core/store/sqlite/database.hpp"

namespace capbridge::store {

using CarriedOut = std::map<std::string, Instant>;  // by id
CarriedOut carried_out_in(Database& database);      // throws Failure
// None in what is older than erasures. Errors of the store.
Result<CarriedOut> carried_out_in(const std::filesystem::path& file, Database::Access access);

}  // namespace capbridge::store
