// Any bytes as an export in a drop folder. The first byte chooses how it is to be read, the rest of the first
// line is the cursor.
#include <array>
#include <cstddef>
#include <cstdint>

#include "adapter_run.hpp"

namespace {

const char* const kColumns = R"("columns":{
  "who":[{"scheme":"esr-employee","issuer":"demo","column":"Number"},{"scheme":"email","column":"Mail"}],
  "activity":{"column":"Course","title_column":"Title","type":"course"},
  "key":{"columns":["Number","Course"]},
  "what":{"column":"Status","values":{"Yes":"completed","Passed":"passed","No":"skip"},"otherwise":"reject"},
  "occurred":{"column":"Date","formats":["%d/%m/%Y","%Y-%m-%dT%H:%M:%S"],"zone":"Europe/London"},
  "score":{"raw_column":"Grade","min":0,"max":100}})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::array<std::string, 4> how{R"("encoding":"utf-8")", R"("encoding":"windows-1252")",
                                                R"("encoding":"utf-16")",
                                                R"("encoding":"iso-8859-1","separator":";")"};
    if (size == 0) return 0;
    const std::string_view input{reinterpret_cast<const char*>(data) + 1, size - 1};
    const auto line = std::min(input.find('\n'), input.size());
    bridge::testing::Host host;
    host.put_file("a.csv", std::string(input.substr(std::min(line + 1, input.size()))));
    capbridge::fuzz::pull(host, "csv",
                          "{\"files\":\"*.csv\"," + how[data[0] % how.size()] + "," + kColumns + "}",
                          input.substr(0, line));
    return 0;
}
