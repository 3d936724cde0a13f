// Collects findings while a package is read. A package with ten thousand bad hrefs gives twenty of a code;
// the last one says how many more, and places are worked out only for those that are kept. Values; one
// thread.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/scorm/inspection.hpp"
#include "core/scorm/xml.hpp"

namespace capbridge::scorm {

// Where something is: an entry of the zip, and in it an element, or only a line (0: the whole entry).
struct Place {
    Place() = default;
    Place(std::string the_entry, std::size_t the_line = 0) : entry(std::move(the_entry)), line(the_line) {}
    Place(std::string the_entry, xml::Element the_element)
        : entry(std::move(the_entry)), element(the_element) {}
    std::string entry;
    std::size_t line = 0;
    xml::Element element;  // alive while the finding is added
};

class Findings {
public:
    using Severity = Finding::Severity;
    // `message` says what is wrong, `remedy` what to do; `rule` is the id of a requirement of cmi5.
    void add(Severity severity, std::string_view code, const Place& place, std::string message,
             std::string remedy, std::string_view rule = {});
    void error(std::string_view code, const Place& place, std::string message, std::string remedy,
               std::string_view rule = {});
    void warning(std::string_view code, const Place& place, std::string message, std::string remedy = {});
    void info(std::string_view code, const Place& place, std::string message, std::string remedy = {});

    [[nodiscard]] bool has_errors() const { return has_errors_; }
    [[nodiscard]] bool has(std::string_view code) const { return counts_.find(code) != counts_.end(); }
    // The reasons for a refusal first, otherwise in the order in which things were met.
    [[nodiscard]] std::vector<Finding> take();

private:
    std::vector<Finding> list_;
    std::map<std::string, std::size_t, std::less<>> counts_;
    bool has_errors_ = false;
};

// An Error of a part below as an error finding. Its message ends with what to do; that sentence becomes the
// remedy.
void add_error(Findings& findings, const Error& error);

}  // namespace capbridge::scorm
