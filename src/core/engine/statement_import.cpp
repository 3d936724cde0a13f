#include "core/engine/statement_import.hpp"

#include <algorithm>
#include <charconv>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/ids.hpp"
#include "core/engine/statements.hpp"
#include "core/xapi/erased.hpp"
#include "core/xapi/multipart.hpp"
#include "core/xapi/version.hpp"

namespace capbridge::engine {
namespace {

struct ReadLine {
    const ImportLine* line = nullptr;
    json statement;
    std::string id;  // lower case, or ""
    xapi::Version version = xapi::Version::v1_0_3;
    std::vector<PostedPart> parts;
};

BadLine bad_line(const ImportLine& line, const Error& error) {
    return {line.number, error.code, {}, error.message, {}};
}

// `pointer` is within the statement.
BadLine bad_line(const ImportLine& line, const Problem& problem, std::string pointer) {
    return {line.number, problem.code, std::move(pointer), problem.message, problem.section};
}

Result<ReadLine> read_line(const ImportLine& line) {
    CAPBRIDGE_LET(auto statement, parse_json(line.text));
    if (!statement.is_object())
        return fail("invalid_statement", "the line is not one statement: a JSON object");
    ReadLine out;
    out.line = &line;
    out.id = lower_uuid(get_string(statement, "id"));
    // What a store wrote into the statement that it exported: the edition whose rules it passed.
    if (const auto version = xapi::version_of(get_string(statement, "version"))) out.version = *version;
    const auto types =
        line.attachments.empty() ? std::map<std::string, std::string>{} : xapi::content_types(statement);
    for (const auto& attachment : line.attachments) {
        const auto named = types.find(attachment.sha2);
        if (named != types.end())
            out.parts.push_back({named->second, "binary", attachment.sha2, attachment.bytes});
    }
    out.statement = std::move(statement);
    return out;
}

bool is_of_the_store(const Error& error) {
    static const std::set<std::string, std::less<>> codes{"read_only", "no_such_run", "run_reverted",
                                                          "stopping", "internal"};
    return error.code.starts_with("store_") || codes.contains(error.code);
}

// "/12/verb/id" -> 12 and "/verb/id".
std::optional<std::pair<std::size_t, std::string>> place_of(std::string_view pointer) {
    if (!pointer.starts_with('/')) return std::nullopt;
    std::size_t index = 0;
    const auto* end = pointer.data() + pointer.size();
    const auto [rest, error] = std::from_chars(pointer.data() + 1, end, index);
    if (error != std::errc{} || (rest != end && *rest != '/')) return std::nullopt;
    return std::pair{index, std::string(rest, end)};
}

class Import {
public:
    Import(Bridge& bridge, const Importing& importing, Imported& done)
        : bridge_(bridge), importing_(importing), done_(done) {}

    // One post is of one edition and has an id once: so a post for each stretch of lines for which that
    // holds. The order of the lines stays.
    Status run(const std::vector<ImportLine>& lines) {
        std::vector<ReadLine> stretch;
        std::set<std::string> ids;
        for (const auto& line : lines) {
            auto read = read_line(line);
            if (!read) {
                done_.bad.push_back(bad_line(line, read.error()));
                continue;
            }
            const bool fits = stretch.empty() || (stretch.front().version == read->version &&
                                                  (read->id.empty() || !ids.contains(read->id)));
            if (!fits) {
                CAPBRIDGE_TRY(post_stretch(std::exchange(stretch, {})));
                ids.clear();
            }
            ids.insert(read->id);
            stretch.push_back(std::move(*read));
        }
        return post_stretch(std::move(stretch));
    }

private:
    // Posts; takes out what is refused; posts the rest.
    Status post_stretch(std::vector<ReadLine> lines) {
        while (!lines.empty()) {
            if (bridge_.stopping) return fail("stopping", "the bridge is stopping");
            const auto outcome = post(lines);
            if (outcome.posted) {
                done_.stored += outcome.posted->stored;
                done_.same += outcome.posted->ids.size() - outcome.posted->stored;
                return {};
            }
            const auto& error = outcome.posted.error();
            if (is_of_the_store(error)) return fail(error);
            const auto refused = report(lines, error, outcome.problems);
            if (!refused.empty()) {
                std::vector<ReadLine> rest;
                for (std::size_t i = 0; i < lines.size(); ++i) {
                    if (!refused.contains(i)) rest.push_back(std::move(lines[i]));
                }
                lines = std::move(rest);
                continue;
            }
            if (lines.size() == 1) {
                done_.bad.push_back(bad_line(*lines.front().line, error));
                return {};
            }
            // The refusal does not say which one it means.
            const auto half = lines.begin() + static_cast<std::ptrdiff_t>(lines.size() / 2);
            std::vector<ReadLine> second(std::make_move_iterator(half), std::make_move_iterator(lines.end()));
            lines.erase(half, lines.end());
            CAPBRIDGE_TRY(post_stretch(std::move(lines)));
            lines = std::move(second);
        }
        return {};
    }

    PostOutcome post(const std::vector<ReadLine>& lines) {
        Post post;
        std::set<std::string> hashes;
        for (const auto& read : lines) {
            post.body += (post.body.empty() ? "[" : ",") + read.line->text;
            for (const auto& part : read.parts) {
                if (hashes.insert(part.hash).second) post.parts.push_back(part);
            }
        }
        post.body += "]";
        post.version = lines.front().version;
        post.authority = importing_.authority;
        post.keeps_authority = true;
        post.who = importing_.who;
        post.run = importing_.run;
        // Shared: a bridge that ends drops the callback, which breaks the promise instead of waiting for
        // ever.
        auto promise = std::make_shared<std::promise<PostOutcome>>();
        auto answer = promise->get_future();
        post_statements(bridge_, std::move(post), [promise = std::move(promise)](PostOutcome outcome) {
            promise->set_value(std::move(outcome));
        });
        try {
            return answer.get();
        } catch (const std::future_error&) {
            return {fail("stopping", "the bridge is stopping"), {}};
        }
    }

    // The lines that the refusal is about, each noted with what it says.
    std::set<std::size_t> report(const std::vector<ReadLine>& lines, const Error& error,
                                 const Problems& problems) {
        std::set<std::size_t> refused;
        for (const auto& problem : problems) {
            if (problem.severity != Problem::Severity::error) continue;
            auto place = place_of(problem.pointer);
            if (!place || place->first >= lines.size()) continue;
            refused.insert(place->first);
            done_.bad.push_back(bad_line(*lines[place->first].line, problem, std::move(place->second)));
        }
        if (!refused.empty()) return refused;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            const auto place = place_of(error.where);
            const bool named = place ? place->first == i : !error.where.empty() && lines[i].id == error.where;
            if (!named) continue;
            refused.insert(i);
            done_.bad.push_back(bad_line(*lines[i].line, error));
        }
        return refused;
    }

    Bridge& bridge_;
    const Importing& importing_;
    Imported& done_;
};

Problems problems_of(const ReadLine& read) {
    auto problems = xapi::validate_statement(read.statement, "/0", read.version);
    if (has_errors(problems)) return problems;
    std::vector<xapi::Part> parts;
    for (const auto& part : read.parts)
        parts.push_back({part.content_type, part.encoding, part.hash, part.bytes});
    const auto statements = json::array({read.statement});
    problems = xapi::check_attachments(statements, parts);
    if (!has_errors(problems)) problems = xapi::check_signatures(statements, parts);
    return problems;
}

}  // namespace

Status import_lines(Bridge& bridge, const std::vector<ImportLine>& lines, const Importing& importing,
                    Imported& done) {
    return Import(bridge, importing, done).run(lines);
}

Imported check_lines(Bridge& bridge, const std::vector<ImportLine>& lines) {
    Imported out;
    std::map<std::string, json> before;  // of these lines
    const auto meets = [&](const ReadLine& read, const json& other) {
        if (xapi::equivalent(read.statement, other)) {
            ++out.same;
        } else {
            out.bad.push_back(bad_line(
                *read.line,
                {"statement_conflict", "the id " + read.id + " is stored with another content", {}, 0}));
        }
    };
    for (const auto& line : lines) {
        auto read = read_line(line);
        if (!read) {
            out.bad.push_back(bad_line(line, read.error()));
            continue;
        }
        bool good = true;
        for (const auto& problem : problems_of(*read)) {
            if (problem.severity != Problem::Severity::error) continue;
            good = false;
            auto place = place_of(problem.pointer);
            out.bad.push_back(bad_line(line, problem, place ? std::move(place->second) : std::string()));
        }
        if (!good) continue;
        if (read->id.empty()) {
            ++out.stored;
        } else if (const auto earlier = before.find(read->id); earlier != before.end()) {
            meets(*read, earlier->second);
        } else if (const auto stored = bridge.store().journal().statement(read->id)) {
            if (xapi::has_lost(stored->text())) {
                ++out.same;
                continue;
            }
            meets(*read, json::parse(stored->text(), nullptr, false));
        } else {
            ++out.stored;
            before[read->id] = std::move(read->statement);
        }
    }
    return out;
}

}  // namespace capbridge::engine
