// The esr adapter: people, posts, units and competencies out of the Generic Outbound files of the NHS
// Electronic Staff Record, in the source's drop folder. docs/adapter-esr.md tells what it does and what it
// cannot know.
#include "bridge/adapter.hpp"

#include <fnmatch.h>

#include <nlohmann/json.hpp>

#include "esr/cursor.hpp"
#include "esr/delivery.hpp"
#include "esr/feed.hpp"
#include "esr/lines.hpp"
#include "esr/schema.hpp"
#include "esr/settings.hpp"
#include "esr/survey.hpp"

namespace esr_adapter {
namespace {

using nlohmann::json;

constexpr std::int64_t kRecordsPerCheckpoint = 5000;

class EsrAdapter : public bridge::Adapter, public bridge::Source {
public:
    static constexpr std::string_view id = "esr";
    static constexpr std::string_view descriptor = kDescriptor;

    explicit EsrAdapter(bridge::Host host) : host_(host) {}

    void configure(std::string_view settings, const bridge::Call&) override {
        settings_ = parse_settings(settings);
    }

    void check(const bridge::Call& call) override {
        const auto files = files_to_read(folder(), {}, settings_);
        if (files.empty()) {
            host_.log(BRIDGE_LOG_WARN, "no Generic Outbound file of VPD " + settings_.vpd + " in the folder");
        } else {
            header_of(host_, files.back(), settings_, call);
        }
    }

    void pull(std::string_view cursor_text, bridge::Stream& out, const bridge::Call& call) override {
        auto cursor = Cursor::parse(cursor_text);
        const auto files = files_to_read(folder(), cursor.last, settings_);
        if (!cursor.last.begun() && !files.empty() && files.front().code != settings_.full_code)
            host_.log(BRIDGE_LOG_WARN,
                      "there is no full file: who did not change since the first daily file is not known");
        for (const auto& file : files) {
            call.stop_if_cancelled();
            if (cursor.last.begun() && file.order() <= std::tie(cursor.last.date, cursor.last.sequence))
                continue;
            take(file, cursor, out, call);
        }
    }

private:
    std::vector<FeedName> folder() const {
        if (!host_.has_files())
            throw bridge::Failure{BRIDGE_CONFIG,
                                  "This source has no drop folder; the esr adapter needs one."};
        std::vector<FeedName> files;
        for (const auto& f : json::parse(host_.list_files())) {
            const auto& name = f.at("name").get_ref<const std::string&>();
            if (fnmatch(settings_.files.c_str(), name.c_str(), FNM_PERIOD | FNM_CASEFOLD) != 0) continue;
            if (auto file = read_feed_name(name)) {
                file->version = f.at("version").get<std::string>();
                files.push_back(std::move(*file));
            }
        }
        return files;
    }

    // A copy of an earlier file under a new name is passed over; any other name is a defect of the feed.
    bool is_copy(const FeedName& file, const FeedHeader& header, const FeedPlace& last) const {
        const auto own = read_feed_name(header.name);
        if (own && own->order() == file.order() && own->code == file.code) return false;
        if (own && last.begun() && own->order() <= std::tie(last.date, last.sequence)) {
            host_.log(BRIDGE_LOG_WARN,
                      file.name + " is a copy of a file that was taken in before: passed over");
            return true;
        }
        throw bridge::Failure{BRIDGE_CONFIG, file.name + ": its header is that of another file."};
    }

    void check_gap(const FeedName& file, const FeedHeader& header, const FeedPlace& last,
                   bridge::Stream& out) const {
        const auto gap = gap_before(file, header, last);
        if (!gap || settings_.accept_gap == file.name) return;
        out.emit("feed_gap",
                 json{{"expected", gap->expected}, {"found", gap->found}, {"key", file.name}}.dump());
        throw bridge::Failure{
            BRIDGE_CONFIG,
            "feed gap: after " + last.name + ", " + gap->expected + " was expected, but " + file.name +
                " is " + gap->found +
                ". Put the missing file into the folder; or go on without it by 'capbridge gap "
                "accept SOURCE'; or begin anew with a full file by 'capbridge gap reseed SOURCE'."};
    }

    void take(const FeedName& file, Cursor& cursor, bridge::Stream& out, const bridge::Call& call) const;
    void deliver(const FeedName& file, const Survey& survey, bool full, Cursor& cursor, bridge::Stream& out,
                 const bridge::Call& call) const;

    bridge::Host host_;
    Settings settings_;
};

void EsrAdapter::take(const FeedName& file, Cursor& cursor, bridge::Stream& out,
                      const bridge::Call& call) const {
    const auto header = header_of(host_, file, settings_, call);
    const bool full = file.code == settings_.full_code || header.from_the_beginning();
    if (is_copy(file, header, cursor.last)) return;
    const FeedPlace place{file.name, file.date, file.sequence, full, header.to};
    if (!full && covered(header, cursor.last)) return;
    if (!full) check_gap(file, header, cursor.last, out);

    const auto survey = Survey::of(host_, file, settings_, cursor.memory, call);
    deliver(file, survey, full, cursor, out, call);
    auto memory = survey.after();
    cursor.memory = std::move(memory);
    cursor.last = place;
    cursor.at = {};
    out.checkpoint(cursor.text(cursor.memory.text()));
}

void EsrAdapter::deliver(const FeedName& file, const Survey& survey, bool full, Cursor& cursor,
                         bridge::Stream& out, const bridge::Call& call) const {
    const auto memory = cursor.memory.text();
    const bool resumed = !full && cursor.at.name == file.name && cursor.at.version == file.version;
    if (!resumed) cursor.at = {};
    const auto scope =
        json{{"scope", "esr:" + settings_.vpd},
             {"kinds", {"person", "employment", "unit", "competency_definition", "competency_held"}}}
            .dump();
    if (full) out.emit("snapshot_begin", scope);
    Delivery delivery(settings_, survey, file.name, full, out);
    Lines lines(host_, file.name, cursor.at.offset, cursor.at.line);
    Line line;
    std::int64_t covered_records = 0;
    while (lines.next(line, call)) {
        delivery.line(line);
        if (delivery.counts().told - covered_records < kRecordsPerCheckpoint) continue;
        covered_records = delivery.counts().told;
        // A full file covers nothing until its end: its records are made durable under the old cursor.
        if (!full) cursor.at = {file.name, file.version, line.end, line.number};
        out.checkpoint(cursor.text(memory));
    }
    const auto& counts = delivery.counts();
    host_.log(BRIDGE_LOG_INFO, file.name + ": " + std::to_string(survey.rows()) + " rows, " +
                                   std::to_string(counts.told) + " records, " +
                                   std::to_string(counts.requirements) + " requirements, " +
                                   std::to_string(counts.stale) + " of what was deleted");
    if (counts.unknown_rows > 0 && !full)
        host_.log(
            cursor.memory.pruned ? BRIDGE_LOG_WARN : BRIDGE_LOG_INFO,
            file.name + ": " + std::to_string(counts.unknown_rows) + " deleted assignments were not known" +
                (cursor.memory.pruned ? "; older rows were forgotten, a full file puts that right" : ""));
    if (!full) return;
    if (delivery.whole()) {
        out.emit("snapshot_end", scope);
    } else {
        host_.log(BRIDGE_LOG_WARN,
                  file.name +
                      " is not taken as a whole list, because a row of it could not be told: nothing is "
                      "withdrawn by it");
    }
}

}  // namespace
}  // namespace esr_adapter

BRIDGE_ADAPTERS(esr_adapter::EsrAdapter)
