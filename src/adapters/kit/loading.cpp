// Rules about the file, its descriptor, create() and configure(): they need no LMS.
#include <chrono>
#include <nlohmann/json.hpp>

#include "adapters/catalogue.hpp"
#include "adapters/elf_note.hpp"
#include "adapters/kit/rule.hpp"
#include "bridge/adapter.h"
#include "core/base/embedded.hpp"
#include "core/base/files.hpp"

namespace capbridge::adapters {
namespace {

constexpr std::chrono::milliseconds describe_at_most{100};
constexpr int recreations = 1000;
constexpr long growth_at_most_kib = 4096;

bool is_library(const KitCase& c) {
    return c.adapter.path.extension() == ".so";
}

Verdict owned_safely(const KitCase& c) {
    if (const auto safe = check_ownership(c.adapter.path); !safe) return Verdict::fail(safe.error().message);
    if (const auto safe = check_ownership(c.adapter.path.parent_path()); !safe)
        return Verdict::fail("its folder would not be looked at by a bridge: " + safe.error().message);
    return Verdict::passed();
}

Verdict note_is_there(const KitCase& c) {
    if (!is_library(c)) return Verdict::skip("it is a program, not a library");
    const auto file = read_file(c.adapter.path);
    if (!file) return Verdict::fail(file.error().message);
    const auto abi = read_abi_note(*file);
    if (!abi) return Verdict::fail(abi.error().message);
    if (abi->major != BRIDGE_ABI_MAJOR)
        return Verdict::fail("it has ABI " + std::to_string(abi->major) + ", this host has " +
                             std::to_string(BRIDGE_ABI_MAJOR));
    return Verdict::passed();
}

Verdict file_loads(const KitCase& c) {
    const auto stage = Stage::open(c.spec, c.adapter, nullptr);
    return stage ? Verdict::passed() : Verdict::fail(stage.error().message);
}

Result<json> descriptors(const KitCase& c) {
    CAPBRIDGE_LET(const auto stage, Stage::open(c.spec, c.adapter, nullptr));
    const auto described = stage->describe();
    if (!described.code.empty()) return fail(described.code, described.message);
    return described.answer.value("adapters", json::array());
}

Verdict describe_is_pure(const KitCase& c) {
    const auto first = descriptors(c), second = descriptors(c);
    if (!first) return Verdict::fail(first.error().message);
    if (!second) return Verdict::fail(second.error().message);
    return *first == *second ? Verdict::passed() : Verdict::fail("two processes describe it differently");
}

Verdict describe_is_quick(const KitCase& c) {
    auto stage = Stage::open(c.spec, c.adapter, nullptr);
    if (!stage) return Verdict::fail(stage.error().message);
    const auto described = (*stage)->describe();
    if (!described.code.empty()) return Verdict::fail(told(described));
    return described.took <= describe_at_most
               ? Verdict::passed()
               : Verdict::fail("it took " + std::to_string(described.took.count()) + " ms");
}

Verdict descriptor_is_valid(const KitCase& c) {
    const auto all = descriptors(c);
    if (!all) return Verdict::fail(all.error().message);
    if (all->empty()) return Verdict::fail("it describes no adapter");
    const auto* schema = find_embedded(embedded_config(), "schemas/adapter.schema.json");
    const auto rules = json::parse(schema->bytes);
    for (const auto& one : *all) {
        const auto problems = validate_json(one, rules, {});
        if (has_errors(problems)) return Verdict::fail(problems_text(problems, "descriptor"));
    }
    return Verdict::passed();
}

// A schema that is of no use says so about every document.
Verdict settings_schema_is_usable(const KitCase& c) {
    const auto& schema = c.adapter.config_schema;
    if (!schema.is_object()) return Verdict::fail("config_schema is no object");
    for (const auto& problem : validate_json(json::object(), schema, {})) {
        if (problem.code == "bad_schema") return Verdict::fail("config_schema: " + problem.message);
    }
    const auto properties = schema.value("properties", json::object());
    for (const auto& [name, property] : properties.items()) {
        if (!property.is_object() || !property.contains("description"))
            return Verdict::fail("the setting '" + name + "' has no description: nobody can fill it in");
    }
    return schema.value("additionalProperties", json(true)) == false
               ? Verdict::passed()
               : Verdict::fail(
                     "config_schema lets unknown members pass: a spelling mistake would go unseen; "
                     "set additionalProperties to false");
}

Verdict unknown_id_is_refused(const KitCase& c) {
    for (const auto& id : {c.adapter.id + "x", c.adapter.id.substr(0, c.adapter.id.size() - 1),
                           std::string("org.example.no-such-adapter")}) {
        if (id.empty()) continue;
        auto stage = Stage::open(c.spec, c.adapter, c.cassette);
        if (!stage) return Verdict::fail(stage.error().message);
        const auto made = (*stage)->configure(id, json::object());
        if (made.code.empty()) return Verdict::fail("create() made an adapter '" + id + "'");
        if (made.code != "adapter_not_found")
            return Verdict::fail("create('" + id + "') should give NULL; seen: " + told(made));
    }
    return Verdict::passed();
}

Verdict bad_settings_are_told(const KitCase& c) {
    const std::vector<std::pair<const char*, json>> trials{{"{}", json::object()},
                                                           {"[]", json::array()},
                                                           {"null", nullptr},
                                                           {"\"text\"", "text"},
                                                           {"an unknown member", {{"no_such_setting", 1}}}};
    for (const auto& [name, settings] : trials) {
        auto stage = Stage::open(c.spec, c.adapter, c.cassette);
        if (!stage) return Verdict::fail(stage.error().message);
        const auto seen = (*stage)->configure(c.adapter.id, settings);
        if (!seen.code.empty() && seen.code != "adapter_config")
            return Verdict::fail(std::string("configure(") + name +
                                 ") should be CONFIG or OK; seen: " + told(seen));
        if (!seen.urls.empty() || seen.file_reads > 0)
            return Verdict::fail("configure() used the network or the folder");
    }
    return Verdict::passed();
}

// Each setting of the cassette once with a value of another type.
Verdict wrong_types_are_told(const KitCase& c) {
    for (const auto& [name, value] : c.cassette->settings.items()) {
        for (const auto& wrong :
             {json(nullptr), json(-1), json("\xc3\x28"), json::array({1, json::object()})}) {
            if (wrong.type() == value.type()) continue;
            auto settings = c.cassette->settings;
            settings[name] = wrong;
            auto stage = Stage::open(c.spec, c.adapter, c.cassette);
            if (!stage) return Verdict::fail(stage.error().message);
            const auto seen = (*stage)->configure(c.adapter.id, settings);
            if (!seen.code.empty() && seen.code != "adapter_config")
                return Verdict::fail("'" + name + "' of a wrong type should be CONFIG; seen: " + told(seen));
        }
    }
    return Verdict::passed();
}

Verdict may_be_configured_again(const KitCase& c) {
    std::string why;
    const auto stage = staged(c, why);
    if (!stage) return Verdict::fail(why);
    const auto again = stage->configure(c.adapter.id, c.cassette->settings);
    return again.code.empty() ? Verdict::passed() : Verdict::fail(told(again));
}

Verdict recreation_does_not_grow(const KitCase& c) {
    if (!is_library(c)) return Verdict::skip("a program is started anew for every run");
    auto stage = Stage::open(c.spec, c.adapter, c.cassette);
    if (!stage) return Verdict::fail(stage.error().message);
    std::optional<long> before;
    for (int i = 0; i < recreations; ++i) {
        const auto made = (*stage)->configure(c.adapter.id, c.cassette->settings, true);
        if (!made.code.empty())
            return Verdict::fail("create() number " + std::to_string(i + 1) + ": " + told(made));
        if (i == recreations / 10) before = (*stage)->resident_kib();
    }
    const auto after = (*stage)->resident_kib();
    if (!before || !after)
        return Verdict::skip("this machine does not let us look at the process under /proc");
    const auto grown = *after - *before;
    return grown <= growth_at_most_kib
               ? Verdict::passed()
               : Verdict::fail("the process grew by " + std::to_string(grown) + " KiB");
}

}  // namespace

std::vector<KitRule> loading_rules() {
    using enum KitLevel;
    return {
        {loads, "file.owner", "nobody but its owner may write to the file or its folder", false,
         owned_safely},
        {loads, "file.note", "the file carries the ABI version as an ELF note", false, note_is_there},
        {loads, "file.loads", "the file loads and exports what the contract asks for", false, file_loads},
        {loads, "describe.valid", "the descriptor follows its schema", false, descriptor_is_valid},
        {loads, "describe.pure", "the descriptor is the same each time", false, describe_is_pure},
        {loads, "describe.quick", "describe() takes at most 100 ms", false, describe_is_quick},
        {loads, "describe.settings", "the schema of the settings is usable and describes each", false,
         settings_schema_is_usable},
        {loads, "create.unknown", "create() makes nothing for an id that is not its own", false,
         unknown_id_is_refused},
        {loads, "configure.bad", "settings that cannot be used are CONFIG, without network", false,
         bad_settings_are_told},
        {loads, "configure.types", "a setting of a wrong type is CONFIG", true, wrong_types_are_told},
        {loads, "configure.again", "configure() may be called again", true, may_be_configured_again},
        {loads, "create.growth", "making and destroying it 1,000 times leaks nothing", true,
         recreation_does_not_grow},
    };
}

}  // namespace capbridge::adapters
