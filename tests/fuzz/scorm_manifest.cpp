// Any bytes as imsmanifest.xml of a small package, which also has them as a metadata file; what comes out
// must have a JSON form.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/scorm/inspect.hpp"
#include "core/scorm/manifest_scorm.hpp"
#include "core/scorm/xml.hpp"
#include "core/scorm/zips.hpp"

namespace {

using namespace capbridge::scorm;

void read(std::string_view bytes) {
    Limits limits;
    limits.manifest_bytes = 1u << 20;
    const auto document = xml::parse(bytes, limits);
    if (!document) return;
    const std::string zip =
        test::make_zip({{"a.html", "x"}, {"a/index.html", "x"}, {"lom.xml", std::string(bytes)}});
    const MemorySource source(zip);
    const auto archive = ZipArchive::open(source, limits);
    if (!archive) std::abort();
    Findings findings;
    const auto files = PackageFiles::of(*archive, limits, findings);
    Inspection out;
    out.manifest = "imsmanifest.xml";
    Reading reading{*archive, files, limits, findings, false, out.manifest, {}, {}};
    read_scorm_manifest(document->root, reading, out);
    check_scorm_shape(document->root, reading);
    fill_flat_views(out, reading.as_written);
    out.findings = findings.take();
    (void)inspection_json(out).dump(-1, ' ', false, nlohmann::json::error_handler_t::strict);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    read({reinterpret_cast<const char*>(data), size});
    return 0;
}
