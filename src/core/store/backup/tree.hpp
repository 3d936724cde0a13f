// A file as a list of chunks. What fits into one chunk is that chunk; of larger ones the names of 512
// chunks (8 MiB of the file) are a chunk of their own, so that a manifest stays small, and a stretch that
// did not change is named by the same list chunk in the next backup. One thread.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.hpp"
#include "core/store/backup/chunks.hpp"

namespace capbridge::store {

struct Tree {
    std::uint64_t bytes = 0, chunks = 0;
    bool is_one = true;              // `names` has the chunk itself, or none of an empty file
    std::vector<std::string> names;  // of list chunks

    [[nodiscard]] ordered_json json() const;
    static Result<Tree> read(const capbridge::json& value);  // error "repository_damaged"
};

class TreeWriter {
public:
    explicit TreeWriter(Chunks& chunks) : chunks_(chunks) {}
    Status append(std::string_view bytes);
    Result<Tree> finish();

private:
    Status put(std::string_view bytes);
    Status put_list();

    Chunks& chunks_;
    Tree tree_;
    std::string buffer_, list_, last_;
};

// Answers false to stop: error "stopping".
using WriteProgress = std::function<bool(std::uint64_t bytes)>;
// A file piece by piece. Errors "not_found" (it is gone), "unreadable".
Result<Tree> write_tree(Chunks& chunks, const std::filesystem::path& file, const WriteProgress& progress);
Result<Tree> write_tree(Chunks& chunks, std::string_view bytes);

// Every chunk of it in order; the errors of Chunks::get() and those of the sink.
Status read_tree(const Chunks& chunks, const Tree& tree,
                 const std::function<Status(std::string_view bytes)>& sink);
Result<std::string> read_tree(const Chunks& chunks, const Tree& tree);  // for small ones
// The names of all chunks of it, lists among them; a list that cannot be read is told to `broken`, and what
// it would name is not known then.
void names_of(const Chunks& chunks, const Tree& tree, const std::function<void(const std::string&)>& see,
              const std::function<void(const Error&)>& broken);

}  // namespace capbridge::store
