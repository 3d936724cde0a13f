// The message catalogue, docs/messages.md, which travels in the binary: of each event of the log that warns,
// and each error code that a person can see, what it means and what to do. Its shape: "## Theme", below it
// entries "### `code`", each with a paragraph that begins "Means:" and one that begins "Do:". Pure; any
// thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace capbridge::cli {

struct Message {
    std::string code, theme, means, what_to_do;
};
std::vector<Message> read_messages(std::string_view markdown);
const std::vector<Message>& messages();  // of this build
// By the code as the log or the command line shows it, with or without brackets.
std::optional<Message> find_message(std::string_view code);
// The codes that are like it, for somebody who mistyped: at most five.
std::vector<std::string> similar_codes(std::string_view code);

}  // namespace capbridge::cli
