// Stands in for the capbridge binary where a test starts adapters: `<this> adapter-child`.
#include "adapters/child.hpp"

int main() {
    return capbridge::adapters::child_main();
}
