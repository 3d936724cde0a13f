#include "server/package_uploads.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

#include "core/base/log.hpp"
#include "core/base/text.hpp"
#include "server/credentials.hpp"

namespace capbridge::server {
namespace {

Response busy() {
    return error_response(503, "busy", "Several packages are being uploaded just now. Please try again soon.")
        .with("Retry-After", "30");
}

// Browsers and authoring tools call a zip by several names; cmi5 may come as its course structure alone.
bool may_be_a_package(std::string_view content_type) {
    static constexpr std::array<std::string_view, 6> known{
        "application/zip",   "application/x-zip-compressed",
        "application/x-zip", "application/octet-stream",
        "application/xml",   "text/xml"};
    const auto type = lower_ascii(trim(content_type.substr(0, content_type.find(';'))));
    return std::find(known.begin(), known.end(), type) != known.end();
}

}  // namespace

class PackageUploads::Sink final : public BodySink, public std::enable_shared_from_this<Sink> {
public:
    Sink(PackageUploads& uploads, const Route& route, Request request)
        : uploads_(uploads), route_(route), request_(std::move(request)), count_(uploads.under_way_) {}
    ~Sink() override {
        if (counted_) --*count_;
    }

    void begin(Done done) override {
        work(std::move(done), [](Sink& self) { return self.admitted(); });
    }
    void write(std::string bytes, Done done) override {
        work(std::move(done), [bytes = std::move(bytes)](Sink& self) -> std::optional<Response> {
            return self.answer_to(self.staged_->write(bytes));
        });
    }
    void finish(Done done) override {
        work(std::move(done), [](Sink& self) { return self.answer_to(self.staged_->finish()); });
    }
    [[nodiscard]] const std::string& name() const override { return staged_->name(); }

private:
    using Step = std::function<std::optional<Response>(Sink&)>;

    void work(Done done, Step step) {
        const bool taken =
            uploads_.pool_.run([self = shared_from_this(), done, step = std::move(step)]() mutable {
                std::optional<Response> refusal;
                try {
                    refusal = step(*self);
                } catch (const std::exception&) {
                    log::error("http.upload_threw");
                    refusal = error_response(500, "internal", "The server could not take the upload.");
                }
                self->tell(done, std::move(refusal));
            });
        if (!taken) tell(done, busy());
    }
    void tell(const Done& done, std::optional<Response> refusal) {
        if (refusal) {
            uploads_.finish_(*refusal);
            log::info("http.refused", {{"method", request_.method},
                                       {"route", route_.path},
                                       {"status", std::to_string(refusal->status)}});
        }
        done(std::move(refusal));
    }

    std::optional<Response> admitted() {
        auto admission = admit(uploads_.backend_, request_, route_.scopes, route_.for_session);
        if (admission.refusal) return std::move(admission.refusal);
        if (!may_be_a_package(request_.header("content-type")))
            return error_response(415, "unsupported_media_type",
                                  "Send the package itself as the body, with Content-Type: application/zip.");
        counted_ = true;
        if (++*count_ > most_at_once) return busy();
        if (uploads_.backend_.packages == nullptr)
            return error_response(501, "unknown_operation", "This server keeps no packages.");
        auto staged = uploads_.backend_.packages->stage();
        if (!staged) return error_response(staged.error());
        staged_ = std::move(*staged);
        return std::nullopt;
    }
    static std::optional<Response> answer_to(const Status& status) {
        return status ? std::nullopt : std::optional(error_response(status.error()));
    }

    PackageUploads& uploads_;
    const Route& route_;
    Request request_;  // its header
    std::shared_ptr<std::atomic<int>> count_;
    bool counted_ = false;
    std::unique_ptr<store::StagedPackage> staged_;
};

PackageUploads::PackageUploads(const Backend& backend, std::function<void(Response&)> finish)
    : backend_(backend), finish_(std::move(finish)) {}

std::shared_ptr<BodySink> PackageUploads::sink(const Route& route, const Request& request) {
    return std::make_shared<Sink>(*this, route, request);
}

}  // namespace capbridge::server
