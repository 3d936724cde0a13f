// The xapi adapter: statements out of any Learning Record Store, and into one.
#include "bridge/adapter.hpp"

#include "common/answer.hpp"
#include "common/rows.hpp"
#include "xapi/delivery.hpp"
#include "xapi/schema.hpp"
#include "xapi/settings.hpp"
#include "xapi/sweep.hpp"

namespace xapi_adapter {
namespace {

class XapiAdapter : public bridge::Adapter, public bridge::Source, public bridge::Sink {
public:
    static constexpr std::string_view id = "xapi";
    static constexpr std::string_view descriptor = kDescriptor;

    explicit XapiAdapter(bridge::Host host) : host_(host) {}

    void configure(std::string_view settings, const bridge::Call&) override {
        settings_ = parse_settings(settings);
    }

    // One statement, because /about answers without credentials.
    void check(const bridge::Call&) override {
        const auto answer = bridge::Http(host_).send(settings_.get(settings_.url + "/statements?limit=1"));
        if (answer.status == 404 || answer.status == 405)
            throw bridge::Failure{BRIDGE_CONFIG,
                                  "There is no xAPI statement resource at this url: give the "
                                  "address that ends before /statements."};
        if (answer.status == 400)
            throw bridge::Failure{BRIDGE_CONFIG,
                                  "The LRS refuses the question for statements (HTTP 400): "
                                  "check the version in the settings."};
        if (answer.status == 200 && plugins::is_web_page(answer))
            throw bridge::Failure{
                BRIDGE_CONFIG,
                "What answers at this url is no Learning Record Store but a web page: check "
                "the url, and that no sign-in page stands before it."};
        plugins::require_success(answer, "the statements of the LRS");
        const auto page = plugins::raw_members(answer.body);
        if (!page || !plugins::raw_elements(plugins::raw_member(*page, "statements")))
            throw bridge::Failure{BRIDGE_CONFIG, "What answers at this url is no Learning Record Store."};
        if (answer.header("x-experience-api-consistent-through").empty())
            host_.log(BRIDGE_LOG_WARN,
                      "this store does not say X-Experience-API-Consistent-Through: what it stores slowly is "
                      "found only within the overlap");
    }

    void pull(std::string_view cursor, bridge::Stream& out, const bridge::Call& call) override {
        Sweep(host_, settings_, cursor, out, call).run();
    }

    std::string push(std::string_view kind, std::string_view, std::string_view record, std::string_view,
                     const bridge::Call& call) override {
        if (kind != "statements")
            throw bridge::Failure{BRIDGE_UNSUPPORTED, "An LRS takes statements, nothing else."};
        return Delivery(host_, settings_, call).push(record);
    }

private:
    bridge::Host host_;
    Settings settings_;
};

}  // namespace
}  // namespace xapi_adapter

BRIDGE_ADAPTERS(xapi_adapter::XapiAdapter)
