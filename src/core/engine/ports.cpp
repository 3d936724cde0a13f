#include "core/engine/ports.hpp"

namespace capbridge::engine {

Status Source::inspect(const Noted&, const std::atomic<bool>&) {
    return check();
}

Status Source::push(const NextPush&, const Pushed&, const std::atomic<bool>&) {
    return fail("adapter_unsupported", "This adapter writes nothing back.");
}

Result<json> Source::find_users(const json&, const std::atomic<bool>&) {
    return fail("adapter_unsupported", "This adapter knows no accounts.");
}

}  // namespace capbridge::engine
