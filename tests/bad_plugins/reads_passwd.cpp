// Reads what is none of its business.
#define BAD_ID "bad.reads_passwd"
#include <fcntl.h>

#include "misdeed.hpp"

std::string misdeed(const bridge::Host*) {
    return open("/etc/passwd", O_RDONLY) >= 0 ? "" : failed("open");
}
