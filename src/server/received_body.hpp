// How Beast collects a request's body for us: into a string that grows with what has really come. Beast's own
// string body sets aside what the client announces, which may be gigabytes that are to pass through piece by
// piece. Internal to the HTTP server.
#pragma once
#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffer_traits.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional.hpp>
#include <cstdint>
#include <string>

namespace capbridge::server {

struct ReceivedBody {
    using value_type = std::string;

    class reader {
    public:
        template <bool is_request, class Fields>
        reader(boost::beast::http::header<is_request, Fields>&, value_type& body) : body_(body) {}
        void init(const boost::optional<std::uint64_t>& length, boost::beast::error_code& ec) {
            constexpr std::uint64_t at_first = 1u << 20;
            if (length) body_.reserve(static_cast<std::size_t>(std::min(*length, at_first)));
            ec = {};
        }
        template <class Buffers>
        std::size_t put(const Buffers& buffers, boost::beast::error_code& ec) {
            ec = {};
            const auto more = boost::beast::buffer_bytes(buffers);
            const auto before = body_.size();
            body_.resize(before + more);
            return boost::asio::buffer_copy(boost::asio::buffer(body_.data() + before, more), buffers);
        }
        void finish(boost::beast::error_code& ec) { ec = {}; }

    private:
        value_type& body_;
    };
};

}  // namespace capbridge::server
