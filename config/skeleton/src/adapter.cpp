// The @NAME@ adapter. It reads completions page by page from URL/completions?after=CURSOR&limit=N, which is
// an invented LMS: replace what it asks and what it understands by what yours has. Everything else (resuming,
// classes of errors, rejecting what cannot be read) stays as it is here.
#include <bridge/http.hpp>
#include <nlohmann/json.hpp>

namespace {

using json = nlohmann::json;

class Adapter : public bridge::Adapter, public bridge::Source {
public:
    static constexpr std::string_view id = "@NAME@";
    static constexpr std::string_view descriptor = R"json({
        "id": "@NAME@", "name": "@NAME@", "vendor": "Your organisation", "version": "0.1.0",
        "facets": ["source"], "kinds": ["completion"],
        "allowed_hosts": ["*"],
        "config_schema": {
            "type": "object", "additionalProperties": false, "required": ["url"],
            "properties": {
                "url": {"type": "string", "pattern": "^https?://([^/?#@:\\s]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?(/[^?#\\s]*)?$",
                    "title": "An address without a user or password",
                    "description": "Address of the LMS. No user or password in it: lists show it, credentials belong into http.auth."},
                "page_size": {"type": "integer", "minimum": 1, "maximum": 500, "description": "Rows a request; 100 by default."}
            }
        }
    })json";

    explicit Adapter(bridge::Host host) : host_(host) {}

    void configure(std::string_view settings_json, const bridge::Call&) override {
        const auto settings = json::parse(settings_json, nullptr, false);
        if (!settings.is_object() || !settings.contains("url") || !settings["url"].is_string())
            throw bridge::Failure{BRIDGE_CONFIG, "The setting 'url' is needed."};
        url_ = settings["url"];
        const auto size = settings.value("page_size", json(100));
        if (!size.is_number_integer()) throw bridge::Failure{BRIDGE_CONFIG, "'page_size' must be a number."};
        page_size_ = size.get<int>();
    }

    void check(const bridge::Call&) override { ask("", 1); }

    // The cursor is the number of the last row that was read; an empty one begins at the first.
    void pull(std::string_view cursor, bridge::Stream& out, const bridge::Call& call) override {
        std::string after(cursor);
        if (after.find_first_not_of("0123456789") != after.npos || after.size() > 18)
            throw bridge::Failure{BRIDGE_BAD_CURSOR, {}, "the cursor is none of ours"};
        for (;;) {
            call.stop_if_cancelled();
            const auto page = ask(after, page_size_);
            for (const auto& row : page["rows"]) take(row, out);
            // A row's number is checked before it becomes the cursor, or we would never get past it.
            if (!page["rows"].empty()) after = std::to_string(number_of(page["rows"].back()));
            out.checkpoint(after);
            if (!page.value("more", json(false)).is_boolean() || !page.value("more", false)) return;
            if (page["rows"].empty()) return;
        }
    }

private:
    json ask(const std::string& after, int limit) {
        const bridge::Http http(host_);
        const auto answer = http.send({.url = url_ + "/completions?after=" + bridge::url_encoded(after) +
                                              "&limit=" + std::to_string(limit),
                                       .headers = {{"accept", "application/json"}},
                                       .auth = "lms"});
        if (answer.status == 401) throw bridge::Failure{BRIDGE_AUTH, "The LMS refuses the credentials."};
        if (answer.status == 403)
            throw bridge::Failure{BRIDGE_CONFIG, "The account may not read completions."};
        if (answer.status == 404) throw bridge::Failure{BRIDGE_CONFIG, "There is no such address."};
        if (answer.status == 429 || answer.status >= 500)
            throw bridge::Failure{BRIDGE_RETRY, "The LMS is busy or failed."};
        auto page = answer.status == 200 ? json::parse(answer.body, nullptr, false) : json();
        const bool whole = page.is_object() && page.contains("rows") && page["rows"].is_array() &&
                           (page["rows"].empty() || number_of(page["rows"].back()) > 0);
        if (!whole) throw bridge::Failure{BRIDGE_RETRY, "The answer of the LMS cannot be read."};
        return page;
    }

    static std::int64_t number_of(const json& row) {
        return row.is_object() && row.contains("number") && row["number"].is_number_integer()
                   ? row["number"].get<std::int64_t>()
                   : 0;
    }

    static std::string text_of(const json& row, const char* member) {
        return row.is_object() && row.contains(member) && row[member].is_string()
                   ? row[member].get<std::string>()
                   : "";
    }

    static void take(const json& row, bridge::Stream& out) {
        const auto key = std::to_string(number_of(row));
        const auto email = text_of(row, "email"), course = text_of(row, "course"), day = text_of(row, "day");
        if (email.empty() || course.empty()) {
            // Where and why, never who.
            out.reject("completion", key,
                       json{{"where", "row " + key}, {"reason", "no e-mail or no course"}}.dump());
            return;
        }
        json occurred{{"precision", "unknown"}};
        if (day.size() == 10) occurred = {{"value", day}, {"precision", "day"}, {"basis", "completed"}};
        out.emit("completion", json{{"who", {{{"scheme", "email"}, {"value", email}}}},
                                    {"activity", {{"id", course}, {"title", course}}},
                                    {"key", key},
                                    {"what", "completed"},
                                    {"occurred", occurred}}
                                   .dump());
    }

    bridge::Host host_;
    std::string url_;
    int page_size_ = 100;
};

}  // namespace

BRIDGE_ADAPTERS(Adapter)
