#include "core/scorm/digest.hpp"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <vector>

#include "core/base/ids.hpp"

namespace capbridge::scorm {

Result<std::string> sha256_of(const ByteSource& source) {
    struct Free {
        void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
    };
    const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
    if (!context || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) {
        return fail("read_failed", "SHA-256 is not available.");
    }
    std::vector<char> block(256 * 1024);
    for (std::uint64_t offset = 0;;) {
        CAPBRIDGE_LET(const std::size_t got, source.read(offset, std::span(block)));
        if (got == 0) break;
        EVP_DigestUpdate(context.get(), block.data(), got);
        offset += got;
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context.get(), digest.data(), &size);
    return to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace capbridge::scorm
