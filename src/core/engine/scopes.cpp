#include "core/engine/scopes.hpp"

#include <algorithm>

namespace capbridge::engine {
namespace {

const std::vector<std::string_view>& xapi_scopes() {
    static const std::vector<std::string_view> scopes{
        "all",   "all/read", "statements/write", "statements/read", "statements/read/mine",
        "state", "define",   "profile"};
    return scopes;
}

template <class Scopes>
bool has(const Scopes& scopes, std::string_view scope) {
    return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

std::string listed(const std::vector<std::string_view>& scopes) {
    std::string out;
    for (const auto scope : scopes) out += (out.empty() ? "" : ", ") + std::string(scope);
    return out;
}

}  // namespace

const std::vector<std::string_view>& known_scopes() {
    static const auto scopes = [] {
        auto all = xapi_scopes();
        all.insert(all.end(), {"read", "admin", "attest", "metrics", "audit"});
        return all;
    }();
    return scopes;
}

bool is_xapi_scope(std::string_view scope) {
    return has(xapi_scopes(), scope);
}

Result<std::vector<std::string>> granted_scopes(const std::vector<std::string>& asked, bool bound) {
    std::vector<std::string> out;
    const auto grant = [&](std::string_view scope) {
        if (!has(out, scope)) out.emplace_back(scope);
    };
    for (const auto& scope : asked) {
        if (!has(known_scopes(), scope))
            return fail("bad_parameter",
                        "unknown scope '" + scope + "'; known are: " + listed(known_scopes()));
        if (bound && !is_xapi_scope(scope))
            return fail("bad_parameter", "'" + scope +
                                             "' is for what belongs to no source; bound to a source there "
                                             "are: " +
                                             listed(xapi_scopes()));
        if (bound && scope == "statements/read/mine")
            return fail("bad_parameter",
                        "'statements/read/mine' is for clients of no source; bound to a source, use "
                        "statements/read: it opens the statements of that source only");
        if (bound && scope == "all") {
            for (const auto each : {"statements/write", "statements/read", "state", "define", "profile"})
                grant(each);
        } else {
            grant(scope);
        }
    }
    return out;
}

}  // namespace capbridge::engine
