// A CSV file as it arrives in chunks: decoded to UTF-8 (iconv), split into rows (libcsv), each with the line
// on which it begins. Holds one chunk and one row, whatever the size of the file. Not thread-safe.
#pragma once
#include <csv.h>
#include <iconv.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace csv_adapter {

// Bytes that are no text in the declared encoding come out as this byte, which is no UTF-8: the rows that use
// such a field are rejected, the others go on.
inline constexpr char kUnreadable = '\xff';

class Decoder {
public:
    explicit Decoder(const std::string& encoding);  // one of the schema's names
    ~Decoder();
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;

    // Appends what these bytes mean; half a character waits for the next call, or is unreadable when `last`.
    void decode(std::string_view bytes, bool last, std::string& out);

private:
    void open(const char* charset);
    bool find_byte_order_mark(bool last);

    std::string encoding_;
    iconv_t iconv_ = reinterpret_cast<iconv_t>(-1);
    std::string waiting_;
    bool begun_ = false;
};

struct Row {
    int line = 0;                     // 1-based
    std::vector<std::string> fields;  // trimmed
};

// The rest of the file cannot be split into rows; at(): the line.
class BrokenTable : public std::runtime_error {
public:
    BrokenTable(const std::string& what, int line) : std::runtime_error(what), line_(line) {}
    [[nodiscard]] int line() const { return line_; }

private:
    int line_;
};

class Table {
public:
    using OnRow = std::function<void(Row&)>;
    Table(char separator, OnRow on_row);
    ~Table();
    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;

    // UTF-8 text. Rows without any text are passed over. Throws BrokenTable, and what on_row throws.
    void feed(std::string_view text, bool last);

private:
    static void on_field(void* text, size_t size, void* self);
    static void on_end_of_row(int, void* self);
    void parse(std::string_view part);
    void deliver();

    csv_parser parser_{};
    OnRow on_row_;
    Row row_;
    std::vector<Row> ready_;
    int line_ = 1;
    std::size_t row_bytes_ = 0;
    bool in_row_ = false;
};

}  // namespace csv_adapter
