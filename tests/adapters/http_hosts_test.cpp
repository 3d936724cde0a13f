// Which hosts descriptor and configuration allow together, the list that `capbridge check --egress` prints,
// and the adapter's small memory.
#include "adapters/http/hosts.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "adapters/egress.hpp"
#include "adapters/http/settings.hpp"
#include "adapters/state.hpp"
#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

bool may(const AllowedHosts& hosts, const std::string& url) {
    return hosts.check(*net::read_url(url)).has_value();
}

TEST(AllowedHosts, DescriptorAndConfigurationMustBothAllow) {
    const AllowedHosts hosts({"*.instructure.com", "files.example.org"},
                             {"trust.instructure.com", "*.example.org", "other.example.com"}, {});
    EXPECT_TRUE(may(hosts, "https://trust.instructure.com/api"));
    EXPECT_TRUE(may(hosts, "https://TRUST.instructure.com:443/api"));
    EXPECT_TRUE(may(hosts, "https://files.example.org/x"));
    for (const auto* no :
         {"https://trust.instructure.com:8443/", "https://else.instructure.com/",
          "https://a.files.example.org/", "https://lms.example.org/", "https://other.example.com/",
          "https://instructure.com/", "https://trust.instructure.com.evil.example/",
          "https://eviltrust.instructure.com/"})
        EXPECT_FALSE(may(hosts, no)) << no;
    EXPECT_EQ((std::vector<std::string>{"files.example.org:443", "trust.instructure.com:443"}), hosts.list());
    EXPECT_EQ((std::vector<std::string>{"other.example.com:443"}), hosts.in_vain());
}

TEST(AllowedHosts, AStarLeavesTheChoiceToTheConfiguration) {
    const AllowedHosts hosts({"*"}, {"a.example.org:8443", "*.b.example.org"},
                             {{"url", "https://lms.example.org/moodle"},
                              {"lrs", {{"endpoint", "https://lrs.example.org:444/xapi"}}},
                              {"activity_base", "https://w3id.example.org/x"},
                              {"title", "https://no.example.org/"}});
    EXPECT_EQ((std::vector<std::string>{"*.b.example.org:443", "a.example.org:8443", "lms.example.org:443",
                                        "lrs.example.org:444"}),
              hosts.list());
    EXPECT_TRUE(may(hosts, "https://x.y.b.example.org/"));
    EXPECT_FALSE(may(hosts, "https://b.example.org/"));
    EXPECT_FALSE(may(hosts, "https://w3id.example.org/"));
    EXPECT_FALSE(may(hosts, "https://no.example.org/"));
    EXPECT_TRUE(AllowedHosts({"*"}, {}, json::object()).list().empty());
}

TEST(AllowedHosts, WhereNothingIsConfiguredTheHostsOfTheDescriptorAreMeant) {
    const AllowedHosts hosts({"cloud.scorm.com", "*.example.org", "127.0.0.1"}, {}, json::object());
    EXPECT_EQ((std::vector<std::string>{"cloud.scorm.com:443"}), hosts.list());
    EXPECT_TRUE(may(hosts, "https://cloud.scorm.com/api"));
    EXPECT_FALSE(may(hosts, "https://a.example.org/"));
    EXPECT_FALSE(may(hosts, "http://127.0.0.1:80/"));
    EXPECT_FALSE(may(AllowedHosts({}, {"a.example.org"}, json::object()), "https://a.example.org/"));
}

TEST(AllowedHosts, APatternNeverFitsAnAddress) {
    const AllowedHosts hosts({"*"}, {"*.0.0.1", "*.0.0.1:8080", "*.1]", "*.example.org"}, json::object());
    for (const auto* no : {"https://127.0.0.1/", "http://127.0.0.1:8080/", "https://10.0.0.1/",
                           "https://[::ffff:127.0.0.1]/", "https://192.0.0.1/"})
        EXPECT_FALSE(may(hosts, no)) << no;
    EXPECT_TRUE(may(hosts, "https://10.example.org/"));
    EXPECT_TRUE(may(hosts, "https://1.2.example.org/"));
    const AllowedHosts exact({"*.0.0.1"}, {"10.0.0.1"}, json::object());
    EXPECT_FALSE(may(exact, "https://10.0.0.1/"));
    EXPECT_TRUE(exact.list().empty());
    EXPECT_EQ((std::vector<std::string>{"10.0.0.1:443"}), exact.in_vain());
}

class Environment {
public:
    Environment(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
    ~Environment() { ::unsetenv(name_); }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

private:
    const char* name_;
};

TEST(Egress, ListsTheProxyOfTheEnvironmentWhereNoneIsConfigured) {
    engine::AdapterInfo adapter;
    adapter.id = "x";
    adapter.allowed_hosts = {"*"};
    engine::SourceSettings settings;
    settings.settings = {{"url", "https://lms.example.org"}};
    settings.http = json::object();
    const auto list = [&] { return join(egress_of(settings, adapter), " "); };
    EXPECT_EQ(list(), "lms.example.org:443");
    const Environment all("ALL_PROXY", "socks5h://all.example.org");
    EXPECT_EQ(list(), "all.example.org:1080 lms.example.org:443");
    const Environment secure("HTTPS_PROXY", "user:word@way-out.example.org:3128");
    EXPECT_EQ(list(), "lms.example.org:443 way-out.example.org:3128");
    settings.http["allow_http"] = true;
    EXPECT_EQ(list(), "all.example.org:1080 lms.example.org:443 way-out.example.org:3128");
    settings.http["proxy"] = "http://own.example.org";
    EXPECT_EQ(list(), "lms.example.org:443 own.example.org:1080") << "and libcurl's port";
    settings.http = json::object();
    settings.settings = json::object();
    EXPECT_EQ(list(), "") << "who asks nobody takes no proxy";
}

TEST(Egress, ListsHostsTokenServicesProxyAndFetch) {
    engine::AdapterInfo adapter;
    adapter.id = "x";
    adapter.allowed_hosts = {"*"};
    engine::SourceSettings settings;
    settings.settings = {{"url", "https://lms.example.org"}};
    settings.http = {{"hosts", {"cdn.example.org"}},
                     {"proxy", "http://proxy.example.org:3128"},
                     {"auth",
                      {{"lms",
                        {{"type", "oauth2_client_credentials"},
                         {"token_url", "https://id.example.org/token"},
                         {"client_id", "c"},
                         {"secret_env", "PATH"}}}}}};
    settings.fetch = {{"url", "ftps://files.example.org/out/"}, {"user", "u"}, {"secret_env", "PATH"}};
    EXPECT_EQ(
        (std::vector<std::string>{"cdn.example.org:443", "files.example.org:*", "files.example.org:990",
                                  "id.example.org:443", "lms.example.org:443", "proxy.example.org:3128"}),
        egress_of(settings, adapter));
    settings.fetch["explicit_tls"] = true;
    EXPECT_EQ("files.example.org:21", egress_of(settings, adapter)[2]);
    auto by_ssh = settings;
    by_ssh.fetch["url"] = "sftp://files.example.org/out/";
    EXPECT_EQ(join(egress_of(by_ssh, adapter), " ").find('*'), std::string::npos) << "one port for all of it";
    const auto problems = check_service_settings(settings, adapter);
    ASSERT_EQ(1, problems.size());
    EXPECT_EQ("/fetch", problems[0].pointer);  // it has no drop folder
    settings.folder = "/x";
    EXPECT_TRUE(check_service_settings(settings, adapter).empty());
    adapter.allowed_hosts = {"*.example.com"};
    EXPECT_FALSE(has_errors(check_service_settings(settings, adapter)));
    EXPECT_EQ(2, check_service_settings(settings, adapter).size());  // two hosts in vain: warnings
}

TEST(AdapterState, HasLimitsAndItsOwnKeys) {
    ProcessMemory memory;
    std::mutex mutex;
    AdapterState state(memory, mutex);
    ASSERT_TRUE(memory.put("host/cassette_key", "k"));
    EXPECT_FALSE(state.get("host/cassette_key"));
    EXPECT_TRUE(state.put("a", "1"));
    EXPECT_EQ("1", state.get("a"));
    EXPECT_EQ("1", memory.get("adapter/a"));
    EXPECT_TRUE(state.put("a", ""));
    EXPECT_FALSE(state.get("a"));
    EXPECT_FALSE(state.put("", "1"));
    EXPECT_FALSE(state.put(std::string(257, 'k'), "1"));
    EXPECT_FALSE(state.put("k", std::string((64u << 10) + 1, 'v')));
    const std::string large(64u << 10, 'v');
    int taken = 0;
    while (taken < 100 && state.put("k" + std::to_string(taken), large)) ++taken;
    EXPECT_EQ(15, taken);
    AdapterState again(memory, mutex);  // as after a restart: the limit is of the source
    EXPECT_FALSE(again.put("more", large));
    EXPECT_TRUE(again.put("k0", "short"));
    EXPECT_TRUE(again.put("more", large));
}

}  // namespace
}  // namespace capbridge::adapters
