# SPDX-License-Identifier: Apache-2.0
# Plants a bug: copies a source file and patches the copy. cmake -DPATCH=... -DORIGINAL=... -DCOPY=... -P plant.cmake
find_program(patch patch REQUIRED)
configure_file(${ORIGINAL} ${COPY} COPYONLY)
file(TOUCH ${COPY})
execute_process(COMMAND ${patch} --silent --fuzz=0 --no-backup-if-mismatch --reject-file=- ${COPY} ${PATCH} RESULT_VARIABLE result OUTPUT_VARIABLE output)
if(NOT result EQUAL 0)
  file(REMOVE ${COPY})
  message(FATAL_ERROR "the planted bug ${PATCH} no longer applies to ${ORIGINAL}: bring the patch up to date\n${output}")
endif()
