// Erasures in the ledger of a store whose backups are tested, and what may happen to them.
#pragma once
#include "core/store/backup/future.hpp"
#include "core/store/backup_test_support.hpp"
#include "core/store/erasures.hpp"

namespace capbridge::store::test {

class BackupLedgerTest : public BackupTest {
protected:
    void erase(const std::string& digest) {
        Erasure one;
        one.id = uuid_v4();
        one.at = wall_clock();
        one.people = {uuid_v4()};
        one.key = erasure_key(dir_.data())->id;
        one.digests = {digest};
        ASSERT_TRUE(append_erasure(dir_.data(), one));
    }
    // As the engine does after it has written the ledger.
    void carry_out_all() {
        const auto erasures = read_erasures(dir_.data()).value();
        for (const auto& one : erasures) {
            Erasing erasing;
            erasing.ids = {one.id};
            erasing.at = one.at;
            erasing.redact = [](std::string_view) { return std::nullopt; };
            const auto done = store_->erasings().carry_out(erasing);
            ASSERT_TRUE(done) << done.error().text();
        }
    }
    static void spoil_line(const fs::path& file, int number) {
        auto text = read_file(file).value();
        std::size_t at = 0;
        for (int n = 1; n < number; ++n) at = text.find('\n', at) + 1;
        text[at + 2] = '"';
        std::ofstream(file, std::ios::binary) << text;
    }
};

}  // namespace capbridge::store::test
