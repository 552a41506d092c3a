// SPDX-License-Identifier: Apache-2.0
// Enrollment from C.
#include "capi/words.hpp"

#include <muster/enroll.hpp>
#include <muster/muster.h>

#include <chrono>

extern "C" {

muster_code muster_enroll(const muster_enroll_request* request, muster_error* error) {
    MUSTER_REQUIRE(request != nullptr);
    const muster_enroll_request given = muster::capi::adopt(*request, muster_enroll_request MUSTER_ENROLL_REQUEST_INIT);
    MUSTER_REQUIRE(given.est_url != nullptr && given.device_id != nullptr && given.one_time_password != nullptr);
    MUSTER_REQUIRE(given.trust_anchors != nullptr && given.identity_dir != nullptr);
    muster::EnrollRequest made;
    made.est_url = given.est_url;
    made.device_id = given.device_id;
    made.one_time_password = given.one_time_password;
    made.trust_anchors = given.trust_anchors;
    made.identity_dir = given.identity_dir;
    if (given.key_store != nullptr) made.key_store = given.key_store;
    if (given.key_password_file != nullptr) made.key_password.file = given.key_password_file;
    if (given.timeout_ms != 0) made.timeout = std::chrono::milliseconds(given.timeout_ms);
    made.max_wait = std::chrono::milliseconds(given.max_wait_ms);
    return muster::capi::outcome(muster::enroll(made), error);
}

}  // extern "C"
