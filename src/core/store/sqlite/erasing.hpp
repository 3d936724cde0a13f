// Erasings on SQLite: carry_out() is one job of the writer; clean() rewrites the database between two of
// them.
#pragma once
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/store/erasing.hpp"
#include "core/store/sqlite/connections.hpp"

namespace capbridge::store {

class SqliteErasings final : public Erasings {
public:
    // A copy of a store has no ledger beside it.
    SqliteErasings(Connections& connections, std::filesystem::path dir, bool is_copy)
        : connections_(connections), dir_(std::move(dir)), is_copy_(is_copy) {}
    Result<std::vector<Erasure>> ledger() override;
    Status intend(const Erasure& erasure) override;
    Status admit(std::string_view erasure, Instant at) override;
    Result<ErasureKey> key() override;
    std::optional<ErasureKey> key_of(std::string_view id) override;
    bool bars_anybody() override;
    std::optional<std::string> barred_by(std::string_view agent_key) override;
    bool is_carried_out(std::string_view erasure) override;
    std::vector<std::string> not_cleaned() override;
    Result<ErasedPlaces> carry_out(const Erasing& erasing) override;
    Result<ErasedPlaces> clean(const std::vector<std::string>& erasures) override;
    void each_agent(const std::function<void(const std::string&)>& visit) override;
    std::vector<HeldDocument> documents_of(std::string_view agent_key) override;
    std::size_t count_perished(Perishable what, Instant before) override;
    Result<std::size_t> remove_perished(Perishable what, Instant before, std::size_t most) override;
    void each_decision(const std::function<void(const DecisionRow&)>& visit) override;

private:
    struct Barred {
        std::vector<ErasureKey> keys;
        std::unordered_map<std::string, std::string> erasures;  // by digest
    };
    const Barred& barred();  // under mutex_; throws Failure
    Status rewrite();
    Status remove_files(const std::string& erasure, ErasedPlaces& places);
    Status remove_old_copies(const std::vector<std::string>& erasures, ErasedPlaces& places);

    Connections& connections_;
    const std::filesystem::path dir_;
    const bool is_copy_;
    std::mutex mutex_;
    std::optional<Barred> barred_;
};

}  // namespace capbridge::store
