// GET of the Statement resource (xAPI 1.0.3 part 3, 2.1.3; IEEE 9274.1.1, 4.1.6.1): one statement or a page
// of them, in one of three formats, with or without the bytes of their attachments.
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "core/xapi/format.hpp"
#include "core/xapi/multipart.hpp"
#include "server/live.hpp"
#include "server/xapi/refusal.hpp"
#include "server/xapi/resources.hpp"

namespace capbridge::server {
namespace {

// The bytes that statements of one answer came with, each once.
class AttachmentsOut {
public:
    explicit AttachmentsOut(const Backend& backend) : backend_(backend) {}

    void add(const store::StatementRow& row, std::string_view text) {
        const auto kept =
            backend_.attachments_of ? backend_.attachments_of(row.seq) : std::vector<std::string>{};
        if (kept.empty() || backend_.attachments == nullptr) return;
        const auto types = xapi::content_types(json::parse(text, nullptr, false));
        for (const auto& sha2 : kept) {
            if (!seen_.insert(sha2).second) continue;
            auto bytes = backend_.attachments->read(sha2);
            if (!bytes) continue;  // erased since
            size_ += bytes->size();
            const auto type = types.find(sha2);  // it becomes a header of the part
            const bool good = type != types.end() && !type->second.empty() && is_header_value(type->second);
            parts_.push_back({sha2, good ? type->second : "application/octet-stream", std::move(*bytes)});
        }
    }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] const std::vector<xapi::AttachmentBytes>& parts() const { return parts_; }

private:
    const Backend& backend_;
    std::set<std::string> seen_;
    std::vector<xapi::AttachmentBytes> parts_;
    std::size_t size_ = 0;
};

// With attachments=true the answer is multipart/mixed whose first part is the JSON (part 3, 2.1.3).
Response statements_response(std::string body, bool attachments, const AttachmentsOut& out) {
    if (!attachments) return {200, "application/json", std::move(body), {}};
    auto multipart = xapi::write_multipart(body, out.parts());
    return {200, std::move(multipart.content_type), std::move(multipart.body), {}};
}

// A page asks for the same few activities again and again.
xapi::DefinitionOf remembering(const Backend& backend) {
    if (!backend.definition_of) return {};
    const auto known = std::make_shared<std::map<std::string, std::optional<std::string>, std::less<>>>();
    return [&backend, known](std::string_view activity) {
        const auto it = known->find(activity);
        if (it != known->end()) return it->second;
        return known->emplace(std::string(activity), backend.definition_of(activity)).first->second;
    };
}

}  // namespace

Response with_watermark(Response response, const Backend& backend) {
    return std::move(response).with(std::string(consistent_through),
                                    format_instant(backend.watermark().stored));
}

void StatementsOut::get(const Call& call, const Responder& respond) const {
    // Taken before the rows: what it promises is in them.
    const auto watermark = backend_.watermark();
    auto response = answer(call, watermark);
    if (!response) response = refusal(accepts_problem(call.request), response.error());
    respond(std::move(*response).with(std::string(consistent_through), format_instant(watermark.stored)));
}

Result<Response> StatementsOut::answer(const Call& call, const store::Journal::Watermark& watermark) const {
    CAPBRIDGE_TRY(version_of(call.request).map([](auto) {}));
    CAPBRIDGE_LET(auto question, read_statement_question(call.request.query));
    const auto languages = xapi::accepted_languages(call.request.header("accept-language"));
    const auto owner = readable_owner(call.principal);
    if (question.statement_id.empty() && question.voided_statement_id.empty()) {
        question.query.owner = owner;
        return page(question, watermark, languages);
    }
    const bool wants_voided = question.statement_id.empty();
    const auto row =
        backend_.statement(wants_voided ? question.voided_statement_id : question.statement_id, owner);
    if (!row || row->voided_by.empty() == wants_voided) {
        return fail("not_found", wants_voided ? "There is no voided statement with this id."
                                              : "There is no statement with this id, or it is voided.");
    }
    auto text = row->text();
    AttachmentsOut attachments(backend_);
    if (question.attachments) attachments.add(*row, text);
    return statements_response(
               xapi::format_statement(std::move(text), question.format, languages, remembering(backend_)),
               question.attachments, attachments)
        .with("Last-Modified", http_date(row->stored));
}

Response StatementsOut::page(StatementQuestion& question, const store::Journal::Watermark& watermark,
                             const std::vector<std::string>& languages) const {
    auto& query = question.query;
    if (query.up_to_seq == 0) query.up_to_seq = watermark.seq;
    const auto limit = query.limit;
    std::vector<store::StatementRow> rows;
    if (query.up_to_seq > 0) {  // an empty journal: 0 would mean "no bound"
        ++query.limit;
        query.most_bytes = most_page_bytes;
        rows = backend_.statements(query);
    }
    // The store ends with the row that passes the bound, so there may be more than it gave.
    std::size_t bytes = 0;
    for (const auto& row : rows) bytes += row.body.size();
    const bool cut = bytes > most_page_bytes;
    const auto usable = cut && rows.size() > 1 ? rows.size() - 1 : rows.size();
    AttachmentsOut attachments(backend_);
    const auto definition_of = remembering(backend_);
    std::string body = "{\"statements\":[";
    std::size_t written = 0;
    std::int64_t last = 0;
    for (const auto& row : std::span(rows).first(usable)) {
        if (written == limit || (written > 0 && body.size() + attachments.size() > most_page_bytes)) break;
        if (written++ > 0) body += ',';
        auto text = row.text();
        if (question.attachments) attachments.add(row, text);
        body += xapi::format_statement(std::move(text), question.format, languages, definition_of);
        last = row.seq;
    }
    const auto more = cut || written < rows.size()
                          ? more_link(prefix_of(backend_), question, last, query.up_to_seq)
                          : std::string();
    body += "],\"more\":\"" + more + "\"}";  // a link is URL-encoded: nothing to escape
    return statements_response(std::move(body), question.attachments, attachments);
}

}  // namespace capbridge::server
