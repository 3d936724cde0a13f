// One web service call of Moodle: a form in the body, JSON back, errors as Refusal. The token is no part of
// it: the host appends it to the body (auth profile form_token), so that it never stands in an address or
// here. Several calls can travel in one request (tool_mobile_call_external_functions). One thread.
#pragma once
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bridge/http.hpp"
#include "moodle/refusal.hpp"
#include "moodle/settings.hpp"

namespace moodle {

// Parameters as PHP reads them: add("options[0][name]", "limitfrom").
class Form {
public:
    Form& add(std::string_view name, std::string_view value);
    Form& add(std::string_view name, std::int64_t value) { return add(name, std::to_string(value)); }
    // name[0], name[1], ...
    Form& list(std::string_view name, const std::vector<std::string>& values);
    // options[n][name], options[n][value], numbered from 0.
    Form& option(std::string_view name, std::string_view value);
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string text_;
    std::size_t options_ = 0;
};

struct Answer {
    json value;
    std::optional<Refusal> refusal;
};

// One of several calls that travel together; arguments is an object of numbers and texts.
struct InnerCall {
    std::string_view function;
    json arguments;
};

enum class Effect { none, writes };

class Service {
public:
    Service(const bridge::Host& host, const Settings& settings)
        : http_(host), settings_(settings), url_(settings.url + "/webservice/rest/server.php") {}

    // What came; a refusal is an answer too. Throws when nothing came that could be read.
    [[nodiscard]] Answer ask(std::string_view function, const Form& form, const std::string& what,
                             Effect effect = Effect::none) const;
    // The same, where a refusal ends the run.
    [[nodiscard]] json call(std::string_view function, const Form& form, const std::string& what,
                            Effect effect = Effect::none) const;

    // Answers in the order of the calls, each with its own refusal. One that is a matter of rights, or of the
    // site as a whole, is thrown. Without the batch function (use_batches(false)) they go one by one.
    [[nodiscard]] std::vector<Answer> many(const std::vector<InnerCall>& calls, const std::string& what,
                                           const bridge::Call& call) const;
    void use_batches(bool yes) { batches_ = yes; }

private:
    [[nodiscard]] bridge::HttpRequest request(std::string_view function, const Form& form,
                                              Effect effect) const;
    [[nodiscard]] std::vector<Answer> one_by_one(const std::vector<InnerCall>& calls, const std::string& what,
                                                 const bridge::Call& call) const;
    // How many calls of `calls` from `from` on were answered; appends their answers.
    std::size_t batch(const std::vector<InnerCall>& calls, std::size_t from, const std::string& what,
                      std::vector<Answer>& out) const;

    bridge::Http http_;
    const Settings& settings_;
    std::string url_;
    bool batches_ = true;
};

}  // namespace moodle
