#include "core/engine/write_back/origins.hpp"

namespace capbridge::engine {
namespace {

constexpr std::size_t most_runs_known = 10'000;

}  // namespace

bool Origins::is_of(const store::StatementRow& row, const std::string& source, std::string_view uuid) {
    auto it = sources_of_runs_.find(row.run);
    if (it == sources_of_runs_.end()) {
        if (sources_of_runs_.size() >= most_runs_known) sources_of_runs_.clear();
        const auto run = bridge_.store().sources().run(row.run);
        it = sources_of_runs_.emplace(row.run, run ? run->source : std::string()).first;
    }
    if (it->second == source) return true;
    return !uuid.empty() &&
           bridge_.store().journal().statement(row.id, "source:" + std::string(uuid)).has_value();
}

bool Origins::is_of(const std::string& statement, const store::SourceRow& source) {
    const auto row = bridge_.store().journal().statement(statement);
    return row && is_of(*row, source.name, source.uuid);
}

}  // namespace capbridge::engine
