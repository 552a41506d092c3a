/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware in C that gets its certificate. */
#include "steps.h"

#include <muster/muster.h>

#include <stdio.h>
#include <string.h>

static char failure[1024];
#define CHECK(condition)                                                                                            \
    do {                                                                                                            \
        if (!(condition)) {                                                                                         \
            snprintf(failure, sizeof failure, "enrollment, line %d: %s (%s)", __LINE__, #condition, error.message); \
            return failure;                                                                                         \
        }                                                                                                           \
    } while (0)

const char* step_enrollment_that_fails(const char* directory) {
    muster_error error;
    memset(&error, 0, sizeof error);
    char path[512];
    snprintf(path, sizeof path, "%s/identity", directory);
    muster_enroll_request request = MUSTER_ENROLL_REQUEST_INIT;
    request.est_url = "http://127.0.0.1:1/.well-known/est";
    request.device_id = "press-01";
    request.one_time_password = "secret-word";
    request.trust_anchors = "none.pem";
    request.identity_dir = path;
    CHECK(muster_enroll(&request, &error) == MUSTER_INVALID_ARGUMENT);
    CHECK(strstr(error.message, "secret-word") == NULL && strstr(error.hint, "secret-word") == NULL);
    return NULL;
}

const char* step_enrollment(const char* est_url, const char* password, const char* trust_anchors, const char* identity_dir) {
    muster_error error;
    memset(&error, 0, sizeof error);
    muster_enroll_request request = MUSTER_ENROLL_REQUEST_INIT;
    request.est_url = est_url;
    request.device_id = "press-01";
    request.one_time_password = password;
    request.trust_anchors = trust_anchors;
    request.identity_dir = identity_dir;
    CHECK(muster_enroll(&request, &error) == MUSTER_OK);
    CHECK(muster_enroll(&request, &error) == MUSTER_DENIED);
    return NULL;
}
