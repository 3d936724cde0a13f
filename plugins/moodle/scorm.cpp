#include "moodle/scorm.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "common/answer.hpp"
#include "moodle/feed.hpp"
#include "moodle/scorm_tracks.hpp"

namespace moodle {
namespace {

using plugins::text_of;

constexpr std::string_view kCount = "mod_scorm_get_scorm_attempt_count";
constexpr std::string_view kTracks = "mod_scorm_get_scorm_sco_tracks";
constexpr std::string_view kUpdates = "core_course_get_updates_since";
constexpr std::size_t kPeople = 100;
constexpr int kAttemptsAtMost = 200;

const json& list_in(const json& object, const char* member) {
    static const json none = json::array();
    const auto it = object.is_object() ? object.find(member) : object.end();
    return object.is_object() && it != object.end() && it->is_array() ? *it : none;
}

// One attempt of one person, as it is put together.
struct Attempt {
    const Person* person = nullptr;
    int number = 0;
};

class Reader {
public:
    explicit Reader(Run& run) : run_(run) {}

    void read(const Package& package, const std::vector<Person>& people) {
        std::vector<InnerCall> calls;
        for (const auto& person : people)
            calls.push_back({kCount, {{"scormid", package.scorm}, {"userid", person.id}}});
        const auto counts = run_.service.many(calls, "the attempts at a SCORM package", run_.call);
        std::vector<Attempt> attempts;
        std::map<const Person*, int> wanted;
        for (std::size_t i = 0; i < counts.size(); ++i) {
            if (counts[i].refusal) continue;
            const auto count = counts[i].value.find("attemptscount");
            if (count == counts[i].value.end() || !count->is_number_integer()) continue;
            wanted[&people[i]] = std::min(count->get<int>(), kAttemptsAtMost);
            for (int n = 1; n <= wanted[&people[i]]; ++n) attempts.push_back({&people[i], n});
        }
        auto missing = read(package, attempts);
        // Somebody deleted attempts in between: as many are numbered higher than the count.
        std::vector<Attempt> later;
        for (const auto& [person, gaps] : missing) {
            for (int n = 1; n <= gaps; ++n) later.push_back({person, wanted[person] + n});
        }
        if (!later.empty()) (void)read(package, later);
    }

private:
    // How many of them were not there.
    std::map<const Person*, int> read(const Package& package, const std::vector<Attempt>& attempts) {
        std::vector<InnerCall> calls;
        for (const auto& attempt : attempts) {
            for (const auto& sco : package.scos) {
                calls.push_back(
                    {kTracks,
                     {{"scoid", sco.id}, {"userid", attempt.person->id}, {"attempt", attempt.number}}});
            }
        }
        const auto answers = run_.service.many(calls, "the tracks of a SCORM package", run_.call);
        std::map<const Person*, int> missing;
        std::size_t next = 0;
        for (const auto& attempt : attempts) {
            json scos = json::array();
            std::int64_t modified = 0;
            for (const auto& sco : package.scos) {
                const auto& answer = answers[next++];
                const auto tracks = answer.refusal ? std::nullopt : Tracks::read(answer.value);
                if (!tracks) continue;
                modified = std::max(modified, tracks->modified);
                scos.push_back(sco_json(sco.identifier, sco.title, *tracks, run_.settings.interactions));
            }
            if (scos.empty()) {
                ++missing[attempt.person];
            } else {
                emit(package, attempt, std::move(scos), modified);
            }
        }
        return missing;
    }

    void emit(const Package& package, const Attempt& attempt, json scos, std::int64_t modified) {
        const auto activity = module_activity(package.cmid, package.name, "scorm");
        auto key = key_of(run_.settings, activity, *attempt.person);
        if (key.empty())
            return run_.reject("scorm_attempt", "", activity.key,
                               std::string("the person has no ") + name_of(run_.settings.person_key));
        key += "|" + std::to_string(attempt.number);
        const auto who = who_json(run_.settings, *attempt.person);
        if (who.empty())
            return run_.reject("scorm_attempt", key, activity.key, "the person has none of the identifiers");
        json record{{"who", json::parse(who)},
                    {"activity", {{"id", activity.id}, {"type", "scorm"}}},
                    {"key", key},
                    {"attempt", attempt.number},
                    {"scos", std::move(scos)}};
        if (!activity.title.empty()) record["activity"]["title"] = activity.title;
        if (!package.manifest.empty()) record["package"] = package.manifest;
        if (modified > 0)
            record["occurred"] = {
                {"value", instant(modified)}, {"precision", "instant"}, {"basis", "observed"}};
        run_.emit("scorm_attempt", key, record.dump());
    }

    Run& run_;
};

// cmid of the packages of these courses whose tracks changed.
std::set<std::string> changed_packages(const Run& run, const std::vector<Course>& courses) {
    const auto since =
        run.cursor.scorm_since - std::max<std::int64_t>(300, run.settings.report.overlap_seconds);
    std::set<std::string> out;
    for (const auto& course : courses) {
        Form form;
        form.add("courseid", course.id).add("since", std::max<std::int64_t>(1, since));
        const auto answer = run.service.call(kUpdates, form, "what changed in a course");
        for (const auto& instance : list_in(answer, "instances")) {
            for (const auto& update : list_in(instance, "updates")) {
                const auto name = text_of(update, "name");
                if (name == "usertracks" || name == "tracks") out.insert(text_of(instance, "id"));
            }
        }
    }
    return out;
}

// How many there were.
std::size_t read_people(Run& run, Reader& reader, const Package& package) {
    Course course;
    course.id = package.course;
    for (std::size_t count = run.cursor.offset;;) {
        run.call.stop_if_cancelled();
        const auto people = people_of(run.service, course, run.cursor.offset, kPeople);
        if (people.empty()) return count;
        count += people.size();
        reader.read(package, people);
        run.cursor.offset += kPeople;
        run.checkpoint();
    }
}

[[noreturn]] void throw_nobody() {
    throw bridge::Failure{
        BRIDGE_CONFIG,
        "The courses of the SCORM packages show no people: give the service's role the rights "
        "moodle/user:viewdetails and moodle/course:viewparticipants (or, if nobody is "
        "enrolled, say expect.users_at_least: 0)."};
}

// Moodle answers an empty list where the right is missing; the contents of the courses tell.
void refuse_silence(const std::vector<Course>& courses, const std::vector<Package>& packages) {
    if (!packages.empty()) return;
    for (const auto& course : courses) {
        for (const auto& module : course.modules) {
            if (module.modname != "scorm") continue;
            throw bridge::Failure{BRIDGE_CONFIG,
                                  "Moodle lists no SCORM packages although a mapped course has one: give the "
                                  "service's role the right moodle/course:view."};
        }
    }
}

void read_some(Run& run, Reader& reader, const Package& package, const std::vector<std::string>& ids) {
    for (std::size_t i = 0; i < ids.size(); i += kPeople) {
        run.call.stop_if_cancelled();
        const std::vector<std::string> some(
            ids.begin() + static_cast<std::ptrdiff_t>(i),
            ids.begin() + static_cast<std::ptrdiff_t>(std::min(ids.size(), i + kPeople)));
        reader.read(package, people_by(run.service, PersonField::id, some));
        run.checkpoint();
    }
}

}  // namespace

std::vector<Package> packages_of(const Service& service, const std::vector<Course>& courses) {
    std::vector<std::string> ids;
    for (const auto& course : courses) ids.push_back(course.id);
    std::vector<Package> out;
    if (ids.empty()) return out;
    const auto answer =
        service.call("mod_scorm_get_scorms_by_courses", Form{}.list("courseids", ids), "the SCORM packages");
    for (const auto& s : list_in(answer, "scorms")) {
        Package package{
            text_of(s, "id"), text_of(s, "coursemodule"), text_of(s, "course"), text_of(s, "name"), {}, {}};
        if (std::find(ids.begin(), ids.end(), package.course) == ids.end()) continue;
        Form form;
        form.add("scormid", package.scorm);
        const auto scoes = service.call("mod_scorm_get_scorm_scoes", form, "the parts of a SCORM package");
        for (const auto& sco : list_in(scoes, "scoes")) {
            package.manifest = text_of(sco, "manifest");
            if (text_of(sco, "launch").empty()) continue;  // organisations and folders
            package.scos.push_back({text_of(sco, "id"), text_of(sco, "identifier"), text_of(sco, "title")});
        }
        out.push_back(std::move(package));
    }
    return out;
}

void read_scorm(Run& run, const std::vector<Course>& courses, bool companion) {
    if (run.cursor.phase != "scorm") run.cursor.enter("scorm");
    auto packages = packages_of(run.service, courses);
    refuse_silence(courses, packages);
    std::sort(packages.begin(), packages.end(),
              [](const Package& a, const Package& b) { return a.cmid < b.cmid; });
    // Of a run that was broken off: what is behind it was read.
    if (!run.cursor.course.empty())
        std::erase_if(packages, [&](const Package& p) { return p.cmid < run.cursor.course; });
    Reader reader(run);
    FeedPosition reached;
    std::map<std::string, std::vector<std::string>> changed;
    std::set<std::string> news;
    std::size_t people = 0, read = 0;
    const bool all = run.cursor.scorm_since == 0 || !run.site.has(kUpdates);
    if (companion) {
        for (const auto& [cmid, person] : changed_tracks(run, reached)) changed[cmid].push_back(person);
    } else if (!all) {
        news = changed_packages(run, courses);
    }
    for (const auto& package : packages) {
        if (package.scos.empty() || (!companion && !all && !news.contains(package.cmid))) continue;
        if (run.cursor.course != package.cmid) run.cursor.offset = 0;
        run.cursor.course = package.cmid;
        if (companion) {
            read_some(run, reader, package, changed[package.cmid]);
        } else {
            ++read;
            people += read_people(run, reader, package);
        }
    }
    if (read > 0 && people == 0 && run.settings.expect.users_at_least > 0) throw_nobody();
    if (companion) run.cursor.feeds["scorm"] = reached;
    run.cursor.scorm_since = run.cursor.started;
}

}  // namespace moodle
