#include <nlohmann/json.hpp>
#include <set>

#include "adapters/cassette.hpp"
#include "adapters/cassette_pseudonyms.hpp"
#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/base/log.hpp"
#include "core/base/text.hpp"

namespace capbridge::adapters {
namespace {

namespace fs = std::filesystem;

// The key stays with the source, so that recordings of one source fit each other; it is never in a cassette.
constexpr const char* kKey = "host/cassette_key";

// What an adapter may look at; others (dates, servers, ids of requests) change with every recording.
bool is_kept(const std::string& lower_name) {
    static const std::set<std::string> names{"content-type",  "link", "location", "retry-after",
                                             "last-modified", "etag", "allow",    "x-total-count"};
    return names.contains(lower_name) || lower_name.starts_with("x-experience-api-") ||
           lower_name.find("ratelimit") != std::string::npos ||
           lower_name.find("rate-limit") != std::string::npos || lower_name == "x-request-cost";
}

std::string file_name(std::size_t number) {
    auto text = std::to_string(number);
    return std::string(text.size() < 4 ? 4 - text.size() : 0, '0') + text + ".json";
}

// Sources, proxies and profiles as they are, without where their secrets lie.
json without_places(const json& value) {
    if (value.is_array()) {
        auto out = json::array();
        for (const auto& element : value) out.push_back(without_places(element));
        return out;
    }
    if (!value.is_object()) return value;
    auto out = json::object();
    for (const auto& [name, member] : value.items()) {
        const bool place = name.ends_with("_file") || name.ends_with("_credential") || name.ends_with("_env");
        if (!place && name != "proxy" && name != "no_proxy") out[name] = without_places(member);
    }
    // Of a profile its kind: who signs in, and with what, is nobody's business, and a replay signs nothing.
    if (out.contains("auth") && out["auth"].is_object()) {
        for (auto& [name, profile] : out["auth"].items()) profile = {{"type", get_string(profile, "type")}};
    }
    return out;
}

const std::string& content_type_of(const HttpOutcome& outcome) {
    static const std::string none;
    for (const auto& [name, value] : outcome.headers) {
        if (name == "content-type") return value;
    }
    return none;
}

// <https://lms.example.org/users?page=2>; rel="next", <...>; rel="last"
std::string links(Pseudonyms& pseudonyms, const std::string& value) {
    return replaced_by_shape(value, "<[^<>]{1,4000}>", [&](const std::string& link) {
        return "<" + pseudonyms.url(link.substr(1, link.size() - 2)) + ">";
    });
}

class Recorder : public HttpService {
public:
    Recorder(std::unique_ptr<HttpService> live, fs::path folder, Pseudonyms pseudonyms, std::size_t last)
        : live_(std::move(live)),
          folder_(std::move(folder)),
          pseudonyms_(std::move(pseudonyms)),
          last_(last) {}
    ~Recorder() override { finish(); }
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    Status run(const std::vector<HttpQuestion>& questions, const std::atomic<bool>* cancel,
               const Deliver& deliver) override {
        return live_->run(questions, cancel, [&](std::size_t index, const HttpOutcome& outcome) -> Status {
            if (outcome.error_class == "ok") CAPBRIDGE_TRY(write(questions[index], outcome));
            return deliver(index, outcome);
        });
    }

private:
    // The answer first: what it names is known when the next request asks for it, and this one's own address.
    Status write(const HttpQuestion& question, const HttpOutcome& outcome) {
        const json answer = answer_of(outcome);
        json request{{"method", question.method}, {"url", pseudonyms_.url(question.url)}};
        if (!question.body.empty()) request["body"] = body_of(question.body);
        const json exchange{{"request", std::move(request)}, {"answer", answer}};
        if (const auto written = write_file(folder_ / file_name(++last_), text_of(exchange)); !written)
            return fail("adapter_config", "The cassette cannot be written: " + written.error().message + ".");
        return {};
    }

    // Whom a later answer named stands in earlier exchanges too, in a sentence, say. Then a word to whoever
    // records, in recording.json and the log.
    void finish() {
        for (std::size_t number = 1; number <= last_; ++number) {
            const auto file = folder_ / file_name(number);
            const auto text = read_file(file);
            const auto before = text ? json::parse(*text, nullptr, false) : json();
            if (!before.is_object()) continue;
            auto after = before;
            for (const auto* part : {"request", "answer"}) {
                if (!after.contains(part) || !after[part].is_object()) continue;
                for (const auto* member : {"url", "body", "body_json", "headers"}) {
                    if (after[part].contains(member))
                        after[part][member] = pseudonyms_.again(before[part][member]);
                }
            }
            if (after != before && !write_file(file, text_of(after)))
                log::warn("cassette_not_finished", {{"file", file_name(number)}});
        }
        finish_source();
        json replaced(pseudonyms_.counts());
        const json summary{
            {"exchanges", last_},
            {"replaced", replaced},
            {"bodies_left_out", left_out_},
            {"note",
             "Pseudonyms stand for the people whom members, columns and shapes gave away. Look "
             "through every file before it leaves the house: a name in a sentence may be left."}};
        if (!write_file(folder_ / "recording.json", summary.dump(1) + "\n")) return;
        log::warn("cassette_recorded", {{"exchanges", std::to_string(last_)},
                                        {"replaced", replaced.dump()},
                                        {"bodies_left_out", std::to_string(left_out_)},
                                        {"next", "look through its files before they leave the house"}});
    }

    // The settings were written before anybody was known.
    void finish_source() {
        const auto file = folder_ / "source.json";
        const auto text = read_file(file);
        auto source = text ? json::parse(*text, nullptr, false) : json();
        if (!source.is_object() || !source.contains("settings")) return;
        const auto before = source["settings"];
        source["settings"] = pseudonyms_.settings_again(before);
        if (source["settings"] != before && !write_file(file, text_of(source)))
            log::warn("cassette_not_finished", {{"file", "source.json"}});
    }

    static std::string text_of(const json& exchange) {
        return exchange.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
    }

    std::string body_of(const std::string& body) {
        if (!is_utf8(body)) {
            ++left_out_;
            return "";
        }
        if (body.front() == '{' || body.front() == '[') {
            const auto document = json::parse(body, nullptr, false);
            if (!document.is_discarded()) return pseudonyms_.document(document).dump();
        }
        const bool form = body.find('=') != body.npos && body.find_first_of(" \r\n<\"") == body.npos;
        return form ? pseudonyms_.form(body) : pseudonyms_.text(body);
    }

    std::string other_body(const std::string& body, const std::string& type) {
        if (type.find("x-www-form-urlencoded") != type.npos) return pseudonyms_.form(body);
        const auto first = body.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
        if (first != body.npos && body[first] == '<') return pseudonyms_.markup(body);
        const bool table = type.find("csv") != type.npos || type.find("tab-separated") != type.npos ||
                           type.find("text/plain") != type.npos || type.find("octet-stream") != type.npos ||
                           type.empty();
        return table ? pseudonyms_.csv(body) : pseudonyms_.text(body);
    }

    json answer_of(const HttpOutcome& outcome) {
        json out{{"status", outcome.status}, {"headers", json::object()}};
        if (const auto document = json::parse(outcome.body, nullptr, false);
            !outcome.body.empty() && !document.is_discarded()) {
            out["body_json"] = pseudonyms_.document(document);
        } else if (is_utf8(outcome.body)) {
            out["body"] = other_body(outcome.body, lower_ascii(content_type_of(outcome)));
        } else {
            // Bytes in which nobody can be found and replaced.
            ++left_out_;
            log::warn("cassette_body_left_out", {{"bytes", std::to_string(outcome.body.size())}});
            out["body"] = "";
        }
        for (const auto& [name, value] : outcome.headers) {
            if (!is_kept(name)) continue;
            const auto clean = name == "location" ? pseudonyms_.url(value)
                               : name == "link"   ? links(pseudonyms_, value)
                                                  : pseudonyms_.text(value);
            auto& held = out["headers"][name];
            held = held.is_string() ? held.get<std::string>() + ", " + clean : clean;
        }
        return out;
    }

    std::unique_ptr<HttpService> live_;
    fs::path folder_;
    Pseudonyms pseudonyms_;
    std::size_t last_, left_out_ = 0;
};

std::size_t last_number(const fs::path& folder) {
    std::size_t last = 0;
    while (fs::exists(folder / file_name(last + 1))) ++last;
    return last;
}

}  // namespace

Result<std::unique_ptr<HttpService>> make_recorder(std::unique_ptr<HttpService> live,
                                                   const engine::SourceSettings& settings,
                                                   engine::SourceMemory& memory) {
    const auto& folder = settings.cassette_folder;
    std::error_code ec;
    fs::create_directories(folder, ec);
    auto key = memory.get(kKey).value_or("");
    if (key.empty()) {
        key = random_token(32);
        CAPBRIDGE_TRY(memory.put(kKey, key));
    }
    Pseudonyms pseudonyms(key);
    auto own = pseudonyms.settings(settings.settings);
    const json source{
        {"adapter", settings.adapter}, {"settings", std::move(own)}, {"http", without_places(settings.http)}};
    if (const auto written = write_file(folder / "source.json", source.dump(1) + "\n"); !written)
        return fail("cassette", "The cassette's folder '" + folder.string() + "' cannot be written.");
    return std::make_unique<Recorder>(std::move(live), folder, std::move(pseudonyms), last_number(folder));
}

}  // namespace capbridge::adapters
