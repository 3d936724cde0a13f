#include "core/net/file_client.hpp"

#include <curl/curl.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "core/base/text.hpp"
#include "core/net/url.hpp"

namespace capbridge::net {
namespace {

constexpr std::size_t most_list_bytes = 8u << 20;
constexpr std::chrono::seconds connect_timeout{15}, list_timeout{60};
constexpr int look_up_ms = 100;  // how soon what is given up ends

bool is_plain_name(const std::string& name) {
    return !name.empty() && name.front() != '.' && name.size() <= 255 && is_utf8(name) &&
           name.find_first_of("/\\\"") == std::string::npos &&
           std::none_of(name.begin(), name.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

std::vector<std::string> lines_of(const std::string& text) {
    auto lines = split(text, '\n');
    for (auto& line : lines) {
        if (line.ends_with('\r')) line.pop_back();
    }
    std::erase(lines, "");
    return lines;
}

struct Into {
    std::string* text = nullptr;
    int fd = -1;
    std::uint64_t bytes = 0, most = 0;
    bool too_large = false, unwritable = false, cancelled = false;
};

std::size_t take(char* data, std::size_t size, std::size_t count, void* to) {
    auto& into = *static_cast<Into*>(to);
    const auto length = size * count;
    into.bytes += length;
    into.too_large = into.bytes > into.most;
    if (into.too_large) return 0;
    if (into.text != nullptr) into.text->append(data, length);
    for (std::size_t at = 0; into.fd >= 0 && at < length;) {
        const auto wrote = ::write(into.fd, data + at, length - at);
        if (wrote < 0 && errno == EINTR) continue;
        into.unwritable = wrote <= 0;
        if (into.unwritable) return 0;
        at += static_cast<std::size_t>(wrote);
    }
    return length;
}

Error error_of(CURLcode code, bool sftp, const Into& into) {
    if (into.cancelled) return {"cancelled", "given up", {}, 0};
    if (into.too_large) return {"too_large", "larger than is taken", {}, 0};
    if (into.unwritable) return {"unwritable", "cannot be written here", {}, 0};
    const std::string why = curl_easy_strerror(code);
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_CONNECT:
            return {"unreachable", "no connection: " + why, {}, 0};
        case CURLE_OPERATION_TIMEDOUT:
            return {"timeout", "not through within the time limit", {}, 0};
        case CURLE_PEER_FAILED_VERIFICATION:
            return sftp ? Error{"host_key", "the server's key is not the one that is known", {}, 0}
                        : Error{"tls", "no trusted connection: " + why, {}, 0};
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_USE_SSL_FAILED:
            return {"tls", "no trusted connection: " + why, {}, 0};
        case CURLE_LOGIN_DENIED:
            return {"login", "the server does not let us in", {}, 0};
        case CURLE_REMOTE_FILE_NOT_FOUND:
        case CURLE_REMOTE_ACCESS_DENIED:
        case CURLE_FTP_COULDNT_RETR_FILE:
            return {"not_found", "the server does not have it, or does not give it to us", {}, 0};
        default:
            return {"transfer", why, {}, 0};
    }
}

class CurlFiles final : public FileClient {
public:
    explicit CurlFiles(FileServer server) : server_(std::move(server)) {
        static std::once_flag once;
        std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
        handle_.reset(curl_easy_init());
        connections_.reset(curl_multi_init());
        if (!server_.url.ends_with('/')) server_.url += '/';
        const auto url = read_url(server_.url);
        sftp_ = url && url->scheme == "sftp";
        sound_ = url && !url->has_user && (sftp_ || url->scheme == "ftps") && handle_ && connections_;
        if (sftp_) sound_ = sound_ && (!server_.known_hosts.empty() || !server_.host_key_sha256.empty());
        if (url) path_ = url_decode(url->path, false);
        if (sound_ && !sftp_ && server_.explicit_tls) server_.url.replace(0, 4, "ftp");
    }

    Result<std::vector<RemoteFile>> list() override {
        std::string names, lines;
        CAPBRIDGE_TRY(read_list(true, names));
        CAPBRIDGE_TRY(read_list(false, lines));
        auto out = paired(lines_of(names), lines_of(lines));
        std::erase_if(out, [](const RemoteFile& file) { return !is_plain_name(file.name); });
        return out;
    }

    Result<Downloaded> download(const std::string& name, const std::filesystem::path& to,
                                std::uint64_t most_bytes) override {
        Into into;
        into.most = most_bytes;
        into.fd = ::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
        if (into.fd < 0) return fail("unwritable", "cannot be written here");
        begin(server_.url + url_encode(name), into, server_.timeout);
        set(CURLOPT_FILETIME, 1L);
        auto done = perform(into);
        if (done && ::fsync(into.fd) != 0) done = fail("unwritable", "cannot be written here");
        ::close(into.fd);
        if (!done) return fail(std::move(done).error());
        Downloaded out{into.bytes, std::nullopt};
        curl_off_t modified = -1;
        curl_easy_getinfo(handle_.get(), CURLINFO_FILETIME_T, &modified);
        if (modified >= 0) out.modified = from_unix_ms(std::int64_t{modified} * 1000);
        return out;
    }

    Status remove(const std::string& name) override {
        if (!is_plain_name(name)) return fail("not_found", "no plain name");
        Into into;
        into.most = most_list_bytes;
        begin(server_.url, into, list_timeout);
        const auto command = sftp_ ? "rm \"" + path_ + name + "\"" : "DELE " + name;
        const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> commands(
            curl_slist_append(nullptr, command.c_str()), &curl_slist_free_all);
        set(CURLOPT_NOBODY, 1L);
        set(sftp_ ? CURLOPT_QUOTE : CURLOPT_POSTQUOTE, commands.get());
        return perform(into);
    }

private:
    template <class T>
    void set(CURLoption option, T value) {
        curl_easy_setopt(handle_.get(), option, value);
    }

    Status read_list(bool names_only, std::string& text) {
        Into into;
        into.text = &text;
        into.most = most_list_bytes;
        begin(server_.url, into, list_timeout);
        set(CURLOPT_DIRLISTONLY, names_only ? 1L : 0L);
        return perform(into);
    }

    void begin(const std::string& url, Into& into, std::chrono::seconds timeout) {
        if (!sound_) return;
        curl_easy_reset(handle_.get());  // keeps the connection
        set(CURLOPT_URL, url.c_str());
        set(CURLOPT_PROTOCOLS_STR, sftp_ ? "sftp" : "ftp,ftps");
        set(CURLOPT_PROXY, "");
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()) * 1000);
        set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(connect_timeout.count()));
        set(CURLOPT_USERNAME, server_.user.c_str());
        set(CURLOPT_WRITEFUNCTION, &take);
        set(CURLOPT_WRITEDATA, static_cast<void*>(&into));
        if (sftp_) {
            begin_ssh();
        } else {
            set(CURLOPT_PASSWORD, server_.secret.c_str());
            set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
            set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
            set(CURLOPT_SSL_VERIFYPEER, 1L);
            set(CURLOPT_SSL_VERIFYHOST, 2L);
            if (server_.ca_file.empty()) return;
            set(CURLOPT_CAINFO, server_.ca_file.c_str());
            set(CURLOPT_CAPATH, static_cast<char*>(nullptr));
        }
    }

    void begin_ssh() {
        if (!server_.host_key_sha256.empty())
            set(CURLOPT_SSH_HOST_PUBLIC_KEY_SHA256, server_.host_key_sha256.c_str());
        if (!server_.known_hosts.empty()) set(CURLOPT_SSH_KNOWNHOSTS, server_.known_hosts.c_str());
        if (server_.key_file.empty()) {
            set(CURLOPT_SSH_AUTH_TYPES, static_cast<long>(CURLSSH_AUTH_PASSWORD | CURLSSH_AUTH_KEYBOARD));
            set(CURLOPT_PASSWORD, server_.secret.c_str());
        } else {
            set(CURLOPT_SSH_AUTH_TYPES, static_cast<long>(CURLSSH_AUTH_PUBLICKEY));
            set(CURLOPT_SSH_PRIVATE_KEYFILE, server_.key_file.c_str());
            set(CURLOPT_KEYPASSWD, server_.secret.c_str());
        }
    }

    Status perform(Into& into) {
        if (!sound_)
            return fail("bad_url",
                        "the folder must be sftp:// (with a known host key) or ftps://, without a "
                        "user in it");
        CURLM* multi = connections_.get();
        auto result = CURLE_ABORTED_BY_CALLBACK;
        curl_multi_add_handle(multi, handle_.get());
        for (int running = 1; running != 0;) {
            if (curl_multi_perform(multi, &running) != CURLM_OK) break;
            into.cancelled = server_.cancel != nullptr && server_.cancel->load();
            if (into.cancelled) break;
            if (running != 0) curl_multi_poll(multi, nullptr, 0, look_up_ms, nullptr);
        }
        int left = 0;
        while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
            if (message->msg == CURLMSG_DONE) result = message->data.result;
        }
        curl_multi_remove_handle(multi, handle_.get());
        if (result == CURLE_OK && !into.cancelled) return {};
        return fail(error_of(result, sftp_, into));
    }

    FileServer server_;
    std::string path_;
    bool sftp_ = false, sound_ = false;
    std::unique_ptr<CURLM, decltype(&curl_multi_cleanup)> connections_{nullptr, &curl_multi_cleanup};
    std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle_{nullptr, &curl_easy_cleanup};
};

}  // namespace

bool RemoteFile::has_size(std::uint64_t bytes) const {
    const auto words = split(line, ' ');
    return std::find(words.begin(), words.end(), std::to_string(bytes)) != words.end();
}

// A name may hold blanks, and another name may be its end: the longest name that a line ends with is its own.
std::vector<RemoteFile> paired(const std::vector<std::string>& names, const std::vector<std::string>& lines) {
    const std::set<std::string_view> known(names.begin(), names.end());
    std::map<std::string_view, std::vector<std::string_view>> lines_of_name;
    for (const std::string_view line : lines) {
        for (auto at = line.find(' '); at != std::string_view::npos; at = line.find(' ', at + 1)) {
            const auto name = known.find(line.substr(at + 1));
            if (name == known.end()) continue;
            lines_of_name[*name].push_back(line);
            break;
        }
    }
    std::vector<RemoteFile> out;
    for (const auto& name : names) {
        const auto found = lines_of_name.find(name);
        // Gone between the two lists; or another one came that ends alike, so that it is not known whose line
        // is whose: the next list tells.
        if (found == lines_of_name.end() || found->second.size() != 1) continue;
        const auto line = found->second.front();
        if (line.front() == 'd' || line.front() == 'l' || line.find("<DIR>") != std::string_view::npos)
            continue;
        out.push_back({name, std::string(line.substr(0, line.size() - name.size()))});
    }
    return out;
}

std::unique_ptr<FileClient> make_file_client(FileServer server) {
    return std::make_unique<CurlFiles>(std::move(server));
}

}  // namespace capbridge::net
