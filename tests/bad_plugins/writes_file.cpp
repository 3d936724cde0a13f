// Leaves something behind.
#define BAD_ID "bad.writes_file"
#include <fcntl.h>
#include <sys/stat.h>

#include "misdeed.hpp"

std::string misdeed(const bridge::Host*) {
    if (mkdir("/tmp/capbridge-bad-folder", 0700) == 0) return "";
    return open("/tmp/capbridge-bad-file", O_WRONLY | O_CREAT, 0600) >= 0 ? "" : failed("open");
}
