#include "xapi/sweep.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/answer.hpp"
#include "common/link.hpp"
#include "common/rows.hpp"
#include "xapi/statement.hpp"

namespace xapi_adapter {
namespace {

using nlohmann::json;

constexpr int kRestarts = 3;
constexpr const char* kWhat = "the statements of the LRS";

std::optional<plugins::Micros> read_cursor(std::string_view text, const std::string& fingerprint) {
    if (text.empty()) return std::nullopt;
    const auto cursor = plugins::parse_row(text, 2);
    if (cursor && cursor->is_object() && plugins::text_of(*cursor, "of") == fingerprint) {
        const auto stored = plugins::text_of(*cursor, "stored");
        if (stored.empty()) return std::nullopt;
        if (const auto instant = plugins::read_instant(stored)) return instant;
    }
    throw bridge::Failure{BRIDGE_BAD_CURSOR, {}, "the cursor is not of this endpoint and filter"};
}

// These would be refused on the first page already, were they about anything but the page's own address.
bool page_is_gone(int status) {
    return status == 400 || status == 404 || status == 410;
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
        if (!first && page_is_gone(answer.status)) {
            if (++restarts_ > kRestarts)
                throw bridge::Failure{BRIDGE_RETRY,
                                      "The LRS lets the address of a next page expire again "
                                      "and again."};
            host_.log(BRIDGE_LOG_INFO, "the address of the next page has expired: asking anew");
            begin_again();
            continue;
        }
        if (first && (answer.status == 404 || answer.status == 405))
            throw bridge::Failure{BRIDGE_CONFIG, "There is no xAPI statement resource at this url (HTTP " +
                                                     std::to_string(answer.status) +
                                                     "): give the address that ends before /statements."};
        if (first && answer.status == 400)
            throw bridge::Failure{BRIDGE_CONFIG,
                                  "The LRS refuses the question for statements (HTTP 400): check version, "
                                  "verb and activity in the settings."};
        plugins::require_success(answer, kWhat);
        bound_by(answer);
        ++page_;
        url_ = take_page(answer);
        if (!url_.empty() && !addresses_.insert(url_).second)
            throw bridge::Failure{BRIDGE_RETRY, "The LRS gives the same page again and again."};
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
    const auto statements =
        page ? plugins::raw_elements(plugins::raw_member(*page, "statements")) : std::nullopt;
    if (!statements) {
        throw bridge::Failure{BRIDGE_RETRY,
                              "The LRS's answer is no list of statements, or was cut off. If this stays so, "
                              "check the url in the settings.",
                              std::to_string(answer.body.size()) + " bytes"};
    }
    std::size_t number = 0;
    for (const auto text : *statements) {
        take_statement(text, ++number);
        if (number % 100 == 0) call_.stop_if_cancelled();
    }
    const auto more = plugins::parse_row(plugins::raw_member(*page, "more"));
    if (!more || !more->is_string() || more->get_ref<const std::string&>().empty()) return {};
    return plugins::same_origin(url_, more->get_ref<const std::string&>(), kWhat);
}

void Sweep::take_statement(std::string_view text, std::size_t number) {
    const auto read = read_statement(text);
    auto refused = read.reason;
    if (refused.empty() && !out_.emit("statement", "{\"statement\":" + std::string(text) + "}"))
        refused = "the statement is larger than the bridge takes";
    if (!refused.empty()) {
        std::string where = "page " + std::to_string(page_) + ", statement " + std::to_string(number);
        if (cursor_)
            where += ", of those stored after " + plugins::write_instant(*cursor_ - settings_.overlap);
        out_.reject("statement", read.id, json{{"where", where}, {"reason", refused}}.dump());
    }
    if (!read.stored) return;
    if (previous_ && *read.stored < *previous_) ascending_ = false;
    previous_ = read.stored;
    highest_ = std::max(highest_.value_or(*read.stored), *read.stored);
}

void Sweep::bound_by(const bridge::HttpAnswer& answer) {
    auto through = plugins::read_instant(answer.header("x-experience-api-consistent-through"));
    // A store without the header: no statement can have been stored later than its own clock says.
    if (!through) through = plugins::read_http_date(answer.header("date"));
    if (!through) through = host_.unix_ms() * 1000;
    bound_ = std::min(bound_.value_or(*through), *through);
}

void Sweep::checkpoint(bool finished) {
    // A store that ignores `ascending` gives the newest first: then only the end of the sweep covers
    // anything.
    if (highest_ && (ascending_ || finished)) {
        const auto reached = std::min(*highest_, *bound_);
        if (!cursor_ || reached > *cursor_) {
            cursor_ = reached;
            restarts_ = 0;
        }
    }
    out_.checkpoint(
        json{{"of", settings_.fingerprint()}, {"stored", cursor_ ? plugins::write_instant(*cursor_) : ""}}
            .dump());
}

}  // namespace xapi_adapter
