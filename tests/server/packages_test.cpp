// Packages over HTTP: streamed to the disk and from it, admitted before a byte is kept, gone when they are
// cut off.
#include "core/store/packages.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "core/base/files.hpp"
#include "core/store/package_files.hpp"
#include "server/fixture.hpp"

namespace capbridge::server::testing {
namespace {

namespace fs = std::filesystem;

class PackagesTest : public ServerTest {
protected:
    void SetUp() override {
        ServerTest::SetUp();
        fs::create_directories(dir);
        packages = store::open_package_files(dir, true);
        backend.packages = packages.get();
        const auto run = backend.run;
        backend.run = [this, run](std::string_view name, const json& params, const engine::Caller& caller) {
            if (params.contains("staged")) {
                const auto source = packages->open_staged(params["staged"].get<std::string>());
                std::string bytes;
                if (source) {
                    bytes.resize(static_cast<std::size_t>((*source)->size()));
                    EXPECT_TRUE((*source)->read(0, std::span(bytes.data(), bytes.size())));
                }
                const std::lock_guard lock(bridge.mutex);
                received.push_back(std::move(bytes));
            }
            return run(name, params, caller);
        };
        bridge.answer = ordered_json{{"key", "a/b"}, {"accepted", true}, {"changed", true}};
    }
    void TearDown() override {
        ServerTest::TearDown();
        fs::remove_all(dir);
    }

    std::size_t files() const {
        std::size_t count = 0;
        std::error_code ec;
        for (const auto& entry : fs::recursive_directory_iterator(dir, ec))
            count += entry.is_regular_file() ? 1 : 0;
        return count;
    }
    // What goes away with a connection goes away soon after it.
    bool empties() const {
        for (int i = 0; i < 200; ++i) {
            if (files() == 0) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(25));
        }
        return false;
    }
    Answer upload(const std::string& body, const std::string& who = "admin",
                  const std::string& target = "/api/v1/packages", const std::string& method = "POST",
                  const std::string& type = "application/zip") {
        return send(method, target, (who.empty() ? "" : basic(who)) + "Content-Type: " + type + "\r\n", body);
    }
    static std::string header(const std::string& length) {
        return "POST /api/v1/packages HTTP/1.1\r\nHost: localhost\r\n" + basic("admin") +
               "Content-Type: application/zip\r\n" + length + "\r\n";
    }

    const fs::path dir = fs::temp_directory_path() / ("capbridge-server-" + uuid_v4());
    std::unique_ptr<store::Packages> packages;
    std::vector<std::string> received;
};

std::string large(std::size_t bytes) {
    std::string out(bytes, '\0');
    for (std::size_t i = 0; i < bytes; ++i) out[i] = static_cast<char>(i * 2654435761u >> 13);
    return out;
}

TEST_F(PackagesTest, ABodyGoesToTheStoreAsItIs) {
    // Larger than any body that is held in memory.
    HttpLimits limits;
    limits.body_bytes = 100'000;
    limits.all_bodies_bytes = 4u << 20;
    start(limits);
    const auto bytes = large(20'000'000);
    const auto answer = upload(bytes, "admin", "/api/v1/packages?key=k&file_name=c.zip");
    EXPECT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(answer.header("location"), "/api/v1/packages/a%2Fb");
    ASSERT_EQ(received.size(), 1u);
    EXPECT_TRUE(received[0] == bytes);
    EXPECT_EQ(bridge.asked.back().first, "package.add");
    EXPECT_EQ(last_params()["key"], "k");
    EXPECT_EQ(last_params()["file_name"], "c.zip");
    EXPECT_EQ(bridge.who.back(), "credential:admin");
    EXPECT_TRUE(empties()) << "what the operation did not keep is cleared away";
}

TEST_F(PackagesTest, ChunksAndExpectationsWork) {
    start();
    Client chunked(server->port());
    chunked.send(header("Transfer-Encoding: chunked\r\n"));
    const auto bytes = large(3'000'000);
    for (std::size_t at = 0; at < bytes.size(); at += 700'000) {
        const auto piece = bytes.substr(at, 700'000);
        char size[32];
        std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
        chunked.send(size + piece + "\r\n");
    }
    chunked.send("0\r\n\r\n");
    EXPECT_EQ(chunked.receive().status, 201);
    ASSERT_EQ(received.size(), 1u);
    EXPECT_TRUE(received[0] == bytes);

    Client careful(server->port());
    careful.send(header("Content-Length: 5\r\nExpect: 100-continue\r\n"));
    EXPECT_EQ(careful.receive().status, 100);
    careful.send("12345");
    EXPECT_EQ(careful.receive().status, 201);
    EXPECT_EQ(received.back(), "12345");
    // The connection goes on.
    careful.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(careful.receive().status, 200);
    EXPECT_TRUE(empties());
}

TEST_F(PackagesTest, WhoMayNotIsRefusedBeforeTheBody) {
    start();
    for (const auto& [who, status] :
         {std::pair("", 401), std::pair("nobody", 401), std::pair("query", 403)}) {
        Client client(server->port());
        client.send(
            "POST /api/v1/packages HTTP/1.1\r\nHost: localhost\r\n" +
            (std::string_view(who).empty() ? "" : basic(who)) +
            "Content-Type: application/zip\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n");
        const auto answer = client.receive();
        EXPECT_EQ(answer.status, status) << who;
        EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
        EXPECT_EQ(files(), 0u);
    }
    EXPECT_EQ(upload("PK", "admin", "/api/v1/packages", "POST", "text/html").status, 415);
    EXPECT_EQ(upload("", "admin").status, 400) << "nothing was sent";
    EXPECT_EQ(upload("PK", "admin", "/api/v1/packages?nonsense=1").status, 400);
    EXPECT_EQ(upload("PK", "admin", "/api/v1/packages/x?key=y", "PUT").status, 400);
    EXPECT_TRUE(received.empty());
    EXPECT_TRUE(empties());
}

TEST_F(PackagesTest, TooLargeIsRefusedWhetherAnnouncedOrNot) {
    Options options;
    options.most_package_bytes = 3'000'000;
    start({}, options);
    EXPECT_EQ(upload(std::string(3'000'000, 'x')).status, 201);
    Client announced(server->port());
    announced.send(header("Content-Length: 3000001\r\n"));
    EXPECT_EQ(announced.receive().status, 413);
    Client chunked(server->port());
    chunked.send(header("Transfer-Encoding: chunked\r\n"));
    for (int i = 0; i < 7; ++i) chunked.send("7a120\r\n" + std::string(500'000, 'x') + "\r\n");
    EXPECT_EQ(chunked.receive().status, 413);
    EXPECT_EQ(received.size(), 1u);
    EXPECT_TRUE(empties());
}

TEST_F(PackagesTest, CutOffItLeavesNothing) {
    HttpLimits limits;
    limits.read_timeout = std::chrono::milliseconds(400);
    start(limits);
    {
        Client gone(server->port());
        gone.send(header("Content-Length: 9000000\r\n") + std::string(2'500'000, 'x'));
        for (int i = 0; i < 100 && files() == 0; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        EXPECT_EQ(files(), 1u);
    }
    EXPECT_TRUE(empties());
    Client stuck(server->port());
    stuck.send(header("Content-Length: 9000000\r\n") + std::string(2'500'000, 'x'));
    EXPECT_TRUE(stuck.closed_within(std::chrono::seconds(5))) << "who is too slow is hung up on";
    EXPECT_TRUE(empties());
    EXPECT_TRUE(received.empty());
    // A server that ends does not wait for it.
    Client last(server->port());
    last.send(header("Content-Length: 9000000\r\n") + std::string(2'500'000, 'x'));
    for (int i = 0; i < 100 && files() == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    server->stop();
    EXPECT_TRUE(empties());
}

TEST_F(PackagesTest, SoManyAtOnceAndNoMore) {
    start();
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 4; ++i) {
        clients.push_back(std::make_unique<Client>(server->port()));
        clients.back()->send(header("Content-Length: 9000000\r\n") + std::string(1'500'000, 'x'));
    }
    for (int i = 0; i < 200 && files() < 4; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    ASSERT_EQ(files(), 4u);
    Client fifth(server->port());
    fifth.send(header("Content-Length: 9000000\r\nExpect: 100-continue\r\n"));
    const auto answer = fifth.receive();
    EXPECT_EQ(answer.status, 503);
    EXPECT_NE(answer.header("retry-after"), "");
    EXPECT_EQ(get("/healthz", "").status, 200) << "nobody else waits";
    clients.clear();
    EXPECT_TRUE(empties());
    EXPECT_EQ(upload("PK").status, 201) << "there is room again";
}

TEST_F(PackagesTest, ARefusedPackageIs422WithItsFindings) {
    bridge.answer =
        ordered_json{{"accepted", false}, {"changed", false}, {"findings", {{{"code", "no_manifest"}}}}};
    const auto answer = upload("PK");
    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(answer.parsed()["findings"][0]["code"], "no_manifest");
    bridge.answer = ordered_json{{"key", "k"}, {"accepted", true}, {"changed", false}};
    EXPECT_EQ(upload("PK").status, 200);
    bridge.answer = fail("conflict", "there is one");
    EXPECT_EQ(upload("PK").status, 409);
    bridge.answer = ordered_json{{"key", "k"}, {"accepted", true}, {"changed", true}, {"dry_run", true}};
    EXPECT_EQ(upload("PK", "admin", "/api/v1/packages/k%2F1?dry_run=1", "PUT").status, 200);
    EXPECT_EQ(bridge.asked.back().first, "package.replace");
    EXPECT_EQ(last_params()["package"], "k/1");
    EXPECT_EQ(last_params()["dry_run"], true);
    EXPECT_EQ(upload("PK", "admin", "/api/v1/packages/k/replace?dry_run=maybe").status, 400);
}

TEST_F(PackagesTest, ADownloadIsStreamed) {
    const auto bytes = large(5'000'000);
    const auto sha256 = sha256_hex(bytes);
    auto staged = packages->stage();
    ASSERT_TRUE(staged && (*staged)->write(bytes) && packages->keep((*staged)->name(), sha256));
    bridge.answer = ordered_json{{"key", "k"}, {"sha256", sha256}, {"file_name", "k-1.zip"}};
    const auto answer = query("/api/v1/packages/k/download?version=1");
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.body == bytes);
    EXPECT_EQ(answer.header("content-type"), "application/zip");
    EXPECT_EQ(answer.header("content-disposition"), "attachment; filename=\"k-1.zip\"");
    EXPECT_EQ(answer.header("etag"), "\"" + sha256 + "\"");
    EXPECT_EQ(bridge.asked.back().first, "package.download");
    EXPECT_EQ(last_params(), (json{{"package", "k"}, {"version", 1}}));

    Client client(server->port());
    client.send("HEAD /api/v1/packages/k/download HTTP/1.1\r\nHost: localhost\r\n" + basic("query") + "\r\n");
    const auto head = client.receive(true);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.header("content-length"), "5000000");
    client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_EQ(client.receive().status, 200) << "the connection goes on";

    bridge.answer = ordered_json{{"key", "k"}, {"sha256", std::string(64, '0')}, {"file_name", "k-1.zip"}};
    EXPECT_EQ(query("/api/v1/packages/k/download").status, 404);
    bridge.answer = ordered_json{{"key", "k"}, {"sha256", "../../../etc/passwd"}, {"file_name", "k.zip"}};
    EXPECT_EQ(query("/api/v1/packages/k/download").status, 404);
}

TEST_F(PackagesTest, QuestionsAndChangesAreOperations) {
    for (const auto& [path, operation] :
         {std::pair("packages", "package.list"), std::pair("packages/k", "package.show"),
          std::pair("packages/k/findings", "package.findings"),
          std::pair("packages/k/structure", "package.structure"),
          std::pair("packages/k/activities?kind=sco&limit=5", "package.activities"),
          std::pair("packages/k/mapping-draft?min_score=0.5", "package.map"),
          std::pair("packages/k/diff?version=2", "package.diff")}) {
        EXPECT_EQ(query("/api/v1/" + std::string(path)).status, 200) << path;
        EXPECT_EQ(bridge.asked.back().first, operation);
    }
    EXPECT_EQ(last_params(), (json{{"package", "k"}, {"version", 2}}));
    EXPECT_EQ(query("/api/v1/packages/k?nonsense=1").status, 400);
    EXPECT_EQ(send("DELETE", "/api/v1/packages/k?purge=1", basic("admin")).status, 200);
    EXPECT_EQ(bridge.asked.back().first, "package.remove");
    EXPECT_EQ(last_params(), (json{{"package", "k"}, {"purge", true}}));
    EXPECT_EQ(send("DELETE", "/api/v1/packages/k", basic("query")).status, 403);
    EXPECT_EQ(send("POST", "/api/v1/packages/k/mapping", basic("admin"), R"({"id":"m"})").status, 201);
    EXPECT_EQ(bridge.asked.back().first, "package.publish_mapping");
    EXPECT_EQ(last_params()["text"], R"({"id":"m"})");
    EXPECT_EQ(send("POST", "/api/v1/packages/k/mapping", basic("admin"), "{").status, 400);
}

}  // namespace
}  // namespace capbridge::server::testing
