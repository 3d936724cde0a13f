// A url with a password is refused before it is stored.
#include "canvas/schema.hpp"
#include "plugins/common/url_pattern.hpp"

TEST(Url, HasNoPassword) {
    url_pattern::check(canvas::kDescriptor);
}
