#include "core/scorm/build.hpp"

#include "core/scorm/build_plan.hpp"
#include "core/scorm/build_texts.hpp"
#include "core/scorm/inspect.hpp"
#include "core/scorm/interactions.hpp"

namespace capbridge::scorm {
namespace {

std::vector<ContentFile> files_of(const PackagePlan& plan) {
    std::vector<ContentFile> files;
    for (const auto& part : plan.parts) {
        for (const auto& file : part.source->content) files.push_back({part.folder + file.path, file.bytes});
        files.push_back(text_file(part.folder + std::string(wrapper_file), wrapper_js(plan, part)));
        if (const auto name = lom_file(plan, &part); !name.empty())
            files.push_back(text_file(name, lom_document(plan, &part)));
    }
    if (const auto name = lom_file(plan, nullptr); !name.empty())
        files.push_back(text_file(name, lom_document(plan, nullptr)));
    files.push_back(text_file(std::string(capbridge_file), build_facts(plan)));
    const bool is_cmi5 = plan.format == Format::cmi5;
    files.push_back(text_file(is_cmi5 ? "cmi5.xml" : "imsmanifest.xml", is_cmi5 ? course_structure(plan)
                                                                        : plan.format == Format::scorm_1_2
                                                                            ? manifest_1_2(plan)
                                                                            : manifest_2004(plan)));
    return files;
}

}  // namespace

Result<BuiltPackage> build_package(const BuildRequest& request, PackageTarget& target) {
    CAPBRIDGE_LET(const PackagePlan plan, plan_package(request));
    const auto files = files_of(plan);
    CAPBRIDGE_TRY(write_zip(files, target));

    // What we build, we must be able to take: limits and all.
    const auto inspection = inspect(target);
    if (!inspection.accepted) {
        const auto& reason = inspection.findings.front();
        return fail("package_not_accepted", reason.message, reason.where);
    }
    BuiltPackage built;
    built.identifier = plan.identifier;
    built.iri = plan.iri;
    built.parts = plan.parts.size();
    built.requirements = plan.requirements.size();
    built.files = files.size();
    built.sha256 = inspection.sha256;
    return built;
}

}  // namespace capbridge::scorm
