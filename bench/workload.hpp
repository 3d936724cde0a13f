// Statements as a training simulator sends them, after the public benchmark of lrsql: narrow (6 agents, 25
// activities, 10 verbs, one category activity on all) and wide (50,000 agents, 5,000 activities). The mean is
// about 917 bytes. A walk of about ten statements is one agent's, with a registration of its own. Values are
// typed as xAPI wants them. The same seed gives the same statements, another seed none of the same ids.
// Texts are made once, with places that are filled in for each statement: a few hundred nanoseconds. One
// thread.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

enum class Shape { narrow, wide };

// Splitmix64: small, quick and good enough for load.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next();
    std::uint64_t below(std::uint64_t limit) { return next() % limit; }

private:
    std::uint64_t state_;
};

class Workload {
public:
    Workload(Shape shape, std::uint64_t seed);
    void append(std::string& out);  // the next statement's text
    // A request body: one statement, or an array of `count`.
    void append_batch(std::string& out, std::size_t count);

    [[nodiscard]] std::size_t agents() const;
    [[nodiscard]] std::size_t activities() const;
    // Of the n-th one, as they stand in the statements.
    [[nodiscard]] std::string mbox(std::size_t agent) const;
    [[nodiscard]] std::string activity(std::size_t activity) const;
    static std::string_view verb(std::size_t verb);  // 0 is the most used one, 9 the rarest
    static std::string_view category();
    // Each is hot, together they never occur: agent 0 and this verb (narrow), the second category activity
    // and this verb (wide).
    static constexpr std::size_t disjoint_verb = 1;
    static std::string_view second_category();  // on half of the wide workload's activities

private:
    enum class Slot { id, registration, timestamp, agent, agent_again, activity, duration, score };
    struct Text {
        std::string text;
        std::vector<std::pair<std::size_t, Slot>> slots;  // ascending
    };
    struct Walk {
        std::size_t agent = 0, left = 0;
        char registration[37]{};
    };
    static Text compile(const std::string& text);
    [[nodiscard]] Text make(std::size_t verb, std::size_t agent, std::size_t activity) const;
    std::size_t draw_verb(std::size_t agent, std::size_t activity);
    void begin_walk();
    void fill(char* at, Slot slot, std::size_t activity);

    Shape shape_;
    Random random_;
    Walk walk_;
    std::int64_t clock_ms_;
    std::vector<Text> texts_;
};

}  // namespace bench
