#include "moodle/service.hpp"

#include <algorithm>

#include "common/answer.hpp"
#include "common/rows.hpp"

namespace moodle {
namespace {

constexpr std::string_view kBatch = "tool_mobile_call_external_functions";
constexpr std::size_t kAtOnce = 4;  // single calls in parallel: a site gains little by more

// Of a call within a batch these say something about that call; all others are about the site.
bool about_the_call(const Refusal& refusal) {
    return refusal.code == BRIDGE_REJECTED || refusal.code == BRIDGE_NOT_FOUND;
}

Answer read(const bridge::HttpAnswer& answer, std::string_view function, const std::string& what) {
    refuse_transport(answer, function, what);
    Answer out{plugins::json_body(answer, what), std::nullopt};
    out.refusal = refusal_of(out.value, function, what);
    return out;
}

// Both are JSON texts within the JSON answer.
Answer read_inner(const json& response, std::string_view function, const std::string& what) {
    const auto* const member = response.value("error", true) ? "exception" : "data";
    const auto text = plugins::text_of(response, member);
    auto parsed = plugins::parse_row(text);
    if (!parsed)
        throw bridge::Failure{BRIDGE_RETRY, "An answer about " + what + " is not JSON, or was cut off."};
    Answer out{std::move(*parsed), std::nullopt};
    out.refusal = refusal_of(out.value, function, what);
    if (*member == 'e' && !out.refusal)
        out.refusal = Refusal{BRIDGE_INTERNAL, "unknown", "Moodle refused a call without saying why."};
    if (out.refusal && out.refusal->code == BRIDGE_AUTH) {
        // The token was good enough for the batch itself.
        out.refusal->code = BRIDGE_CONFIG;
        out.refusal->user =
            "The service of the token lacks the function " + std::string(function) + ": add it.";
    }
    return out;
}

std::string plain(const json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

Form& Form::add(std::string_view name, std::string_view value) {
    if (!text_.empty()) text_ += '&';
    text_ += bridge::url_encoded(name);
    text_ += '=';
    text_ += bridge::url_encoded(value);
    return *this;
}

Form& Form::list(std::string_view name, const std::vector<std::string>& values) {
    for (std::size_t i = 0; i < values.size(); ++i)
        add(std::string(name) + "[" + std::to_string(i) + "]", values[i]);
    return *this;
}

Form& Form::option(std::string_view name, std::string_view value) {
    const auto at = "options[" + std::to_string(options_++) + "]";
    return add(at + "[name]", name).add(at + "[value]", value);
}

bridge::HttpRequest Service::request(std::string_view function, const Form& form, Effect effect) const {
    // Language and time zone always: the texts of a report would move with the profile of the service's user.
    Form head;
    head.add("wsfunction", function)
        .add("moodlewsrestformat", "json")
        .add("moodlewssettinglang", settings_.report.language)
        .add("moodlewssettingtimezone", settings_.report.time_zone);
    return {
        .method = "POST",
        .url = url_,
        .headers = {{"content-type", "application/x-www-form-urlencoded"}, {"accept", "application/json"}},
        .body = form.text().empty() ? head.text() : head.text() + "&" + form.text(),
        .auth = settings_.auth,
        .safe = effect == Effect::none};
}

Answer Service::ask(std::string_view function, const Form& form, const std::string& what,
                    Effect effect) const {
    return read(http_.send(request(function, form, effect)), function, what);
}

json Service::call(std::string_view function, const Form& form, const std::string& what,
                   Effect effect) const {
    auto answer = ask(function, form, what, effect);
    if (answer.refusal) answer.refusal->raise();
    return std::move(answer.value);
}

std::vector<Answer> Service::many(const std::vector<InnerCall>& calls, const std::string& what,
                                  const bridge::Call& call) const {
    if (!batches_) return one_by_one(calls, what, call);
    std::vector<Answer> out;
    out.reserve(calls.size());
    // Moodle stops at the first call that fails: what comes after it is asked for again.
    while (out.size() < calls.size()) {
        call.stop_if_cancelled();
        if (batch(calls, out.size(), what, out) == 0)
            throw bridge::Failure{BRIDGE_RETRY,
                                  "Moodle gave no answer to a batch of calls about " + what + "."};
    }
    return out;
}

std::size_t Service::batch(const std::vector<InnerCall>& calls, std::size_t from, const std::string& what,
                           std::vector<Answer>& out) const {
    const auto to = std::min(calls.size(), from + settings_.batch_size);
    Form form;
    for (auto i = from; i < to; ++i) {
        const auto at = "requests[" + std::to_string(i - from) + "]";
        form.add(at + "[function]", calls[i].function).add(at + "[arguments]", calls[i].arguments.dump());
    }
    const auto answer = call(kBatch, form, what);
    const auto responses = answer.is_object() ? answer.find("responses") : answer.end();
    if (!answer.is_object() || responses == answer.end() || !responses->is_array()) return 0;
    std::size_t answered = 0;
    for (const auto& response : *responses) {
        if (from + answered >= to || !response.is_object()) break;
        auto one = read_inner(response, calls[from + answered].function, what);
        if (one.refusal && !about_the_call(*one.refusal)) one.refusal->raise();
        out.push_back(std::move(one));
        ++answered;
    }
    return answered;
}

std::vector<Answer> Service::one_by_one(const std::vector<InnerCall>& calls, const std::string& what,
                                        const bridge::Call& call) const {
    std::vector<Answer> out;
    out.reserve(calls.size());
    for (std::size_t from = 0; from < calls.size(); from += kAtOnce) {
        call.stop_if_cancelled();
        std::vector<bridge::HttpRequest> requests;
        const auto to = std::min(calls.size(), from + kAtOnce);
        for (auto i = from; i < to; ++i) {
            Form form;
            for (const auto& [name, value] : calls[i].arguments.items()) form.add(name, plain(value));
            requests.push_back(request(calls[i].function, form, Effect::none));
        }
        const auto answers = http_.send_many(requests);
        for (std::size_t i = 0; i < answers.size(); ++i) {
            if (answers[i].code != BRIDGE_OK)
                throw bridge::Failure{answers[i].code, answers[i].why, "no answer",
                                      answers[i].retry_after_ms};
            auto one = read(answers[i], calls[from + i].function, what);
            if (one.refusal && !about_the_call(*one.refusal)) one.refusal->raise();
            out.push_back(std::move(one));
        }
    }
    return out;
}

}  // namespace moodle
