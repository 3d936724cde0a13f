# What `cmake --install` puts where: the program, its adapters, and the kit for adapters' authors (headers, CMake package,
# schemas). packaging/ makes a package of the same.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS capbridge RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT capbridge)
install(DIRECTORY ${CMAKE_BINARY_DIR}/plugins/ DESTINATION lib/capbridge/plugins COMPONENT capbridge
        FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ
        DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE
        FILES_MATCHING PATTERN "*.so")
install(DIRECTORY config/frameworks config/policies config/profiles config/presets config/schemas
        DESTINATION ${CMAKE_INSTALL_DATADIR}/capbridge COMPONENT capbridge OPTIONAL)

install(DIRECTORY include/bridge DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev)
configure_package_config_file(cmake/capbridgeConfig.cmake.in ${CMAKE_BINARY_DIR}/package/capbridgeConfig.cmake
  INSTALL_DESTINATION lib/cmake/capbridge PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_BINDIR)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/capbridgeConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_BINARY_DIR}/package/capbridgeConfig.cmake ${CMAKE_BINARY_DIR}/package/capbridgeConfigVersion.cmake
              plugins/adapter.map
        DESTINATION lib/cmake/capbridge COMPONENT dev)
