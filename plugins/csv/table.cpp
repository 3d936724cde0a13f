#include "csv/table.hpp"

#include <cerrno>

#include "bridge/adapter.hpp"
#include "csv/settings.hpp"

namespace csv_adapter {
namespace {

constexpr std::size_t kMaxRow = 1u << 20;

}  // namespace

Decoder::Decoder(const std::string& encoding) : encoding_(encoding) {}

Decoder::~Decoder() {
    if (iconv_ != reinterpret_cast<iconv_t>(-1)) iconv_close(iconv_);
}

void Decoder::open(const char* charset) {
    iconv_ = iconv_open("UTF-8", charset);
    if (iconv_ == reinterpret_cast<iconv_t>(-1))
        throw bridge::Failure{BRIDGE_CONFIG, "This system cannot read the encoding " + encoding_ + "."};
}

// False: more bytes are needed to tell.
bool Decoder::find_byte_order_mark(bool last) {
    if (waiting_.size() < 3 && !last) return false;
    const std::string_view bytes = waiting_;
    std::size_t mark = 0;
    const char* charset = encoding_ == "windows-1252" ? "WINDOWS-1252"
                          : encoding_ == "iso-8859-1" ? "ISO-8859-1"
                                                      : "UTF-8";
    if (encoding_ == "utf-16") {
        charset = bytes.starts_with("\xfe\xff") ? "UTF-16BE" : "UTF-16LE";
        mark = bytes.starts_with("\xfe\xff") || bytes.starts_with("\xff\xfe") ? 2 : 0;
    } else if (bytes.starts_with("\xef\xbb\xbf")) {
        // Whatever was declared: no 8-bit export begins with these three bytes by chance.
        charset = "UTF-8";
        mark = 3;
    } else if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff")) {
        throw BrokenTable("it is utf-16 and not " + encoding_ + "; say so in the setting encoding", 1);
    }
    waiting_.erase(0, mark);
    open(charset);
    begun_ = true;
    return true;
}

void Decoder::decode(std::string_view bytes, bool last, std::string& out) {
    waiting_.append(bytes);
    if (!begun_ && !find_byte_order_mark(last)) return;
    const std::size_t unit = encoding_ == "utf-16" ? 2 : 1;
    char* in = waiting_.data();
    std::size_t left = waiting_.size();
    char buffer[16 << 10];
    while (left > 0) {
        char* to = buffer;
        std::size_t room = sizeof buffer;
        const auto done = iconv(iconv_, &in, &left, &to, &room);
        out.append(buffer, static_cast<std::size_t>(to - buffer));
        if (done != static_cast<std::size_t>(-1) || errno == E2BIG) continue;
        if (errno == EINVAL && !last) break;  // half a character
        out.push_back(kUnreadable);
        const std::size_t skip = left < unit ? left : unit;
        in += skip;
        left -= skip;
        iconv(iconv_, nullptr, nullptr, nullptr, nullptr);
    }
    waiting_.erase(0, waiting_.size() - left);
}

Table::Table(char separator, OnRow on_row) : on_row_(std::move(on_row)) {
    if (csv_init(&parser_, 0) != 0) throw std::bad_alloc();
    csv_set_delim(&parser_, static_cast<unsigned char>(separator));
}

Table::~Table() {
    csv_free(&parser_);
}

void Table::on_field(void* text, size_t size, void* self) {
    auto& table = *static_cast<Table*>(self);
    table.row_.fields.push_back(trimmed({static_cast<const char*>(text), size}));
}

void Table::on_end_of_row(int, void* self) {
    auto& table = *static_cast<Table*>(self);
    table.ready_.push_back(std::move(table.row_));
    table.row_ = {};
    table.row_.line =
        table.line_;  // exports that end lines by CR alone have several rows in one of our lines
    table.in_row_ = false;
}

void Table::parse(std::string_view part) {
    if (!in_row_) {
        in_row_ = true;
        row_.line = line_;
        row_bytes_ = 0;
    }
    row_bytes_ += part.size();
    if (row_bytes_ > kMaxRow)
        throw BrokenTable("a row is larger than 1 MiB; is a quotation mark left open?", row_.line);
    if (csv_parse(&parser_, part.data(), part.size(), on_field, on_end_of_row, this) != part.size()) {
        throw BrokenTable("the row cannot be read", row_.line);
    }
}

// Outside libcsv's C frames, which no exception may cross.
void Table::deliver() {
    for (auto& row : ready_) {
        bool any = false;
        for (const auto& field : row.fields) any = any || !field.empty();
        if (any) on_row_(row);
    }
    ready_.clear();
}

void Table::feed(std::string_view text, bool last) {
    // A line at a time: libcsv does not say where a row began.
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto part = text.substr(0, end == std::string_view::npos ? text.size() : end + 1);
        parse(part);
        text.remove_prefix(part.size());
        if (end != std::string_view::npos) {
            ++line_;
            if (parser_.pstate == 0) in_row_ = false;  // libcsv's "row not begun": that was an empty line
        }
        deliver();
    }
    if (!last) return;
    // Strict only here: exports do put quotation marks where they do not belong, but one left open swallows
    // the rest.
    csv_set_opts(&parser_, CSV_STRICT | CSV_STRICT_FINI);
    if (csv_fini(&parser_, on_field, on_end_of_row, this) != 0)
        throw BrokenTable("a quotation mark is never closed", row_.line);
    deliver();
}

}  // namespace csv_adapter
