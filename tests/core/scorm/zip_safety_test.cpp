// Archives that were made to harm: names, overlapping data, headers that contradict each other.
#include <gtest/gtest.h>

#include "core/scorm/inspect.hpp"
#include "core/scorm/paths.hpp"
#include "core/scorm/zip.hpp"
#include "zips.hpp"

namespace capbridge::scorm {
namespace {

using test::good_manifest;
using test::Made;
using test::make_zip;
using test::patched;

Inspection look(const std::string& bytes, const Limits& limits = {}) {
    return inspect(MemorySource(bytes), limits);
}

std::string with(const Made& more) {
    return make_zip({{"imsmanifest.xml", good_manifest}, {"a/index.html", "<html></html>"}, more});
}

std::string with_two(const Made& one, const Made& two) {
    return make_zip({{"imsmanifest.xml", good_manifest}, {"a/index.html", "<html></html>"}, one, two});
}

void put(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) bytes[at + i] = static_cast<char>(value >> (8 * i));
}

std::uint64_t get(const std::string& bytes, std::size_t at, std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t i = count; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

// Where the directory's header of that entry begins.
std::size_t header_of(const std::string& zip, const std::string& name) {
    for (auto at = zip.find("PK\x01\x02"); at != std::string::npos; at = zip.find("PK\x01\x02", at + 4)) {
        if (zip.compare(at + 46, name.size(), name) == 0) return at;
    }
    ADD_FAILURE() << name;
    return 0;
}

#define EXPECT_REFUSED(inspection, code)                  \
    do {                                                  \
        const Inspection refused = (inspection);          \
        EXPECT_FALSE(refused.accepted) << (code);         \
        EXPECT_TRUE(refused.has_finding(code)) << (code); \
    } while (false)

TEST(ZipSafety, DevicesOfWindowsAreRefused) {
    for (const std::string name :
         {"CON", "nul.txt", "a/Aux.html", "COM1", "lpt9.js", "b/PRN /x", "con.tar.gz"})
        EXPECT_REFUSED(look(with({name, "x"})), "path_device");
    for (const std::string name : {"console.js", "com10.js", "auxiliary", "null.txt", "COM", "com0"})
        EXPECT_TRUE(look(with({name, "x"})).accepted) << name;
}

TEST(ZipSafety, NamesThatWindowsCannotKeepAreNoted) {
    for (const std::string name : {"a.txt:stream", "dot.", "space ", "a./b", "what?.html", "tab\tname"}) {
        const auto found = look(with({name, "x"}));
        EXPECT_TRUE(found.accepted) << name;
        EXPECT_TRUE(found.has_finding("path_not_portable")) << name;
    }
    EXPECT_FALSE(look(with({"./x/plain name.html", "x"})).has_finding("path_not_portable"));
}

TEST(ZipSafety, DepthIsBounded) {
    std::string deep;
    for (int i = 0; i < 70; ++i) deep += "d/";
    EXPECT_REFUSED(look(with({deep + "x", "x"})), "path_too_deep");
}

TEST(ZipSafety, NamesThatCollideOnOtherSystemsAreNoted) {
    EXPECT_TRUE(
        look(with_two({"\xc3\x84.html", "x"}, {"\xc3\xa4.html", "y"})).has_finding("entries_differ_by_case"));
    EXPECT_TRUE(look(with_two({"caf\xc3\xa9.html", "x"}, {"cafe\xcc\x81.html", "y"}))
                    .has_finding("entries_differ_by_case"))
        << "composed and decomposed";
    // A manifest that writes the accent in the other way finds the file.
    const auto found = inspect(MemorySource(
        make_zip({{"imsmanifest.xml", patched(good_manifest, "a/index.html", "caf\xc3\xa9.html")},
                  {"cafe\xcc\x81.html", "x"}})));
    EXPECT_TRUE(found.accepted);
    EXPECT_FALSE(found.has_finding("launch_file_missing"));
}

TEST(ZipSafety, OverlappingEntriesAreRefused) {
    auto zip = with_two({"one.bin", std::string(500, 'x')}, {"two.bin", std::string(500, 'x')});
    const auto one = header_of(zip, "one.bin"), two = header_of(zip, "two.bin");
    // The second entry's header points at the first's data.
    put(zip, two + 42, get(zip, one + 42, 4), 4);
    EXPECT_REFUSED(look(zip), "entries_overlap");
    // And an entry that reaches into the directory.
    auto reaching = with({"one.bin", std::string(500, 'x')});
    put(reaching, header_of(reaching, "one.bin") + 20, 5'000, 4);
    EXPECT_REFUSED(look(reaching), "entries_overlap");
}

TEST(ZipSafety, QuotedBombsAreRefused) {
    // Every file's data quotes the next one's local header, down to one kernel: each entry overlaps the next.
    std::string zip = with_two({"one.bin", std::string(2'000, 'x')}, {"two.bin", std::string(2'000, 'x')});
    const auto one = header_of(zip, "one.bin"), two = header_of(zip, "two.bin");
    const auto end_of_two = get(zip, two + 42, 4) + 30 + 7 + get(zip, two + 20, 4);
    put(zip, one + 20, end_of_two - get(zip, one + 42, 4) - 37, 4);
    EXPECT_REFUSED(look(zip), "entries_overlap");
}

TEST(ZipSafety, LocalHeadersMustAgree) {
    auto zip = with({"harmless.html", "x"});
    const auto local = get(zip, header_of(zip, "harmless.html") + 42, 4);
    auto renamed = zip;
    renamed.replace(local + 30, 13, "../../etc/pwn");
    EXPECT_REFUSED(look(renamed), "local_header_differs");
    auto sized = zip;
    put(sized, local + 22, 77, 4);
    if (!(get(zip, local + 6, 2) & 8)) EXPECT_REFUSED(look(sized), "local_header_differs");
    auto method = zip;
    put(method, local + 8, 99, 2);
    EXPECT_REFUSED(look(method), "local_header_differs");
}

TEST(ZipSafety, DeclaredSizesAreNotBelieved) {
    auto zip = with({"zeros.bin", std::string(12u << 20, '\0')});
    put(zip, header_of(zip, "zeros.bin") + 24, 10, 4);
    const auto found = look(zip);
    EXPECT_FALSE(found.accepted);
}

// A comment that holds an end record of its own must not hide the true one from us.
TEST(ZipSafety, AnEndRecordInTheCommentHidesNothing) {
    auto zip = with({"b.js", "x"});
    const auto end = zip.rfind("PK\x05\x06");
    put(zip, header_of(zip, "b.js") + 42, get(zip, header_of(zip, "a/index.html") + 42, 4), 4);  // overlaps
    EXPECT_REFUSED(look(zip), "entries_overlap");
    auto decoy = zip + std::string("PK\x05\x06") + std::string(18, '\xff');
    put(decoy, end + 20, 22, 2);
    EXPECT_REFUSED(look(decoy), "entries_overlap");
    // One that tells of an empty archive, behind a whole one: it can be read in two ways.
    auto good = with({"b.js", "x"});
    const auto good_end = good.rfind("PK\x05\x06");
    good += std::string("PK\x05\x06") + std::string(18, '\0');
    put(good, good_end + 20, 22, 2);
    EXPECT_FALSE(look(good).accepted);
}

TEST(ZipSafety, ADirectoryThatIsNotThereIsNoCrash) {
    auto zip = with({"x", "y"});
    const auto end = zip.rfind("PK\x05\x06");
    for (const std::uint64_t lie : {0ull, 0xFFFFFFFFull, 0xFFFFFFF0ull, 1ull << 31}) {
        for (const std::size_t field : {12u, 16u}) {
            auto bad = zip;
            put(bad, end + field, lie, 4);
            (void)look(bad);
        }
    }
    EXPECT_REFUSED(look(std::string(100, 'P')), "not_a_readable_zip");
}

TEST(Paths, ChecksOfNames) {
    EXPECT_FALSE(check_entry_path("a/b.html", 512));
    EXPECT_EQ(check_entry_path("", 512)->code, "path_empty");
    EXPECT_EQ(check_entry_path("a/../b", 512)->code, "path_outside_package");
    EXPECT_EQ(check_entry_path("..\\b", 512)->code, "path_outside_package");
    EXPECT_EQ(check_entry_path("c:x", 512)->code, "path_drive");
    EXPECT_EQ(with_slashes("a\\b.html?c=d\\e"), "a/b.html?c=d\\e");
    for (const auto* problem : {"/x", "c:/x", "", "nul", "../x"})
        EXPECT_FALSE(check_entry_path(problem, 512)->remedy.empty()) << problem;
}

}  // namespace
}  // namespace capbridge::scorm
