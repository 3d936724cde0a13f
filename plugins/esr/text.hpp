// The small texts of a GO file: ISO-8859-1 to UTF-8 and JSON, days, ids. All of it looks at bytes that
// anybody may have written, so nothing here trusts its input. Pure; any thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace esr_adapter {

// Why a row cannot be used; thrown by what reads rows, caught where a row is rejected. Names a column and a
// rule, never what stands in the field.
struct Unusable {
    std::string_view column;
    std::string_view reason;
};

std::string_view trimmed(std::string_view text);

// Appends the text as UTF-8, escaped for the inside of a JSON string. The file says ISO-8859-1; bytes 0x80 to
// 0x9f, which are nothing there, are read as Windows-1252, which is what programs put there. False: it has
// control characters, and `out` is then of no use.
bool append_escaped(std::string& out, std::string_view latin1);
// What is UTF-8 already (and has no control characters), as a JSON string with its quotation marks.
void append_quoted(std::string& out, std::string_view utf8);
// ISO-8859-1 to UTF-8 without escapes; control characters become spaces.
std::string utf8(std::string_view latin1);

// A calendar day as the number yyyymmdd, which compares like the day. ESR writes an end that never comes as
// an empty field or as a day beyond 4700.
using Day = int;
std::optional<Day> read_day(std::string_view text);
inline constexpr Day kNever = 99'999'999;
void append_iso(std::string& out, Day day);

// 'yyyymmdd hhmmss' or 'yyyymmdd' as a text that compares like the moment; "" when it is neither.
std::string read_stamp(std::string_view text);

// 1 to 64 of A-Z a-z 0-9 . _ -
bool is_id(std::string_view text);
// Two letters, six digits, a letter: what a National Insurance number looks like. No field that is kept may.
bool like_national_insurance(std::string_view text);

// One JSON object, written member by member into a buffer that is used again.
class Json {
public:
    void begin() { out_.assign(1, '{'); }
    // Nothing when the text is empty. Throws Unusable.
    void text(std::string_view name, std::string_view latin1, std::string_view column);
    void day(std::string_view name, Day day);
    void raw(std::string_view name, std::string_view json);  // already JSON
    void members(std::string_view fragment);                 // "a":1,"b":2
    std::string_view end() {
        out_ += '}';
        return out_;
    }

private:
    void name(std::string_view name);
    std::string out_;
};

}  // namespace esr_adapter
