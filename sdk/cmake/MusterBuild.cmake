# SPDX-License-Identifier: Apache-2.0
# How every target of the project is compiled: warnings, sanitizers, ccache, and what a layer of the SDK is.

# By the compiler's own list of what it included, ccache need not preprocess first what it has not cached yet: a third of a cold build.
find_program(MUSTER_CCACHE ccache)
if(MUSTER_CCACHE AND PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_DEPEND=1 ${MUSTER_CCACHE})
endif()

add_library(muster_build_flags INTERFACE)
target_compile_options(
  muster_build_flags
  INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
            $<$<BOOL:${MUSTER_WARNINGS_AS_ERRORS}>:-Werror>
            # g++ 12 sees these two in its own std::optional and std::string when it optimises (GCC bugs 80635 and 105651).
            $<$<CXX_COMPILER_ID:GNU>:-Wno-error=maybe-uninitialized>
            $<$<CXX_COMPILER_ID:GNU>:-Wno-error=restrict>)
if(MUSTER_SANITIZE)
  target_compile_options(muster_build_flags INTERFACE -fsanitize=${MUSTER_SANITIZE} -fno-sanitize-recover=all
                                                      -fno-omit-frame-pointer)
  target_link_options(muster_build_flags INTERFACE -fsanitize=${MUSTER_SANITIZE})
  if(MUSTER_SANITIZE MATCHES thread)
    # Boost.Asio's fences, which ThreadSanitizer does not see: an order more than it knows, never one less.
    target_compile_options(muster_build_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  endif()
  if(MUSTER_SANITIZE MATCHES undefined)
    # Its check of vtables needs the typeinfo that -fno-rtti leaves out.
    target_compile_options(muster_build_flags INTERFACE -fno-sanitize=vptr)
  endif()
endif()

# muster_join(TARGET [APART SOURCES...]): one of the targets whose sources are compiled by the eight where MUSTER_JOIN_SOURCES says so, which
# takes a third of the time. APART: sources that have names in common with others, and are compiled by themselves.
option(MUSTER_JOIN_SOURCES "Compile the sources of the largest targets by the eight")
function(muster_join target)
  cmake_parse_arguments(arg "" "" "APART" ${ARGN})
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${MUSTER_JOIN_SOURCES} UNITY_BUILD_BATCH_SIZE 8)
  if(arg_APART)
    set_property(SOURCE ${arg_APART} PROPERTY SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()

# muster_layer(NAME [SOURCES ...] [EXCEPTION_SOURCES ...] [LIBRARIES ...])
# One folder of the SDK as an object library `muster_<NAME>`. SOURCES are compiled without exceptions and RTTI; EXCEPTION_SOURCES
# may throw inside, never outwards.
function(muster_layer name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES;EXCEPTION_SOURCES" ${ARGN})
  add_library(muster_${name} OBJECT ${arg_SOURCES} ${arg_EXCEPTION_SOURCES})
  target_include_directories(muster_${name} PUBLIC ${PROJECT_SOURCE_DIR}/sdk/include ${PROJECT_SOURCE_DIR}/sdk/src)
  target_link_libraries(muster_${name} PRIVATE muster_build_flags ${arg_LIBRARIES})
  if(arg_SOURCES)
    set_property(SOURCE ${arg_SOURCES} APPEND PROPERTY COMPILE_OPTIONS -fno-exceptions -fno-rtti)
  endif()
  set_property(GLOBAL APPEND PROPERTY MUSTER_SDK_OBJECTS $<TARGET_OBJECTS:muster_${name}>)
endfunction()
