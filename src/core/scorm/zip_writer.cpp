#include <zip.h>

#include <algorithm>

#include "core/scorm/zip.hpp"

namespace capbridge::scorm {
namespace {

struct Discard {
    void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct FreeSource {
    void operator()(zip_source_t* source) const { zip_source_free(source); }
};

// libzip turns a time_t into DOS time by the local time zone; this form is the same everywhere. 1980-01-01
// 00:00:00.
constexpr zip_uint16_t dos_time = 0, dos_date = (0 << 9) | (1 << 5) | 1;

Error not_written(const std::string& reason) {
    return {"zip_not_written", "The package could not be written (" + reason + ").", {}, 0};
}

Status add_file(zip_t* archive, const ZipFile& file) {
    const auto failed = [&] { return fail(not_written(file.path + ": " + zip_strerror(archive))); };
    std::unique_ptr<zip_source_t, FreeSource> bytes(
        zip_source_buffer(archive, file.bytes.data(), file.bytes.size(), 0));
    if (!bytes) return failed();
    const auto index = zip_file_add(archive, file.path.c_str(), bytes.get(), ZIP_FL_ENC_UTF_8);
    if (index < 0) return failed();
    bytes.release();  // the archive owns it now
    const auto at = static_cast<zip_uint64_t>(index);
    constexpr zip_uint32_t mode = 0100644u << 16;
    if (zip_file_set_dostime(archive, at, dos_time, dos_date, 0) != 0 ||
        zip_file_set_external_attributes(archive, at, 0, ZIP_OPSYS_UNIX, mode) != 0 ||
        zip_set_file_compression(archive, at, ZIP_CM_DEFLATE, 9) != 0) {
        return failed();
    }
    return {};
}

}  // namespace

Result<std::string> write_zip(const std::vector<ZipFile>& files) {
    std::vector<const ZipFile*> sorted;
    for (const auto& file : files) sorted.push_back(&file);
    std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->path < b->path; });

    zip_error_t error;
    zip_error_init(&error);
    const std::unique_ptr<zip_source_t, FreeSource> target(zip_source_buffer_create(nullptr, 0, 0, &error));
    if (!target) return fail(not_written(zip_error_strerror(&error)));
    zip_source_keep(target.get());  // one reference for us, one for the archive
    std::unique_ptr<zip_t, Discard> archive(zip_open_from_source(target.get(), ZIP_TRUNCATE, &error));
    if (!archive) {
        zip_source_free(target.get());
        return fail(not_written(zip_error_strerror(&error)));
    }
    for (const auto* file : sorted) CAPBRIDGE_TRY(add_file(archive.get(), *file));
    if (zip_close(archive.get()) != 0) return fail(not_written(zip_strerror(archive.get())));
    (void)archive.release();  // closing freed it

    std::string bytes;
    if (zip_source_open(target.get()) != 0) return fail(not_written("its bytes cannot be read back"));
    zip_stat_t stat;
    zip_stat_init(&stat);
    if (zip_source_stat(target.get(), &stat) == 0 && (stat.valid & ZIP_STAT_SIZE)) {
        bytes.resize(static_cast<std::size_t>(stat.size));
    }
    const auto got = zip_source_read(target.get(), bytes.data(), bytes.size());
    zip_source_close(target.get());
    if (got < 0 || static_cast<std::size_t>(got) != bytes.size() || bytes.empty()) {
        return fail(not_written("its bytes cannot be read back"));
    }
    return bytes;
}

}  // namespace capbridge::scorm
