// Any bytes as a multipart/mixed request: the first line is the Content-Type, the rest the body. The parts
// lie within the body, and what is written of them is read as the same parts again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/xapi/multipart.hpp"

namespace {

using namespace capbridge;

void must(bool holds) {
    if (!holds) std::abort();
}

void read(std::string_view input) {
    const auto line = std::min(input.find('\n'), input.size());
    const auto body = input.substr(std::min(line + 1, input.size()));
    const auto parts = xapi::read_multipart(body, input.substr(0, line));
    if (!parts) return;
    std::vector<xapi::AttachmentBytes> attachments;
    for (const auto& part : *parts) {
        must(part.bytes.empty() || (part.bytes.data() >= body.data() &&
                                    part.bytes.data() + part.bytes.size() <= body.data() + body.size()));
        auto hash =
            std::to_string(attachments.size());  // one of its own for each: equal ones are written once
        hash.insert(0, 64 - hash.size(), '0');
        attachments.push_back({std::move(hash), "application/octet-stream", std::string(part.bytes)});
    }
    const auto written = xapi::write_multipart("[]", attachments);
    const auto again = xapi::read_multipart(written.body, written.content_type);
    must(again.has_value() && again->size() == attachments.size() + 1 && again->front().bytes == "[]");
    for (std::size_t i = 0; i < attachments.size(); ++i) must((*again)[i + 1].bytes == attachments[i].bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    read({reinterpret_cast<const char*>(data), size});
    return 0;
}
