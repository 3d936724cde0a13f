#include "scorm_cloud/sweep.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/answer.hpp"
#include "common/rows.hpp"
#include "scorm_cloud/registration.hpp"

namespace scorm_cloud {
namespace {

using nlohmann::json;

constexpr int kRestarts = 3;
constexpr const char* kWhat = "the registrations of SCORM Cloud";

std::optional<plugins::Micros> read_cursor(std::string_view text, const std::string& fingerprint) {
    if (text.empty()) return std::nullopt;
    const auto cursor = plugins::parse_row(text, 2);
    if (cursor && cursor->is_object() && plugins::text_of(*cursor, "of") == fingerprint) {
        const auto updated = plugins::text_of(*cursor, "updated");
        if (updated.empty()) return std::nullopt;
        if (const auto instant = plugins::read_instant(updated)) return instant;
    }
    throw bridge::Failure{BRIDGE_BAD_CURSOR, {}, "the cursor is not of this application and course"};
}

}  // namespace

Sweep::Sweep(const bridge::Host& host, const Settings& settings, std::string_view cursor, bridge::Stream& out,
             const bridge::Call& call)
    : host_(host),
      settings_(settings),
      out_(out),
      call_(call),
      cursor_(read_cursor(cursor, settings.fingerprint())) {
    if (!cursor_) cursor_ = settings.since;
}

void Sweep::run() {
    const bridge::Http http(host_);
    begin_again();
    while (!url_.empty()) {
        call_.stop_if_cancelled();
        const bool first = addresses_.size() == 1;
        const auto answer = http.send(settings_.get(url_));
        if (!first && (answer.status == 400 || answer.status == 404 || answer.status == 410)) {
            if (++restarts_ > kRestarts)
                throw bridge::Failure{BRIDGE_RETRY,
                                      "SCORM Cloud lets the token of a next page expire again and "
                                      "again."};
            host_.log(BRIDGE_LOG_INFO, "the token of the next page has expired: asking anew");
            begin_again();
            continue;
        }
        if (first && (answer.status == 400 || answer.status == 404))
            throw bridge::Failure{BRIDGE_CONFIG,
                                  "SCORM Cloud does not understand the question for "
                                  "registrations (HTTP " +
                                      std::to_string(answer.status) +
                                      "): check url and course in the settings."};
        plugins::require_success(answer, kWhat);
        if (!clock_) {
            clock_ = plugins::read_http_date(answer.header("date"));
            if (!clock_) clock_ = host_.unix_ms() * 1000;
        }
        ++page_;
        const auto more = take_page(answer);
        url_ = more.empty() ? "" : settings_.next_page(more);
        if (!url_.empty() && !addresses_.insert(url_).second)
            throw bridge::Failure{BRIDGE_RETRY, "SCORM Cloud gives the same page again and again."};
        checkpoint(url_.empty());
    }
}

void Sweep::begin_again() {
    url_ = settings_.first_page(cursor_ ? std::optional(*cursor_ - settings_.overlap) : std::nullopt);
    addresses_ = {url_};
    previous_.reset();
}

std::string Sweep::take_page(const bridge::HttpAnswer& answer) {
    const auto page = plugins::raw_members(answer.body);
    const auto rows =
        page ? plugins::raw_elements(plugins::raw_member(*page, "registrations")) : std::nullopt;
    if (!rows) {
        throw bridge::Failure{
            BRIDGE_RETRY,
            "SCORM Cloud's answer is no list of registrations, or was cut off. If this stays "
            "so, check the url in the settings.",
            std::to_string(answer.body.size()) + " bytes"};
    }
    for (std::size_t i = 0; i < rows->size(); ++i)
        take_row((*rows)[i], "page " + std::to_string(page_) + ", registration " + std::to_string(i + 1));
    const auto more = plugins::parse_row(plugins::raw_member(*page, "more"));
    return more && more->is_string() ? more->get<std::string>() : std::string{};
}

void Sweep::take_row(std::string_view text, const std::string& where) {
    const auto row = plugins::parse_row(text);
    if (!row)
        return reject("completion", "", where, "",
                      "the registration is not JSON in UTF-8, or is nested too deep");
    const auto read = read_registration(*row, settings_);
    if (read.updated) {
        if (previous_ && *read.updated < *previous_) ascending_ = false;
        previous_ = read.updated;
        highest_ = std::max(highest_.value_or(*read.updated), *read.updated);
    }
    if (!read.reason.empty()) return reject("completion", read.key, where, read.column, read.reason);
    // Progress can be reset over there: what was said before, if anything, holds no longer.
    const auto emitted = read.completion.is_null()
                             ? out_.emit("withdraw", json{{"kind", "completion"}, {"key", read.key}}.dump())
                             : out_.emit("completion", read.completion.dump());
    if (!emitted) reject("completion", read.key, where, "", "the record is larger than the bridge takes");
    if (!settings_.detail) return;
    const auto attempt = attempt_record(*row, settings_);
    if (attempt.is_null() && read.completion.is_null())
        out_.emit("withdraw", json{{"kind", "scorm_attempt"}, {"key", read.key}}.dump());
    if (!attempt.is_null() && !out_.emit("scorm_attempt", attempt.dump()))
        reject("scorm_attempt", read.key, where, "", "the run-time data is larger than the bridge takes");
}

void Sweep::reject(const std::string& kind, const std::string& key, const std::string& where,
                   const std::string& column, const std::string& reason) {
    json told{{"where", where}, {"reason", reason}};
    if (!column.empty()) told["column"] = column;
    out_.reject(kind, key, told.dump());
}

void Sweep::checkpoint(bool finished) {
    // A list in another order than the one asked for covers nothing before its end. And nothing was updated
    // later than SCORM Cloud's own clock says: an update time of next year must not hide this year's.
    if (highest_ && (ascending_ || finished)) {
        const auto reached = std::min(*highest_, *clock_);
        if (!cursor_ || reached > *cursor_) {
            cursor_ = reached;
            restarts_ = 0;
        }
    }
    out_.checkpoint(
        json{{"of", settings_.fingerprint()}, {"updated", cursor_ ? plugins::write_instant(*cursor_) : ""}}
            .dump());
}

}  // namespace scorm_cloud
