// How long building a package of many SCOs takes, against a bare loop of libzip over the same files, in the
// same run: once with every file deflated, as libzip does by itself, and once with the methods that we
// choose. Prints a line each, and the ratios; the content is made anew from a seed in a temporary folder.
#include <sys/resource.h>
#include <unistd.h>
#include <zip.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>

#include "cli/package_content.hpp"
#include "core/framework/framework.hpp"
#include "core/scorm/build.hpp"
#include "measure.hpp"

namespace {

namespace fs = std::filesystem;
using namespace capbridge;

struct Options {
    int scos = 50, files = 1000, megabytes = 50, repeats = 5;
    double pictures = 0.7;  // share of the bytes that no method makes smaller
    std::string version = "2004-4";
};

// Pages of words, and "pictures" of noise.
void make_content(const fs::path& root, const Options& options) {
    std::mt19937_64 random(7);
    const auto bytes = static_cast<std::size_t>(options.megabytes) * 1'000'000;
    const auto each = bytes / static_cast<std::size_t>(options.files);
    for (int i = 0; i < options.files; ++i) {
        const auto folder = root / ("sco-" + std::to_string(i % options.scos));
        fs::create_directories(folder);
        const bool page =
            i < options.scos || random() % 1000 >= static_cast<std::uint64_t>(options.pictures * 1000);
        std::string text;
        while (text.size() < each) {
            if (page) {
                text += "<p>word" + std::to_string(random() % 5000) + " of a lesson about images</p>\n";
            } else {
                const auto noise = random();
                text.append(reinterpret_cast<const char*>(&noise), sizeof noise);
            }
        }
        const std::string name = i < options.scos ? "index.html"
                                 : page           ? "page-" + std::to_string(i) + ".html"
                                                  : "picture-" + std::to_string(i) + ".jpg";
        std::ofstream(folder / name, std::ios::binary) << text;
    }
}

double bare(const fs::path& root, const fs::path& out, bool store_pictures) {
    fs::remove(out);
    const auto from = bench::Clock::now();
    int error = 0;
    zip_t* archive = zip_open(out.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &error);
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        if (!entry.is_regular_file()) continue;
        zip_source_t* source = zip_source_file(archive, entry.path().c_str(), 0, -1);
        const auto at =
            zip_file_add(archive, fs::relative(entry.path(), root).c_str(), source, ZIP_FL_ENC_UTF_8);
        if (store_pictures && entry.path().extension() == ".jpg")
            zip_set_file_compression(archive, static_cast<zip_uint64_t>(at), ZIP_CM_STORE, 0);
    }
    if (!archive || zip_close(archive) != 0) {
        std::fprintf(stderr, "bench: libzip cannot write %s\n", out.c_str());
        std::exit(1);
    }
    return bench::seconds_since(from);
}

Result<double> ours(const fs::path& root, const fs::path& out, const framework::Framework& framework,
                    const Options& options) {
    const auto from = bench::Clock::now();
    scorm::BuildRequest request;
    request.framework = &framework;
    request.version = options.version;
    request.title = "Benchmark";
    for (int i = 0; i < options.scos; ++i) {
        auto& part = request.parts.emplace_back();
        part.name = "sco-" + std::to_string(i);
        const auto& all = framework.requirements;
        part.requirements = {all[static_cast<std::size_t>(i) % all.size()].id};
        auto content = cli::read_content(root / part.name);
        if (!content) return fail(content.error());
        part.content = std::move(*content);
    }
    auto target = cli::TargetFile::open(out);
    if (!target) return fail(target.error());
    if (const auto built = scorm::build_package(request, **target); !built) return fail(built.error());
    if (const auto kept = (*target)->keep(); !kept) return fail(kept.error());
    return bench::seconds_since(from);
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    CLI::App app{"Builds a package of many SCOs, beside a bare libzip write of the same files"};
    app.add_option("--scos", options.scos);
    app.add_option("--files", options.files);
    app.add_option("--megabytes", options.megabytes);
    app.add_option("--pictures", options.pictures, "share of the files that cannot be made smaller");
    app.add_option("--repeats", options.repeats);
    app.add_option("--version", options.version);
    CLI11_PARSE(app, argc, argv);

    const auto framework =
        framework::load_framework(*framework::shipped_framework("hee-ai-confidence"), "hee-ai-confidence");
    const auto root = fs::temp_directory_path() / ("capbridge-bench-build-" + std::to_string(::getpid()));
    const auto out = root.string() + ".zip";
    make_content(root, options);
    std::vector<double> deflated, chosen, built;
    for (int i = 0; i < options.repeats; ++i) {  // in turn, so that a slow minute hits all three
        deflated.push_back(bare(root, out, false));
        chosen.push_back(bare(root, out, true));
        const auto took = ours(root, out, *framework, options);
        if (!took) {
            std::fprintf(stderr, "bench: %s\n", took.error().text().c_str());
            return 1;
        }
        built.push_back(*took);
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("%d SCOs, %d files, %d MB; the package has %.1f MB; median of %d\n", options.scos,
                options.files, options.megabytes, static_cast<double>(fs::file_size(out)) / 1e6,
                options.repeats);
    std::printf("libzip, all deflated: %.3f s\nlibzip, pictures stored: %.3f s\n", median(deflated),
                median(chosen));
    std::printf("package build, inspected and synced: %.3f s, %.2f and %.2f of these; peak memory %ld MiB\n",
                median(built), median(built) / median(deflated), median(built) / median(chosen),
                usage.ru_maxrss / 1024);
    fs::remove_all(root);
    fs::remove(out);
    return 0;
}
