# What `cmake --install` puts where: the program, its adapters, its documents (component capbridge), and the kit for adapters'
# authors: headers, CMake package, schemas (component dev). What belongs to the machine - unit, user, /etc - is the component
# system, which only a package takes (cmake/package.cmake). packaging/ holds what is made for it.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# All addresses are looked up at the start, and their table is read-only from then on.
target_link_options(capbridge PRIVATE -Wl,-z,relro,-z,now)
install(TARGETS capbridge RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT capbridge)
file(GLOB plugin_folders RELATIVE ${CMAKE_SOURCE_DIR}/plugins ${CMAKE_SOURCE_DIR}/plugins/*)
foreach(plugin ${plugin_folders})
  if(TARGET plugin_${plugin})
    target_link_options(plugin_${plugin} PRIVATE -Wl,-z,relro,-z,now)
    # Nobody but root may write to an adapter, and nobody runs one as a program.
    install(TARGETS plugin_${plugin} LIBRARY DESTINATION lib/capbridge/plugins COMPONENT capbridge
            PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
  endif()
endforeach()
install(DIRECTORY config/frameworks config/glossaries config/policies config/profiles config/presets config/schemas
        DESTINATION ${CMAKE_INSTALL_DATADIR}/capbridge COMPONENT capbridge OPTIONAL)
if(SCORM_SCHEMAS)
  install(DIRECTORY ${CMAKE_BINARY_DIR}/schemas/scorm DESTINATION ${CMAKE_INSTALL_DATADIR}/capbridge/schemas COMPONENT capbridge)
endif()

set(documents ${CMAKE_INSTALL_DATADIR}/doc/capbridge)
install(DIRECTORY docs/ DESTINATION ${documents} COMPONENT capbridge PATTERN "*.pyc" EXCLUDE)
install(FILES README.md CHANGELOG.md config/capbridge.example.json packaging/nginx.conf.example DESTINATION ${documents} COMPONENT capbridge)
install(DIRECTORY packaging/prometheus DESTINATION ${documents} COMPONENT capbridge OPTIONAL)

# Manual pages, completions and the list of what is inside are made of the built program when it is installed.
find_program(PYTHON3 python3)
if(PYTHON3)
  install(CODE "set(share \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DATADIR}\")
    execute_process(COMMAND ${PYTHON3} -B ${CMAKE_SOURCE_DIR}/packaging/documents.py --program $<TARGET_FILE:capbridge>
      --schema ${CMAKE_SOURCE_DIR}/config/schemas/configuration.schema.json --out \${share} COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND ${PYTHON3} -B ${CMAKE_SOURCE_DIR}/packaging/sbom.py --build ${CMAKE_BINARY_DIR} --source ${CMAKE_SOURCE_DIR}
      --version ${PROJECT_VERSION} --out \${share}/doc/capbridge/sbom.cdx.json COMMAND_ERROR_IS_FATAL ANY)"
    COMPONENT capbridge)
else()
  message(STATUS "python3 is not there: manual pages, completions and the SBOM are not installed")
endif()

install(DIRECTORY include/bridge DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev)
configure_package_config_file(cmake/capbridgeConfig.cmake.in ${CMAKE_BINARY_DIR}/package/capbridgeConfig.cmake
  INSTALL_DESTINATION lib/cmake/capbridge PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/capbridgeConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_BINARY_DIR}/package/capbridgeConfig.cmake ${CMAKE_BINARY_DIR}/package/capbridgeConfigVersion.cmake
              plugins/adapter.map
        DESTINATION lib/cmake/capbridge COMPONENT dev)

include(cmake/package.cmake)
