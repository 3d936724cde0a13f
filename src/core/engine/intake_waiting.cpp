#include "core/engine/intake_waiting.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace capbridge::engine {
namespace {

constexpr std::size_t in_memory = 4u << 20;

std::size_t name_of(std::string_view kind, std::string_view key) {
    const auto of_key = std::hash<std::string_view>()(key);
    return of_key ^ (std::hash<std::string_view>()(kind) + 0x9e3779b97f4a7c15u + (of_key << 6));
}

auto no_room(const char* what) {
    return fail("store_io", std::string("the temporary file for records that wait cannot be ") + what + ": " +
                                std::strerror(errno));
}

// Each text as its length and its bytes.
void write(std::string& out, std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    std::array<char, sizeof size> bytes;
    std::memcpy(bytes.data(), &size, bytes.size());
    out.append(bytes.data(), bytes.size());
    out.append(text);
}

// From the file, then from what is not in it.
class Reader {
public:
    Reader(std::FILE* file, std::string_view tail) : file_(file), tail_(tail) {}
    [[nodiscard]] bool at_end() {
        if (file_ != nullptr) {
            const int next = std::fgetc(file_);
            if (next != EOF) std::ungetc(next, file_);
            if (next == EOF && std::ferror(file_) == 0) file_ = nullptr;
        }
        return file_ == nullptr && tail_.empty();
    }
    bool read(std::string& text) {
        std::uint32_t size = 0;
        if (!bytes(reinterpret_cast<char*>(&size), sizeof size)) return false;
        text.resize(size);
        return bytes(text.data(), size);
    }

private:
    bool bytes(char* to, std::size_t count) {
        if (file_ != nullptr) return std::fread(to, 1, count, file_) == count;
        if (tail_.size() < count) return false;
        std::memcpy(to, tail_.data(), count);
        tail_.remove_prefix(count);
        return true;
    }
    std::FILE* file_;
    std::string_view tail_;
};

}  // namespace

Status WaitingRecords::add(const WaitingRecord& record) {
    names_.insert(name_of(record.kind, record.key));
    for (const auto* text : {&record.kind, &record.key, &record.scope, &record.text}) write(tail_, *text);
    return tail_.size() < in_memory ? Status{} : spill();
}

Status WaitingRecords::spill() {
    if (!file_) file_.reset(std::tmpfile());
    if (!file_) return no_room("made");
    if (std::fwrite(tail_.data(), 1, tail_.size(), file_.get()) != tail_.size()) return no_room("written");
    tail_.clear();
    return {};
}

bool WaitingRecords::holds(std::string_view kind, std::string_view key) const {
    return !names_.empty() && names_.contains(name_of(kind, key));
}

Status WaitingRecords::each(const std::function<Status(const WaitingRecord&)>& take) {
    if (file_ && (std::fflush(file_.get()) != 0 || std::fseek(file_.get(), 0, SEEK_SET) != 0))
        return no_room("written");
    Reader reader(file_.get(), tail_);
    WaitingRecord record;
    while (!reader.at_end()) {
        for (auto* text : {&record.kind, &record.key, &record.scope, &record.text}) {
            if (!reader.read(*text)) return no_room("read");
        }
        CAPBRIDGE_TRY(take(record));
    }
    names_.clear();
    return {};
}

}  // namespace capbridge::engine
