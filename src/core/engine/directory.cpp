#include "core/engine/directory.hpp"

namespace capbridge::engine {

struct Directory::State {
    DirectoryCounts counts;
};

Directory::Directory(Bridge&, store::SourceRow, std::int64_t, Options) : state_(std::make_unique<State>()) {}
Directory::~Directory() = default;

bool Directory::takes(std::string_view) {
    return false;
}
Status Directory::take(std::string_view, std::string_view) {
    return {};
}
Status Directory::withdraw(std::string_view, std::string_view) {
    return {};
}
Status Directory::snapshot_begin(std::string_view) {
    return {};
}
Status Directory::snapshot_end(bool) {
    return {};
}
Status Directory::settle(store::Batch&) {
    return {};
}
const DirectoryCounts& Directory::counts() const {
    return state_->counts;
}

}  // namespace capbridge::engine
