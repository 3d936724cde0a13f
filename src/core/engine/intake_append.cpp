#include "core/engine/intake_append.hpp"

#include <utility>

namespace capbridge::engine {

Status Appending::post(store::Batch batch) {
    CAPBRIDGE_TRY(drain());
    if (dry_run_) return {};
    const auto answer = std::make_shared<std::promise<Status>>();
    under_way_ = answer->get_future();
    journal_.append(std::make_shared<const store::Batch>(std::move(batch)),
                    [answer](Result<store::Appended> appended) {
                        answer->set_value(appended ? Status() : fail(std::move(appended).error()));
                    });
    return {};
}

Status Appending::drain() {
    if (under_way_) {
        auto waiting = std::exchange(under_way_, std::nullopt);
        if (auto status = waiting->get(); !status) failed_ = std::move(status).error();
    }
    if (failed_) return fail(*failed_);
    return {};
}

}  // namespace capbridge::engine
