// capbridge statements export|import
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/session.hpp"
#include "cli/statement_csv.hpp"
#include "cli/statement_lines.hpp"

namespace capbridge::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t page = 200;

struct State {
    Options options;
    std::string format = "jsonl", output, attachments, file;
    std::string verb, activity, agent, registration, source, since, until;
    std::size_t limit = 0;
    bool dry_run = false;
};

// Standard output, or a file that is there only when it is whole. Statements are about people: for the
// owner's eyes only.
class Output {
public:
    explicit Output(const std::string& file) : file_(file), partial_(file + ".partial") {}
    ~Output() {
        if (!file_.empty() && !done_) ::unlink(partial_.c_str());
    }
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    Status open() {
        if (file_.empty()) return {};
        const int fd = ::open(partial_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (fd < 0) return trouble();
        ::close(fd);
        stream_.open(partial_, std::ios::binary);
        if (!stream_) return trouble();
        return {};
    }
    Status write(std::string_view text) {
        auto& out = file_.empty() ? std::cout : static_cast<std::ostream&>(stream_);
        out.write(text.data(), static_cast<std::streamsize>(text.size()));
        if (!out) return trouble();
        return {};
    }
    Status finish() {
        if (file_.empty()) {
            std::cout.flush();
            if (!std::cout) return trouble();
            return {};
        }
        stream_.close();
        if (!stream_ || ::rename(partial_.c_str(), file_.c_str()) != 0) return trouble();
        done_ = true;
        return {};
    }

private:
    [[nodiscard]] Status trouble() const {
        return fail("unwritable", std::string("cannot be written: ") + std::strerror(errno),
                    file_.empty() ? "standard output" : file_);
    }
    const std::string file_, partial_;
    std::ofstream stream_;
    bool done_ = false;
};

// A line of JSON. Within it a line break can only stand between values: in a text it is written as \n.
std::string one_line(std::string text) {
    for (auto& c : text) {
        if (c == '\n' || c == '\r') c = ' ';
    }
    return text + "\n";
}

class Export {
public:
    Export(const State& state, Run& run) : state_(state), run_(run), out_(state.output) {}

    Status go() {
        CAPBRIDGE_TRY(note());
        if (!state_.attachments.empty()) CAPBRIDGE_TRY(make_folder());
        CAPBRIDGE_TRY(out_.open());
        if (state_.format == "csv") CAPBRIDGE_TRY(out_.write(statement_csv_header()));
        Session session(state_.options.data);
        json params = filters();
        for (bool more = true; more;) {
            params["limit"] = state_.limit == 0 ? page : std::min(page, state_.limit - count_);
            CAPBRIDGE_LET(const auto answer, session.run("statements.export", params));
            for (const auto& one : answer.at("statements")) CAPBRIDGE_TRY(put(one));
            params["after_seq"] = answer.at("last_seq");
            params["up_to_seq"] = answer.at("up_to_seq");
            more = answer.at("more").get<bool>() && (state_.limit == 0 || count_ < state_.limit);
            progress_.show("statements", count_, 0);
        }
        CAPBRIDGE_TRY(out_.finish());
        std::cerr << with_thousands(count_) << " statements";
        if (!state_.attachments.empty()) std::cerr << ", " << with_thousands(copied_) << " attachments";
        std::cerr << '\n';
        if (left_ > 0)
            std::cerr << with_thousands(left_)
                      << " statements have attachments; --attachments DIR copies their bytes\n";
        return {};
    }

private:
    // Before the first statement leaves. A copy on a medium that takes no writing has an audit of its own
    // that nobody goes on with.
    Status note() const {
        const auto noted = Session(state_.options.data)
                               .run("audit.note", {{"what", "statements.export"}, {"params", filters()}});
        if (noted) return {};
        if (noted.error().code != "unwritable") return fail(noted.error());
        std::cerr << "note: the data directory cannot be written, so its audit does not have this export\n";
        return {};
    }

    json filters() const {
        json out = json::object();
        const auto add = [&](const char* name, const std::string& value) {
            if (!value.empty()) out[name] = value;
        };
        add("verb", state_.verb);
        add("activity", state_.activity);
        add("agent", state_.agent);
        add("registration", state_.registration);
        add("source", state_.source);
        add("since", state_.since);
        add("until", state_.until);
        return out;
    }

    Status make_folder() const {
        std::error_code ec;
        fs::create_directories(state_.attachments, ec);
        if (ec) return fail("unwritable", "cannot be made: " + ec.message(), state_.attachments);
        return {};
    }

    Status put(const ordered_json& one) {
        const auto& text = one.at("text").get_ref<const std::string&>();
        if (state_.format == "csv") {
            CAPBRIDGE_LET(const auto statement, parse_json(text));
            CAPBRIDGE_TRY(out_.write(statement_csv_line(statement, text_of(one, "voided_by"))));
        } else {
            CAPBRIDGE_TRY(out_.write(one_line(text)));
        }
        ++count_;
        const auto& attachments = one.at("attachments");
        if (state_.attachments.empty()) {
            left_ += attachments.empty() ? 0 : 1;
            return {};
        }
        for (const auto& attachment : attachments) CAPBRIDGE_TRY(copy(attachment));
        return {};
    }

    Status copy(const ordered_json& attachment) {
        const auto target = fs::path(state_.attachments) / text_of(attachment, "sha2");
        std::error_code ec;
        if (fs::exists(target, ec)) return {};
        if (attachment.at("path").is_null()) {
            std::cerr << "capbridge: the store lacks the attachment " << text_of(attachment, "sha2") << '\n';
            run_.exit_code = 1;
            return {};
        }
        const auto partial = target.string() + ".partial";
        fs::copy_file(text_of(attachment, "path"), partial, fs::copy_options::overwrite_existing, ec);
        if (!ec) fs::rename(partial, target, ec);
        if (ec) return fail("unwritable", "cannot be written: " + ec.message(), target.string());
        ++copied_;
        return {};
    }

    const State& state_;
    Run& run_;
    Output out_;
    ProgressLine progress_;
    std::size_t count_ = 0, copied_ = 0, left_ = 0;
};

class Import {
public:
    Import(const State& state, Run& run) : state_(state), run_(run) {}

    Status go() {
        std::ifstream file;
        if (!from_standard_input()) {
            file.open(state_.file, std::ios::binary);
            if (!file || fs::is_directory(state_.file))
                return fail("unreadable", "cannot be read", state_.file);
        }
        StatementLines lines(from_standard_input() ? std::cin : file, state_.attachments);
        Session session(state_.options.data);
        while (!lines.over()) {
            std::vector<LineProblem> unreadable;
            auto batch = lines.next(unreadable);
            for (const auto& problem : unreadable) {
                ++rejected_;
                tell(problem.line, "", problem.message, problem.code, "");
            }
            if (batch.empty()) continue;
            CAPBRIDGE_TRY(send(session, std::move(batch), lines.over()));
            progress_.show(state_.dry_run ? "lines checked" : "lines imported", lines.lines(), 0);
        }
        // The last batch was not the one that met the end of the file.
        if (run_id_ != 0 && !ended_) CAPBRIDGE_TRY(send(session, json::array(), true));
        if (rejected_ > 0) run_.exit_code = 1;
        return {};
    }

    void print() const {
        if (state_.options.json) {
            return print_json({{"run", run_id_ == 0 ? ordered_json(nullptr) : ordered_json(run_id_)},
                               {"stored", stored_},
                               {"same", same_},
                               {"rejected", rejected_},
                               {"dry_run", state_.dry_run}});
        }
        std::cout << with_thousands(stored_) << (state_.dry_run ? " would be new, " : " new, ")
                  << with_thousands(same_) << (state_.dry_run ? " are" : " were") << " there already, "
                  << with_thousands(rejected_) << " bad";
        if (run_id_ != 0) std::cout << " (run " << run_id_ << ")";
        std::cout << '\n';
    }

private:
    [[nodiscard]] bool from_standard_input() const { return state_.file == "-"; }

    Status send(Session& session, json batch, bool last) {
        json params{{"lines", std::move(batch)}};
        if (!state_.dry_run) {
            params["name"] = from_standard_input() ? std::string("standard input")
                                                   : fs::path(state_.file).filename().string();
            params["last"] = last;
            if (run_id_ != 0) params["run"] = run_id_;
        }
        auto answer = session.run(state_.dry_run ? "statements.check" : "statements.import", params);
        if (!answer) {
            if (run_id_ != 0)
                std::cerr << "capbridge: " << with_thousands(stored_) << " statements are stored (run "
                          << run_id_ << "); the same file again goes on from there\n";
            return fail(answer.error());
        }
        ended_ = last;
        if (answer->contains("run")) run_id_ = answer->at("run").get<std::int64_t>();
        stored_ += count_of(*answer, "stored");
        same_ += count_of(*answer, "same");
        rejected_ += count_of(*answer, "rejected");
        for (const auto& bad : answer->at("bad"))
            tell(count_of(bad, "line"), text_of(bad, "pointer"), text_of(bad, "message"),
                 text_of(bad, "code"), text_of(bad, "section"));
        return {};
    }

    void tell(std::size_t line, const std::string& pointer, const std::string& message,
              const std::string& code, const std::string& section) const {
        std::cerr << (from_standard_input() ? "standard input" : state_.file) << ':' << line << ": "
                  << (pointer.empty() ? "" : pointer + ": ") << message
                  << (section.empty() ? "" : " (" + section + ")") << " [" << code << "]\n";
    }

    const State& state_;
    Run& run_;
    ProgressLine progress_;
    std::int64_t run_id_ = 0;
    bool ended_ = false;
    std::size_t stored_ = 0, same_ = 0, rejected_ = 0;
};

int exit_code_of(const Error& error) {
    return error.code.starts_with("store_") || error.code == "unwritable" || error.code == "daemon_lost" ? 1
                                                                                                         : 2;
}

void export_command(const State& state, Run& run) {
    if (const auto done = Export(state, run).go(); !done)
        run.failed(done.error(), exit_code_of(done.error()));
}

void import_command(const State& state, Run& run) {
    Import work(state, run);
    if (const auto done = work.go(); !done) return run.failed(done.error(), exit_code_of(done.error()));
    work.print();
}

}  // namespace

void add_statements(CLI::App& root, Run& run) {
    auto state = std::make_shared<State>();
    auto* group = root.add_subcommand("statements", "Statements out of the store, and into it");
    group->require_subcommand(1);
    auto* out = group->add_subcommand(
        "export", "Write statements, oldest first, beside a running daemon; voided ones too");
    out->add_option("--format", state->format, "jsonl (whole, for an import) or csv (a row each)")
        ->check(CLI::IsMember({"jsonl", "csv"}))
        ->capture_default_str();
    out->add_option("--output", state->output, "File; standard output without it");
    out->add_option("--attachments", state->attachments, "Folder that gets the attachments' bytes");
    out->add_option("--verb", state->verb, "IRI of a verb");
    out->add_option("--activity", state->activity, "IRI of an activity that is the object");
    out->add_option("--agent", state->agent, "Agent as JSON, mailto:ADDRESS, or a key as the CSV has it");
    out->add_option("--registration", state->registration, "UUID of a registration");
    out->add_option("--source", state->source, "Name of the source whose statements they are");
    out->add_option("--since", state->since, "Stored from this day on, or after this time");
    out->add_option("--until", state->until, "Stored until this day or time, it included");
    out->add_option("--limit", state->limit, "At most so many")->check(CLI::PositiveNumber);
    out->callback([state, &run] { export_command(*state, run); });
    auto* in = group->add_subcommand(
        "import",
        "Store the statements of a file, one a line; the same file again changes nothing. Exit code 1 when "
        "there were bad lines: the others are stored");
    in->add_option("file", state->file, "File of JSON lines; - is standard input")->required();
    in->add_option("--attachments", state->attachments, "Folder with attachments, named by their SHA-2");
    in->add_flag("--dry-run", state->dry_run, "Only check, and say what would be new");
    in->callback([state, &run] { import_command(*state, run); });
    add_reason_option(*out);
    add_reason_option(*in);
    add_data_option(*out, state->options);
    add_data_option(*in, state->options);
    add_json_option(*in, state->options);
}

}  // namespace capbridge::cli
