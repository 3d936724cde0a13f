// Any text as a place to go on from: the `more` link of a page of statements, and the cursors of the Moodle
// and the ESR adapter (that of CSV: csv.cpp). What is taken is written as a text that means the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "bridge/adapter.hpp"
#include "esr/cursor.hpp"
#include "moodle/cursor.hpp"
#include "server/xapi/statement_question.hpp"

namespace {

void must(bool holds) {
    if (!holds) std::abort();
}

void question(std::string_view text) {
    using namespace capbridge::server;
    const auto read = read_statement_question(text);
    if (!read || !read->statement_id.empty() || !read->voided_statement_id.empty()) return;
    must(read->query.after_seq >= 0 && read->query.up_to_seq >= 0);
    const auto link = more_link("", *read, 41, 42);
    const auto again = read_statement_question(std::string_view(link).substr(link.find('?') + 1));
    must(again.has_value());
    must(again->query.after_seq == 41 && again->query.up_to_seq == 42);
    must(again->filters == read->filters);
}

void moodle_cursor(std::string_view text) {
    try {
        const auto said = moodle::Cursor::parse(text, "report:7").text();
        must(moodle::Cursor::parse(said, "report:7").text() == said);
    } catch (const bridge::Failure& failure) {
        must(failure.code == BRIDGE_BAD_CURSOR);
    }
}

void esr_cursor(std::string_view text) {
    try {
        auto cursor = esr_adapter::Cursor::parse(text);
        std::vector<std::string> parts;  // definitions, which the adapter would keep beside the cursor
        const auto said = cursor.text(cursor.memory.text(parts));
        auto again = esr_adapter::Cursor::parse(said);
        must(again.text(again.memory.text(parts)) == said);
    } catch (const bridge::Failure& failure) {
        must(failure.code == BRIDGE_BAD_CURSOR);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    question(text);
    moodle_cursor(text);
    esr_cursor(text);
    return 0;
}
