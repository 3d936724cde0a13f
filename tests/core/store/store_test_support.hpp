// A store in a directory of its own, statements without ceremony, and a clock that a test moves.
#pragma once
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <string>

#include "core/base/ids.hpp"
#include "core/store/sqlite/store.hpp"

namespace capbridge::store::test {

class TemporaryDirectory {
public:
    TemporaryDirectory() {
        std::string name = (std::filesystem::temp_directory_path() / "capbridge-store-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~TemporaryDirectory() {
        std::error_code ec;
        std::filesystem::remove_all(path_, ec);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    [[nodiscard]] std::filesystem::path data() const { return path_ / "data"; }

private:
    std::filesystem::path path_;
};

// A UUID that a test can name: id(7).
inline std::string id(int n) {
    return uuid_v5("6ba7b810-9dad-11d1-80b4-00c04fd430c8", std::to_string(n));
}

using Kind = xapi::Key::Kind;

inline NewStatement statement(int n, std::vector<xapi::Key> keys = {}) {
    NewStatement out;
    out.id = id(n);
    out.body = R"({"id":")" + out.id + R"(","n":)" + std::to_string(n) + "}";
    out.keys = std::move(keys);
    return out;
}
inline NewStatement voiding(int n, int target) {
    auto out = statement(n, {{Kind::verb, "voided"}});
    out.voids = id(target);
    return out;
}
inline NewStatement referring(int n, int target, std::vector<xapi::Key> keys = {}) {
    auto out = statement(n, std::move(keys));
    out.refers_to = id(target);
    return out;
}

class StoreTest : public ::testing::Test {
protected:
    void SetUp() override { open(); }

    void open(Mode mode = Mode::own, SqliteOptions options = {}) {
        store_.reset();
        auto opened = open_sqlite_store(dir_.data(), mode, "https://trust.example/cap", std::move(options));
        ASSERT_TRUE(opened) << opened.error().text();
        store_ = std::move(*opened);
    }
    Journal& journal() { return store_->journal(); }
    Sources& sources() { return store_->sources(); }

    std::int64_t run() {
        RunRow row;
        row.kind = "sync";
        row.who = "test";
        row.began = from_unix_ms(1000);
        return sources().begin_run(row).value();
    }
    Batch batch(std::vector<std::variant<NewStatement, NewDecision>> entries, std::int64_t run_id = 0) {
        Batch out;
        out.run = run_id != 0 ? run_id : run();
        out.who = "test";
        out.entries = std::move(entries);
        return out;
    }
    Appended append(std::vector<std::variant<NewStatement, NewDecision>> entries, std::int64_t run_id = 0) {
        auto appended = journal().append(batch(std::move(entries), run_id));
        EXPECT_TRUE(appended) << appended.error().text();
        return appended.value_or(Appended{});
    }
    std::vector<std::string> ids(const StatementQuery& query) {
        std::vector<std::string> out;
        for (const auto& row : journal().statements(query)) out.push_back(row.id);
        return out;
    }

    TemporaryDirectory dir_;
    std::unique_ptr<Store> store_;
};

}  // namespace capbridge::store::test
