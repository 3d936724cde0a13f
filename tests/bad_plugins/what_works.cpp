// Not bad: says what an honest adapter can still do in the sandbox, and what nobody can.
#define BAD_ID "bad.what_works"
#include <dlfcn.h>
#include <fcntl.h>
#include <iconv.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <vector>

#include "bridge/adapter.hpp"

namespace {

bool readable(const char* path) {
    return std::ifstream(path).get() != std::ifstream::traits_type::eof();
}
std::string own_folder() {
    Dl_info info{};
    dladdr(reinterpret_cast<const void*>(&readable), &info);
    const std::string path = info.dli_fname;
    return path.substr(0, path.rfind('/') + 1);
}

bool many_files() {
    std::vector<int> files;
    while (files.size() < 100) {
        const int file = open("/dev/zero", O_RDONLY);
        if (file < 0) break;
        files.push_back(file);
    }
    for (const int file : files) close(file);
    return files.size() == 100;
}

std::string report() {
    std::string out = "{";
    const auto say = [&](const char* what, bool works) {
        out += (out.size() > 1 ? ",\"" : "\"") + std::string(what) + "\":" + (works ? "true" : "false");
    };
    const auto conversion = iconv_open("UTF-8", "WINDOWS-1252");
    say("iconv", conversion != reinterpret_cast<iconv_t>(-1));
    tm summer{};
    summer.tm_year = 126;
    summer.tm_mon = 6;
    summer.tm_mday = 1;
    summer.tm_isdst = -1;
    setenv("TZ", "Europe/London", 1);
    tzset();
    say("london", mktime(&summer) == 1782860400);  // 2026-07-01T00:00 is 23:00 of the day before in UTC
    say("library", dlopen("libz.so.1", RTLD_NOW) != nullptr);
    say("random", readable("/dev/urandom"));
    say("zoneinfo", readable("/usr/share/zoneinfo/Europe/London"));
    say("neighbour", readable((own_folder() + "secret.txt").c_str()));
    say("passwd", readable("/etc/passwd"));
    say("environ", readable("/proc/self/environ"));
    say("maps", readable("/proc/self/maps"));
    say("host_environ", readable(("/proc/" + std::to_string(getppid()) + "/environ").c_str()));
    say("write_null", open("/dev/null", O_WRONLY) >= 0);
    say("truncate", truncate((own_folder() + "secret.txt").c_str(), 0) == 0);
    say("rename", rename((own_folder() + "secret.txt").c_str(), (own_folder() + "b").c_str()) == 0);
#ifndef CAPBRIDGE_SANITIZED  // seccomp is off there, and a sanitizer does not survive them
    const rlimit one{1, 1};
    say("setrlimit", setrlimit(RLIMIT_NOFILE, &one) == 0);
    say("ptrace", ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) == 0);
#endif
    say("memfd", syscall(SYS_memfd_create, "x", 0) >= 0);
    say("io_uring", syscall(425, 1, nullptr) >= 0 || errno != EPERM);
    say("many_files", many_files());
    return out + "}";
}
const std::string early = report();  // while it is loaded

class Honest : public bridge::Adapter, public bridge::Source {
public:
    static constexpr std::string_view id = BAD_ID;
    static constexpr std::string_view descriptor = "{\"id\":\"" BAD_ID
                                                   "\",\"name\":\"Bad\",\"vendor\":\"Test\",\"version\":\"1."
                                                   "0.0\",\"config_schema\":{\"type\":\"object\"}}";
    explicit Honest(bridge::Host) {}
    void configure(std::string_view, const bridge::Call&) override {}
    void check(const bridge::Call&) override {}
    void pull(std::string_view, bridge::Stream& out, const bridge::Call&) override {
        out.emit("course", early);
    }
};

}  // namespace

BRIDGE_ADAPTERS(Honest)
