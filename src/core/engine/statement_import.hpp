// Lines of a file, a statement each, through the same door as what HTTP clients post (statements.hpp). A bad
// line stays out with its reason and does not stop the others; the same statement again is no error. Blocks
// until what it stored is durable; not on the writer's thread.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/json.hpp"
#include "core/base/result.hpp"
#include "core/engine/bridge.hpp"

namespace capbridge::engine {

struct ImportLine {
    struct Attachment {
        std::string sha2, bytes;
    };
    std::size_t number = 0;  // in its file, from 1
    std::string text;
    std::vector<Attachment> attachments;  // those whose bytes are at hand
};

struct BadLine {
    std::size_t number = 0;
    std::string code, pointer, message, section;  // pointer: within the statement
};

struct Imported {
    std::size_t stored = 0, same = 0;  // the lines that are neither are in `bad`
    std::vector<BadLine> bad;          // a line may be there with several faults
};

struct Importing {
    std::int64_t run = 0;
    std::string who;
    json authority;  // of statements that bring none
};
// Errors: those of the store; what came before it is stored, and counted in `done`.
Status import_lines(Bridge& bridge, const std::vector<ImportLine>& lines, const Importing& importing,
                    Imported& done);
// What import_lines() would do with each line by itself; nothing is stored, so `stored` is what would be.
Imported check_lines(Bridge& bridge, const std::vector<ImportLine>& lines);

}  // namespace capbridge::engine
