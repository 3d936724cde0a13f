// Writing a person's records. What is as it stands already is not written: a new statement changes few of
// somebody's records, and what is written is synced to the disk. texts_of() is for the thread that brings the
// records, put_records() for the writer's, within its transaction.
#pragma once
#include <string>
#include <vector>

#include "core/store/sqlite/projection.hpp"

namespace capbridge::store {

// Of one record: how its evidence and who overrode it are kept.
struct RecordTexts {
    std::string evidence, overriding;
};
std::vector<RecordTexts> texts_of(const std::vector<competency::Record>& records);

// requirement_rows: rows of the requirement table by index in the framework. Error "no_such_person",
// "invalid_batch".
Status put_records(Database& database, const ProjectionBatch::RecordsChange& change,
                   const std::vector<RecordTexts>& texts, const std::vector<std::int64_t>& requirement_rows);

}  // namespace capbridge::store
