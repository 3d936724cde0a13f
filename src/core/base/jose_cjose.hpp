// What jose*.cpp share of cjose: owners of its objects, and the one call that verifies. Internal; any thread.
#pragma once
#include <cjose/cjose.h>

#include <memory>
#include <string_view>

namespace capbridge::jose {

struct Release {
    void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
    void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
};
using Key = std::unique_ptr<cjose_jwk_t, Release>;

// cjose picks the algorithm by the token's header: the caller has checked that it is one for this kind of
// key.
inline bool signature_fits(std::string_view compact, const cjose_jwk_t* key) {
    cjose_err error{};
    const std::unique_ptr<cjose_jws_t, Release> jws(cjose_jws_import(compact.data(), compact.size(), &error));
    return jws && cjose_jws_verify(jws.get(), key, &error);
}

}  // namespace capbridge::jose
