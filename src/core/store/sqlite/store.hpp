// open_store() with what only tests set.
#pragma once
#include "core/store/sqlite/connections.hpp"
#include "core/store/store.hpp"

namespace capbridge::store {

struct SqliteOptions {
    Now now;                          // empty: the machine's clock
    std::int64_t max_page_count = 0;  // > 0: the database can grow no larger, as on a full disk
};
Result<std::unique_ptr<Store>> open_sqlite_store(const std::filesystem::path& dir, Mode mode,
                                                 std::string_view iri_base, SqliteOptions options);

}  // namespace capbridge::store
