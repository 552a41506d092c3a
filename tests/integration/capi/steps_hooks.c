/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware in C with a clock and numbers of its own. */
#define _POSIX_C_SOURCE 200809L /* pthreads */
#include "steps.h"

#include <muster/muster.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static char failure[256];
#define CHECK(condition)                                                                   \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            snprintf(failure, sizeof failure, "hooks, line %d: %s", __LINE__, #condition); \
            return failure;                                                                \
        }                                                                                  \
    } while (0)

static const int64_t hour = 3600 * INT64_C(1000000000);

/* Stands still until it is moved. */
typedef struct hand_clock {
    pthread_mutex_t mutex;
    int64_t passed;
} hand_clock;

static int64_t passed(hand_clock* clock) {
    pthread_mutex_lock(&clock->mutex);
    const int64_t now = clock->passed;
    pthread_mutex_unlock(&clock->mutex);
    return now;
}

static void advance(hand_clock* clock, int64_t time) {
    pthread_mutex_lock(&clock->mutex);
    clock->passed += time;
    pthread_mutex_unlock(&clock->mutex);
}

static int64_t now(void* context) {
    return 1000 * hour + passed(context);
}

static int64_t wall_now(void* context) {
    return INT64_C(1767225600000000000) + passed(context);
}

/* xorshift64 */
static uint64_t next(void* context) {
    uint64_t* state = context;
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* A device without a name of its own that reaches nobody. */
static muster_device* open_with(hand_clock* clock, uint64_t* seed) {
    muster_config* config = muster_config_new();
    muster_publish_options options = MUSTER_PUBLISH_OPTIONS_INIT;
    options.durability = MUSTER_MEMORY;
    options.time_to_live_s = 3600;
    muster_config_add_class(config, "#", &options);
    muster_config_add_endpoint(config, "mqtt://127.0.0.1:1");
    muster_config_set_clock(config, now, wall_now, clock);
    muster_config_set_random(config, next, seed);
    muster_device* device = NULL;
    muster_device_open(config, &device, NULL);
    muster_config_free(config);
    return device;
}

const char* step_hooks(void) {
    hand_clock clock = {PTHREAD_MUTEX_INITIALIZER, 0};
    char ids[3][64];
    for (uint64_t i = 0; i < 3; ++i) {
        uint64_t seed = i < 2 ? 7 : 8;
        muster_device* device = open_with(&clock, &seed);
        CHECK(device != NULL && muster_device_client_id(device, ids[i], sizeof ids[i]) == 36);
        muster_device_close(device);
    }
    CHECK(strncmp(ids[0], "019b76da-a800-7", 15) == 0); /* The clock's time, as a UUID v7 has it. */
    CHECK(strcmp(ids[0], ids[1]) == 0 && strcmp(ids[0], ids[2]) != 0);

    uint64_t seed = 7;
    muster_device* device = open_with(&clock, &seed);
    CHECK(muster_device_publish(device, "short", "1", 1, NULL, NULL) == MUSTER_OK);
    CHECK(muster_device_start(device, NULL) == MUSTER_OK);
    muster_device_network_up(device);
    advance(&clock, 2 * hour);
    muster_device_clock_changed(device);
    CHECK(muster_device_wait_drained(device, 20000, NULL) == MUSTER_OK);
    muster_status status = MUSTER_STATUS_INIT;
    muster_device_stop(device, 0, &status);
    CHECK(status.dropped_expired == 1 && status.waiting == 0);
    muster_device_close(device);
    return NULL;
}
