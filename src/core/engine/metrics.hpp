// Figures for a monitoring system, as values: what becomes of them on the wire is the server's.
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace capbridge::engine {

struct MetricFamily {
    std::string name, help;  // the name with "capbridge_", and its unit at the end
    enum class Type { gauge, counter } type = Type::gauge;
    struct Sample {
        std::vector<std::pair<std::string, std::string>> labels;
        double value = 0;
    };
    std::vector<Sample> samples;
};

}  // namespace capbridge::engine
