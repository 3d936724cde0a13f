// The recorded exchanges of plugins/scorm_cloud/cassettes/registrations, played to the adapter.
#include "plugins/common/cassette.hpp"

namespace {

TEST(Cassette, PlaysThroughWhereverItIsCut) {
    EXPECT_EQ(cassette::plays_through("scorm_cloud/cassettes/registrations", "completion").size(), 12u);
}

}  // namespace
