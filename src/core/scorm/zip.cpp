#include "core/scorm/zip.hpp"

#include <sys/stat.h>
#include <zip.h>

#include "core/base/text.hpp"
#include "core/scorm/central_directory.hpp"

namespace capbridge::scorm {
namespace {

// libzip's source function over a ByteSource. A C callback: nothing may be thrown through it.
struct Cursor {
    const ByteSource* source = nullptr;
    std::uint64_t offset = 0;
    zip_error_t error{};
};

zip_int64_t serve(void* user, void* data, zip_uint64_t length, zip_source_cmd_t command) noexcept {
    auto& cursor = *static_cast<Cursor*>(user);
    switch (command) {
        case ZIP_SOURCE_OPEN:
            cursor.offset = 0;
            return 0;
        case ZIP_SOURCE_READ: {
            const auto got = cursor.source->read(
                cursor.offset, std::span(static_cast<char*>(data), static_cast<std::size_t>(length)));
            if (!got) {
                zip_error_set(&cursor.error, ZIP_ER_READ, 0);
                return -1;
            }
            cursor.offset += *got;
            return static_cast<zip_int64_t>(*got);
        }
        case ZIP_SOURCE_CLOSE:
            return 0;
        case ZIP_SOURCE_STAT: {
            auto* stat = static_cast<zip_stat_t*>(data);
            zip_stat_init(stat);
            stat->valid = ZIP_STAT_SIZE;
            stat->size = cursor.source->size();
            return static_cast<zip_int64_t>(sizeof(zip_stat_t));
        }
        case ZIP_SOURCE_ERROR:
            return zip_error_to_data(&cursor.error, data, length);
        case ZIP_SOURCE_FREE:
            return 0;
        case ZIP_SOURCE_SEEK: {
            const auto to = zip_source_seek_compute_offset(cursor.offset, cursor.source->size(), data, length,
                                                           &cursor.error);
            if (to < 0) return -1;
            cursor.offset = static_cast<std::uint64_t>(to);
            return 0;
        }
        case ZIP_SOURCE_TELL:
            return static_cast<zip_int64_t>(cursor.offset);
        case ZIP_SOURCE_SUPPORTS:
            return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
                                                  ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
                                                  ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS, -1);
        default:
            zip_error_set(&cursor.error, ZIP_ER_OPNOTSUPP, 0);
            return -1;
    }
}

struct Discard {
    void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseFile {
    void operator()(zip_file_t* file) const { zip_fclose(file); }
};
struct FreeSource {
    void operator()(zip_source_t* source) const { zip_source_free(source); }
};

std::string error_text(zip_error_t& error) {
    std::string text = zip_error_strerror(&error);
    zip_error_fini(&error);
    return text;
}

Error unreadable(const std::string& reason) {
    return {"not_a_readable_zip",
            "The file is not a readable zip archive (" + reason +
                "). Upload the .zip as the authoring tool wrote it; a file cut short in transfer must be "
                "sent again.",
            {},
            0};
}

// Neither a regular file nor a folder, by the Unix mode in the upper half of the external attributes.
bool is_special(zip_t* archive, std::uint64_t index) {
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    if (zip_file_get_external_attributes(archive, index, 0, &system, &attributes) != 0) return false;
    const auto type = (attributes >> 16) & S_IFMT;
    return type != 0 && type != S_IFREG && type != S_IFDIR;
}

}  // namespace

struct ZipArchive::State {
    Cursor cursor;
    std::unique_ptr<zip_t, Discard> archive;
};

ZipArchive::ZipArchive() : state_(std::make_unique<State>()) {}
ZipArchive::ZipArchive(ZipArchive&&) noexcept = default;
ZipArchive& ZipArchive::operator=(ZipArchive&&) noexcept = default;
ZipArchive::~ZipArchive() = default;

Result<ZipArchive> ZipArchive::open(const ByteSource& source, const Limits& limits) {
    if (source.size() == 0) return fail(unreadable("it is empty"));
    const auto too_many = [&] {
        return fail("too_many_entries",
                    "The archive has more than " + std::to_string(limits.entries) +
                        " entries. Split the course, or remove files that it does not use.");
    };
    // Another program would see another package in it.
    const auto two_directories = [] {
        return fail(
            unreadable("it can be read in two ways: its end tells of more than one table of contents"));
    };
    const auto directory = look_at_central_directory(source, limits.entries);
    if (!directory) return fail(unreadable("there is no table of contents where its end should tell of one"));
    if (directory->too_large || directory->entries > limits.entries) return too_many();

    ZipArchive zip;
    zip.state_->cursor.source = &source;
    zip_error_init(&zip.state_->cursor.error);
    zip_error_t error;
    zip_error_init(&error);
    std::unique_ptr<zip_source_t, FreeSource> reader(
        zip_source_function_create(serve, &zip.state_->cursor, &error));
    if (!reader) return fail(unreadable(error_text(error)));
    zip.state_->archive.reset(zip_open_from_source(reader.get(), ZIP_RDONLY, &error));
    if (!zip.state_->archive) return fail(unreadable(error_text(error)));
    reader.release();  // the archive owns it now
    zip_error_fini(&error);

    zip_t* archive = zip.state_->archive.get();
    const auto count = zip_get_num_entries(archive, 0);
    if (count < 0 || static_cast<std::uint64_t>(count) != directory->entries) return two_directories();
    for (zip_int64_t i = 0; i < count; ++i) {
        ZipEntry entry;
        entry.index = static_cast<std::uint64_t>(i);
        const char* raw = zip_get_name(archive, entry.index, ZIP_FL_ENC_RAW);
        entry.name = raw ? raw : "";
        if (!is_utf8(entry.name)) {
            entry.name_was_utf8 = false;
            const char* guessed = zip_get_name(archive, entry.index, ZIP_FL_ENC_CP437);
            entry.name = guessed ? guessed : "";
        }
        zip_stat_t stat;
        zip_stat_init(&stat);
        if (!raw || zip_stat_index(archive, entry.index, 0, &stat) != 0) {
            return fail(unreadable("entry " + std::to_string(i) + " has no readable header"));
        }
        const auto& data = directory->data[entry.index];
        if (stat.comp_size != data.compressed || stat.size != data.size || stat.crc != data.crc)
            return two_directories();
        entry.name_has_nul = directory->names_with_nul.count(entry.index) != 0;
        entry.overlaps = directory->overlapping.count(entry.index) != 0;
        entry.header_differs = directory->differing.count(entry.index) != 0;
        entry.folder = entry.name.ends_with('/') || entry.name.ends_with('\\');
        entry.symlink = is_special(archive, entry.index);
        entry.encrypted = (stat.valid & ZIP_STAT_ENCRYPTION_METHOD) && stat.encryption_method != ZIP_EM_NONE;
        entry.compressed_bytes = (stat.valid & ZIP_STAT_COMP_SIZE) ? stat.comp_size : 0;
        zip.entries_.push_back(std::move(entry));
    }
    return zip;
}

Status ZipArchive::inflate(const ZipEntry& entry, const std::function<bool(std::string_view)>& sink) const {
    zip_t* archive = state_->archive.get();
    const auto damaged = [&](const std::string& reason) {
        return fail("entry_damaged",
                    "The data of " + entry.name + " is damaged (" + reason +
                        "). Export or transfer the package again.",
                    entry.name);
    };
    const std::unique_ptr<zip_file_t, CloseFile> file(zip_fopen_index(archive, entry.index, 0));
    if (!file) {
        auto* error = zip_get_error(archive);
        const auto code = zip_error_code_zip(error);
        if (code == ZIP_ER_COMPNOTSUPP || code == ZIP_ER_ENCRNOTSUPP || code == ZIP_ER_NOPASSWD) {
            return fail("entry_method_unsupported",
                        entry.name + " is packed in a way that cannot be read (" + zip_error_strerror(error) +
                            "). Write the zip with the plain 'deflate' method and no password.",
                        entry.name);
        }
        return damaged(zip_error_strerror(error));
    }
    std::vector<char> block(64 * 1024);
    for (;;) {
        const auto got = zip_fread(file.get(), block.data(), block.size());
        if (got < 0) return damaged(zip_error_strerror(zip_file_get_error(file.get())));
        if (got == 0) return {};
        if (!sink({block.data(), static_cast<std::size_t>(got)})) return {};
    }
}

Result<std::string> ZipArchive::read(const ZipEntry& entry, std::size_t max_bytes) const {
    std::string bytes;
    bool too_large = false;
    CAPBRIDGE_TRY(inflate(entry, [&](std::string_view block) {
        too_large = block.size() > max_bytes - bytes.size();
        if (!too_large) bytes.append(block);
        return !too_large;
    }));
    if (too_large) {
        return fail("entry_too_large",
                    entry.name + " is larger than " + std::to_string(max_bytes) + " bytes.", entry.name);
    }
    return bytes;
}

Result<std::string> ZipArchive::read(std::string_view name, std::size_t max_bytes) const {
    for (const auto& entry : entries_) {
        if (entry.name == name && !entry.folder) return read(entry, max_bytes);
    }
    return fail("not_found", "There is no " + std::string(name) + " in the archive.", std::string(name));
}

}  // namespace capbridge::scorm
