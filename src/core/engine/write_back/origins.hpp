// Which source a statement came from: by the run that it came in, and by its owner. Knows the runs that it
// has seen, up to a bound. One thread.
#pragma once
#include <map>
#include <string>

#include "core/engine/bridge.hpp"

namespace capbridge::engine {

class Origins {
public:
    explicit Origins(Bridge& bridge) : bridge_(bridge) {}

    // Of the source of this name and uuid ("": of a source that is not there any more, by its name alone).
    bool is_of(const store::StatementRow& row, const std::string& source, std::string_view uuid);
    bool is_of(const std::string& statement, const store::SourceRow& source);

private:
    Bridge& bridge_;
    std::map<std::int64_t, std::string> sources_of_runs_;
};

}  // namespace capbridge::engine
