#include "core/xapi/verbatim.hpp"

#include <algorithm>
#include <cstring>

#include "core/xapi/members.hpp"

namespace capbridge::xapi {
namespace {

bool blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// The end of a string whose opening quote stands at `at`.
std::size_t end_of_string(std::string_view text, std::size_t at) {
    for (++at; at < text.size(); ++at) {
        const auto* found = static_cast<const char*>(std::memchr(text.data() + at, '"', text.size() - at));
        if (found == nullptr) return text.size();
        const auto quote = static_cast<std::size_t>(found - text.data());
        std::size_t before = quote;
        while (before > at && text[before - 1] == '\\') --before;
        at = quote;
        if ((quote - before) % 2 == 0) return quote + 1;
    }
    return text.size();
}

std::size_t end_of_value(std::string_view text, std::size_t at) {
    if (at < text.size() && text[at] == '"') return end_of_string(text, at);
    for (int depth = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '"') {
            at = end_of_string(text, at) - 1;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if (c == '}' || c == ']') {
            if (depth == 0) return at;  // a number or a word before the end of what is around it
            if (--depth == 0) return at + 1;
        } else if (depth == 0 && (c == ',' || blank(c))) {
            return at;
        }
    }
    return text.size();
}

struct Member {
    std::string_view name;  // between the quotes
    std::size_t begin = 0, value = 0, end = 0;
};

// The members of the object whose brace stands at `at`, in their order. The text is well-formed JSON.
class MemberReader {
public:
    MemberReader(std::string_view text, std::size_t at) : text_(text), at_(at + 1) {}

    bool next(Member& member) {
        while (at_ < text_.size() && (blank(text_[at_]) || text_[at_] == ',')) ++at_;
        if (at_ >= text_.size() || text_[at_] != '"') return false;
        member.begin = at_;
        at_ = end_of_string(text_, at_);
        member.name = text_.substr(member.begin + 1, at_ - member.begin - 2);
        if (member.name.find('\\') != std::string_view::npos) {
            const auto name = json::parse(text_.substr(member.begin, at_ - member.begin), nullptr, false);
            if (name.is_string()) unescaped_ = name.get<std::string>();
            member.name = unescaped_;
        }
        while (at_ < text_.size() && (blank(text_[at_]) || text_[at_] == ':')) ++at_;
        member.value = at_;
        at_ = member.end = end_of_value(text_, at_);
        return true;
    }

private:
    std::string_view text_;
    std::size_t at_;
    std::string unescaped_;
};

// Puts a statement's text together anew: what is not replaced is copied as it stands.
class Splicer {
public:
    explicit Splicer(std::string_view text) : text_(text) { out_.reserve(text.size() + 256); }

    void replace(std::size_t begin, std::size_t end, std::string_view with) {
        out_ += text_.substr(done_, begin - done_);
        out_ += with;
        done_ = end;
    }
    void remove(const Member& member) {
        // The comma before goes too or, of the first one, the comma behind.
        auto begin = member.begin, end = member.end;
        while (begin > done_ && blank(text_[begin - 1])) --begin;
        if (begin > done_ && text_[begin - 1] == ',') return replace(begin - 1, end, {});
        while (end < text_.size() && blank(text_[end])) ++end;
        if (end < text_.size() && text_[end] == ',') ++end;
        replace(begin, end, {});
    }
    // Ends the object: what is added comes behind the last member.
    std::string finish(std::string_view added) {
        out_ += text_.substr(done_, text_.rfind('}') - done_);
        while (!out_.empty() && blank(out_.back())) out_.pop_back();
        if (out_.ends_with('{') && added.starts_with(',')) added.remove_prefix(1);
        out_ += added;
        out_ += '}';
        return std::move(out_);
    }
    [[nodiscard]] std::string_view text() const { return text_; }

private:
    std::string_view text_;
    std::string out_;
    std::size_t done_ = 0;
};

// A string member that was changed is written anew.
void take_string(Splicer& out, const Member& member, const json* now) {
    const auto* text = now != nullptr ? now->get_ptr<const json::string_t*>() : nullptr;
    if (text == nullptr) return;
    const auto was = out.text().substr(member.value, member.end - member.value);
    if (was.size() == text->size() + 2 && was.substr(1, text->size()) == *text) return;
    out.replace(member.value, member.end, now->dump());
}

void take_context(Splicer& out, const Member& context) {
    MemberReader members(out.text(), context.value);
    for (Member member; members.next(member);) {
        if (member.name != "contextActivities") continue;
        MemberReader lists(out.text(), member.value);
        for (Member list; lists.next(list);) {
            if (out.text()[list.value] != '{') continue;
            out.replace(list.value, list.value, "[");
            out.replace(list.end, list.end, "]");
        }
    }
}

void take_sub_statement(Splicer& out, const Member& object, const json& now) {
    MemberReader members(out.text(), object.value);
    for (Member member; members.next(member);) {
        if (member.name == "timestamp") {
            take_string(out, member, member_of(now, "timestamp"));
        } else if (member.name == "context") {
            take_context(out, member);
        }
    }
}

// The authority that a client sent stays as it is written when it is the one that was set.
void take_authority(Splicer& out, const Member& member, const json& now) {
    const auto was = out.text().substr(member.value, member.end - member.value);
    if (json::parse(was, nullptr, false) != now) out.replace(member.value, member.end, now.dump());
}

}  // namespace

std::vector<std::string_view> statement_slices(std::string_view body) {
    std::vector<std::string_view> out;
    auto at = body.find_first_of("[{");
    if (at == std::string_view::npos) return out;
    if (body[at] == '{') {
        out.push_back(body.substr(at, end_of_value(body, at) - at));
        return out;
    }
    for (++at; at < body.size() && body[at] != ']'; ++at) {
        if (body[at] != '{' && body[at] != '[') continue;
        const auto end = end_of_value(body, at);
        out.push_back(body.substr(at, end - at));
        at = end - 1;
    }
    return out;
}

std::string stored_body(std::string_view text, const json& completed) {
    const auto brace = text.find('{');
    if (brace == std::string_view::npos) return completed.dump();
    Splicer out(text);
    const auto* context = member_of(completed, "context");
    const bool has_lists = context != nullptr && member_of(*context, "contextActivities") != nullptr;
    const auto* object = member_of(completed, "object");
    const bool has_sub_statement = object != nullptr && type_of(*object, "Activity") == "SubStatement";
    bool has_id = false, has_version = false, has_authority = false;
    MemberReader members(text, brace);
    for (Member member; members.next(member);) {
        if (member.name == "id") {
            has_id = true;
        } else if (member.name == "version") {
            has_version = true;
        } else if (member.name == "authority") {
            has_authority = true;
            take_authority(out, member, completed.at("authority"));
        } else if (member.name == "stored") {
            out.remove(member);
        } else if (member.name == "timestamp") {
            take_string(out, member, member_of(completed, "timestamp"));
        } else if (member.name == "context" && has_lists) {
            take_context(out, member);
        } else if (member.name == "object" && has_sub_statement) {
            take_sub_statement(out, member, *object);
        }
    }
    std::string added;
    const auto add = [&](const char* name) {
        added += std::string(",\"") + name + "\":" + completed.at(name).dump();
    };
    if (!has_id) add("id");
    if (!has_version) add("version");
    if (!has_authority) add("authority");
    return out.finish(added);
}

}  // namespace capbridge::xapi
