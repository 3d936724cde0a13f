// One assignment, and one person's terminations, as short texts for the cursor: days as days since 1970 and
// numbers in base 36, texts that repeat as numbers of a list of words. Pure; any thread. What reads throws
// std::exception when the text is none of ours.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "esr/timeline.hpp"

namespace esr_adapter {

std::string base36(long long value);
long long of_base36(std::string_view text);
std::vector<std::string_view> split_at(std::string_view text, char separator);

// Texts that stand in many places, each once.
class Words {
public:
    std::string number_of(const std::string& word) {
        const auto [it, fresh] = numbers_.try_emplace(word, list_.size());
        if (fresh) list_.push_back(word);
        return base36(static_cast<long long>(it->second));
    }
    [[nodiscard]] const std::vector<std::string>& list() const { return list_; }

private:
    std::map<std::string, std::size_t> numbers_;
    std::vector<std::string> list_;
};
const std::string& word_at(const std::vector<std::string>& words, std::string_view number);

// person/number/earliest/ends,start/end[/e | /k/unit/position/title/job],...: none of ':' and ';'.
std::string packed_assignment(const Assignment& assignment, Words& words);
Assignment unpacked_assignment(std::string_view text, const std::vector<std::string>& words);
// start/termination,...
std::string packed_service(const Service& service);
Service unpacked_service(std::string_view text);

}  // namespace esr_adapter
