# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where, and the package config behind find_package(muster).
include(CMakePackageConfigHelpers)

set(targets muster_sdk)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/sdk/include/muster DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(MUSTER_BUILD_BROKER)
  list(APPEND targets muster_testbroker muster_wire)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/sdk/broker/include/muster DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endif()
install(
  TARGETS ${targets}
  EXPORT musterTargets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/muster)
install(EXPORT musterTargets NAMESPACE muster:: DESTINATION ${package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/musterConfig.cmake.in ${PROJECT_BINARY_DIR}/musterConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/musterConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/musterConfig.cmake ${PROJECT_BINARY_DIR}/musterConfigVersion.cmake DESTINATION ${package_dir})
