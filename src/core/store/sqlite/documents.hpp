// Documents on SQLite.
#pragma once
#include "core/store/documents.hpp"
#include "core/store/sqlite/connections.hpp"

namespace capbridge::store {

class SqliteDocuments final : public Documents {
public:
    explicit SqliteDocuments(Connections& connections) : connections_(connections) {}
    std::optional<DocumentRow> get(const DocumentKey& key) override;
    std::vector<std::string> ids(const DocumentKey& key, std::optional<Instant> since) override;
    void put(DocumentKey key, xapi::Document document, Precondition precondition, Instant now,
             Done done) override;
    void merge(DocumentKey key, xapi::Document document, Precondition precondition, Instant now,
               Done done) override;
    void remove(DocumentKey key, Precondition precondition, Done done) override;
    void remove_all(DocumentKey key, Done done) override;

private:
    Connections& connections_;
};

}  // namespace capbridge::store
