// What the parts of a store share: readers, and the writer when this process owns the data directory.
// Thread-safe.
#pragma once
#include <memory>

#include "core/store/sqlite/readers.hpp"
#include "core/store/sqlite/writer.hpp"

namespace capbridge::store {

struct Connections {
    Readers readers;
    std::unique_ptr<Writer> writer;  // null in Mode::read
    Young followed{};                // of Mode::read

    Young& young() { return writer ? writer->young() : followed; }

    static Error read_only() { return {"read_only", "The data directory is open for reading only.", {}, 0}; }
    Status write(Writer::Job job, Writer::Kind kind = Writer::Kind::in_savepoint) {
        if (!writer) return fail(read_only());
        return writer->run(std::move(job), kind);
    }
};

// One organisation for now; every row names it, so that a second one is no migration of all rows.
inline constexpr std::int64_t own_organisation = 1;

}  // namespace capbridge::store
