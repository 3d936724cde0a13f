// Locks the process of an adapter down, before a byte of the adapter's code runs in it: no new privileges, no
// capabilities, resource limits, Landlock (files) and seccomp (system calls). docs/wire.md says what is left.
//
// Called once, by the adapter's process itself, while it has one thread. What the kernel lacks is said, and
// the other layers hold; whether that is enough is the caller's to judge (refusal_text).
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace capbridge::adapters {

struct Lockdown {
    std::filesystem::path file;     // the plugin: a library to load, or a program to become
    bool program = false;           // it will be exec'ed: its interpreter must be readable and executable
    bool threads = false;           // the descriptor says that it starts threads
    std::uint64_t memory_mb = 256;  // the watchdog's limit; the kernel's own is a multiple of it
};

struct Sandbox {
    int landlock = 0;  // the version of the kernel's Landlock that is in force; 0: none
    bool seccomp = false;
    std::vector<std::string> missing;  // for a person to read
    // Of these the ones without which it is not locked in: files (Landlock), system calls (seccomp), rights.
    std::vector<std::string> lacking;
};

Sandbox lock_down(const Lockdown& lockdown);

// Why no adapter is loaded where that much is lacking, and what to do. "" when nothing is.
std::string refusal_text(const std::vector<std::string>& lacking);

// The layers, for tests. "" when it is in force, else why not.
std::string restrict_files(const Lockdown& lockdown, int& version, std::vector<std::string>& missing);
std::string restrict_calls(const Lockdown& lockdown);

// This build checks itself as it runs (ASan, TSan), for which it needs what the sandbox would forbid.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace capbridge::adapters
