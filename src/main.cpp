// The program is its command line; a child that runs an adapter is the same binary under another first word.
#include <cstring>

#include "adapters/child.hpp"
#include "cli/commands.hpp"

int main(int argc, char** argv) {
    if (argc >= 2 && std::strcmp(argv[1], "adapter-child") == 0)
        return capbridge::adapters::child_main(argc, argv);
    return capbridge::cli::main(argc, argv);
}
