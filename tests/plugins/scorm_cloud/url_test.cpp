// A url with a password is refused before it is stored.
#include "plugins/common/url_pattern.hpp"
#include "scorm_cloud/schema.hpp"

TEST(Url, HasNoPassword) {
    url_pattern::check(scorm_cloud::kDescriptor);
}
