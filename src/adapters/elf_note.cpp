#include "adapters/elf_note.hpp"

#include <elf.h>

#include <cstring>

namespace capbridge::adapters {
namespace {

// False when it does not lie within the file, whatever the file claims.
template <class T>
bool copy_at(std::string_view file, std::uint64_t offset, T& out) {
    if (offset > file.size() || file.size() - offset < sizeof(T)) return false;
    std::memcpy(&out, file.data() + offset, sizeof(T));
    return true;
}

constexpr std::uint64_t padded(std::uint64_t size) {
    return (size + 3) & ~std::uint64_t{3};
}

}  // namespace

Result<AbiVersion> read_abi_note(std::string_view file) {
    Elf64_Ehdr header{};
    if (!copy_at(file, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
        header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
        header.e_type != ET_DYN || header.e_phentsize != sizeof(Elf64_Phdr)) {
        return fail("adapter_unsupported", "The file is not a shared library for this machine.");
    }
    for (unsigned i = 0; i < header.e_phnum; ++i) {
        Elf64_Phdr segment{};
        if (!copy_at(file, header.e_phoff + std::uint64_t{i} * sizeof segment, segment)) break;
        if (segment.p_type != PT_NOTE || segment.p_offset > file.size() ||
            segment.p_filesz > file.size() - segment.p_offset)
            continue;
        const auto notes = file.substr(segment.p_offset, segment.p_filesz);
        Elf64_Nhdr note{};
        for (std::uint64_t at = 0; copy_at(notes, at, note);) {
            const std::uint64_t name = at + sizeof note;
            const std::uint64_t description = name + padded(note.n_namesz);
            AbiVersion version;
            if (note.n_type == 1 && note.n_namesz == 10 && note.n_descsz >= 8 && name + 10 <= notes.size() &&
                notes.substr(name, 10) == std::string_view("capbridge\0", 10) &&
                copy_at(notes, description, version.major) &&
                copy_at(notes, description + 4, version.minor)) {
                return version;
            }
            at = description + padded(note.n_descsz);
        }
    }
    return fail("adapter_unsupported",
                "The library has no ABI note (.note.capbridge.abi): it is no adapter, or BRIDGE_ABI_NOTE is "
                "missing in its source.");
}

}  // namespace capbridge::adapters
