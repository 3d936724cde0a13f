# Compiler flags, and ccache and mold when the machine has them.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")
add_compile_options(-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wconversion -Wno-sign-conversion)
# g++ 12 sees overlaps in std::string's operator+ that are not there (GCC bug 105329).
add_compile_options($<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict>)
if(CAPBRIDGE_WERROR)
  add_compile_options(-Werror)
endif()
# Reproducible objects: the folder that somebody built in does not show in the binary.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)

set(CAPBRIDGE_SANITIZE "" CACHE STRING "address or thread")
if(CAPBRIDGE_SANITIZE)
  add_compile_options(-fsanitize=${CAPBRIDGE_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CAPBRIDGE_SANITIZE})
endif()
