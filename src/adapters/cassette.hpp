// A cassette: a folder with one file for each HTTP exchange (0001.json, ...) and source.json, which says of
// what source it is (docs/adapters.md). The recorder stands in front of a live service and writes down what
// passes, with pseudonyms in the place of personal data and without any credential: what it sees was not
// signed yet. The player answers from the folder and opens no connection. Both are used by one thread.
#pragma once
#include <filesystem>
#include <memory>

#include "adapters/http_service.hpp"

namespace capbridge::adapters {

// Errors: "cassette" (the folder cannot be written).
Result<std::unique_ptr<HttpService>> make_recorder(std::unique_ptr<HttpService> live,
                                                   const engine::SourceSettings& settings,
                                                   engine::SourceMemory& memory);

// Requests are matched by method, address and body; forms, queries and JSON by what they say. Equal requests
// are answered in the order in which they were recorded, the last one again and again. One that was not
// recorded ends with the class "not_found". Errors: "cassette" (no folder, a file that is no exchange).
Result<std::unique_ptr<HttpService>> open_player(const std::filesystem::path& folder);

// What a request is matched by; the same text for the same meaning.
std::string request_key(const std::string& method, const std::string& url, const std::string& body);

}  // namespace capbridge::adapters
