#include "core/scorm/rich_text.hpp"

#include <cmark.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <vector>

#include "core/base/text.hpp"

namespace capbridge::scorm {
namespace {

constexpr std::array<std::string_view, 5> unsafe_schemes{
    "javascript:", "vbscript:", "file:", "data:", "about:"};

struct FreeNode {
    void operator()(cmark_node* node) const { cmark_node_free(node); }
};
struct FreeIterator {
    void operator()(cmark_iter* iterator) const { cmark_iter_free(iterator); }
};
using Tree = std::unique_ptr<cmark_node, FreeNode>;

Tree parsed(std::string_view markdown) {
    return Tree(cmark_parse_document(markdown.data(), markdown.size(), CMARK_OPT_VALIDATE_UTF8));
}

template <class Visit>
void each_node(cmark_node* root, const Visit& visit) {
    const std::unique_ptr<cmark_iter, FreeIterator> iterator(cmark_iter_new(root));
    for (auto event = cmark_iter_next(iterator.get()); event != CMARK_EVENT_DONE;
         event = cmark_iter_next(iterator.get())) {
        visit(cmark_iter_get_node(iterator.get()), event == CMARK_EVENT_ENTER);
    }
}

cmark_node* text_node(const char* literal) {
    auto* text = cmark_node_new(CMARK_NODE_TEXT);
    cmark_node_set_literal(text, literal ? literal : "");
    return text;
}

// cmark would leave raw HTML out; a person who wrote "<5 %" wants to see it.
void show_html_as_text(cmark_node* root) {
    std::vector<cmark_node*> found;
    each_node(root, [&](cmark_node* node, bool entering) {
        const auto type = cmark_node_get_type(node);
        if (entering && (type == CMARK_NODE_HTML_BLOCK || type == CMARK_NODE_HTML_INLINE))
            found.push_back(node);
    });
    for (auto* node : found) {
        auto* shown = text_node(cmark_node_get_literal(node));
        if (cmark_node_get_type(node) == CMARK_NODE_HTML_BLOCK) {
            auto* paragraph = cmark_node_new(CMARK_NODE_PARAGRAPH);
            cmark_node_append_child(paragraph, shown);
            shown = paragraph;
        }
        cmark_node_replace(node, shown);
        cmark_node_free(node);
    }
}

// Only their words stay: cmark would leave an empty target, which loads the page again.
void drop_unsafe_links(cmark_node* root) {
    std::vector<cmark_node*> found;
    each_node(root, [&](cmark_node* node, bool entering) {
        const auto type = cmark_node_get_type(node);
        if (!entering || (type != CMARK_NODE_LINK && type != CMARK_NODE_IMAGE)) return;
        const auto* target = cmark_node_get_url(node);
        const auto url = lower_ascii(target ? trim(target) : "");
        const bool bad = std::any_of(unsafe_schemes.begin(), unsafe_schemes.end(),
                                     [&](std::string_view scheme) { return url.starts_with(scheme); });
        const bool is_picture = type == CMARK_NODE_IMAGE && url.starts_with("data:image/");
        if ((bad && !is_picture) || url.empty()) found.push_back(node);
    });
    for (auto* node : found) {
        while (auto* child = cmark_node_first_child(node)) cmark_node_insert_before(node, child);
        cmark_node_unlink(node);
        cmark_node_free(node);
    }
}

std::string html_of(cmark_node* root) {
    drop_unsafe_links(root);
    // Without CMARK_OPT_UNSAFE, links to javascript:, vbscript:, file: and data: lose their target.
    const std::unique_ptr<char, decltype(&std::free)> html(cmark_render_html(root, CMARK_OPT_DEFAULT),
                                                           &std::free);
    return html ? html.get() : "";
}

}  // namespace

std::string markdown_html(std::string_view markdown, int heading) {
    const auto tree = parsed(markdown);
    show_html_as_text(tree.get());
    int top = 6;
    each_node(tree.get(), [&](cmark_node* node, bool entering) {
        if (entering && cmark_node_get_type(node) == CMARK_NODE_HEADING)
            top = std::min(top, cmark_node_get_heading_level(node));
    });
    int before = heading - 1;
    each_node(tree.get(), [&](cmark_node* node, bool entering) {
        if (!entering || cmark_node_get_type(node) != CMARK_NODE_HEADING) return;
        // No level is skipped on the way down, whatever the author did.
        const int level = std::min({6, heading + cmark_node_get_heading_level(node) - top, before + 1});
        cmark_node_set_heading_level(node, level);
        before = level;
    });
    return html_of(tree.get());
}

std::string markdown_inline(std::string_view markdown) {
    const auto tree = parsed(collapse_spaces(markdown));
    show_html_as_text(tree.get());
    auto* first = cmark_node_first_child(tree.get());
    // "1. March" or "- none" is meant as words here, not as a list.
    if (!first || cmark_node_get_type(first) != CMARK_NODE_PARAGRAPH)
        return escape_html(collapse_spaces(markdown));
    std::string html = trim(html_of(tree.get()));
    constexpr std::string_view open = "<p>", close = "</p>";
    if (html.starts_with(open) && html.ends_with(close))
        html = html.substr(open.size(), html.size() - open.size() - close.size());
    return html;
}

std::string markdown_words(std::string_view markdown) {
    const auto tree = parsed(markdown);
    std::string words;
    each_node(tree.get(), [&](cmark_node* node, bool entering) {
        if (!entering) return;
        switch (cmark_node_get_type(node)) {
            case CMARK_NODE_TEXT:
            case CMARK_NODE_CODE:
            case CMARK_NODE_CODE_BLOCK:
            case CMARK_NODE_HTML_BLOCK:
            case CMARK_NODE_HTML_INLINE:
                words += cmark_node_get_literal(node);
                break;
            case CMARK_NODE_SOFTBREAK:
            case CMARK_NODE_LINEBREAK:
            case CMARK_NODE_PARAGRAPH:
            case CMARK_NODE_ITEM:
            case CMARK_NODE_HEADING:
                words += ' ';
                break;
            default:
                break;
        }
    });
    words = collapse_spaces(words);
    return words.empty() ? collapse_spaces(markdown) : words;
}

}  // namespace capbridge::scorm
