#include "esr/definitions.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>

#include "common/competency.hpp"
#include "common/fingerprint.hpp"

namespace esr_adapter {
namespace {

constexpr std::size_t kMostInCursor = 240u << 10;
constexpr std::size_t kMostInPart = 60u << 10;  // a value of the state may have 64 KiB
constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";

// ':' and ';' separate, so that '^' stands before what they become in a text.
std::string plain(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == ':') {
            out += "^c";
        } else if (c == ';') {
            out += "^s";
        } else {
            out.append(c == '^' ? 2 : 1, c);
        }
    }
    return out;
}

std::string unplain(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '^') {
            out += text[i];
            continue;
        }
        if (++i == text.size()) throw std::runtime_error("half an escape");
        out += text[i] == 'c' ? ':' : text[i] == 's' ? ';' : '^';
    }
    return out;
}

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// One definition, its text without what it shares with the one before. The cut is never within a character,
// for the whole has to be UTF-8.
std::string entry(const std::string& text, const std::string& before, const std::string& id,
                  const std::string& renewal) {
    std::size_t shared = 0;
    while (shared < 35 && shared < text.size() && shared < before.size() && text[shared] == before[shared])
        ++shared;
    while (shared > 0 && shared < text.size() && continues_character(text[shared])) --shared;
    return kDigits[shared] + text.substr(shared) + ':' + id + ':' + renewal + ';';
}

struct Item {
    std::string text;
    const std::string *id = nullptr, *renewal = nullptr;
    bool says_more = false;  // than its own name does
};

std::string key_of(int slot, int part) {
    return "definitions." + std::to_string(slot) + "." + std::to_string(part);
}

}  // namespace

PackedDefinitions pack_definitions(const Definitions& all) {
    std::vector<Item> items;
    items.reserve(all.size());
    for (const auto& [id, facts] : all)
        items.push_back(
            {plain(facts.competency), &id, &facts.renewal,
             !facts.renewal.empty() && facts.renewal != plugins::read_competency(facts.competency).renewal});
    std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
        if (a.says_more != b.says_more) return a.says_more;
        return std::tie(a.text, *a.id) < std::tie(b.text, *b.id);
    });
    PackedDefinitions out;
    std::string* bin = &out.first;
    std::size_t most = kMostInCursor;
    std::string before;
    for (const auto& item : items) {
        auto text = bin ? entry(item.text, before, *item.id, *item.renewal) : std::string();
        if (bin && bin->size() + text.size() > most) {
            bin = nullptr;
            if (out.parts.size() < std::size_t{kMostParts}) {
                bin = &out.parts.emplace_back();
                most = kMostInPart;
                text = entry(item.text, "", *item.id, *item.renewal);
            }
        }
        if (bin) {
            *bin += text;
            before = item.text;
        } else {
            out.none.push_back(*item.id);
        }
    }
    return out;
}

void unpack_definitions(std::string_view text, Definitions& out) {
    std::string before;
    while (!text.empty()) {
        const auto end = text.find(';'), first = text.find(':');
        const auto second = first == std::string_view::npos ? first : text.find(':', first + 1);
        const auto shared = kDigits.find(text[0]);
        if (end == std::string_view::npos || second == std::string_view::npos || second > end || first == 0 ||
            shared == std::string_view::npos || shared > before.size())
            throw std::runtime_error("no packed definitions");
        before = before.substr(0, shared) + std::string(text.substr(1, first - 1));
        out[std::string(text.substr(first + 1, second - first - 1))] = {
            unplain(before), std::string(text.substr(second + 1, end - second - 1))};
        text.remove_prefix(end + 1);
    }
}

std::string mark_of(const std::vector<std::string>& parts) {
    std::string all;
    for (const auto& part : parts) all += part;
    return parts.empty() ? std::string() : plugins::fingerprint({all});
}

bool store_definitions(const bridge::Host& host, const std::vector<std::string>& parts,
                       const DefinitionPlace& place) {
    try {
        for (std::size_t i = 0; i < kMostParts; ++i)  // what an earlier, longer list left is forgotten
            host.set_state(key_of(place.slot, static_cast<int>(i)), i < parts.size() ? parts[i] : "");
    } catch (const bridge::Failure& failure) {
        if (failure.code != BRIDGE_REJECTED && failure.code != BRIDGE_UNSUPPORTED) throw;
        return false;
    }
    return true;
}

bool load_definitions(const bridge::Host& host, const DefinitionPlace& place, Definitions& out) {
    std::vector<std::string> parts;
    try {
        for (int i = 0; i < place.parts; ++i) {
            auto part = host.state(key_of(place.slot, i));
            if (!part) return false;
            parts.push_back(std::move(*part));
        }
    } catch (const bridge::Failure& failure) {
        if (failure.code != BRIDGE_UNSUPPORTED) throw;
        return false;
    }
    if (mark_of(parts) != place.mark) return false;
    for (const auto& part : parts) unpack_definitions(part, out);
    return true;
}

}  // namespace esr_adapter
