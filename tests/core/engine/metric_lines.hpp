// Figures as lines, "name{label="value"} 1", for tests that look for one.
#pragma once
#include <cstdio>
#include <string>
#include <vector>

#include "core/engine/metrics.hpp"

namespace capbridge::engine::test {

inline std::string lines_of(const std::vector<MetricFamily>& families) {
    std::string out;
    for (const auto& family : families) {
        out += "# TYPE " + family.name +
               (family.type == MetricFamily::Type::counter ? " counter\n" : " gauge\n");
        for (const auto& sample : family.samples) {
            std::string labels;
            for (const auto& [name, value] : sample.labels)
                labels += (labels.empty() ? "" : ",") + name + "=\"" + value + "\"";
            char number[64];
            std::snprintf(number, sizeof number, "%.10g", sample.value);
            out += family.name + "{" + labels + "} " + number + "\n";
        }
    }
    return out;
}

}  // namespace capbridge::engine::test
