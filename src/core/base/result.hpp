// Result<T>: a value, or an Error that the caller can act on. Exceptions inside the core mean a bug.
// An Error's message is for the person at the keyboard: what is wrong and what to do; no secrets, no names of
// people.
#pragma once
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace capbridge {

struct Error {
    std::string code;     // stable, snake_case: "not_found", "invalid_json", "store_locked"
    std::string message;  // one or two sentences
    std::string where;    // JSON pointer, file, row or path; may be empty
    int line = 0;         // 1-based line in `where`'s file; 0 when unknown

    [[nodiscard]] std::string text() const;  // "where:line: message [code]"
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> fail(std::string code, std::string message, std::string where = {},
                                  int line = 0) {
    return tl::unexpected<Error>(Error{std::move(code), std::move(message), std::move(where), line});
}
inline tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

}  // namespace capbridge

// Leaves the enclosing function with the error of `expression` if it has one.
#define CAPBRIDGE_TRY(expression)                                    \
    do {                                                             \
        if (auto try_status = (expression); !try_status) {           \
            return ::capbridge::fail(std::move(try_status).error()); \
        }                                                            \
    } while (false)

// CAPBRIDGE_LET(auto rows, read_rows(file)): declares `rows` as the value, or leaves with the error.
#define CAPBRIDGE_LET_CAT2(a, b) a##b
#define CAPBRIDGE_LET_CAT(a, b) CAPBRIDGE_LET_CAT2(a, b)
#define CAPBRIDGE_LET(declaration, expression)                                                 \
    auto CAPBRIDGE_LET_CAT(let_result_, __LINE__) = (expression);                              \
    if (!CAPBRIDGE_LET_CAT(let_result_, __LINE__)) {                                           \
        return ::capbridge::fail(std::move(CAPBRIDGE_LET_CAT(let_result_, __LINE__)).error()); \
    }                                                                                          \
    declaration = std::move(*CAPBRIDGE_LET_CAT(let_result_, __LINE__))
