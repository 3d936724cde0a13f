// A world with people who have learnt something, and a source "lms" that keeps what is written back to it.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "core/engine/sync_world.hpp"

namespace capbridge::engine {

class WriteBackTest : public testing::Test {
protected:
    void SetUp() override { w.people(6, 3); }
    void target(json write_back, json more = json::object()) {
        more["write_back"] = std::move(write_back);
        w.source("lms", more);
        w.scripts["lms"].push = [this](const PushItem& item) {
            pushed.push_back(item);
            return Result<json>(json{{"id", pushed.size()}});
        };
    }
    static json award(const std::string& requirement = "t1-ai-literacy-1") {
        return {
            {"competencies",
             {{{"requirement", requirement}, {"competency", "AI-BASICS"}, {"grade", 2}, {"note", "by us"}}}}};
    }
    ordered_json push(bool dry_run = false) {
        return w.ask("push", {{"source", "lms"}, {"dry_run", dry_run}});
    }
    std::vector<PushItem> pushed;
    SyncWorld w;
};

}  // namespace capbridge::engine
