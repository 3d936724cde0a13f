#include "moodle/report.hpp"

#include <algorithm>
#include <deque>
#include <unordered_set>

#include "common/answer.hpp"
#include "moodle/report_rows.hpp"

namespace moodle {
namespace {

constexpr std::string_view kRetrieve = "core_reportbuilder_retrieve_report";
constexpr std::string_view kSetFilters = "core_reportbuilder_set_filters";
constexpr int kRange = 3;       // operator code of date filters
constexpr int kBackSteps = 16;  // how often a run may step back because rows vanished before it
constexpr std::size_t kPagesKept = 4;

void set_filters(const Settings& settings, const Service& service, const json& values) {
    Form form;
    form.add("reportid", settings.report.id).add("values", values.dump());
    // It does change something, but doing it twice is the same: safe to try again.
    (void)service.call(kSetFilters, form, "the filters of the report");
}

struct Page {
    json headers, rows;
    std::size_t total = 0;
};

Page retrieve(const Settings& settings, const Service& service, std::size_t page, std::size_t size) {
    Form form;
    form.add("reportid", settings.report.id)
        .add("page", static_cast<std::int64_t>(page))
        .add("perpage", static_cast<std::int64_t>(size));
    auto answer = service.ask(kRetrieve, form, "the report");
    if (answer.refusal) {
        if (answer.refusal->code == BRIDGE_NOT_FOUND)
            throw bridge::Failure{BRIDGE_CONFIG, "Moodle has no report " +
                                                     std::to_string(settings.report.id) +
                                                     ": report.id is the number in the report's address."};
        if (answer.refusal->code == BRIDGE_CONFIG || answer.refusal->code == BRIDGE_INTERNAL)
            answer.refusal->user =
                "Moodle does not show the report: add the service's user to its audience "
                "(moodle/reportbuilder:view).";
        if (answer.refusal->code == BRIDGE_INTERNAL) answer.refusal->code = BRIDGE_CONFIG;
        answer.refusal->raise();
    }
    Page out;
    const auto data = answer.value.is_object() ? answer.value.find("data") : answer.value.end();
    if (!answer.value.is_object() || data == answer.value.end() || !data->is_object() ||
        !data->contains("headers") || !data->contains("rows"))
        throw bridge::Failure{BRIDGE_INTERNAL, "The report came without its rows.", "no data in the report"};
    out.headers = std::move((*data)["headers"]);
    out.rows = std::move((*data)["rows"]);
    if (!out.headers.is_array() || !out.rows.is_array())
        throw bridge::Failure{BRIDGE_INTERNAL, "The report came without its rows.", "rows are no list"};
    const auto total = data->find("totalrowcount");
    out.total = total != data->end() && total->is_number_unsigned() ? total->get<std::size_t>() : 0;
    return out;
}

// Paging is not stable: rows come again, on the same page (several enrolments) or a later one. Knows the last
// pages exactly; what repeats later than that is the same fact to the host.
class Seen {
public:
    bool add(const std::string& record) {
        const auto [at, fresh] = records_.insert(record);
        if (fresh) pages_.back().push_back(&*at);
        return fresh;
    }
    void next_page() {
        pages_.emplace_back();
        if (pages_.size() <= kPagesKept) return;
        for (const auto* old : pages_.front()) records_.erase(records_.find(*old));
        pages_.pop_front();
    }

private:
    std::unordered_set<std::string> records_;
    std::deque<std::vector<const std::string*>> pages_{1};  // into records_
};

class ReportRun {
public:
    explicit ReportRun(Run& run) : run_(run), settings_(run.settings), at_(run.cursor) {}

    void read() {
        begin();
        std::size_t last_total = 0;
        for (int back = 0;;) {
            run_.call.stop_if_cancelled();
            const auto page = retrieve(settings_, run_.service, at_.page, settings_.report.page_size);
            if (at_.page > 0 && page.total < last_total && back < kBackSteps) {
                // Rows before us have gone and those behind moved up: the page before has some unseen ones.
                ++back;
                last_total = page.total;
                --at_.page;
                continue;
            }
            last_total = std::max(last_total, page.total);
            take(page);
            if (last(page)) break;
            ++at_.page;
            run_.checkpoint();
        }
        end();
    }

private:
    [[nodiscard]] bool filtered() const { return at_.from > 0; }

    void begin() {
        if (at_.phase != "report") {
            at_.enter("report");
            at_.full = at_.report_since == 0;
            at_.top = at_.report_since;
            // Without taking back, rows that are not completed are of no use in a full run either.
            at_.from = !at_.full
                           ? std::max<std::int64_t>(1, at_.report_since - settings_.report.overlap_seconds)
                       : settings_.withdraw_incomplete ? 0
                                                       : 1;
        } else if (at_.page > 0) {
            --at_.page;  // rows may have moved up since
        }
        json values = json::object();
        if (filtered()) {
            values[settings_.report.filter + "_operator"] = kRange;
            values[settings_.report.filter + "_from"] = at_.from;
        }
        set_filters(settings_, run_.service, values);
    }

    void end() {
        if (filtered()) set_filters(settings_, run_.service, json::object());
        if (rows_ == 0 && at_.full && settings_.expect.users_at_least > 0)
            throw bridge::Failure{BRIDGE_CONFIG,
                                  "The report is empty. Either nobody has completed anything (then say "
                                  "expect.users_at_least: 0), or the service's role lacks rights such as "
                                  "moodle/course:view and moodle/user:viewdetails."};
        if (nameless_ > 0)
            run_.host.log(BRIDGE_LOG_WARN, std::to_string(nameless_) +
                                               " rows are about courses without the field of course_id; they "
                                               "were passed over");
        at_.report_since = std::max(at_.report_since, at_.top);
    }

    [[nodiscard]] bool last(const Page& page) const {
        // A site may give fewer rows than asked for, so that only the count says where the end is.
        const auto seen = at_.page * settings_.report.page_size + page.rows.size();
        return page.rows.empty() || (page.total > 0 && seen >= page.total);
    }

    void take(const Page& page) {
        if (!columns_) {
            columns_.emplace(settings_, page.headers);
        } else if (!columns_->same(page.headers)) {
            throw bridge::Failure{BRIDGE_RETRY, "The columns of the report were changed while it was read."};
        }
        for (const auto& row : page.rows) {
            const auto result = columns_->read(row);
            if (const auto* const good = std::get_if<ReportRow>(&result)) {
                hold_to_filter(good->time, good->completed);
                take(*good);
            } else if (const auto* const bad = std::get_if<BadRow>(&result)) {
                ++rows_;
                json reason{{"where", "report " + std::to_string(settings_.report.id)},
                            {"reason", bad->reason}};
                if (!bad->column.empty()) reason["column"] = bad->column;
                run_.out.reject("completion", "", reason.dump());
            } else {
                hold_to_filter(0, false);
            }
        }
        first_done_ = true;
        seen_.next_page();
    }

    // The texts of a report end at the minute, or at the day.
    void hold_to_filter(std::int64_t time, bool completed) const {
        if (!filtered() || (completed && time + 86'400 > at_.from)) return;
        if (first_done_)
            throw bridge::Failure{BRIDGE_RETRY,
                                  "The filters of the report changed while it was read: nobody else may use "
                                  "the service's user."};
        throw bridge::Failure{BRIDGE_CONFIG,
                              "Moodle does not apply the filter '" + settings_.report.filter +
                                  "': add the filter 'Time completed' to the report (and let nobody else use "
                                  "the service's user)."};
    }

    void take(const ReportRow& row) {
        ++rows_;
        if (row.course.id.empty()) {
            ++nameless_;
            return;
        }
        const auto key = key_of(settings_, row.course, row.person);
        if (key.empty())
            return run_.reject("completion", "", row.course.key,
                               std::string("the person has no ") + name_of(settings_.person_key));
        if (!row.completed) {
            if (at_.full && row.active && settings_.withdraw_incomplete && seen_.add(key))
                run_.incomplete(key, true);
            return;
        }
        const auto who = who_json(settings_, row.person);
        if (who.empty())
            return run_.reject("completion", key, row.course.key, "the person has none of the identifiers");
        // A date in the future would shut out all that comes before it.
        if (row.time <= run_.now()) at_.top = std::max(at_.top, row.time);
        auto record = completion_json(who, row.course, key, row.fact);
        if (seen_.add(record)) run_.emit("completion", key, record);
    }

    Run& run_;
    const Settings& settings_;
    Cursor& at_;
    std::optional<ReportColumns> columns_;
    Seen seen_;
    std::size_t rows_ = 0, nameless_ = 0;
    bool first_done_ = false;
};

}  // namespace

void read_report(Run& run) {
    try {
        ReportRun(run).read();
    } catch (const bridge::Failure& failure) {
        // A filter left behind only waits for the next run, which sets its own: it is worth no more than a
        // try.
        const bool reachable =
            failure.code != BRIDGE_AUTH && failure.code != BRIDGE_RETRY && failure.code != BRIDGE_CANCELLED;
        try {
            if (reachable) set_filters(run.settings, run.service, json::object());
        } catch (const bridge::Failure&) {
            run.host.log(BRIDGE_LOG_DEBUG, "the report's filters could not be cleared");
        }
        throw;
    }
}

void try_report(const Settings& settings, const Service& service) {
    set_filters(settings, service, json::object());
    const auto page = retrieve(settings, service, 0, 50);
    const ReportColumns columns(settings, page.headers);
    const auto least = settings.expect.users_at_least;
    const auto total = std::max(page.total, page.rows.size());
    std::size_t people = 0;
    for (const auto& row : page.rows) {
        const auto result = columns.read(row);
        if (const auto* const bad = std::get_if<BadRow>(&result))
            throw bridge::Failure{BRIDGE_CONFIG, "A row of the report cannot be read: column '" +
                                                     bad->column + "': " + bad->reason +
                                                     ". Compare report.date_formats, yes and no with it."};
        const auto* const good = std::get_if<ReportRow>(&result);
        people += good != nullptr && !good->person.nameless() ? 1u : 0u;
    }
    if (total < least || (least > 0 && people == 0))
        throw bridge::Failure{
            BRIDGE_CONFIG, "The report shows " + std::to_string(total) + " rows, " + std::to_string(people) +
                               " of the first of them with a person, where expect.users_at_least is " +
                               std::to_string(least) +
                               ". A missing right looks like an empty site: check moodle/course:view, "
                               "moodle/user:viewdetails and moodle/site:viewuseridentity."};
}

}  // namespace moodle
