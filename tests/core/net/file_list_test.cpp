#include <gtest/gtest.h>

#include "core/net/file_client.hpp"

namespace capbridge::net {
namespace {

std::string line(const std::string& size, const std::string& name) {
    return "-rw-r--r-- 1 tees tees " + size + " Mar  1 06:00 " + name;
}

TEST(FileList, ANameThatIsTheEndOfAnotherHasItsOwnLine) {
    const auto files = paired({"b.csv", "a b.csv", "x a b.csv"},
                              {line("30", "x a b.csv"), line("20", "a b.csv"), line("10", "b.csv")});
    ASSERT_EQ(3U, files.size());
    EXPECT_EQ("b.csv", files[0].name);
    EXPECT_TRUE(files[0].has_size(10));
    EXPECT_FALSE(files[0].has_size(20));
    EXPECT_TRUE(files[1].has_size(20));
    EXPECT_TRUE(files[2].has_size(30));
}

TEST(FileList, WhatCannotBeToldIsLeftForTheNextList) {
    // "new b.csv" came between the two lists: its line ends like that of b.csv.
    EXPECT_TRUE(paired({"b.csv"}, {line("20", "new b.csv"), line("10", "b.csv")}).empty());
    EXPECT_TRUE(paired({"gone.csv"}, {line("10", "b.csv")}).empty());
    EXPECT_TRUE(paired({}, {line("10", "b.csv")}).empty());
    EXPECT_TRUE(paired({"b.csv"}, {"", " ", "b.csv", "total 4"}).empty());
}

TEST(FileList, FoldersAndLinksAreNoFiles) {
    EXPECT_TRUE(paired({"in", "to", "win"}, {"drwxr-xr-x 2 tees tees 4096 Mar  1 06:00 in",
                                             "lrwxrwxrwx 1 tees tees 3 Mar  1 06:00 to",
                                             "03-01-26  06:00AM       <DIR>          win"})
                    .empty());
}

}  // namespace
}  // namespace capbridge::net
