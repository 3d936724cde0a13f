// The ABI version that a plugin carries as an ELF note (BRIDGE_ABI_NOTE of bridge/adapter.h), read from its
// bytes without loading it, so that a library of another major version is refused before any code of it runs.
// Pure; any thread. Reads 64-bit little-endian ELF files, the only ones that this host could load.
#pragma once
#include <cstdint>
#include <string_view>

#include "core/base/result.hpp"

namespace capbridge::adapters {

struct AbiVersion {
    std::uint32_t major = 0, minor = 0;
};

// Errors: "adapter_unsupported" (not a shared library for this machine, or one without the note).
Result<AbiVersion> read_abi_note(std::string_view file);

}  // namespace capbridge::adapters
