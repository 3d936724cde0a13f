// A url with a password is refused before it is stored.
#include "plugins/common/url_pattern.hpp"
#include "xapi/schema.hpp"

TEST(Url, HasNoPassword) {
    url_pattern::check(xapi_adapter::kDescriptor);
}
