#include <cstdio>

#include "core/competency/contribution.hpp"

namespace capbridge::competency {
namespace {

void put_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        switch (c) {
            case '"':
                out += "\\\"";
                break;
            case '\\':
                out += "\\\\";
                break;
            case '\b':
                out += "\\b";
                break;
            case '\f':
                out += "\\f";
                break;
            case '\n':
                out += "\\n";
                break;
            case '\r':
                out += "\\r";
                break;
            case '\t':
                out += "\\t";
                break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) {
                    char code[8];
                    std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
                    out += code;
                } else {
                    out += c;
                }
        }
    }
}

// Members come in the order of their names, each but the first after a comma.
class Members {
public:
    explicit Members(std::string& out) : out_(out) { out_ += '{'; }
    ~Members() { out_ += '}'; }
    Members(const Members&) = delete;
    Members& operator=(const Members&) = delete;

    void raw(std::string_view name, std::string_view value) {
        if (!first_) out_ += ',';
        first_ = false;
        out_ += '"';
        out_ += name;
        out_ += "\":";
        out_ += value;
    }
    void always(std::string_view name, std::string_view text) {
        raw(name, "\"");
        put_escaped(out_, text);
        out_ += '"';
    }
    void text(std::string_view name, std::string_view text) {
        if (!text.empty()) always(name, text);
    }
    void day(std::string_view name, const std::optional<Day>& day) {
        if (day) always(name, format_day(*day));
    }

private:
    std::string& out_;
    bool first_ = true;
};

}  // namespace

std::string evidence_text(const std::vector<Contribution>& evidence) {
    std::string out = "[";
    out.reserve(evidence.size() * 240 + 2);
    for (const auto& c : evidence) {
        if (out.size() > 1) out += ',';
        Members members(out);
        members.text("assessor", c.assessor);
        members.day("contradicted_on", c.contradicted_on);
        members.raw("counts", c.counts ? "true" : "false");
        members.text("document", c.document);
        members.day("from", c.from);
        members.text("implied_by", c.implied_by);
        members.always("kind", text(c.kind));
        members.text("learning_item", c.learning_item);
        members.text("mapping", c.mapping);
        members.text("method", c.method);
        members.text("reviewer", c.reviewer);
        if (c.same_level) members.raw("same_level", "true");
        members.always("statement", c.statement);
        members.day("to", c.to);
        members.text("why_not", c.why_not);
    }
    return out += ']';
}

}  // namespace capbridge::competency
