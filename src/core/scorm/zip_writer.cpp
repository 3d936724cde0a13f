#include "core/scorm/zip_writer.hpp"

#include <zip.h>

#include <algorithm>
#include <array>
#include <optional>

#include "core/base/text.hpp"
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

class TextSource final : public ByteSource {
public:
    explicit TextSource(std::string text) : text_(std::move(text)) {}
    [[nodiscard]] std::uint64_t size() const override { return text_.size(); }
    Result<std::size_t> read(std::uint64_t offset, std::span<char> into) const override {
        return MemorySource(text_).read(offset, into);
    }

private:
    std::string text_;
};

// The state behind libzip's callbacks, of a file that goes in or of the zip that comes out. C callbacks:
// nothing may be thrown through them, so what failed is kept here.
struct Stream {
    const ByteSource* source = nullptr;
    PackageTarget* target = nullptr;
    std::uint64_t read_at = 0, write_at = 0;
    zip_error_t error{};
    std::optional<Error>* failure = nullptr;

    zip_int64_t failed(Error reason, int code) {
        if (failure && !*failure) *failure = std::move(reason);
        zip_error_set(&error, code, 0);
        return -1;
    }
    zip_int64_t read(void* data, zip_uint64_t length) {
        const auto got =
            source->read(read_at, std::span(static_cast<char*>(data), static_cast<std::size_t>(length)));
        if (!got) return failed(got.error(), ZIP_ER_READ);
        read_at += *got;
        return static_cast<zip_int64_t>(*got);
    }
    zip_int64_t write(const void* data, zip_uint64_t length) {
        const std::string_view bytes(static_cast<const char*>(data), static_cast<std::size_t>(length));
        if (const auto done = target->write(write_at, bytes); !done)
            return failed(done.error(), ZIP_ER_WRITE);
        write_at += length;
        return static_cast<zip_int64_t>(length);
    }
    zip_int64_t seek(std::uint64_t& at, void* data, zip_uint64_t length) {
        const auto to = zip_source_seek_compute_offset(at, source->size(), data, length, &error);
        if (to < 0) return -1;
        at = static_cast<std::uint64_t>(to);
        return 0;
    }
};

zip_int64_t serve(void* user, void* data, zip_uint64_t length, zip_source_cmd_t command) noexcept {
    auto& stream = *static_cast<Stream*>(user);
    switch (command) {
        case ZIP_SOURCE_OPEN:
            stream.read_at = 0;
            return 0;
        case ZIP_SOURCE_READ:
            return stream.read(data, length);
        case ZIP_SOURCE_SEEK:
            return stream.seek(stream.read_at, data, length);
        case ZIP_SOURCE_TELL:
            return static_cast<zip_int64_t>(stream.read_at);
        case ZIP_SOURCE_BEGIN_WRITE:
            stream.write_at = 0;
            if (const auto cleared = stream.target->clear(); !cleared)
                return stream.failed(cleared.error(), ZIP_ER_WRITE);
            return 0;
        case ZIP_SOURCE_WRITE:
            return stream.write(data, length);
        case ZIP_SOURCE_SEEK_WRITE:
            return stream.seek(stream.write_at, data, length);
        case ZIP_SOURCE_TELL_WRITE:
            return static_cast<zip_int64_t>(stream.write_at);
        case ZIP_SOURCE_CLOSE:
        case ZIP_SOURCE_COMMIT_WRITE:
        case ZIP_SOURCE_ROLLBACK_WRITE:
        case ZIP_SOURCE_REMOVE:
        case ZIP_SOURCE_FREE:
            return 0;
        case ZIP_SOURCE_STAT: {
            auto* stat = static_cast<zip_stat_t*>(data);
            zip_stat_init(stat);
            stat->valid = ZIP_STAT_SIZE;
            stat->size = stream.source->size();
            return static_cast<zip_int64_t>(sizeof(zip_stat_t));
        }
        case ZIP_SOURCE_ERROR:
            return zip_error_to_data(&stream.error, data, length);
        case ZIP_SOURCE_SUPPORTS:
            return stream.target ? ZIP_SOURCE_SUPPORTS_WRITABLE : ZIP_SOURCE_SUPPORTS_SEEKABLE;
        default:
            zip_error_set(&stream.error, ZIP_ER_OPNOTSUPP, 0);
            return -1;
    }
}

// Deflating these again takes time and gains nothing.
bool is_compressed(const std::string& path) {
    constexpr std::array<std::string_view, 24> endings{".png",  ".jpg",  ".jpeg", ".gif",  ".webp",  ".avif",
                                                       ".mp4",  ".m4v",  ".m4a",  ".mp3",  ".aac",   ".ogg",
                                                       ".oga",  ".ogv",  ".webm", ".mov",  ".zip",   ".gz",
                                                       ".docx", ".xlsx", ".pptx", ".woff", ".woff2", ".7z"};
    const auto name = lower_ascii(path);
    return std::any_of(endings.begin(), endings.end(), [&](std::string_view e) { return name.ends_with(e); });
}

Status add_file(zip_t* archive, const std::string& path, Stream& stream) {
    const auto failed = [&] { return fail(not_written(path + ": " + zip_strerror(archive))); };
    std::unique_ptr<zip_source_t, FreeSource> bytes(zip_source_function(archive, serve, &stream));
    if (!bytes) return failed();
    const auto index = zip_file_add(archive, path.c_str(), bytes.get(), ZIP_FL_ENC_UTF_8);
    if (index < 0) return failed();
    (void)bytes.release();  // the archive owns it now
    const auto at = static_cast<zip_uint64_t>(index);
    constexpr zip_uint32_t mode = 0100644u << 16;
    if (zip_file_set_dostime(archive, at, dos_time, dos_date, 0) != 0 ||
        zip_file_set_external_attributes(archive, at, 0, ZIP_OPSYS_UNIX, mode) != 0 ||
        zip_set_file_compression(archive, at, is_compressed(path) ? ZIP_CM_STORE : ZIP_CM_DEFLATE, 0) != 0) {
        return failed();
    }
    return {};
}

}  // namespace

Result<std::size_t> MemoryTarget::read(std::uint64_t offset, std::span<char> into) const {
    return MemorySource(bytes).read(offset, into);
}

Status MemoryTarget::write(std::uint64_t offset, std::string_view more) {
    const auto at = static_cast<std::size_t>(offset);
    if (bytes.size() < at + more.size()) bytes.resize(at + more.size());
    more.copy(bytes.data() + at, more.size());
    return {};
}

Status MemoryTarget::clear() {
    bytes.clear();
    return {};
}

ContentFile text_file(std::string path, std::string bytes) {
    return {std::move(path), std::make_shared<TextSource>(std::move(bytes))};
}

Status write_zip(const std::vector<ContentFile>& files, PackageTarget& target) {
    std::vector<const ContentFile*> sorted;
    for (const auto& file : files) sorted.push_back(&file);
    std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->path < b->path; });

    std::optional<Error> failure;  // what a source or the target said, which libzip cannot carry
    Stream out;
    out.source = out.target = &target;
    out.failure = &failure;
    std::vector<Stream> in(sorted.size());  // not resized any more: libzip keeps their addresses
    CAPBRIDGE_TRY(target.clear());

    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* source = zip_source_function_create(serve, &out, &error);
    if (!source) return fail(not_written(zip_error_strerror(&error)));
    std::unique_ptr<zip_t, Discard> archive(zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, &error));
    if (!archive) {
        zip_source_free(source);
        return fail(not_written(zip_error_strerror(&error)));
    }
    for (std::size_t i = 0; i < sorted.size(); ++i) {
        in[i].source = sorted[i]->bytes.get();
        in[i].failure = &failure;
        CAPBRIDGE_TRY(add_file(archive.get(), sorted[i]->path, in[i]));
    }
    if (zip_close(archive.get()) != 0) {
        if (failure)
            return fail({"zip_not_written", "The package could not be written. " + failure->message,
                         failure->where, 0});
        return fail(not_written(zip_strerror(archive.get())));
    }
    (void)archive.release();  // closing freed it
    return {};
}

Result<std::string> write_zip(const std::vector<ZipFile>& files) {
    std::vector<ContentFile> content;
    for (const auto& file : files) {
        content.push_back({file.path, std::make_shared<MemorySource>(file.bytes)});  // borrowed for this call
    }
    MemoryTarget target;
    CAPBRIDGE_TRY(write_zip(content, target));
    return std::move(target.bytes);
}

}  // namespace capbridge::scorm
