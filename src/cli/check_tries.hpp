// What can be tried of a configuration without changing anything: the data directory, the listen address,
// folders, secrets; and, asked to, whether other systems can be reached. As whoever runs it: what only the
// daemon's own user could try is said, not guessed. Single-threaded.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "cli/configuration.hpp"

namespace capbridge::cli {

struct Tries {
    std::vector<Finding> findings;
    std::vector<std::string> facts;      // what was found in order
    std::vector<std::string> not_tried;  // and why

    void add(const Checked& checked, Problem::Severity severity, std::string code, const std::string& pointer,
             std::string message);
    std::string file;  // the configuration, as messages call it
};

// Each adds what it finds.
void try_data_directory(const Checked& checked, Tries& tries);
void try_listen(const Checked& checked, Tries& tries);
void try_folders(const Checked& checked, Tries& tries);
void try_backup(const Checked& checked, Tries& tries);
void try_forward_secrets(const Checked& checked, Tries& tries);
// A secret that this user or shell cannot have and the daemon may is no fault of the configuration (a file
// that is another's, an environment variable, a credential of systemd): such findings become "not tried".
void forgive_unreadable(Checked& checked, Tries& tries);
Tries begin_tries(const std::filesystem::path& file);

// Over the network: forwarding targets (a GET of an LRS's /about, an OPTIONS of a webhook), the addresses of
// token issuers, the syslog server.
void try_online(const Checked& checked, Tries& tries);

// All that changes nothing and leaves this machine alone.
Tries try_all(const std::filesystem::path& file, Checked& checked);

}  // namespace capbridge::cli
