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
    return out;
}

class Recorder : public HttpService {
public:
    Recorder(std::unique_ptr<HttpService> live, fs::path folder, std::string key, std::size_t last)
        : live_(std::move(live)), folder_(std::move(folder)), pseudonyms_(std::move(key)), last_(last) {}

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
        const auto text = exchange.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
        if (const auto written = write_file(folder_ / file_name(++last_), text); !written)
            return fail("adapter_config", "The cassette cannot be written: " + written.error().message + ".");
        return {};
    }

    std::string body_of(const std::string& body) {
        if (!is_utf8(body)) return "";
        if (body.front() == '{' || body.front() == '[') {
            const auto document = json::parse(body, nullptr, false);
            if (!document.is_discarded()) return pseudonyms_.document(document).dump();
        }
        const bool form = body.find('=') != body.npos && body.find_first_of(" \r\n<\"") == body.npos;
        return form ? pseudonyms_.form(body) : pseudonyms_.text(body);
    }

    json answer_of(const HttpOutcome& outcome) {
        json out{{"status", outcome.status}, {"headers", json::object()}};
        if (const auto document = json::parse(outcome.body, nullptr, false);
            !outcome.body.empty() && !document.is_discarded()) {
            out["body_json"] = pseudonyms_.document(document);
        } else if (is_utf8(outcome.body)) {
            out["body"] = pseudonyms_.text(outcome.body);
        } else {
            // Bytes in which nobody can be found and replaced.
            log::warn("cassette_body_left_out", {{"bytes", std::to_string(outcome.body.size())}});
            out["body"] = "";
        }
        for (const auto& [name, value] : outcome.headers) {
            if (!is_kept(name)) continue;
            const auto clean = pseudonyms_.text(value);
            auto& held = out["headers"][name];
            held = held.is_string() ? held.get<std::string>() + ", " + clean : clean;
        }
        return out;
    }

    std::unique_ptr<HttpService> live_;
    fs::path folder_;
    Pseudonyms pseudonyms_;
    std::size_t last_;
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
    const json source{{"adapter", settings.adapter},
                      {"settings", settings.settings},
                      {"http", without_places(settings.http)}};
    if (const auto written = write_file(folder / "source.json", source.dump(1) + "\n"); !written)
        return fail("cassette", "The cassette's folder '" + folder.string() + "' cannot be written.");
    auto key = memory.get(kKey).value_or("");
    if (key.empty()) {
        key = random_token(32);
        CAPBRIDGE_TRY(memory.put(kKey, key));
    }
    return std::make_unique<Recorder>(std::move(live), folder, key, last_number(folder));
}

}  // namespace capbridge::adapters
