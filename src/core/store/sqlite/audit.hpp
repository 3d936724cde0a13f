// The audit on SQLite. The writer puts the entries in their order, so that the chain needs no lock of its
// own. DIR/audit.head has the mark of the last entry; it is written after the commit and not synced, so a
// crash leaves it some entries behind, never ahead.
#pragma once
#include <filesystem>
#include <mutex>

#include "core/store/audit.hpp"
#include "core/store/sqlite/connections.hpp"

namespace capbridge::store {

class SqliteAudit final : public Audit {
public:
    SqliteAudit(Connections& connections, std::filesystem::path head_file)
        : connections_(connections), head_file_(std::move(head_file)) {}
    Result<AuditMark> append(const NewAuditEntry& entry) override;
    AuditMark head() override;
    std::vector<AuditRow> after(std::int64_t n, std::size_t limit) override;
    std::vector<AuditRow> before(std::int64_t n, std::size_t limit,
                                 const std::vector<std::string>& has) override;
    std::vector<std::int64_t> open() override;
    std::optional<AuditMark> anchor() override;
    std::string digest(std::string_view bytes) override;

private:
    void keep(const AuditMark& mark);

    Connections& connections_;
    const std::filesystem::path head_file_;
    std::mutex mutex_;  // of the file
    std::int64_t kept_ = 0;
    std::string key_;  // of digests, once it is read
};

}  // namespace capbridge::store
