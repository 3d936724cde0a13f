// The canvas adapter: course and module completions out of Canvas LMS.
#include "bridge/adapter.hpp"

#include "canvas/client.hpp"
#include "canvas/schema.hpp"
#include "canvas/settings.hpp"
#include "canvas/sweep.hpp"
#include "common/answer.hpp"

namespace canvas {
namespace {

class CanvasAdapter : public bridge::Adapter, public bridge::Source {
public:
    static constexpr std::string_view id = "canvas";
    static constexpr std::string_view descriptor = kDescriptor;

    explicit CanvasAdapter(bridge::Host host) : host_(host) {}

    void configure(std::string_view settings, const bridge::Call&) override {
        settings_ = parse_settings(settings);
    }

    void check(const bridge::Call& call) override {
        const auto path = settings_.courses.empty()
                              ? "/accounts/" + bridge::url_encoded(settings_.account) + "/courses?per_page=1"
                              : "/courses/" + settings_.courses.front();
        const auto answer = Client(host_, settings_, call).get(settings_.url + "/api/v1" + path);
        if (answer.status == 404)
            throw bridge::Failure{BRIDGE_CONFIG,
                                  "Canvas does not show this account or course to the token: "
                                  "check url, account and courses in the settings."};
        require_allowed(answer, "the account's courses", kListCourses);
        const auto body = plugins::json_body(answer, "the account's courses");
        if (settings_.courses.empty() ? !body.is_array() : !body.is_object())
            throw bridge::Failure{BRIDGE_CONFIG, "What answers at this url is no Canvas."};
    }

    void pull(std::string_view cursor, bridge::Stream& out, const bridge::Call& call) override {
        Sweep(host_, settings_, cursor, out, call).run();
    }

private:
    bridge::Host host_;
    Settings settings_;
};

}  // namespace
}  // namespace canvas

BRIDGE_ADAPTERS(canvas::CanvasAdapter)
