// One large trust in a data directory: people in a tree of units, archetypes, deployments and their users,
// an assessor and attestations, mappings, and statements about mapped and unmapped activities. The same
// numbers and seed give the same trust. Ends the program when something fails. One thread.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/engine/operations.hpp"
#include "workload.hpp"

namespace bench {

namespace engine = capbridge::engine;
namespace store = capbridge::store;
using capbridge::json;
using capbridge::ordered_json;

[[noreturn]] void stop(const std::string& why);

struct TrustSize {
    std::size_t people = 15'000, statements = 1'100'000;
    std::size_t activities = 800, mapped = 60;  // the others no mapping knows
    double to_mapped = 0.25;                    // share of the statements
    std::size_t units = 240, deployments = 8, attested = 3'000;
    std::uint64_t seed = 1;
};

class Trust {
public:
    Trust(engine::Bridge& bridge, TrustSize size);
    void people();  // with units, archetypes, deployments, assessors
    void mapping(std::size_t part, const std::string& version);  // of two: half of the mapped activities
    void statements();
    void attestations();

    // A statement as the API takes it, of a random person; `mapped`: about a mapped activity.
    json statement(Random& random, bool mapped) const;
    ordered_json ask(const std::string& operation, const json& params = json::object());
    [[nodiscard]] std::string unit(std::size_t index) const;

private:
    void append(std::vector<store::NewDecision> decisions);
    std::int64_t run(const std::string& what);

    engine::Bridge& bridge_;
    TrustSize size_;
    Random random_;
};

}  // namespace bench
