// Starts a thread without having said so.
#define BAD_ID "bad.starts_thread"
#include <pthread.h>

#include "misdeed.hpp"

std::string misdeed(const bridge::Host*) {
    pthread_t thread{};
    errno = pthread_create(
        &thread, nullptr, [](void*) -> void* { return nullptr; }, nullptr);
    return errno == 0 ? "" : failed("pthread_create");
}
