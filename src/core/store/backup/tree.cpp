#include "core/store/backup/tree.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/base/ids.hpp"

namespace capbridge::store {
namespace {

constexpr std::size_t list_bytes = chunk_bytes;

}  // namespace

ordered_json Tree::json() const {
    ordered_json out = {{"bytes", bytes}, {"chunks", chunks}};
    auto& list = out[is_one ? "chunk" : "lists"] = ordered_json::array();
    for (const auto& name : names) list.push_back(base64(name));
    return out;
}

Result<Tree> Tree::read(const capbridge::json& value) {
    const auto bad = [] { return fail("repository_damaged", "a manifest's list of chunks cannot be read"); };
    if (!value.is_object()) return bad();
    Tree out;
    for (const auto& [name, into] : {std::pair{"bytes", &out.bytes}, std::pair{"chunks", &out.chunks}}) {
        const auto number = value.find(name);
        if (number == value.end() || !number->is_number_unsigned()) return bad();
        *into = number->get<std::uint64_t>();
    }
    out.is_one = value.contains("chunk");
    const auto list = value.find(out.is_one ? "chunk" : "lists");
    if (list == value.end() || !list->is_array()) return bad();
    for (const auto& one : *list) {
        const auto name = one.is_string() ? from_base64(one.get<std::string>()) : std::nullopt;
        if (!name || name->size() != chunk_name_bytes) return bad();
        out.names.push_back(*name);
    }
    return out;
}

Status TreeWriter::append(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto take = std::min(bytes.size(), chunk_bytes - buffer_.size());
        buffer_.append(bytes.substr(0, take));
        bytes.remove_prefix(take);
        if (buffer_.size() < chunk_bytes) continue;
        CAPBRIDGE_TRY(put(buffer_));
        buffer_.clear();
    }
    return {};
}

Status TreeWriter::put(std::string_view bytes) {
    CAPBRIDGE_LET(last_, chunks_.put(bytes));
    ++tree_.chunks;
    tree_.bytes += bytes.size();
    list_ += last_;
    return list_.size() == list_bytes ? put_list() : Status{};
}

Status TreeWriter::put_list() {
    CAPBRIDGE_LET(auto name, chunks_.put(list_));
    tree_.names.push_back(std::move(name));
    list_.clear();
    return {};
}

Result<Tree> TreeWriter::finish() {
    if (!buffer_.empty()) CAPBRIDGE_TRY(put(buffer_));
    tree_.is_one = tree_.chunks <= 1;
    if (tree_.is_one) {
        tree_.names.clear();
        if (tree_.chunks == 1) tree_.names.push_back(last_);
    } else if (!list_.empty()) {
        CAPBRIDGE_TRY(put_list());
    }
    return std::move(tree_);
}

Result<Tree> write_tree(Chunks& chunks, const std::filesystem::path& file, const WriteProgress& progress) {
    std::ifstream in(file, std::ios::binary);
    if (!in) {
        const int number = errno;
        return fail(number == ENOENT ? "not_found" : "unreadable",
                    std::string("cannot be read: ") + std::strerror(number), file.string());
    }
    TreeWriter writer(chunks);
    std::string buffer(16 * chunk_bytes, '\0');
    while (in) {
        in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
        const auto got = static_cast<std::size_t>(in.gcount());
        CAPBRIDGE_TRY(writer.append(std::string_view(buffer).substr(0, got)));
        if (progress && !progress(got)) return fail("stopping", "the bridge is stopping");
    }
    if (in.bad()) return fail("unreadable", "cannot be read to its end", file.string());
    return writer.finish();
}

Result<Tree> write_tree(Chunks& chunks, std::string_view bytes) {
    TreeWriter writer(chunks);
    CAPBRIDGE_TRY(writer.append(bytes));
    return writer.finish();
}

Status read_tree(const Chunks& chunks, const Tree& tree,
                 const std::function<Status(std::string_view)>& sink) {
    std::uint64_t bytes = 0;
    const auto hand_on = [&](std::string_view name) -> Status {
        CAPBRIDGE_LET(const auto content, chunks.get(name));
        bytes += content.size();
        return sink(content);
    };
    for (const auto& name : tree.names) {
        if (tree.is_one) {
            CAPBRIDGE_TRY(hand_on(name));
            continue;
        }
        CAPBRIDGE_LET(const auto list, chunks.get(name));
        for (std::size_t at = 0; at + chunk_name_bytes <= list.size(); at += chunk_name_bytes)
            CAPBRIDGE_TRY(hand_on(std::string_view(list).substr(at, chunk_name_bytes)));
    }
    if (bytes != tree.bytes)
        return fail("repository_damaged", "a file of the backup has another length than its manifest says");
    return {};
}

Result<std::string> read_tree(const Chunks& chunks, const Tree& tree) {
    std::string out;
    CAPBRIDGE_TRY(read_tree(chunks, tree, [&](std::string_view bytes) -> Status {
        out += bytes;
        return {};
    }));
    return out;
}

void names_of(const Chunks& chunks, const Tree& tree, const std::function<void(const std::string&)>& see,
              const std::function<void(const Error&)>& broken) {
    for (const auto& name : tree.names) {
        see(name);
        if (tree.is_one) continue;
        const auto list = chunks.get(name);
        if (!list) {
            broken(list.error());
            continue;
        }
        for (std::size_t at = 0; at + chunk_name_bytes <= list->size(); at += chunk_name_bytes)
            see(list->substr(at, chunk_name_bytes));
    }
}

}  // namespace capbridge::store
