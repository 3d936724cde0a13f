// Where a secret of another system is kept, and reading it: a file, a systemd credential or an environment
// variable. A configuration names the place and never holds the secret itself. Any thread.
#pragma once
#include <string>

#include "core/base/result.hpp"

namespace capbridge::net {

struct SecretPlace {
    std::string file;        // readable for its owner and group only
    std::string credential;  // name of a file in $CREDENTIALS_DIRECTORY (systemd.exec, LoadCredential=)
    std::string env;         // environment variable of the daemon
    [[nodiscard]] bool empty() const { return file.empty() && credential.empty() && env.empty(); }
    [[nodiscard]] int count() const { return !file.empty() + !credential.empty() + !env.empty(); }
};

// "" when the place is empty. White space around it is not part of it. Error "secret": missing, empty, or
// readable for everybody (the message names the file or variable).
Result<std::string> read_secret(const SecretPlace& place);

}  // namespace capbridge::net
