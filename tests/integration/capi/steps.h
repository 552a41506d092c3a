/* SPDX-License-Identifier: Apache-2.0 */
/* What a firmware in C does with the device, as steps that say where they failed. */
#ifndef MUSTER_TEST_CAPI_STEPS_H
#define MUSTER_TEST_CAPI_STEPS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Each returns NULL, or the place and the condition that did not hold; valid until the next failure. */
const char* step_round_trip(const char* url, const char* outbox);
const char* step_requests_and_answers(const char* url);
const char* step_readings_survive_a_restart(const char* url, const char* outbox);
const char* step_errors(const char* directory);
const char* step_options_override_the_class(const char* outbox);
const char* step_older_structs(const char* outbox);
const char* step_configuration_in_json(const char* url, const char* directory);
const char* step_readings_are_counted(const char* directory);
const char* step_what_is_set_aside_is_read(const char* url);
/* The broker answers the first message with one on `cmd`. */
const char* step_acknowledges_by_hand(const char* url);
const char* step_hooks(void);
/* Leaves the metrics of a device that was given two messages in `buffer`. */
const char* step_metrics(const char* outbox, char* buffer, size_t size);
/* The outbox was given two messages, one of which was purged. */
const char* step_what_was_purged_is_counted(const char* outbox);
const char* step_enrollment_that_fails(const char* directory);
const char* step_enrollment(const char* est_url, const char* password, const char* trust_anchors, const char* identity_dir);

#ifdef __cplusplus
}
#endif

#endif
