// The recorded exchanges of plugins/canvas/cassettes/modules, played to the adapter.
#include "plugins/common/cassette.hpp"

namespace {

TEST(Cassette, PlaysThroughWhereverItIsCut) {
    EXPECT_EQ(cassette::plays_through("canvas/cassettes/modules", "completion").size(), 7u);
}

}  // namespace
