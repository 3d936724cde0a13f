// Any bytes as a configuration or as a file that it names: read with comments, held against its schema, and
// loaded. What is wrong is said with a pointer into the document; what is left as sound must pass.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "core/base/embedded.hpp"
#include "core/base/json.hpp"
#include "core/base/json_comments.hpp"
#include "core/competency/deployment.hpp"
#include "core/competency/mapping.hpp"
#include "core/competency/policy.hpp"
#include "core/competency/profile.hpp"
#include "core/competency/team.hpp"
#include "core/framework/framework.hpp"
#include "core/people/import.hpp"

namespace {

using namespace capbridge;

void must(bool holds) {
    if (!holds) std::abort();
}

json schema(const char* name) {
    return json::parse(
        find_embedded(embedded_config(), "schemas/" + std::string(name) + ".schema.json")->bytes);
}

const framework::Framework& ours() {
    static const auto it =
        framework::load_framework(*framework::shipped_framework("hee-ai-confidence"), "framework");
    return *it;
}

void read_configuration(std::string_view text) {
    static const auto shape = schema("configuration");
    const auto plain = without_comments(text);
    if (!plain) return must(plain.error().code == "invalid_json");
    must(plain->size() == text.size());
    const auto document = parse_json(*plain, {1u << 20, 64});
    const auto lines = json_lines(*plain);
    if (!document) return;
    json sound;
    for (const auto& problem : validate_json(*document, shape, *plain, &sound)) {
        must(problem.pointer.empty() || problem.pointer[0] == '/');
        must(line_of(lines, problem.pointer) > 0);
    }
}

void read_named(std::string_view text, unsigned which) {
    const std::string name = "file";
    switch (which) {
        case 0:
            return void(competency::load_mapping(text, name, ours()));
        case 1:
            return void(competency::load_policy(text, name, ours()));
        case 2:
            return void(people::load_rules(text, name, ours()));
        case 3:
            return void(competency::load_deployment(text, name));
        case 4:
            return void(competency::load_profile(text, name, ours()));
        case 5:
            return void(competency::load_team(text, name));
        default:
            return void(framework::load_framework(text, name));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
    if (data[0] % 8 == 7) {
        read_configuration(text);
    } else {
        read_named(text, data[0] % 8);
    }
    return 0;
}
