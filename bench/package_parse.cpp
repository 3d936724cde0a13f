// How long a manifest takes to be read into a Structure, beside a bare libxml2 parse of the same bytes (tree
// made and freed, nothing looked at), alternating in one run. Three large manifests: SCORM 1.2 with 9,554
// file entries (the largest met in the wild), SCORM 2004 with 1,000 items that have sequencing, objectives
// and metadata, cmi5 with 1,000 AUs. The package's list of files is made before the clock starts: it belongs
// to the zip.
#include <libxml/parser.h>
#include <libxml/tree.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "core/scorm/manifest_cmi5.hpp"
#include "core/scorm/manifest_scorm.hpp"
#include "core/scorm/zip_writer.hpp"

namespace {

using namespace capbridge;
using namespace capbridge::scorm;
using Clock = std::chrono::steady_clock;

std::string number(int i) {
    return std::to_string(i);
}

std::string files_1_2() {
    std::string out =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<manifest identifier=\"m\" version=\"1\" "
        "xmlns=\"http://www.imsproject.org/xsd/imscp_rootv1p1p2\" "
        "xmlns:adlcp=\"http://www.adlnet.org/xsd/adlcp_rootv1p2\">\n<metadata><schema>ADL SCORM</schema>"
        "<schemaversion>1.2</schemaversion></metadata>\n<organizations default=\"o\"><organization "
        "identifier=\"o\">"
        "<title>Course</title><item identifier=\"i\" "
        "identifierref=\"r\"><title>Part</title></item></organization>"
        "</organizations>\n<resources>\n<resource identifier=\"r\" type=\"webcontent\" "
        "adlcp:scormtype=\"sco\" "
        "href=\"content/chapter-0/page-0.html\">\n";
    for (int i = 0; i < 9554; ++i)
        out += "  <file href=\"content/chapter-" + number(i / 100) + "/page-" + number(i) + ".html\"/>\n";
    return out + "</resource></resources></manifest>\n";
}

std::string items_2004() {
    std::string items, resources;
    for (int i = 0; i < 1000; ++i) {
        const auto n = number(i);
        items +=
            "<item identifier=\"item-" + n + "\" identifierref=\"res-" + n + "\"><title>Part number " + n +
            "</title>\n<metadata><lom xmlns=\"http://ltsc.ieee.org/xsd/LOM\"><general><description><string "
            "language=\"en\">What part " +
            n +
            " is about.</string></description></general></lom></metadata>\n"
            "<imsss:sequencing><imsss:controlMode choice=\"true\" flow=\"true\"/><imsss:objectives>"
            "<imsss:primaryObjective objectiveID=\"p-" +
            n +
            "\" satisfiedByMeasure=\"true\">"
            "<imsss:minNormalizedMeasure>0.8</imsss:minNormalizedMeasure></imsss:primaryObjective>"
            "<imsss:objective objectiveID=\"o-" +
            n + "\"/></imsss:objectives></imsss:sequencing></item>\n";
        resources += "<resource identifier=\"res-" + n +
                     "\" type=\"webcontent\" adlcp:scormType=\"sco\" href=\"p/" + n +
                     ".html\"><file href=\"p/" + n + ".html\"/></resource>\n";
    }
    return "<manifest identifier=\"m\" version=\"1\" xmlns=\"http://www.imsglobal.org/xsd/imscp_v1p1\" "
           "xmlns:adlcp=\"http://www.adlnet.org/xsd/adlcp_v1p3\" "
           "xmlns:imsss=\"http://www.imsglobal.org/xsd/imsss\">\n"
           "<metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion></metadata>\n"
           "<organizations default=\"o\"><organization identifier=\"o\"><title>Course</title>" +
           items + "</organization></organizations><resources>" + resources + "</resources></manifest>";
}

std::string aus_cmi5() {
    std::string out =
        "<courseStructure xmlns=\"https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd\">\n<course "
        "id=\"https://example.org/c\"><title><langstring "
        "lang=\"en\">Course</langstring></title><description><langstring "
        "lang=\"en\">About</langstring></description></course>\n";
    for (int i = 0; i < 1000; ++i) {
        const auto n = number(i);
        out += "<au id=\"https://example.org/au/" + n +
               "\" moveOn=\"Passed\" masteryScore=\"0.8\"><title><langstring "
               "lang=\"en\">Part " +
               n + "</langstring><langstring lang=\"cy\">Rhan " + n +
               "</langstring></title><description><langstring lang=\"en\">What part " + n +
               " is about.</langstring></description><url>https://example.org/p/" + n + ".html</url></au>\n";
    }
    return out + "</courseStructure>";
}

double milliseconds(const std::function<void()>& work) {
    const auto from = Clock::now();
    work();
    return std::chrono::duration<double, std::milli>(Clock::now() - from).count();
}

double median(std::vector<double> list) {
    std::nth_element(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(list.size() / 2), list.end());
    return list[list.size() / 2];
}

void compare(const char* name, const std::string& bytes, const std::function<void()>& ours) {
    constexpr int times = 60, warm_up = 5;
    std::vector<double> bare, full;
    for (int i = 0; i < times + warm_up; ++i) {
        const double one = milliseconds([&] {
            xmlFreeDoc(xmlReadMemory(bytes.data(), static_cast<int>(bytes.size()), nullptr, nullptr,
                                     XML_PARSE_NONET));
        });
        const double other = milliseconds(ours);
        if (i < warm_up) continue;
        bare.push_back(one);
        full.push_back(other);
    }
    std::printf("| %s | %zu | %.2f | %.2f | %.2f |\n", name, bytes.size(), median(bare), median(full),
                median(full) / median(bare));
}

// A package with the files that the manifests name.
std::string package() {
    std::vector<ZipFile> files;
    for (int i = 0; i < 9554; ++i)
        files.push_back({"content/chapter-" + number(i / 100) + "/page-" + number(i) + ".html", "x"});
    for (int i = 0; i < 1000; ++i) files.push_back({"p/" + number(i) + ".html", "x"});
    return write_zip(files).value();
}

}  // namespace

int main() {
    const std::string zip = package();
    const MemorySource source(zip);
    const auto archive = ZipArchive::open(source);
    const Limits limits;
    Findings of_files;
    const auto files = PackageFiles::of(*archive, limits, of_files);
    const auto scorm = [&](const std::string& bytes) {
        return [&, bytes] {
            const auto document = xml::parse(bytes, limits);
            Findings findings;
            Inspection out;
            out.manifest = "imsmanifest.xml";
            Reading reading{*archive, files, limits, findings, false, out.manifest, {}, {}};
            read_scorm_manifest(document->root, reading, out);
            check_scorm_shape(document->root, reading);
            fill_flat_views(out, reading.as_written);
        };
    };
    std::printf("| manifest | bytes | bare parse, ms | read, ms | ratio |\n|---|---|---|---|---|\n");
    const auto one = files_1_2(), two = items_2004(), three = aus_cmi5();
    compare("1.2, 9,554 files", one, scorm(one));
    compare("2004, 1,000 items", two, scorm(two));
    compare("cmi5, 1,000 AUs", three, [&] {
        const auto document = xml::parse(three, limits);
        Findings findings;
        Inspection out;
        out.manifest = "cmi5.xml";
        read_cmi5_structure(document->root, &files, limits, out, findings);
        fill_flat_views(out);
    });
    return 0;
}
