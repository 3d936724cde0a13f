// The floor under a Moodle page: the same pages fetched with libcurl and parsed with nlohmann, and nothing
// else. It keeps one connection, reads each body whole and touches every cell. Prints
// {"pages","rows","bytes","cpu_seconds"}. Usage: bench_moodle_floor URL PAGES ROWS_A_PAGE
#include <curl/curl.h>
#include <sys/resource.h>

#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

namespace {

std::size_t keep(char* data, std::size_t size, std::size_t count, void* body) {
    static_cast<std::string*>(body)->append(data, size * count);
    return size * count;
}

double cpu_seconds() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::cerr << "bench_moodle_floor URL PAGES ROWS_A_PAGE\n";
        return 2;
    }
    const long pages = std::atol(argv[2]);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL* const curl = curl_easy_init();
    const std::string url = std::string(argv[1]) + "/webservice/rest/server.php";
    std::string body;
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
    std::size_t rows = 0, bytes = 0, cells = 0;
    const double begin = cpu_seconds();
    for (long page = 0; page < pages; ++page) {
        const std::string form =
            "wsfunction=core_reportbuilder_retrieve_report&moodlewsrestformat=json&moodlewssettinglang=en&"
            "moodlewssettingtimezone=UTC&reportid=7&page=" +
            std::to_string(page) + "&perpage=" + argv[3] + "&wstoken=t0ken-of-the-fake";
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(form.size()));
        curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, form.c_str());
        body.clear();
        long status = 0;
        if (curl_easy_perform(curl) == CURLE_OK) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        const auto parsed = nlohmann::json::parse(body, nullptr, false);
        if (status != 200 || !parsed.is_object() || !parsed.contains("data")) {
            std::cerr << "page " << page << ": status " << status << "\n";
            return 1;
        }
        bytes += body.size();
        for (const auto& row : parsed["data"]["rows"]) {
            ++rows;
            for (const auto& cell : row["columns"]) cells += cell.get_ref<const std::string&>().size();
        }
    }
    const double cpu = cpu_seconds() - begin;
    curl_easy_cleanup(curl);
    curl_global_cleanup();
    std::cout << nlohmann::json{{"pages", pages},
                                {"rows", rows},
                                {"bytes", bytes},
                                {"cell_bytes", cells},
                                {"cpu_seconds", cpu}}
              << "\n";
    return 0;
}
