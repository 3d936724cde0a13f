// What a sync appends beside its statements: the next revisions of the source's records, its catalogue and
// quarantine, and its cursor. Looked over before anything of the batch is written. On the writer's thread.
#pragma once
#include "core/store/journal.hpp"
#include "core/store/sqlite/writer.hpp"

namespace capbridge::store {

std::int64_t source_row_id(Database& database, std::string_view uuid);  // 0: there is none

// 16 bytes. Error: "invalid_id".
Result<std::string> statement_id(std::string_view uuid);

// Errors: "no_such_source", "source_record_exists", "invalid_id".
Status check_source_records(Database& database, const Batch& batch);
void append_source_records(Database& database, const Batch& batch);  // of a batch that was found good

}  // namespace capbridge::store
