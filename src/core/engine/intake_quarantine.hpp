// What a pull finds unfit, kept record by record, and what comes again and is well, let out. Goes into the
// batch of the cursor that is behind it. One thread.
#pragma once
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "core/engine/bridge.hpp"

namespace capbridge::engine {

class QuarantineIntake {
public:
    QuarantineIntake(Bridge& bridge, std::string source_uuid);

    // `record`: JSON text, or "" when there is none.
    void keep(std::string_view kind, const std::string& key, const Error& why, std::string_view record);
    void well(std::string_view kind, std::string_view key);  // in the order of keep()
    void settle(store::Batch& batch);
    [[nodiscard]] std::size_t pending() const { return kept_.size() + released_.size(); }

private:
    static std::string name_of(std::string_view kind, std::string_view slot);

    Bridge& bridge_;
    std::string source_;
    std::unordered_set<std::string> known_;  // kind and slot of what is kept
    std::vector<store::QuarantineRow> kept_;
    std::vector<store::QuarantineKey> released_;
};

}  // namespace capbridge::engine
