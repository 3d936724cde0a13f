// Digests are hex to the callers and half as long in the database. A text that is no lower-case hex is kept
// as it is.
#pragma once
#include <string>
#include <string_view>

#include "core/base/ids.hpp"
#include "core/store/sqlite/database.hpp"

namespace capbridge::store {

class PackedDigest {
public:
    explicit PackedDigest(std::string_view text) : bytes_(text) {
        if (text.empty() || text.size() % 2 != 0) return;
        std::string out;
        for (std::size_t i = 0; i < text.size(); i += 2) {
            const int high = nibble(text[i]), low = nibble(text[i + 1]);
            if (high < 0 || low < 0) return;
            out += static_cast<char>(high * 16 + low);
        }
        bytes_ = std::move(out);
        packed_ = true;
    }
    [[nodiscard]] bool packed() const { return packed_; }
    [[nodiscard]] const std::string& bytes() const { return bytes_; }
    static std::string read(const Query& rows, int column) {
        return rows.type(column) == SQLITE_BLOB ? to_hex(rows.blob(column)) : rows.string(column);
    }

private:
    static int nibble(char c) {
        if (c >= '0' && c <= '9') return c - '0';
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    }
    std::string bytes_;
    bool packed_ = false;
};

}  // namespace capbridge::store
