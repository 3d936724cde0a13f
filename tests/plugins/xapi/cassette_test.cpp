// The recorded exchanges of plugins/xapi/cassettes/lrs, played to the adapter.
#include "plugins/common/cassette.hpp"

namespace {

TEST(Cassette, PlaysThroughWhereverItIsCut) {
    EXPECT_EQ(cassette::plays_through("xapi/cassettes/lrs", "statement").size(), 24u);
}

}  // namespace
