# What most files read first, compiled once for each target: half of the time of a build under the sanitizers. Not for
# g++, which then warns where nothing is wrong.
function(compile_headers_once target)
  if(CAPBRIDGE_SANITIZE)
    target_precompile_headers(${target} PRIVATE <algorithm> <chrono> <filesystem> <functional> <map> <memory> <optional> <set>
                              <string> <string_view> <unordered_map> <vector> <nlohmann/json.hpp> ${ARGN})
  endif()
endfunction()

# bridge_folder(src/core/base LINKS ... PRIVATE_LINKS ...): a static library of every .cpp below the folder,
# named after it (core_base). A folder without sources yet is an interface library.
function(bridge_folder folder)
  cmake_parse_arguments(ARG "" "" "LINKS;PRIVATE_LINKS" ${ARGN})
  string(REPLACE "src/" "" name ${folder})
  string(REPLACE "/" "_" name ${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.cpp)
  if(sources)
    add_library(${name} STATIC ${sources})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(${name} PUBLIC ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS} Threads::Threads)
    compile_headers_once(${name})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(${name} INTERFACE ${ARG_LINKS})
  endif()
endfunction()

# bridge_test(tests/core/base core_base ...): one test program for the folder's *_test.cpp, named test_core_base.
function(bridge_test folder)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  string(REPLACE "tests/" "test_" name ${folder})
  string(REPLACE "/" "_" name ${name})
  add_executable(${name} ${sources})
  target_link_libraries(${name} PRIVATE ${ARGN} GTest::gtest GTest::gmock GTest::gtest_main Threads::Threads)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(${name} PRIVATE CAPBRIDGE_REPO="${CMAKE_SOURCE_DIR}")
  # The code of a test runs once: optimising it is a third of the time of its build. What it tests is optimised as always.
  target_compile_options(${name} PRIVATE -O0 -U_FORTIFY_SOURCE)
  compile_headers_once(${name} <gmock/gmock.h> <gtest/gtest.h>)
  include(GoogleTest)
  set(seconds 120)
  if(CAPBRIDGE_SANITIZE) # many times slower
    set(seconds 1200)
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT ${seconds})
endfunction()
