// XML written element by element, indented, always well-formed. Values; one thread.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/scorm/xml.hpp"

namespace capbridge::scorm {

class XmlText {
public:
    using Attributes = std::vector<std::pair<std::string_view, std::string>>;

    XmlText() : out_("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") {}

    void open(std::string_view name, const Attributes& attributes = {}) {
        begin(name, attributes);
        out_ += ">\n";
        open_.emplace_back(name);
    }
    void close() {
        const std::string name = std::move(open_.back());
        open_.pop_back();
        indent();
        out_ += "</" + name + ">\n";
    }
    void leaf(std::string_view name, std::string_view text, const Attributes& attributes = {}) {
        begin(name, attributes);
        out_ += '>' + xml::escape(text) + "</" + std::string(name) + ">\n";
    }
    void empty(std::string_view name, const Attributes& attributes = {}) {
        begin(name, attributes);
        out_ += "/>\n";
    }
    [[nodiscard]] std::string take() {
        while (!open_.empty()) close();
        return std::move(out_);
    }

private:
    void indent() { out_.append(open_.size() * 2, ' '); }
    void begin(std::string_view name, const Attributes& attributes) {
        indent();
        out_ += '<' + std::string(name);
        for (const auto& [key, value] : attributes) {
            out_ += ' ' + std::string(key) + "=\"" + xml::escape(value) + '"';
        }
    }

    std::string out_;
    std::vector<std::string> open_;
};

}  // namespace capbridge::scorm
