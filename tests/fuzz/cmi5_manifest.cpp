// Any bytes as cmi5.xml, alone and in a package; what comes out must have a JSON form.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/scorm/manifest_cmi5.hpp"
#include "core/scorm/xml.hpp"
#include "core/scorm/zips.hpp"

namespace {

using namespace capbridge::scorm;

void read(std::string_view bytes, const PackageFiles* files) {
    Limits limits;
    limits.manifest_bytes = 1u << 20;
    const auto document = xml::parse(bytes, limits);
    if (!document) return;
    Findings findings;
    Inspection out;
    out.manifest = "cmi5.xml";
    read_cmi5_structure(document->root, files, limits, out, findings);
    fill_flat_views(out);
    out.findings = findings.take();
    (void)inspection_json(out).dump(-1, ' ', false, nlohmann::json::error_handler_t::strict);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    static const std::string zip = test::make_zip({{"index.html", "x"}});
    const MemorySource source(zip);
    const auto archive = ZipArchive::open(source);
    if (!archive) std::abort();
    Findings findings;
    const auto files = PackageFiles::of(*archive, {}, findings);
    read(bytes, nullptr);
    read(bytes, &files);
    return 0;
}
