// An adapter that tries one forbidden thing, in a place that its file's name says: NAME@constructor.so while
// it is loaded, NAME@create.so while it is made, and otherwise in pull. Each file of this folder that
// includes this defines BAD_ID and misdeed(). When the misdeed is prevented, the adapter fails; when it
// succeeds, the process ends with exit code 99.
#pragma once
#include <dlfcn.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "bridge/adapter.hpp"

// Why it did not work ("" when it did); may also never return.
std::string misdeed(const bridge::Host* host);

inline bool named(std::string_view place) {
    static const char here = 0;
    Dl_info info{};
    return dladdr(&here, &info) != 0 &&
           std::string_view(info.dli_fname).find(place) != std::string_view::npos;
}
inline std::string failed(const char* what) {
    return std::string(what) + ": " + std::strerror(errno);
}
inline std::string try_it(const bridge::Host* host) {
    auto why = misdeed(host);
    if (why.empty()) _exit(99);
    return why;
}

class Bad : public bridge::Adapter, public bridge::Source {
public:
    static constexpr std::string_view id = BAD_ID;
    static constexpr std::string_view descriptor = "{\"id\":\"" BAD_ID
                                                   "\",\"name\":\"Bad\",\"vendor\":\"Test\",\"version\":\"1."
                                                   "0.0\",\"config_schema\":{\"type\":\"object\"}}";
    explicit Bad(bridge::Host host) : host_(host) {
        if (named("@create")) throw bridge::Failure{BRIDGE_INTERNAL, {}, try_it(&host_)};
    }
    void configure(std::string_view, const bridge::Call&) override {}
    void check(const bridge::Call&) override {}
    void pull(std::string_view, bridge::Stream& out, const bridge::Call&) override {
        out.emit("course", R"({"id":"before"})");
        out.checkpoint("1");
        throw bridge::Failure{BRIDGE_INTERNAL, {}, try_it(&host_)};
    }

private:
    bridge::Host host_;
};

__attribute__((constructor)) static void early() {
    if (!named("@constructor")) return;
    try_it(nullptr);
    std::abort();
}

BRIDGE_ADAPTERS(Bad)
