// A fact's statement straight to text. Member for member in the order in which json::dump() writes them, so
// that both ways give the same bytes (from_completion_text_test.cpp compares them).
#include <algorithm>
#include <tuple>

#include "core/base/ids.hpp"
#include "core/xapi/from_completion_parts.hpp"

namespace capbridge::xapi {
namespace {

bool is_plain_character(char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

void put_escaped(std::string& out, char c) {
    static constexpr char digits[] = "0123456789abcdef";
    out += '\\';
    switch (c) {
        case '"':
        case '\\':
            out += c;
            return;
        case '\b':
            out += 'b';
            return;
        case '\f':
            out += 'f';
            return;
        case '\n':
            out += 'n';
            return;
        case '\r':
            out += 'r';
            return;
        case '\t':
            out += 't';
            return;
        default:
            out.append("u00");
            out += digits[static_cast<unsigned char>(c) >> 4];
            out += digits[static_cast<unsigned char>(c) & 15];
    }
}

void put_text(std::string& out, std::string_view text) {
    out += '"';
    while (!text.empty()) {
        const auto end = std::find_if_not(text.begin(), text.end(), is_plain_character);
        const auto plain = static_cast<std::size_t>(end - text.begin());
        out.append(text.substr(0, plain));
        if (plain == text.size()) break;
        put_escaped(out, text[plain]);
        text.remove_prefix(plain + 1);
    }
    out += '"';
}

// "name": with the comma that it needs, and the text behind it.
void put_name(std::string& out, std::string_view name) {
    if (out.back() != '{') out += ',';
    out += '"';
    out += name;
    out += "\":";
}
void put(std::string& out, std::string_view name, std::string_view value) {
    put_name(out, name);
    put_text(out, value);
}
void put_some(std::string& out, std::string_view name, std::string_view value) {
    if (!value.empty()) put(out, name, value);
}
void put_truth(std::string& out, std::string_view name, const std::optional<bool>& value) {
    if (!value) return;
    put_name(out, name);
    out += *value ? "true" : "false";
}
void open(std::string& out, std::string_view name) {
    put_name(out, name);
    out += '{';
}

void put_numbers(std::string& out, const Score& score) {
    out += '{';
    const auto put_number = [&](std::string_view name, const std::optional<double>& value) {
        if (!value) return;
        put_name(out, name);
        out += json(*value).dump();  // numbers are json's own art
    };
    put_number("max", score.max);
    put_number("min", score.min);
    put_number("raw", score.raw);
    put_number("scaled", score.scaled);
    out += '}';
}

void put_score(std::string& out, const Score& score) {
    if (!score.scaled && !score.raw && !score.min && !score.max) return;
    put_name(out, "score");
    put_numbers(out, sound(score));
}

void put_actor(std::string& out, const Agent& actor) {
    open(out, "actor");
    switch (actor.ifi) {
        case Agent::Ifi::account:
            open(out, "account");
            put(out, "homePage", actor.home_page);
            put(out, "name", actor.value);
            out += '}';
            break;
        case Agent::Ifi::mbox:
            put(out, "mbox", actor.value);
            break;
        case Agent::Ifi::mbox_sha1sum:
            put(out, "mbox_sha1sum", actor.value);
            break;
        default:
            break;
    }
    put(out, "objectType", "Agent");
    if (actor.ifi == Agent::Ifi::openid) put(out, "openid", actor.value);
    out += '}';
}

std::string_view precision_text(When::Precision precision) {
    return precision == When::Precision::instant ? "instant"
           : precision == When::Precision::day   ? "day"
                                                 : "unknown";
}

void put_context(std::string& out, const Completion& c, const SourceContext& source, int revision) {
    open(out, "context");
    open(out, "extensions");
    if (c.expires) put(out, extension::expires, format_day(*c.expires));
    open(out, extension::occurred);
    put_some(out, "basis", c.basis);
    put(out, "precision", precision_text(c.occurred.precision));
    if (c.occurred.precision != When::Precision::unknown) put(out, "value", c.occurred.text());
    put_some(out, "zone", c.zone);
    out += '}';
    open(out, extension::source);
    put(out, "id", source.source_uuid);
    put(out, "key", c.key);
    put_name(out, "revision");
    out += std::to_string(revision);
    out += "}}";
    put(out, "platform", source.source_name);
    out += '}';
}

void put_result(std::string& out, const Completion& c, const Score& score) {
    const auto told = told_of(c);
    std::string result = "{";
    put_truth(result, "completion", told.completed);
    put_some(result, "duration", c.duration);
    put_score(result, score);
    put_truth(result, "success", told.success);
    if (result.size() == 1) return;
    put_name(out, "result");
    out += result;
    out += '}';
}

std::string plain_body(const Completion& c, const Agent& actor, const SourceContext& source, int revision,
                       const StatementText& made, const Score& score) {
    std::string out;
    out.reserve(1024);
    out += '{';
    put_actor(out, actor);
    put_context(out, c, source, revision);
    put(out, "id", made.id);
    open(out, "object");
    put_name(out, "definition");
    out += made.definition;
    put(out, "id", made.activity);
    put(out, "objectType", "Activity");
    out += '}';
    put_result(out, c, score);
    if (c.occurred.precision == When::Precision::instant)
        put(out, "timestamp", format_instant(c.occurred.at));
    open(out, "verb");
    open(out, "display");
    put(out, "en", made.verb.substr(made.verb.rfind('/') + 1));
    out += '}';
    put(out, "id", made.verb);
    out += '}';
    put(out, "version", "1.0.0");
    out += '}';
    return out;
}

}  // namespace

std::string digest_text(const Completion& c) {
    std::string out;
    out.reserve(384);
    out += '{';
    put(out, "activity", c.activity_iri.empty() ? c.activity_id : c.activity_iri);
    put_name(out, "attempt");
    out += std::to_string(c.attempt);
    put(out, "duration", c.duration);
    put(out, "expires", c.expires ? format_day(*c.expires) : "");
    put(out, "occurred", c.occurred.text());
    put_name(out, "score");
    put_numbers(out, sound(c.score));
    put(out, "what", what_text(c.what));
    put_name(out, "who");
    std::vector<const Identifier*> who;
    for (const auto& one : c.who) who.push_back(&one);
    std::sort(who.begin(), who.end(), [](const Identifier* a, const Identifier* b) {
        return std::tie(a->scheme, a->issuer, a->value) < std::tie(b->scheme, b->issuer, b->value);
    });
    for (std::size_t i = 0; i < who.size(); ++i) {
        out += i == 0 ? "[[" : ",[";
        put_text(out, who[i]->scheme);
        out += ',';
        put_text(out, who[i]->issuer);
        out += ',';
        put_text(out, who[i]->value);
        out += ']';
    }
    return out += who.empty() ? "[]}" : "]}";
}

StatementText statement_text(const Completion& c, const Agent& actor, const SourceContext& source,
                             int revision, std::string_view digest) {
    StatementText out;
    out.actor = actor.key();
    out.activity = activity_iri(c, source);
    out.verb = verb_of(c.what);
    out.definition = "{";
    if (!c.activity_title.empty()) {
        open(out.definition, "name");
        put(out.definition, "und", c.activity_title);
        out.definition += '}';
    }
    put(out.definition, "type", activity_type(c));
    out.definition += '}';
    const auto score = sound(c.score);
    out.score = score.fraction();
    out.id = statement_id(c, out.actor, out.activity, source, revision, digest);
    out.body = is_plain(c) ? plain_body(c, actor, source, revision, out, score)
                           : statement_of(c, actor, source, revision).dump();
    return out;
}

}  // namespace capbridge::xapi
