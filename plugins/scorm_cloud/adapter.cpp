// The scorm-cloud adapter: registrations out of SCORM Cloud (interface version 2).
#include "bridge/adapter.hpp"

#include "common/answer.hpp"
#include "common/rows.hpp"
#include "scorm_cloud/schema.hpp"
#include "scorm_cloud/settings.hpp"
#include "scorm_cloud/sweep.hpp"

namespace scorm_cloud {
namespace {

class ScormCloudAdapter : public bridge::Adapter, public bridge::Source {
public:
    static constexpr std::string_view id = "scorm-cloud";
    static constexpr std::string_view descriptor = kDescriptor;

    explicit ScormCloudAdapter(bridge::Host host) : host_(host) {}

    void configure(std::string_view settings, const bridge::Call&) override {
        settings_ = parse_settings(settings);
    }

    // What was updated after this century: nothing, but by the right that a pull needs.
    void check(const bridge::Call&) override {
        const auto never = plugins::read_instant("2100-01-01T00:00:00Z");
        const auto answer = bridge::Http(host_).send(settings_.get(settings_.first_page(never)));
        if (answer.status == 400 || answer.status == 404)
            throw bridge::Failure{BRIDGE_CONFIG,
                                  "SCORM Cloud does not understand the question for registrations (HTTP " +
                                      std::to_string(answer.status) +
                                      "): check url and course in the settings."};
        plugins::require_success(answer, "the registrations of SCORM Cloud");
        const auto page = plugins::raw_members(answer.body);
        if (!page || !plugins::raw_elements(plugins::raw_member(*page, "registrations")))
            throw bridge::Failure{BRIDGE_CONFIG, "What answers at this url is not SCORM Cloud."};
    }

    void pull(std::string_view cursor, bridge::Stream& out, const bridge::Call& call) override {
        Sweep(host_, settings_, cursor, out, call).run();
    }

private:
    bridge::Host host_;
    Settings settings_;
};

}  // namespace
}  // namespace scorm_cloud

BRIDGE_ADAPTERS(scorm_cloud::ScormCloudAdapter)
