// A sound adapter to break: each file of this folder includes this and spoils one thing. BAD_ID is its id.
#pragma once
#include "bridge/adapter.hpp"

#ifndef BAD_THREADS
#define BAD_THREADS "false"
#endif

class Sound : public bridge::Adapter, public bridge::Source {
public:
    static constexpr std::string_view id = BAD_ID;
    static constexpr std::string_view descriptor =
        "{\"id\":\"" BAD_ID
        "\",\"name\":\"Bad\",\"vendor\":\"Test\",\"version\":\"1."
        "0.0\",\"threads\":" BAD_THREADS ",\"config_schema\":{\"type\":\"object\"}}";
    explicit Sound(bridge::Host) {}
    void configure(std::string_view, const bridge::Call&) override {}
    void check(const bridge::Call&) override {}
    void pull(std::string_view, bridge::Stream& out, const bridge::Call&) override {
        out.emit("course", R"({"id":"before"})");
        out.checkpoint("1");
        misbehave();
    }

private:
    static void misbehave();
};
