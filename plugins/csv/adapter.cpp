// The csv adapter: completions out of exported files in the source's drop folder, for every LMS that can
// export a table.
#include "bridge/adapter.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "csv/cursor.hpp"
#include "csv/row.hpp"
#include "csv/schema.hpp"
#include "csv/settings.hpp"
#include "csv/table.hpp"

namespace csv_adapter {
namespace {

using nlohmann::json;

// A checkpoint waits for the disk; what it covers is small to read again.
constexpr std::int64_t kRowsPerCheckpoint = 4000;

struct File {
    std::string name, version;
    std::int64_t modified_ms = 0;
};

class CsvAdapter : public bridge::Adapter, public bridge::Source {
public:
    static constexpr std::string_view id = "csv";
    static constexpr std::string_view descriptor = kDescriptor;

    explicit CsvAdapter(bridge::Host host) : host_(host) {}

    void configure(std::string_view settings, const bridge::Call&) override {
        settings_ = parse_settings(settings);
    }

    void check(const bridge::Call&) override {
        if (matching_files().empty())
            host_.log(BRIDGE_LOG_WARN, "no file that is ready to be read matches " + settings_.files);
        if (const auto before = other_key_before()) throw bridge::Failure{BRIDGE_CONFIG, other_key(*before)};
    }

    void pull(std::string_view cursor_text, bridge::Stream& out, const bridge::Call& call) override {
        auto cursor = Cursor::parse(cursor_text);
        ask_about_key();
        auto files = matching_files();
        std::erase_if(cursor.files, [&](const auto& known) {
            return std::none_of(files.begin(), files.end(),
                                [&](const File& f) { return f.name == known.first; });
        });
        // Oldest first: when two files speak of one fact, the younger has the last word.
        std::sort(files.begin(), files.end(), [](const File& a, const File& b) {
            return std::tie(a.modified_ms, a.name) < std::tie(b.modified_ms, b.name);
        });
        const bool only_newest = settings_.snapshot && settings_.scope.find("{file}") == std::string::npos;
        bool again = false;
        for (std::size_t i = 0; i < files.size(); ++i) {
            const auto& file = files[i];
            const auto known = cursor.files.find(file.name);
            // What is younger than a file that is read is read after it, known or not: it has the last word.
            if (!again && known != cursor.files.end() && known->second == file.version) continue;
            again = true;
            call.stop_if_cancelled();
            // An older list than the newest would take back what the newest says.
            if (!only_newest || i + 1 == files.size()) read(file, cursor, out, call);
            cursor.files[file.name] = file.version;
            cursor.partial_file.clear();
            out.checkpoint(cursor.text());
        }
    }

private:
    // Another choice of key makes every row another fact: only the settings can say that this is wanted,
    // never the next run. Changed settings take the cursor away, so that the choice is kept in the state.
    void ask_about_key() const {
        if (const auto before = other_key_before()) throw bridge::Failure{BRIDGE_CONFIG, other_key(*before)};
        if (host_.state("key_choice") == settings_.key_choice) return;
        try {
            host_.set_state("key_choice", settings_.key_choice);
        } catch (const bridge::Failure& failure) {
            if (failure.code != BRIDGE_UNSUPPORTED) throw;
        }
    }
    // The choice under which rows were taken in, when it is another and nobody has said yes to the new one.
    [[nodiscard]] std::optional<std::string> other_key_before() const {
        auto before = host_.state("key_choice");
        const bool fits = !before || *before == settings_.key_choice ||
                          lower(settings_.accept_key) == lower(settings_.key_choice);
        return fits ? std::nullopt : std::move(before);
    }
    [[nodiscard]] std::string other_key(const std::string& before) const {
        return "The key of a row was made of (" + before +
               ") when rows were taken in, and would be made of (" + settings_.key_choice +
               ") now: every row would be another fact. Nothing was read. To stay with the old key, put "
               "columns "
               "back as they were. To go on with the new one, write \"accept_key\": " +
               json(settings_.key_choice).dump() +
               " into columns of the settings, add the source again with them, and sync. " +
               (settings_.snapshot
                    ? "Old and new facts then count both until a list has been read to its end. That "
                      "withdraws "
                      "the old ones, and as they are most of what was there, the bridge holds that run "
                      "(snapshot_fell): look at its numbers, then say yes with 'capbridge source accept "
                      "SOURCE'."
                    : "What was told under the old key stays beside it and counts too, until you take back "
                      "the "
                      "runs that told it with 'capbridge run revert RUN'.");
    }

    std::vector<File> matching_files() const {
        if (!host_.has_files())
            throw bridge::Failure{BRIDGE_CONFIG,
                                  "This source has no drop folder; the csv adapter needs one."};
        std::vector<File> files;
        for (const auto& f : json::parse(host_.list_files())) {
            File file{f.at("name").get<std::string>(), f.at("version").get<std::string>(),
                      f.at("modified_ms").get<std::int64_t>()};
            if (fnmatch(settings_.files.c_str(), file.name.c_str(), FNM_PERIOD) == 0)
                files.push_back(std::move(file));
        }
        return files;
    }

    std::string bytes_of(const File& file, std::uint64_t offset) const {
        try {
            return host_.read_file(file.name, offset);
        } catch (bridge::Failure& failure) {
            if (failure.code == BRIDGE_RETRY)
                failure.user = file.name + " changed while it was read. It is read again from its beginning.";
            throw;
        }
    }
    void read(const File& file, Cursor& cursor, bridge::Stream& out, const bridge::Call& call) const;
    [[nodiscard]] std::string scope_of(const File& file) const {
        auto scope = settings_.scope;
        if (const auto at = scope.find("{file}"); at != std::string::npos) scope.replace(at, 6, file.name);
        return json{{"scope", scope}}.dump();
    }

    bridge::Host host_;
    Settings settings_;
};

// Reads one file from its beginning, or from the row behind the last checkpoint.
class FileRun {
public:
    FileRun(const Settings& settings, const File& file, Cursor& cursor, bridge::Stream& out)
        : settings_(settings), file_(file), cursor_(cursor), out_(out), rows_(settings) {
        if (!settings_.snapshot && cursor_.partial_file == file_.name &&
            cursor_.partial_version == file_.version)
            skip_ = cursor_.partial_rows;
    }

    void row(Row& row) {
        if (unusable_) return;
        if (!header_) {
            header_ = true;
            if (const auto missing = rows_.read_header(row)) {
                unusable_ = true;
                reject(row.line, *missing);
            }
            return;
        }
        if (seen_++ < skip_) return;
        const auto result = rows_.read(row);
        if (const auto* completion = std::get_if<Completion>(&result)) {
            if (!out_.emit("completion", completion->json))
                reject(row.line, {"", "", "the row is too large"});
        } else if (const auto* rejected = std::get_if<Rejected>(&result)) {
            reject(row.line, *rejected);
        }
        if (seen_ % kRowsPerCheckpoint == 0) checkpoint();
    }

    void reject(int line, const Rejected& why) {
        if (why.key.empty()) whole_ = false;
        json reason{{"where", file_.name + ":" + std::to_string(line)}, {"reason", why.reason}};
        if (!why.column.empty()) reason["column"] = why.column;
        out_.reject("completion", why.key, reason.dump());
    }
    // False: a row could not be told apart, or the rest was unreadable, so that absence means nothing.
    [[nodiscard]] bool whole() const { return whole_ && header_ && !unusable_; }

private:
    void checkpoint() {
        // A list that is not through covers nothing yet: its records are made durable under the old cursor,
        // and a resumed run reads it from the beginning.
        if (!settings_.snapshot) {
            cursor_.partial_file = file_.name;
            cursor_.partial_version = file_.version;
            cursor_.partial_rows = seen_;
        }
        out_.checkpoint(cursor_.text());
    }

    const Settings& settings_;
    const File& file_;
    Cursor& cursor_;
    bridge::Stream& out_;
    RowReader rows_;
    std::int64_t seen_ = 0, skip_ = 0;
    bool header_ = false, unusable_ = false, whole_ = true;
};

void CsvAdapter::read(const File& file, Cursor& cursor, bridge::Stream& out, const bridge::Call& call) const {
    if (settings_.snapshot) out.emit("snapshot_begin", scope_of(file));
    FileRun run(settings_, file, cursor, out);
    Decoder decoder(settings_.encoding);
    Table table(settings_.separator, [&](Row& row) { run.row(row); });
    try {
        std::uint64_t offset = 0;
        for (bool last = false; !last;) {
            call.stop_if_cancelled();
            const auto bytes = bytes_of(file, offset);
            last = bytes.empty();
            offset += bytes.size();
            std::string text;
            decoder.decode(bytes, last, text);
            table.feed(text, last);
        }
    } catch (const BrokenTable& broken) {
        run.reject(broken.line(),
                   {"", "", std::string("the rest of the file is unreadable: ") + broken.what()});
    }
    if (!settings_.snapshot) return;
    if (run.whole()) {
        out.emit("snapshot_end", scope_of(file));
    } else {
        host_.log(BRIDGE_LOG_WARN,
                  "a file is not taken as a whole list, because a row of it could not be told: nothing is "
                  "withdrawn by it");
    }
}

}  // namespace
}  // namespace csv_adapter

BRIDGE_ADAPTERS(csv_adapter::CsvAdapter)
