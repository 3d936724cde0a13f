// Manifests for tests: a SCORM 2004 4th edition course of one item, with room for what a test is about.
#pragma once
#include <string>

namespace capbridge::scorm::test {

inline std::string manifest_2004(const std::string& in_item, const std::string& after_resources = {}) {
    return R"(<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="m" version="1" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"
          xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" xmlns:adlseq="http://www.adlnet.org/xsd/adlseq_v1p3"
          xmlns:adlnav="http://www.adlnet.org/xsd/adlnav_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
  <metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion></metadata>
  <organizations default="o"><organization identifier="o"><title>Course</title>
    <item identifier="i" identifierref="r"><title>Part</title>)" +
           in_item + R"(</item></organization></organizations>
  <resources><resource identifier="r" type="webcontent" adlcp:scormType="sco" href="a.html"><file href="a.html"/></resource></resources>
)" + after_resources +
           "</manifest>";
}

}  // namespace capbridge::scorm::test
