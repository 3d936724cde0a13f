#include "core/engine/privacy/door.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/people/identity_rule.hpp"
#include "core/xapi/erased.hpp"

namespace capbridge::engine {
namespace {

// Of an agent that is known by the sum of an address: those that have this sum, of all that there are.
std::vector<std::string> addresses_of_sum(store::Store& store, std::string_view agent_key) {
    constexpr std::string_view sum = "mbox_sha1sum|", address = "mbox|";
    std::vector<std::string> out;
    if (!agent_key.starts_with(sum)) return out;
    store.erasings().each_agent([&](const std::string& each) {
        if (each.starts_with(address) &&
            sha1_hex(each.substr(address.size())) == agent_key.substr(sum.size()))
            out.push_back(each);
    });
    return out;
}

bool has_barred(Bridge& bridge, const json& value) {
    if (value.is_string()) return is_barred_key(bridge, value.get_ref<const std::string&>());
    if (value.is_number()) return is_barred_key(bridge, value.dump());
    if (value.is_object()) {
        for (const auto& member : value.items())
            if (is_barred_key(bridge, member.key())) return true;
    }
    return value.is_structured() && std::any_of(value.begin(), value.end(),
                                                [&](const json& each) { return has_barred(bridge, each); });
}

}  // namespace

bool is_barred(Bridge& bridge, const std::string& agent_key) {
    auto& store = bridge.store();
    if (!store.erasings().bars_anybody() || !store.erasings().barred_by(agent_key)) return false;
    // Somebody else has the address now.
    if (!store.projection().people_of_actors({agent_key}).empty()) return false;
    const auto addresses = addresses_of_sum(store, agent_key);
    return addresses.empty() || store.projection().people_of_actors(addresses).empty();
}

bool is_barred(Bridge& bridge, const std::vector<people::Identifier>& who) {
    auto& erasings = bridge.store().erasings();
    if (!erasings.bars_anybody()) return false;
    const auto iri_base = bridge.store().installation().iri_base;
    const auto key_of = [&](const people::Identifier& given) {
        const auto one = people::normalised(given);
        return people::agent_of(one.scheme, one.issuer, one.value, iri_base).key();
    };
    bool lasting = false;
    for (const auto& each : who) {
        if (!people::is_lasting(each.scheme)) continue;
        lasting = true;
        if (erasings.barred_by(key_of(each))) return true;
    }
    if (lasting) return false;
    return std::any_of(who.begin(), who.end(),
                       [&](const auto& each) { return is_barred(bridge, key_of(each)); });
}

bool is_barred_record(Bridge& bridge, const json& record, std::string_view issuer) {
    if (!bridge.store().erasings().bars_anybody() || !record.is_object()) return false;
    const auto who = record.find("who");
    if (who == record.end() || !who->is_array()) return false;
    std::vector<people::Identifier> identifiers;
    for (const auto& each : *who) {
        auto identifier = people::identifier_from_json(each, "");
        if (!identifier) continue;
        if (identifier->issuer.empty() && !people::is_world_wide(identifier->scheme))
            identifier->issuer = issuer;
        identifiers.push_back(std::move(*identifier));
    }
    return is_barred(bridge, identifiers);
}

std::vector<std::string> parts_of_key(std::string_view key) {
    constexpr std::string_view between = "/|:;,<>()[]{}\"=&?#\t\r\n\x1f ";
    std::vector<std::string> out;
    for (std::size_t begin = 0; begin <= key.size();) {
        const auto end = std::min(key.find_first_of(between, begin), key.size());
        auto part = key.substr(begin, end - begin);
        while (part.ends_with('.')) part.remove_suffix(1);  // a sentence's
        if (!part.empty()) out.emplace_back(part);
        begin = end + 1;
    }
    return out;
}

bool is_telling(std::string_view value) {
    return value.size() >= 4;
}

std::string value_text(std::string_view value) {
    return "value|" + lower_ascii(value);
}

bool is_barred_key(Bridge& bridge, std::string_view key) {
    auto& erasings = bridge.store().erasings();
    if (key.empty() || !erasings.bars_anybody()) return false;
    const auto barred = [&](const std::string& part) {
        return is_telling(part) && erasings.barred_by(value_text(part)).has_value();
    };
    const auto parts = parts_of_key(key);
    return barred(std::string(key)) || std::any_of(parts.begin(), parts.end(), barred);
}

bool has_erased(Bridge& bridge, std::string_view record) {
    if (!bridge.store().erasings().bars_anybody()) return false;
    return has_barred(bridge, json::parse(record, nullptr, false));
}

TakenOut take_out_erased(Bridge& bridge, json& statement) {
    if (!bridge.store().erasings().bars_anybody() || !statement.is_object()) return TakenOut::nobody;
    const auto iri_base = bridge.store().installation().iri_base;
    const auto actor = statement.find("actor");
    if (actor != statement.end() && is_barred(bridge, xapi::read_agent(*actor).key())) {
        statement = xapi::tombstone(statement, iri_base);
        // What was done, and with what, is named by IRIs, and they by whoever made them.
        for (const auto* member : {"verb", "object"}) {
            auto& id = statement[member]["id"];
            if (id.is_string() && is_barred_key(bridge, id.get_ref<const std::string&>()))
                id = iri_base + "/erased";
        }
        return TakenOut::actor;
    }
    const auto named = xapi::take_out_agents(
        statement, [&](const std::string& key) { return is_barred(bridge, key); }, iri_base);
    return named > 0 ? TakenOut::named : TakenOut::nobody;
}

}  // namespace capbridge::engine
