// Any bytes as the two files of an ESR feed, which a line of dashes parts; the first line is the cursor.
#include <cstddef>
#include <cstdint>

#include "adapter_run.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    const auto line = std::min(input.find('\n'), input.size());
    const auto files = input.substr(std::min(line + 1, input.size()));
    const auto dashes = std::min(files.find("\n---\n"), files.size());
    bridge::testing::Host host;
    host.put_file("GO_123_GDW_GOF_20210402_00000010.DAT", std::string(files.substr(0, dashes)));
    if (dashes < files.size()) {
        host.put_file("GO_123_GDW_GOC_20210403_00000011.DAT", std::string(files.substr(dashes + 5)));
    }
    capbridge::fuzz::pull(host, "esr", R"({"vpd":"123"})", input.substr(0, line));
    return 0;
}
