// The tree of units, as sources tell it. People's employments name units by their names; a name may be
// several units of several sources, and one is below another when any of its namesakes is. Values; any
// thread.
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace capbridge::competency {

class Units {
public:
    struct Node {
        std::string key, name, code;  // key: unique ("source|id")
        std::string parent;           // key of the unit above; "" at the top, or of one that is not known
    };
    Units() = default;
    explicit Units(std::vector<Node> nodes);

    // Names of the unit itself and of all below it, sorted. `unit`: a name, a code, or a key. A unit that no
    // source tells of is itself alone.
    [[nodiscard]] std::vector<std::string> with_descendants(std::string_view unit) const;
    [[nodiscard]] bool knows(std::string_view unit) const;
    [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }

private:
    [[nodiscard]] std::vector<std::size_t> find(std::string_view unit) const;

    std::vector<Node> nodes_;
    std::unordered_map<std::string, std::vector<std::size_t>> by_name_, children_;
};

}  // namespace capbridge::competency
