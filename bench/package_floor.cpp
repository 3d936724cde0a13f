// What reading a package takes at least: its bytes through SHA-256, and every entry inflated by bare libzip,
// nothing kept. bench/bench_packages runs it beside the real thing.
#include <openssl/evp.h>
#include <zip.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <vector>

#include "measure.hpp"

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "bench_package_floor FILE.zip\n");
        return 2;
    }
    const auto began = bench::Clock::now();
    std::ifstream file(argv[1], std::ios::binary);
    std::vector<char> block(1u << 20);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr);
    while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0)
        EVP_DigestUpdate(digest.get(), block.data(), static_cast<std::size_t>(file.gcount()));
    const double hashed = bench::seconds_since(began);

    int error = 0;
    zip_t* archive = zip_open(argv[1], ZIP_RDONLY, &error);
    if (archive == nullptr) {
        std::fprintf(stderr, "cannot be read: %s\n", argv[1]);
        return 1;
    }
    const auto entries = zip_get_num_entries(archive, 0);
    unsigned long long bytes = 0;
    for (zip_int64_t i = 0; i < entries; ++i) {
        zip_file_t* entry = zip_fopen_index(archive, static_cast<zip_uint64_t>(i), 0);
        if (entry == nullptr) return 1;
        for (zip_int64_t n = 0; (n = zip_fread(entry, block.data(), block.size())) > 0;)
            bytes += static_cast<unsigned long long>(n);
        zip_fclose(entry);
    }
    zip_discard(archive);
    std::printf("{\"seconds\":%.3f,\"digest\":%.3f,\"entries\":%lld,\"inflated\":%llu}\n",
                bench::seconds_since(began), hashed, static_cast<long long>(entries), bytes);
    return 0;
}
