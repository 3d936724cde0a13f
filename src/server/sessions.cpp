#include <boost/asio/post.hpp>
#include <utility>

#include "server/session.hpp"

namespace capbridge::server {

bool Sessions::add(std::shared_ptr<Session> session, std::size_t most) {
    const std::lock_guard lock(mutex_);
    if (!open_ || winding_up_ || sessions_.size() >= most) return false;
    auto* key = session.get();
    sessions_.emplace(key, std::move(session));
    return true;
}
void Sessions::remove(Session* session) {
    const std::lock_guard lock(mutex_);
    sessions_.erase(session);
    if (sessions_.empty()) emptied_.notify_all();
}
void Sessions::answer(const std::weak_ptr<Session>& to, Response response) {
    const std::lock_guard lock(mutex_);
    if (!open_) return;
    auto session = to.lock();
    if (!session) return;
    auto executor = session->executor();
    asio::post(executor, [session = std::move(session), response = std::move(response)]() mutable {
        session->answer(std::move(response));
    });
}
void Sessions::resume(const std::weak_ptr<Session>& which, std::function<void(Session&)> next) {
    const std::lock_guard lock(mutex_);
    if (!open_) return;
    auto session = which.lock();
    if (!session) return;
    auto executor = session->executor();
    asio::post(executor, [session = std::move(session), next = std::move(next)] { next(*session); });
}
std::size_t Sessions::count() const {
    const std::lock_guard lock(mutex_);
    return sessions_.size();
}
void Sessions::wind_up() {
    const std::lock_guard lock(mutex_);
    winding_up_ = true;
    for (const auto& [key, session] : sessions_) {
        asio::post(session->executor(), [session = session] { session->wind_up(); });
    }
}
void Sessions::wait_until_empty(std::chrono::milliseconds at_most) {
    std::unique_lock lock(mutex_);
    emptied_.wait_for(lock, at_most, [this] { return sessions_.empty(); });
}
void Sessions::close() {
    const std::lock_guard lock(mutex_);
    open_ = false;
}
void Sessions::clear() {
    const std::lock_guard lock(mutex_);
    sessions_.clear();
}

}  // namespace capbridge::server
