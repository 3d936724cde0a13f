// The commissioning brief: what is asked in a scope and not (or not much longer) held, for how many people,
// what evidence could show it, and by when. For whoever buys, builds or books learning. Pure; one thread at a
// time.
#pragma once
#include <cstddef>
#include <memory>
#include <string>

#include "core/competency/answers.hpp"

namespace capbridge::competency {

// Adds people one by one (any order) and then gives the brief: a line for each requirement and context, those
// lacking for most people first. What is asked of people together is lacking when nobody of them holds it,
// and then one person must show it.
class BriefBuilder {
public:
    struct Options {
        Day by{};                     // what runs out up to this day is needed again
        bool nothing_exists = false;  // only what no mapped learning gives
        std::size_t limit = 200;      // lines
    };
    BriefBuilder(const Rules& rules, Question question, Options options);
    ~BriefBuilder();
    void add(const PersonFacts& person);
    [[nodiscard]] ordered_json finish() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

std::string brief_csv(const ordered_json& brief);
std::string brief_markdown(const ordered_json& brief);

}  // namespace capbridge::competency
