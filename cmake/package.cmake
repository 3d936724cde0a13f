# The Debian packages capbridge and capbridge-dev, by CPack: `cpack` in a build folder, or scripts/package, which also builds.
# Files of the machine are the component system: no plain `cmake --install` writes to /etc.
set(packaging ${CMAKE_SOURCE_DIR}/packaging)
set(system COMPONENT system EXCLUDE_FROM_ALL)
install(FILES ${packaging}/capbridge.json DESTINATION /etc/capbridge ${system})
install(FILES ${packaging}/capbridge.service DESTINATION /lib/systemd/system ${system})
install(FILES ${packaging}/capbridge.sysusers DESTINATION /usr/lib/sysusers.d RENAME capbridge.conf ${system})
install(FILES ${packaging}/capbridge.tmpfiles DESTINATION /usr/lib/tmpfiles.d RENAME capbridge.conf ${system})
install(FILES ${packaging}/debian/lintian-overrides DESTINATION /usr/share/lintian/overrides RENAME capbridge ${system})

# Time and version of the changelog are the package's own, so that the same sources make the same bytes.
set(CAPBRIDGE_MAILBOX "capbridge@packages.invalid" CACHE STRING "Mailbox of whoever makes the packages")
foreach(name capbridge capbridge-dev)
  set(component system)
  if(name STREQUAL "capbridge-dev")
    set(component devsystem)
  endif()
  install(FILES ${packaging}/debian/copyright DESTINATION /usr/share/doc/${name} COMPONENT ${component} EXCLUDE_FROM_ALL)
  install(CODE "execute_process(COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DVERSION=${PROJECT_VERSION} -DMAILBOX=${CAPBRIDGE_MAILBOX}
      -DIN=${packaging}/debian/changelog.in -DOUT=\$ENV{DESTDIR}/usr/share/doc/${name}/changelog -P ${CMAKE_SOURCE_DIR}/cmake/changelog.cmake
      COMMAND_ERROR_IS_FATAL ANY)" COMPONENT ${component} EXCLUDE_FROM_ALL)
endforeach()

install(FILES docs/adapters.md docs/wire.md DESTINATION /usr/share/doc/capbridge-dev COMPONENT devsystem EXCLUDE_FROM_ALL)
install(DIRECTORY docs/examples DESTINATION /usr/share/doc/capbridge-dev COMPONENT devsystem EXCLUDE_FROM_ALL USE_SOURCE_PERMISSIONS)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME capbridge)
set(CPACK_PACKAGE_VENDOR "capbridge developers")
set(CPACK_PACKAGE_CONTACT "capbridge developers <${CAPBRIDGE_MAILBOX}>")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_STRIP_FILES ON)
# /etc and /lib/systemd are not below /usr.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL capbridge system dev devsystem)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_CAPBRIDGE_PACKAGE_NAME capbridge)
set(CPACK_DEBIAN_CAPBRIDGE_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_CAPBRIDGE_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_CAPBRIDGE_PACKAGE_DEPENDS
    "tzdata, init-system-helpers (>= 1.54), systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles")
set(CPACK_DEBIAN_CAPBRIDGE_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_CAPBRIDGE_PACKAGE_SUGGESTS "nginx | apache2, prometheus, capbridge-dev")
set(CPACK_DEBIAN_CAPBRIDGE_DESCRIPTION "bridge from learning systems to competency records
capbridge reads completions, xAPI statements and SCORM packages from learning
systems, keeps them in one journal, and says who is competent in what, why,
and until when, by the archetypes and factors of a capability framework.

This package has the daemon with its web page, the command line, and adapters
for CSV exports, Moodle, ESR, xAPI stores, Canvas and SCORM Cloud.")
set(CPACK_DEBIAN_CAPBRIDGE_PACKAGE_CONTROL_EXTRA
    "${packaging}/debian/postinst;${packaging}/debian/prerm;${packaging}/debian/postrm;${packaging}/debian/conffiles")
set(CPACK_DEBIAN_DEV_PACKAGE_NAME capbridge-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "capbridge (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_DEV_PACKAGE_SUGGESTS "cmake, g++")
set(CPACK_DEBIAN_DEV_DESCRIPTION "headers and CMake package for adapters of capbridge
An adapter connects a learning system with capbridge. It is a shared library
behind a small C interface, or a program, and runs in a process of its own.

This package has the interface's headers and the CMake package that builds and
proves an adapter: capbridge adapter new, capbridge adapter test.")

include(CPack)
cpack_add_component_group(capbridge)
cpack_add_component_group(dev)
cpack_add_component(capbridge GROUP capbridge)
cpack_add_component(system GROUP capbridge)
cpack_add_component(dev GROUP dev)
cpack_add_component(devsystem GROUP dev)
