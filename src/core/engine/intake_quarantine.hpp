// What a pull finds unfit, kept record by record, and what comes again and is well, let out. Goes into the
// batch of the cursor that is behind it. One thread.
#pragma once
#include <set>
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
    // In the order of keep(). `record` lets out what could not be told by a key.
    void well(std::string_view kind, std::string_view key, std::string_view record = {});
    // Those without a key that a delivery of everything of these kinds does not have any more.
    void release_unseen(const std::set<std::string>& kinds);
    void settle(store::Batch& batch);
    [[nodiscard]] std::size_t pending() const { return kept_.size() + released_.size(); }

private:
    static std::string name_of(std::string_view kind, std::string_view slot);

    Bridge& bridge_;
    std::string source_;
    void release(std::string_view kind, const std::string& slot);
    std::unordered_set<std::string> known_;     // kind and slot of what is kept
    std::unordered_set<std::string> kept_now_;  // of them, those without a key that came in this run
    bool any_without_key_ = false;
    std::vector<store::QuarantineRow> kept_;
    std::vector<store::QuarantineKey> released_;
};

}  // namespace capbridge::engine
