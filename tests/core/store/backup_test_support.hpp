// A store, a repository of its backups beside it, and a place to restore into.
#pragma once
#include <gmock/gmock.h>

#include <fstream>

#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/store/backup/restore.hpp"
#include "core/store/restored.hpp"
#include "core/store/store_test_support.hpp"

namespace capbridge::store::test {

namespace fs = std::filesystem;

inline constexpr auto passphrase = "correct horse battery";

class BackupTest : public StoreTest {
protected:
    fs::path repository() { return dir_.data().parent_path() / "repository"; }
    fs::path into() { return dir_.data().parent_path() / "restored"; }

    std::unique_ptr<Repository> open_repository(Repository::Use use, const std::string& secret = {}) {
        auto opened = Repository::open(repository(), use, secret);
        EXPECT_TRUE(opened) << opened.error().text();
        return opened ? std::move(*opened) : nullptr;
    }

    void fill(int from, int count) {
        std::vector<std::variant<NewStatement, NewDecision>> entries;
        for (int n = from; n < from + count; ++n) {
            auto one = statement(n);
            one.body = R"({"id":")" + one.id + R"(","text":")" + random_token(600) + "\"}";
            entries.emplace_back(std::move(one));
        }
        append(std::move(entries));
    }

    Result<WrittenBackup> back_up(Instant taken, const std::string& secret = {}) {
        auto to = Repository::open(repository(), Repository::Use::write, secret);
        if (!to) return fail(to.error());
        auto copy = store_->copy({});
        if (!copy) return fail(copy.error());
        EXPECT_THAT((*copy)->damage, ::testing::IsEmpty());
        Manifest manifest;
        manifest.id = "backup-" + std::to_string(unix_ms(taken));
        manifest.taken = taken;
        manifest.made_by = "test";
        manifest.format = (*copy)->facts.format;
        manifest.counts = (*copy)->facts.counts;
        return write_backup(**to, dir_.data(), **copy, std::move(manifest), {});
    }

    Result<Restored> restore(const std::string& id = "latest", const std::string& secret = {}) {
        auto from = Repository::open(repository(), Repository::Use::read, secret);
        if (!from) return fail(from.error());
        CAPBRIDGE_LET(const auto manifest, (*from)->find(id));
        auto done = restore_backup(**from, (*from)->chunks(), manifest, into(), ledgers_, set_aside_, {});
        if (done) CAPBRIDGE_TRY(end_restore(into(), done->mark));
        return done;
    }
    std::vector<fs::path> ledgers_;  // that a restore is given
    bool set_aside_ = false;

    std::vector<fs::path> chunk_files() {
        std::vector<fs::path> out;
        for (const auto& each : fs::recursive_directory_iterator(repository() / "chunks")) {
            if (each.is_regular_file()) out.push_back(each.path());
        }
        std::sort(out.begin(), out.end());
        return out;
    }

    static void spoil(const fs::path& file) {
        auto bytes = read_file(file).value();
        bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x20);
        std::ofstream(file, std::ios::binary) << bytes;
    }

    static Instant day(int n) { return from_unix_ms(std::int64_t{86'400'000} * n); }
};

}  // namespace capbridge::store::test
