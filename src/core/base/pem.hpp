// Whether files hold what TLS needs of them, to say so before a connection fails. OpenSSL underneath. Any
// thread.
#pragma once
#include <filesystem>

#include "core/base/result.hpp"

namespace capbridge {

// At least one certificate, and nothing in the file is damaged. Errors "bad_pem" and those of
// read_file(); a message does not name the file.
Status check_certificates(const std::filesystem::path& pem_file);
// A private key without a passphrase that belongs to the first certificate of the other file ("" = to any).
Status check_private_key(const std::filesystem::path& pem_file,
                         const std::filesystem::path& certificate_file = {});

}  // namespace capbridge
