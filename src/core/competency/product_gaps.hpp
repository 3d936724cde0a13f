// What a product's file does not say yet of all that guidance on digital healthcare technologies expects a
// developer to give and an adopter to plan: for those who buy and teach. A gap is no error: a file may grow.
// Pure; any thread.
#pragma once
#include <string>
#include <vector>

#include "core/base/json.hpp"

namespace capbridge::competency {

struct ProductGap {
    std::string pointer;  // JSON pointer of the member that is missing or empty
    std::string says;     // what would stand there
};
// Of a document that keeps to config/schemas/product.schema.json; anything else has no gaps.
std::vector<ProductGap> product_gaps(const json& document);

}  // namespace capbridge::competency
