#include "core/store/sqlite/carried_out.hpp"

namespace capbridge::store {

CarriedOut carried_out_in(Database& database) {
    CarriedOut out;
    auto rows = database.query("select id, at from erased");
    while (rows.step()) out.emplace(rows.string(0), rows.instant(1));
    return out;
}

Result<CarriedOut> carried_out_in(const std::filesystem::path& file, Database::Access access) {
    try {
        Database database(file, access);
        if (!database.query("select 1 from sqlite_schema where type = 'table' and name = 'erased'").step())
            return CarriedOut();
        return carried_out_in(database);
    } catch (const Failure& failure) {
        return fail(failure.error());
    }
}

}  // namespace capbridge::store
