// The frameworks that travel in the binary, loaded once.
#pragma once
#include <nlohmann/json.hpp>

#include "core/framework/framework.hpp"

namespace capbridge::framework {

inline const Framework& hee() {
    static const Framework loaded =
        load_framework(shipped_framework("hee-ai-confidence").value(), "hee-ai-confidence.json").value();
    return loaded;
}

inline const json& hee_document() {
    static const json document = parse_json(shipped_framework("hee-ai-confidence").value()).value();
    return document;
}

inline const Requirement& requirement(std::string_view id) {
    return hee().requirements.at(static_cast<std::size_t>(hee().requirement_index(id)));
}

}  // namespace capbridge::framework
