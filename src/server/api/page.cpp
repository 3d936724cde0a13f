// The browser application and the way into it: a one-time link from `capbridge login-link`, exchanged for a
// session cookie.
#include "server/application.hpp"

#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "server/assets.hpp"
#include "server/caller.hpp"
#include "server/live.hpp"

namespace capbridge::server {
namespace {

constexpr auto session_lives = std::chrono::hours(8);

// A bridge over what is held: three cells of a matrix, one met, one half, one open. The policy of the pages
// forbids data: addresses, so it is a file like the others.
constexpr std::string_view favicon =
    R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#0b4a6f"/>)"
    R"(<path d="M5 17a11 10 0 0 1 22 0" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/>)"
    R"(<rect x="4" y="20" width="7" height="7" fill="#fff"/><rect x="12.5" y="20" width="7" height="7" fill="#fff" fill-opacity=".55"/>)"
    R"(<rect x="21.5" y="20.5" width="6" height="6" fill="none" stroke="#fff"/></svg>)"
    "\n";

std::string small_page(const Backend& backend, std::string_view title, const std::string& body) {
    const auto prefix = prefix_of(backend);
    return "<!doctype html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
           escape_html(title) + " \xE2\x80\x93 capbridge</title>\n<link rel=\"icon\" href=\"" + prefix +
           "/favicon.svg\" type=\"image/svg+xml\">\n<link rel=\"stylesheet\" href=\"" + prefix +
           "/app.css\">\n</head>\n<body "
           "class=\"small-page\">\n"
           "<header class=\"masthead\"><p class=\"product\">capbridge</p></header>\n<main>\n<h1>" +
           escape_html(title) + "</h1>\n" + body + "</main>\n</body>\n</html>\n";
}

Response sign_in_page(const Backend& backend) {
    return html_response(small_page(backend, "Sign in",
                                    "<p>You sign in with a link that works once.</p>\n"
                                    "<p>Ask your administrator for a link. On the server, they run:</p>\n"
                                    "<pre><code>capbridge login-link</code></pre>\n"
                                    "<p>Open the link within the time that it says.</p>\n"));
}

std::string content_type_of(std::string_view path) {
    if (path.ends_with(".html")) return "text/html; charset=utf-8";
    if (path.ends_with(".css")) return "text/css; charset=utf-8";
    if (path.ends_with(".js")) return "text/javascript; charset=utf-8";
    if (path.ends_with(".svg")) return "image/svg+xml";
    return "application/octet-stream";
}

std::string etag_of(const EmbeddedFile& file) {
    return "\"" + sha256_hex(file.bytes).substr(0, 40) + "\"";
}

// A browser may keep a file of the application, and asks each time whether it is still the same.
Response asset(const EmbeddedFile& file, const std::string& etag, const Request& request) {
    auto response = request.header("if-none-match") == etag
                        ? empty_response(304)
                        : Response{200, content_type_of(file.path), std::string(file.bytes), {}};
    return std::move(response).with("ETag", etag).with("Cache-Control", "no-cache");
}

// The link itself only shows a button: what looks at links before a person does (mail scanners, previews)
// does not press it.
void show_login(const Backend& backend, const Call& call, const Responder& respond) {
    respond(html_response(
        small_page(backend, "Sign in",
                   "<form method=\"post\" action=\"" + prefix_of(backend) + "/login/" +
                       url_encode(call.capture("token")) +
                       "\">\n<p>This link signs you in on this browser for 8 hours. It works once.</p>\n"
                       "<p><button type=\"submit\">Sign in</button></p>\n</form>\n")));
}

}  // namespace

void add_page_routes(Router& router, const Backend& backend) {
    for (const auto& file : embedded_web()) {
        if (file.path == "index.html") {
            router.add({"GET",
                        "/",
                        Lane::quick,
                        {},
                        false,
                        [&backend, &file](const Call& call, const Responder& respond) {
                            if (!has_session(backend, call.request)) return respond(sign_in_page(backend));
                            respond(html_response(std::string(file.bytes)));
                        }});
            continue;
        }
        router.add({"GET",
                    "/" + std::string(file.path),
                    Lane::io,
                    {},
                    false,
                    [&file, etag = etag_of(file)](const Call& call, const Responder& respond) {
                        respond(asset(file, etag, call.request));
                    }});
    }
    static const EmbeddedFile icon{"favicon.svg", favicon};
    router.add({"GET",
                "/favicon.svg",
                Lane::io,
                {},
                false,
                [etag = etag_of(icon)](const Call& call, const Responder& respond) {
                    respond(asset(icon, etag, call.request));
                }});
    router.add(
        {"GET",
         "/login/{token}",
         Lane::io,
         {},
         false,
         [&backend](const Call& call, const Responder& respond) { show_login(backend, call, respond); }});
    router.add(
        {"POST",
         "/login/{token}",
         Lane::quick,
         {},
         false,
         [&backend](const Call& call, const Responder& respond) {
             const auto now = backend.now();
             const auto session = backend.redeem_login_link(call.capture("token"), now, now + session_lives);
             auto caller = caller_of(call);
             caller.who = session ? "session" : "nobody";
             if (session && backend.happened) backend.happened(caller, "login.used");
             if (!session && backend.refused)
                 backend.refused({"login-link", caller.from, "", "/login/{token}", caller.request});
             if (!session) {
                 return respond(html_response(
                     small_page(backend, "This link does not work",
                                "<p>It was used before, or it is too old. Ask your administrator for a "
                                "new one: <code>capbridge login-link</code>.</p>\n"),
                     403));
             }
             const auto seconds = std::chrono::seconds(session_lives).count();
             respond(empty_response(303)
                         .with("Location", prefix_of(backend) + "/")
                         .with("Set-Cookie", session_cookie_of(backend, call.request, *session, seconds)));
         }});
    router.add(
        {"POST", "/logout", Lane::quick, {}, false, [&backend](const Call& call, const Responder& respond) {
             if (const auto token = call.request.cookie(session_cookie); !token.empty()) {
                 auto caller = caller_of(call);
                 caller.who = "session";
                 if (backend.happened && has_session(backend, call.request))
                     backend.happened(caller, "session.ended");
                 backend.end_session(token);
             }
             respond(empty_response(303)
                         .with("Location", prefix_of(backend) + "/")
                         .with("Set-Cookie", session_cookie_of(backend, call.request, "", 0)));
         }});
}

}  // namespace capbridge::server
