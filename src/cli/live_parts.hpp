// What a running daemon takes from its configuration beside what the store holds: who may use /xapi from a
// browser, whose tokens count, how large packages may be, how many sources are read at once. A reload
// prepares all parts first, which may fail and changes nothing, and puts them in force at its end, which
// cannot fail. Owned by the daemon; a reload at a time.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "cli/configuration.hpp"
#include "core/engine/bridge.hpp"
#include "server/live.hpp"

namespace capbridge::cli {

class LiveParts {
public:
    using Commit = std::function<void()>;
    // Does everything that can fail for what `next` says; what it gives puts that in force.
    using Part = std::function<Result<Commit>(const Configuration& next)>;

    explicit LiveParts(engine::Bridge& bridge);
    void add(Part part) { parts_.push_back(std::move(part)); }
    // What the server reads with each request (server::Options::live).
    [[nodiscard]] std::shared_ptr<server::Live> server() const { return live_; }

    // Of all parts. Errors: "no_such_source" (of a token issuer), those of the parts.
    Result<Commit> prepare(const Configuration& next);

private:
    engine::Bridge& bridge_;
    std::shared_ptr<server::Live> live_;
    std::vector<Part> parts_;
};

}  // namespace capbridge::cli
