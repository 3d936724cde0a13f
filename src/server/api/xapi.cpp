// The statements resource and About of xAPI (1.0.3 part 3, 2.1 and 2.8; IEEE 9274.1.1).
#include "core/base/ids.hpp"
#include "core/base/text.hpp"
#include "server/api/statement_page.hpp"
#include "server/api/xapi_version.hpp"
#include "server/application.hpp"
#include "server/parameters.hpp"

namespace capbridge::server {
namespace {

constexpr std::string_view consistent_through = "X-Experience-API-Consistent-Through";

// Statements go to an LRS as application/json, or as multipart/mixed with attachments.
Status check_content_type(std::string_view header) {
    const auto type = lower_ascii(trim(header.substr(0, header.find(';'))));
    if (type == "application/json") return {};
    if (type == "multipart/mixed") {
        return fail("attachments_unsupported",
                    "Attachments in the request are not supported yet. Send application/json, with a fileUrl "
                    "for each attachment.",
                    "Content-Type");
    }
    return fail("bad_content_type", "Send statements as Content-Type: application/json.", "Content-Type");
}

json authority_of(const Call& call, const Backend& backend) {
    return {{"objectType", "Agent"},
            {"account", {{"homePage", backend.iri_base}, {"name", call.principal.key}}}};
}

// With attachments=true the answer is multipart/mixed whose first part is the JSON (part 3, 2.1.3). No
// attachment's bytes are kept, so there is no second part.
Response statements_response(std::string body, bool attachments) {
    if (!attachments) return {200, "application/json", std::move(body), {}};
    const auto boundary = random_token(18);
    std::string parts = "--" + boundary + "\r\nContent-Type: application/json\r\n\r\n" + std::move(body) +
                        "\r\n--" + boundary + "--\r\n";
    return {200, "multipart/mixed; boundary=" + boundary, std::move(parts), {}};
}

class Statements {
public:
    explicit Statements(const Backend& backend) : backend_(backend) {}

    void post(const Call& call, const Responder& respond) const {
        write(call, respond, {}, [](const Result<engine::Posted>& posted) {
            ordered_json ids = posted->ids;
            return json_response(ids);
        });
    }

    void put(const Call& call, const Responder& respond) const {
        write(call, respond, {"statementId"},
              [](const Result<engine::Posted>&) { return empty_response(204); });
    }

    void get(const Call& call, const Responder& respond) const {
        // Taken before the rows: what it promises is in them.
        const auto watermark = backend_.watermark();
        auto response = answer(call, watermark);
        respond(response ? std::move(*response).with(std::string(consistent_through),
                                                     format_instant(watermark.stored))
                         : error_response(response.error())
                               .with(std::string(consistent_through), format_instant(watermark.stored)));
    }

private:
    void write(const Call& call, const Responder& respond, std::initializer_list<std::string_view> known,
               std::function<Response(const Result<engine::Posted>&)> done) const {
        const auto through = format_instant(backend_.watermark().stored);
        auto finish = [respond, through](Response response) {
            respond(std::move(response).with(std::string(consistent_through), through));
        };
        std::string id;
        if (const auto fits = check_request(call, known, id); !fits) {
            const auto& error = fits.error();
            return finish(
                error_response(error.code == "attachments_unsupported" ? 415 : status_of(error.code),
                               error.code, error.message, error.where));
        }
        backend_.post_statements(call.request.body, id, authority_of(call, backend_), call.principal.who,
                                 [finish, done = std::move(done)](const Result<engine::Posted>& posted) {
                                     finish(posted ? done(posted) : error_response(posted.error()));
                                 });
    }

    // All but the statements themselves; `id` is filled in when statementId is known here, and is then
    // needed.
    static Status check_request(const Call& call, std::initializer_list<std::string_view> known,
                                std::string& id) {
        CAPBRIDGE_TRY(check_xapi_version(call.request.header("x-experience-api-version")));
        CAPBRIDGE_LET(const auto parameters, Parameters::parse(call.request.query, known));
        if (known.size() > 0) {
            id = parameters.text("statementId");
            if (!is_uuid(id))
                return fail("bad_parameter", "PUT needs the parameter statementId with a UUID.",
                            "statementId");
            id = lower_uuid(id);
        }
        return check_content_type(call.request.header("content-type"));
    }

    Result<Response> answer(const Call& call, const store::Journal::Watermark& watermark) const {
        CAPBRIDGE_TRY(check_xapi_version(call.request.header("x-experience-api-version")));
        CAPBRIDGE_LET(auto question, read_statement_question(call.request.query));
        const auto languages = accepted_languages(call.request.header("accept-language"));
        if (question.statement_id.empty() && question.voided_statement_id.empty())
            return page(question, watermark, languages);

        const bool wants_voided = question.statement_id.empty();
        const auto row =
            backend_.statement(wants_voided ? question.voided_statement_id : question.statement_id);
        if (!row || row->voided_by.empty() == wants_voided) {
            return fail("not_found", wants_voided ? "There is no voided statement with this id."
                                                  : "There is no statement with this id, or it is voided.");
        }
        return statements_response(format_statement(row->text(), question.format, languages),
                                   question.attachments)
            .with("Last-Modified", http_date(row->stored));
    }

    Response page(StatementQuestion& question, const store::Journal::Watermark& watermark,
                  const std::vector<std::string>& languages) const {
        auto& query = question.query;
        if (query.up_to_seq == 0) query.up_to_seq = watermark.seq;
        const auto limit = query.limit;
        std::vector<store::StatementRow> rows;
        if (query.up_to_seq > 0) {  // an empty journal: 0 would mean "no bound"
            ++query.limit;
            rows = backend_.statements(query);
        }
        std::string body = "{\"statements\":[";
        std::size_t written = 0;
        std::int64_t last = 0;
        for (const auto& row : rows) {
            if (written == limit || (written > 0 && body.size() > most_page_bytes)) break;
            if (written++ > 0) body += ',';
            body += format_statement(row.text(), question.format, languages);
            last = row.seq;
        }
        const auto more = written < rows.size() ? more_link(question, last, query.up_to_seq) : std::string();
        body += "],\"more\":\"" + more + "\"}";  // a link is URL-encoded: nothing to escape
        return statements_response(std::move(body), question.attachments);
    }

    const Backend& backend_;
};

void about(const Call& call, const Responder& respond) {
    if (const auto parameters = Parameters::parse(call.request.query, {}); !parameters) {
        return respond(error_response(parameters.error()));
    }
    respond(json_response({{"version", {"2.0.0", "1.0.3", "1.0.2", "1.0.1", "1.0.0"}}}));
}

}  // namespace

void add_xapi_routes(Router& router, const Backend& backend) {
    const auto statements = std::make_shared<const Statements>(backend);
    router.add({"GET", "/xapi/about", Lane::io, "", false, about});
    router.add(
        {"GET", "/xapi/statements", Lane::quick, "statements/read", false,
         [statements](const Call& call, const Responder& respond) { statements->get(call, respond); }});
    router.add(
        {"POST", "/xapi/statements", Lane::quick, "statements/write", false,
         [statements](const Call& call, const Responder& respond) { statements->post(call, respond); }});
    router.add(
        {"PUT", "/xapi/statements", Lane::quick, "statements/write", false,
         [statements](const Call& call, const Responder& respond) { statements->put(call, respond); }});
}

}  // namespace capbridge::server
