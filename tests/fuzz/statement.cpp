// Any bytes as a statement that a client posts: what passes the rules of its edition must be readable, must
// still keep to them once the store has completed it, and must come out as JSON with the same meaning.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/xapi/statement.hpp"

namespace {

using namespace capbridge;

void must(bool holds) {
    if (!holds) std::abort();
}

void read(std::string_view text, xapi::Version version) {
    const auto statement = parse_json(text, {1u << 20, 64});
    if (!statement) return;
    if (has_errors(xapi::validate_statement(*statement, "", version))) return;
    const auto typed = xapi::read_statement(*statement);
    must(!typed.verb.empty());
    for (const auto& key : xapi::keys_of(*statement)) must(!key.value.empty());

    auto complete = *statement;
    const json authority{{"objectType", "Agent"},
                         {"account", {{"homePage", "https://lrs.example"}, {"name", "client"}}}};
    xapi::complete_statement(complete, authority, version);
    must(!has_errors(xapi::validate_statement(complete, "", version)));
    must(xapi::equivalent(*statement, complete));
    const auto body = complete.dump();
    const auto told = parse_json(xapi::with_stored(body, Instant{}, complete.contains("timestamp")));
    must(told.has_value() && told->contains("stored"));
    must(xapi::equivalent(complete, *told));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    read(text, capbridge::xapi::Version::v1_0_3);
    read(text, capbridge::xapi::Version::v2_0);
    return 0;
}
