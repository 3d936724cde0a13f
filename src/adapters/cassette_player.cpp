#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "adapters/cassette.hpp"
#include "core/base/files.hpp"
#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "core/net/url.hpp"

namespace capbridge::adapters {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostExchanges = 100'000;
constexpr std::size_t kMostBytes = 64u << 20;  // of one exchange

// Names and values, decoded, whatever their order. A JSON array of pairs, so that no value can look like two.
std::string pairs_key(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const auto& pair : split(text, '&')) {
        const auto equals = pair.find('=');
        pairs.emplace_back(url_decode(pair.substr(0, equals)),
                           equals == std::string::npos ? "" : url_decode(pair.substr(equals + 1)));
    }
    std::stable_sort(pairs.begin(), pairs.end());
    return json(pairs).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string body_key(const std::string& body) {
    if (body.empty()) return "";
    if (body.front() == '{' || body.front() == '[') {
        const auto document = json::parse(body, nullptr, false);
        if (!document.is_discarded())
            return "json " + document.dump(-1, ' ', false, json::error_handler_t::replace);
    }
    const bool form = body.find('=') != std::string::npos && body.find_first_of(" \r\n<\"") == body.npos;
    return form ? "form " + pairs_key(body) : "text " + body;
}

std::string url_key(const std::string& text) {
    const auto url = net::read_url(text);
    if (!url) return text;
    return url->scheme + "://" + url->authority() + url->path + "?" + pairs_key(url->query);
}

Error broken(const fs::path& file, const std::string& why) {
    return {"cassette", "The cassette's file '" + file.string() + "' " + why + ".", {}, 0};
}

Result<std::string> body_of(const json& answer, const fs::path& file) {
    if (answer.contains("body_json"))
        return answer["body_json"].dump(-1, ' ', false, json::error_handler_t::replace);
    if (const auto encoded = get_string(answer, "body_base64"); !encoded.empty()) {
        auto bytes = from_base64(encoded);
        if (!bytes) return fail(broken(file, "has a body_base64 that is none"));
        return std::move(*bytes);
    }
    return get_string(answer, "body");
}

struct Exchange {
    std::string key, address;
    HttpOutcome outcome;
};

Result<Exchange> read_exchange(const fs::path& file) {
    const auto text = read_file(file, kMostBytes);
    if (!text) return fail(broken(file, text.error().message));
    const auto parsed = parse_json(*text, {kMostBytes, 512});
    if (!parsed) return fail(broken(file, "is no JSON: " + parsed.error().message));
    const auto request = parsed->is_object() ? parsed->value("request", json()) : json();
    const auto answer = parsed->is_object() ? parsed->value("answer", json()) : json();
    if (!request.is_object() || get_string(request, "url").empty())
        return fail(broken(file, "has no request with a url"));
    if (!answer.is_object() || !answer.contains("status") || !answer["status"].is_number_integer())
        return fail(broken(file, "has no answer with a status"));
    Exchange out;
    auto body = get_string(request, "body");
    if (const auto encoded = get_string(request, "body_base64"); !encoded.empty())
        body = from_base64(encoded).value_or("");
    if (request.contains("body_json")) body = request["body_json"].dump();
    const auto method = get_string(request, "method", "GET");
    out.key = request_key(method, get_string(request, "url"), body);
    out.address = method + " " + url_key(get_string(request, "url"));
    out.outcome.status = answer["status"].get<int>();
    CAPBRIDGE_LET(out.outcome.body, body_of(answer, file));
    const auto headers = answer.value("headers", json::object());
    if (!headers.is_object()) return fail(broken(file, "has headers that are no object"));
    for (const auto& [name, value] : headers.items())
        out.outcome.headers.emplace_back(lower_ascii(name),
                                         value.is_string() ? value.get<std::string>() : "");
    return out;
}

class Player : public HttpService {
public:
    void add(Exchange exchange) {
        ++of_address_[exchange.address];
        tracks_[std::move(exchange.key)].outcomes.push_back(std::move(exchange.outcome));
    }

    Status run(const std::vector<HttpQuestion>& questions, const std::atomic<bool>* cancel,
               const Deliver& deliver) override {
        for (std::size_t i = 0; i < questions.size(); ++i) {
            HttpOutcome outcome;
            if (cancel != nullptr && cancel->load()) {
                outcome.error_class = "cancelled";
                outcome.user = "Cancelled.";
            } else {
                outcome = answer(questions[i]);
            }
            CAPBRIDGE_TRY(deliver(i, outcome));
        }
        return {};
    }

private:
    struct Track {
        std::vector<HttpOutcome> outcomes;
        std::size_t next = 0;
    };

    HttpOutcome answer(const HttpQuestion& question) {
        const auto it = tracks_.find(request_key(question.method, question.url, question.body));
        if (it == tracks_.end()) return unknown(question);
        auto& track = it->second;
        const auto at = std::min(track.next++, track.outcomes.size() - 1);
        return track.outcomes[at];
    }

    HttpOutcome unknown(const HttpQuestion& question) {
        HttpOutcome out;
        out.error_class = "not_found";
        out.user = "The cassette has no answer for " + question.method + " " + question.url;
        const auto others = of_address_.find(question.method + " " + url_key(question.url));
        if (others != of_address_.end())
            out.user += " with this body, only for " + std::to_string(others->second) + " other(s)";
        out.user += ".";
        return out;
    }

    std::map<std::string, Track> tracks_;
    std::map<std::string, int> of_address_;
};

}  // namespace

std::string request_key(const std::string& method, const std::string& url, const std::string& body) {
    return method + "\n" + url_key(url) + "\n" + body_key(body);
}

Result<std::unique_ptr<HttpService>> open_player(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code ec;
    for (fs::directory_iterator it(folder, ec), end; !ec && it != end; it.increment(ec)) {
        const auto name = it->path().filename().string();
        const bool exchange = name.size() >= 9 && name.ends_with(".json") &&
                              name.find_first_not_of("0123456789") == name.size() - 5;
        if (exchange) files.push_back(it->path());
        if (files.size() > kMostExchanges) return fail("cassette", "The cassette has too many exchanges.");
    }
    if (ec) return fail("cassette", "The cassette's folder '" + folder.string() + "' cannot be read.");
    std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
        const auto x = a.filename().string(), y = b.filename().string();
        return x.size() == y.size() ? x < y : x.size() < y.size();
    });
    auto player = std::make_unique<Player>();
    for (const auto& file : files) {
        CAPBRIDGE_LET(auto exchange, read_exchange(file));
        player->add(std::move(exchange));
    }
    return player;
}

}  // namespace capbridge::adapters
