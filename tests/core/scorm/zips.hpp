// Zips made in memory for tests, good ones and ones that libzip would rather not write.
#pragma once
#include <zip.h>

#include <string>
#include <vector>

namespace capbridge::scorm::test {

struct Made {
    std::string name, bytes;
    unsigned mode = 0100644;
    bool encrypted = false;
};

inline std::string make_zip(const std::vector<Made>& files) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
    zip_source_keep(target);
    zip_t* archive = zip_open_from_source(target, ZIP_TRUNCATE, &error);
    for (const auto& file : files) {
        auto* source = zip_source_buffer(archive, file.bytes.data(), file.bytes.size(), 0);
        const auto at = static_cast<zip_uint64_t>(
            file.name.ends_with('/') ? zip_dir_add(archive, file.name.c_str(), ZIP_FL_ENC_UTF_8)
                                     : zip_file_add(archive, file.name.c_str(), source, ZIP_FL_ENC_UTF_8));
        if (file.name.ends_with('/')) zip_source_free(source);
        zip_file_set_external_attributes(archive, at, 0, ZIP_OPSYS_UNIX, file.mode << 16);
        if (file.encrypted) zip_file_set_encryption(archive, at, ZIP_EM_AES_256, "secret");
    }
    zip_close(archive);
    std::string out;
    zip_source_open(target);
    zip_stat_t stat;
    zip_stat_init(&stat);
    zip_source_stat(target, &stat);
    out.resize(static_cast<std::size_t>(stat.size));
    zip_source_read(target, out.data(), out.size());
    zip_source_close(target);
    zip_source_free(target);
    return out;
}

// Same length: names are changed behind libzip's back.
inline std::string patched(std::string zip, const std::string& from, const std::string& to) {
    for (auto at = zip.find(from); at != std::string::npos; at = zip.find(from, at + to.size())) {
        zip.replace(at, from.size(), to);
    }
    return zip;
}

inline const std::string good_manifest = R"(<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="m1" version="1.0" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
          xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
  <organizations default="o1"><organization identifier="o1"><title>Course</title>
    <item identifier="i1" identifierref="r1"><title>Part  one</title><adlcp:masteryscore>80</adlcp:masteryscore></item>
  </organization></organizations>
  <resources><resource identifier="r1" type="webcontent" adlcp:scormtype="sco" href="a/index.html?x=1">
    <file href="a/index.html"/></resource></resources>
</manifest>)";

}  // namespace capbridge::scorm::test
