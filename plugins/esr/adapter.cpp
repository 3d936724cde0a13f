// The esr adapter: people, posts, units and competencies out of the Generic Outbound files of the NHS
// Electronic Staff Record, in the source's drop folder. docs/adapter-esr.md tells what it does and what it
// cannot know.
#include "bridge/adapter.hpp"

#include <fnmatch.h>

#include <nlohmann/json.hpp>

#include "common/fingerprint.hpp"
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
        const auto files = files_to_read(folder(call), {}).files;
        if (files.empty()) {
            host_.log(BRIDGE_LOG_WARN, "no Generic Outbound file of VPD " + settings_.vpd + " in the folder");
        } else {
            header_of(host_, files.back(), settings_, call);
        }
    }

    void pull(std::string_view cursor_text, bridge::Stream& out, const bridge::Call& call) override {
        auto cursor = Cursor::parse(cursor_text);
        const auto [files, copies] = files_to_read(folder(call), cursor.last);
        for (const auto& name : copies)
            host_.log(BRIDGE_LOG_WARN, name + " is a copy of a file that was taken in before: passed over");
        if (files.empty()) return;
        if (!cursor.last.begun() && !files.front().full)
            host_.log(BRIDGE_LOG_WARN,
                      "there is no full file: who did not change since the first daily file is not known");
        recall_definitions(cursor.memory);
        for (std::size_t i = 0; i < files.size(); ++i) {
            call.stop_if_cancelled();
            if (i > 0 && same_place(files[i - 1], files[i])) {
                check_copy(files[i - 1], files[i], call);
            } else {
                take(files[i], cursor, out, call);
            }
        }
    }

private:
    // What names itself a file of this feed, each at the place that its header tells.
    std::vector<FeedName> folder(const bridge::Call& call) const {
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
        files = files_of_feed(std::move(files), settings_);
        for (auto& file : files) {
            call.stop_if_cancelled();
            constexpr std::uint32_t header_bytes = 2048;
            const auto bytes = host_.read_file(file.name, 0, header_bytes);
            const auto line = std::string_view(bytes).substr(0, bytes.find_first_of("\r\n"));
            auto header = line.size() < bytes.size() ? read_feed_header(line) : std::nullopt;
            // What is wrong with any other is said when its turn comes.
            if (header && header->vpd == settings_.vpd) place_by_header(file, std::move(*header), settings_);
        }
        return files;
    }

    // Two files that by their headers are one: the first was taken in.
    void check_copy(const FeedName& first, const FeedName& second, const bridge::Call& call) const {
        if (digest_of(first, call) != digest_of(second, call))
            throw bridge::Failure{BRIDGE_CONFIG, second.name + ": its header is that of " + first.name +
                                                     ", but the rest differs. " + first.name +
                                                     " was taken in; remove the one that is wrong, and if "
                                                     "that is " +
                                                     first.name + ", begin anew with a full file."};
        host_.log(BRIDGE_LOG_WARN, second.name + " is a copy of " + first.name + ": passed over");
    }

    std::string digest_of(const FeedName& file, const bridge::Call& call) const {
        std::string digest;
        for (std::uint64_t offset = 0;;) {
            call.stop_if_cancelled();
            const auto bytes = host_.read_file(file.name, offset, 384u << 10);
            if (bytes.empty()) return digest;
            offset += bytes.size();
            digest = plugins::fingerprint({digest, bytes});
        }
    }

    void recall_definitions(Memory& memory) const {
        if (memory.place.mark.empty() || load_definitions(host_, memory.place, memory.definitions)) return;
        memory.pruned = true;
        host_.log(BRIDGE_LOG_WARN,
                  "a part of the competency definitions is not in the source's state any more: renewal "
                  "periods of these are those in the competencies' names until a full file is read");
    }

    // The memory as text, when the state holds what does not go into it.
    std::string remembered(Memory& memory) const {
        const auto before = memory.place.mark;
        const auto known = memory.definitions.size();
        std::vector<std::string> parts;
        auto text = memory.text(parts);
        if (memory.place.mark != before && !parts.empty() && !store_definitions(host_, parts, memory.place)) {
            memory.place.mark.clear();
            host_.log(BRIDGE_LOG_WARN,
                      "the source's state has no room for all competency definitions: some are forgotten");
        }
        if (memory.definitions.size() < known)
            host_.log(BRIDGE_LOG_WARN, std::to_string(known - memory.definitions.size()) + " of " +
                                           std::to_string(known) +
                                           " competency definitions are more than can be remembered");
        return text;
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
                ". Nothing from there on was read. Put what is missing into the folder and sync again; or "
                "'capbridge gap accept SOURCE' reads on at once without it, so that its changes stay unknown "
                "until a full file comes; or 'capbridge gap reseed SOURCE' forgets where the feed stood and "
                "begins with the newest full file in the folder: ask ESR for one first."};
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
    const auto own = read_feed_name(header.name);
    if (!own || own->destination != file.destination || own->order() != file.order() ||
        own->code != file.code || (own->code != settings_.delta_code && own->code != settings_.full_code))
        throw bridge::Failure{BRIDGE_CONFIG, file.name + ": its header is not that of a file of this feed."};
    const bool full = file.full;
    const FeedPlace place{file.name, file.date, file.sequence, full, header.to};
    if (!full && covered(header, cursor.last)) return;
    if (!full) check_gap(file, header, cursor.last, out);

    const auto survey = Survey::of(host_, file, settings_, cursor.memory, call);
    deliver(file, survey, full, cursor, out, call);
    auto memory = survey.after();
    cursor.memory = std::move(memory);
    cursor.last = place;
    cursor.at = {};
    out.checkpoint(cursor.text(remembered(cursor.memory)));
}

void EsrAdapter::deliver(const FeedName& file, const Survey& survey, bool full, Cursor& cursor,
                         bridge::Stream& out, const bridge::Call& call) const {
    const auto memory = remembered(cursor.memory);
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
    delivery.amend();
    const auto& counts = delivery.counts();
    host_.log(BRIDGE_LOG_INFO, file.name + ": " + std::to_string(survey.rows()) + " rows, " +
                                   std::to_string(counts.told) + " records, " +
                                   std::to_string(counts.requirements) + " requirements, " +
                                   std::to_string(counts.stale) + " of what was deleted, " +
                                   std::to_string(counts.amended) + " ended or moved by other rows");
    if (counts.not_amended > 0)
        host_.log(BRIDGE_LOG_WARN, file.name + ": " + std::to_string(counts.not_amended) +
                                       " posts of earlier files end on another day now, but too little is "
                                       "remembered of them to say so; a full file puts that right");
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
