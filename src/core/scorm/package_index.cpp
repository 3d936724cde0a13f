#include "core/scorm/package_index.hpp"

#include <array>
#include <map>
#include <mutex>
#include <utility>

#include "core/scorm/paths.hpp"
#include "core/scorm/zip.hpp"

namespace capbridge::scorm {
namespace {

tl::unexpected<Error> not_there(std::string_view name) {
    return fail("not_found", "The package has no file of this name.", std::string(name));
}

class ZipIndex final : public PackageIndex {
public:
    ZipIndex(std::unique_ptr<ByteSource> source, ZipArchive archive, std::string_view manifest,
             const Limits& limits)
        : source_(std::move(source)), archive_(std::move(archive)) {
        const auto folder = folder_of(manifest);
        for (const auto& entry : archive_.entries()) {
            if (entry.folder || entry.symlink || entry.encrypted || entry.name_has_nul ||
                check_entry_path(entry.name, limits.path_bytes))
                continue;
            const auto path = plain_path(entry.name);
            if (path.size() > folder.size() && path.starts_with(folder))
                by_name_.emplace(path.substr(folder.size()), &entry);
        }
    }

    std::vector<std::string> names() const override {
        std::vector<std::string> out;
        for (const auto& [name, entry] : by_name_) out.push_back(name);
        return out;
    }
    bool has(std::string_view name) const override { return by_name_.contains(name); }
    Result<std::string> read(std::string_view name, std::size_t most_bytes) override {
        const auto found = by_name_.find(name);
        if (found == by_name_.end()) return not_there(name);
        const std::lock_guard lock(mutex_);
        return archive_.read(*found->second, most_bytes);
    }
    Status stream(std::string_view name, const std::function<bool(std::string_view)>& sink) override {
        const auto found = by_name_.find(name);
        if (found == by_name_.end()) return not_there(name);
        const std::lock_guard lock(mutex_);
        return archive_.inflate(*found->second, sink);
    }

private:
    std::unique_ptr<ByteSource> source_;  // borrowed by the archive
    ZipArchive archive_;
    std::map<std::string, const ZipEntry*, std::less<>> by_name_;
    std::mutex mutex_;
};

// cmi5.xml alone (cmi5, 14.2).
class OneFile final : public PackageIndex {
public:
    OneFile(std::unique_ptr<ByteSource> source, std::string_view name)
        : source_(std::move(source)), name_(name) {}

    std::vector<std::string> names() const override { return {name_}; }
    bool has(std::string_view name) const override { return name == name_; }
    Result<std::string> read(std::string_view name, std::size_t most_bytes) override {
        if (!has(name)) return not_there(name);
        if (source_->size() > most_bytes)
            return fail("entry_too_large", "It is larger than " + std::to_string(most_bytes) + " bytes.",
                        name_);
        std::string out(static_cast<std::size_t>(source_->size()), '\0');
        CAPBRIDGE_LET(const auto got, source_->read(0, std::span(out.data(), out.size())));
        out.resize(got);
        return out;
    }
    Status stream(std::string_view name, const std::function<bool(std::string_view)>& sink) override {
        if (!has(name)) return not_there(name);
        std::array<char, 65536> block{};
        for (std::uint64_t at = 0; at < source_->size();) {
            CAPBRIDGE_LET(const auto got, source_->read(at, std::span(block)));
            if (got == 0 || !sink({block.data(), got})) break;
            at += got;
        }
        return {};
    }

private:
    std::unique_ptr<ByteSource> source_;
    std::string name_;
};

bool is_zip(const ByteSource& source) {
    std::array<char, 2> head{};
    const auto got = source.read(0, std::span(head));
    return got && *got == head.size() && head[0] == 'P' && head[1] == 'K';
}

}  // namespace

Result<std::unique_ptr<PackageIndex>> PackageIndex::open(std::unique_ptr<ByteSource> source,
                                                         std::string_view manifest, const Limits& limits) {
    if (!is_zip(*source) && manifest == "cmi5.xml")
        return std::make_unique<OneFile>(std::move(source), manifest);
    CAPBRIDGE_LET(auto archive, ZipArchive::open(*source, limits));
    return std::make_unique<ZipIndex>(std::move(source), std::move(archive), manifest, limits);
}

}  // namespace capbridge::scorm
