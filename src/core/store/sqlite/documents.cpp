#include "core/store/sqlite/documents.hpp"

#include <algorithm>

#include "core/base/ids.hpp"

namespace capbridge::store {
namespace {

// The columns of document_key that an IRI or an agent stands in, as terms; 0 for none.
struct Place {
    std::int64_t agent = 0, activity = 0;
};

// Nothing when one of the texts is no term: then there is no document of it either.
std::optional<Place> find_place(Database& database, const DocumentKey& key) {
    Place place;
    const auto find = [&](const std::string& text, std::int64_t& into) {
        if (text.empty()) return true;
        const auto term = find_term(database, text);
        into = term.value_or(0);
        return term.has_value();
    };
    if (!find(key.agent, place.agent) || !find(key.activity, place.activity)) return std::nullopt;
    return place;
}

Place intern_place(Terms& terms, const DocumentKey& key) {
    return {key.agent.empty() ? 0 : terms.intern(key.agent),
            key.activity.empty() ? 0 : terms.intern(key.activity)};
}

int kind_of(const DocumentKey& key) {
    return static_cast<int>(key.kind);
}

std::optional<DocumentRow> find_document(Database& database, const DocumentKey& key, const Place& place) {
    auto rows = database.query(
        "select content_type, body, etag, updated from document where kind = ?1 and agent = ?2 and activity "
        "= ?3 and owner = ?4 and registration = ?5 and name = ?6");
    rows.bind(kind_of(key), place.agent, place.activity, key.owner, key.registration, key.id);
    if (!rows.step()) return std::nullopt;
    return DocumentRow{key.id, {rows.string(0), std::string(rows.blob(1))}, rows.string(2), rows.instant(3)};
}

// The same look without the body, for those who only compare.
std::optional<std::string> find_etag(Database& database, const DocumentKey& key, const Place& place) {
    auto rows = database.query(
        "select etag from document where kind = ?1 and agent = ?2 and activity = ?3 and owner = ?4 and "
        "registration = ?5 and name = ?6");
    rows.bind(kind_of(key), place.agent, place.activity, key.owner, key.registration, key.id);
    if (!rows.step()) return std::nullopt;
    return rows.string(0);
}

bool names(const std::vector<std::string>& etags, const std::string& etag) {
    return std::any_of(etags.begin(), etags.end(),
                       [&](const auto& one) { return one == "*" || one == etag; });
}

Status check(const Precondition& precondition, const std::optional<std::string>& etag) {
    const bool match_fails = !precondition.match.empty() && (!etag || !names(precondition.match, *etag));
    if (match_fails || (etag && names(precondition.none_match, *etag)))
        return fail("precondition_failed", etag ? "The document is another one by now: read it again."
                                                : "There is no such document.");
    if (precondition.needed && etag && !precondition.given())
        return fail("precondition_needed",
                    "There is a document already: say by If-Match or If-None-Match which one is meant.");
    return {};
}

void write(Writing& writing, const DocumentKey& key, const Place& place, const xapi::Document& document,
           Instant now) {
    writing.database
        .query(
            "insert into document(kind, agent, activity, owner, registration, name, content_type, etag, "
            "updated, org, body) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) "
            "on conflict(kind, agent, activity, owner, registration, name) do update set content_type = "
            "excluded.content_type, etag = excluded.etag, updated = excluded.updated, body = excluded.body")
        .bind(kind_of(key), place.agent, place.activity, key.owner, key.registration, key.id,
              document.content_type, sha1_hex(document.body), now, own_organisation, Blob{document.body})
        .run();
}

// What POST leaves. Without a stored document it is the posted one as it came, but for something that calls
// itself JSON and could never be merged with.
Result<xapi::Document> merged(const std::optional<DocumentRow>& stored, const xapi::Document& posted) {
    if (stored) return xapi::merge_documents(stored->document, posted);
    if (xapi::is_json_type(posted.content_type))
        CAPBRIDGE_TRY(xapi::merge_documents({posted.content_type, "{}"}, posted));
    return posted;
}

// A refusal travels beside the job: for the writer the job did well, so that it rolls nothing back, which
// would cost its neighbours in the group their caches.
void post(Connections& connections, std::function<Status(Writing&)> work, Documents::Done done) {
    if (!connections.writer) return done(fail(Connections::read_only()));
    const auto refusal = std::make_shared<Status>();
    connections.writer->post(
        [work = std::move(work), refusal](Writing& writing) -> Status {
            *refusal = work(writing);
            return {};
        },
        [done = std::move(done), refusal](Status status) {
            done(status ? std::move(*refusal) : std::move(status));
        });
}

}  // namespace

std::optional<DocumentRow> SqliteDocuments::get(const DocumentKey& key) {
    auto database = connections_.readers.lease();
    const auto place = find_place(*database, key);
    if (!place) return std::nullopt;
    return find_document(*database, key, *place);
}

std::vector<std::string> SqliteDocuments::ids(const DocumentKey& key, std::optional<Instant> since) {
    auto database = connections_.readers.lease();
    const auto place = find_place(*database, key);
    if (!place) return {};
    auto rows = database->query(
        "select distinct name from document where kind = ?1 and agent = ?2 and activity = ?3 and owner = ?4 "
        "and (?5 = '' or registration = ?5) and (?6 is null or updated > ?6) order by name");
    rows.bind(kind_of(key), place->agent, place->activity, key.owner, key.registration, since);
    std::vector<std::string> out;
    while (rows.step()) out.push_back(rows.string(0));
    return out;
}

void SqliteDocuments::put(DocumentKey key, xapi::Document document, Precondition precondition, Instant now,
                          Done done) {
    post(
        connections_,
        [key = std::move(key), document = std::move(document), precondition = std::move(precondition),
         now](Writing& writing) -> Status {
            const auto known = find_place(writing.database, key);
            CAPBRIDGE_TRY(
                check(precondition, known ? find_etag(writing.database, key, *known) : std::nullopt));
            write(writing, key, known ? *known : intern_place(writing.terms, key), document, now);
            return {};
        },
        std::move(done));
}

void SqliteDocuments::merge(DocumentKey key, xapi::Document document, Precondition precondition, Instant now,
                            Done done) {
    post(
        connections_,
        [key = std::move(key), document = std::move(document), precondition = std::move(precondition),
         now](Writing& writing) -> Status {
            const auto known = find_place(writing.database, key);
            const auto stored = known ? find_document(writing.database, key, *known) : std::nullopt;
            CAPBRIDGE_TRY(check(precondition, stored ? std::optional(stored->etag) : std::nullopt));
            CAPBRIDGE_LET(const auto result, merged(stored, document));
            write(writing, key, known ? *known : intern_place(writing.terms, key), result, now);
            return {};
        },
        std::move(done));
}

void SqliteDocuments::remove(DocumentKey key, Precondition precondition, Done done) {
    post(
        connections_,
        [key = std::move(key), precondition = std::move(precondition)](Writing& writing) -> Status {
            const auto known = find_place(writing.database, key);
            CAPBRIDGE_TRY(
                check(precondition, known ? find_etag(writing.database, key, *known) : std::nullopt));
            if (!known) return {};
            writing.database
                .query(
                    "delete from document where kind = ?1 and agent = ?2 and activity = ?3 and owner = ?4 "
                    "and registration = ?5 and name = ?6")
                .bind(kind_of(key), known->agent, known->activity, key.owner, key.registration, key.id)
                .run();
            return {};
        },
        std::move(done));
}

void SqliteDocuments::remove_all(DocumentKey key, Done done) {
    post(
        connections_,
        [key = std::move(key)](Writing& writing) -> Status {
            const auto known = find_place(writing.database, key);
            if (!known) return {};
            writing.database
                .query(
                    "delete from document where kind = ?1 and agent = ?2 and activity = ?3 and owner = ?4 "
                    "and (?5 = '' or registration = ?5)")
                .bind(kind_of(key), known->agent, known->activity, key.owner, key.registration)
                .run();
            return {};
        },
        std::move(done));
}

}  // namespace capbridge::store
