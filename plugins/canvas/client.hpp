// Canvas's way of answering: lists in pages by the Link header, and a leaky bucket of cost for each token
// (high-water mark 600, leaking 10 a second; a request costs 50 while it runs). Above the mark a self-hosted
// Canvas answers 403 with the text "Rate Limit Exceeded", the cloud 429; a 403 for a missing right looks the
// same but for its body. The host waits for 429 by itself, for that 403 we do, and before either comes we
// slow down by X-Rate-Limit-Remaining. One thread; lives for one pull.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/http.hpp"
#include "canvas/settings.hpp"

namespace canvas {

class Client {
public:
    Client(const bridge::Host& host, const Settings& settings, const bridge::Call& call)
        : host_(host), http_(host), settings_(settings), call_(call) {}

    // An answer that is no throttling; any other status is for the caller to judge.
    bridge::HttpAnswer get(const std::string& url);
    // Many, as parallel as the bucket allows; answers in the order of the addresses.
    std::vector<bridge::HttpAnswer> get_all(const std::vector<std::string>& urls);

    // All rows of a list, as texts, page by page. A first page that is refused ends it: that status is
    // returned, and no row was given (200 otherwise). An address of a later page that has expired begins the
    // list anew, so that rows may come twice.
    using OnRow = std::function<void(std::string_view row, const std::string& where)>;
    int list(const std::string& url, const std::string& what, const char* right, const OnRow& on_row);

private:
    bridge::HttpRequest request(const std::string& url) const;
    void note(const bridge::HttpAnswer& answer);
    void slow_down();
    void wait_out(const bridge::HttpAnswer& throttled, int attempt);

    const bridge::Host& host_;
    bridge::Http http_;
    const Settings& settings_;
    const bridge::Call& call_;
    std::optional<double> remaining_;  // of the bucket, as the last answer said
};

// A 403 for cost, not for a missing right.
bool is_throttled(const bridge::HttpAnswer& answer);
// plugins::require_success, but for Canvas's 401 and 403 that mean a missing right, and with the right's
// name: as the page of a role in Canvas writes it.
void require_allowed(const bridge::HttpAnswer& answer, const std::string& what, const char* right);

inline constexpr const char* kListCourses = "Courses - view list";
inline constexpr const char* kListUsers = "Users - view list";
inline constexpr const char* kViewGrades = "Grades - view all grades";
inline constexpr const char* kViewContent = "Course Content - view";
// What Canvas says of a course without module requirements (400 with an error body; 200 with one on old
// sites).
bool has_no_progress(const bridge::HttpAnswer& answer);

}  // namespace canvas
