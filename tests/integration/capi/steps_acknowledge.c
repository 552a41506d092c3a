/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware in C that acknowledges by hand. */
#define _POSIX_C_SOURCE 200809L /* clock_gettime, pthreads */
#include "steps.h"

#include <muster/muster.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static char failure[256];
#define CHECK(condition)                                                                         \
    do {                                                                                         \
        if (!(condition)) {                                                                      \
            snprintf(failure, sizeof failure, "acknowledge, line %d: %s", __LINE__, #condition); \
            return failure;                                                                      \
        }                                                                                        \
    } while (0)

static const uint32_t patience_ms = 20000;

/* From the handler, which runs on the device's own thread, to the thread that does the work. */
typedef struct handed_over {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    muster_acknowledgement* acknowledgement;
} handed_over;

static void hand_over(const muster_message* message, muster_acknowledgement* acknowledgement, void* context) {
    handed_over* what = context;
    if (strcmp(message->topic, "cmd") != 0) {
        muster_acknowledgement_free(acknowledgement);
        return;
    }
    pthread_mutex_lock(&what->mutex);
    what->acknowledgement = acknowledgement;
    pthread_cond_broadcast(&what->changed);
    pthread_mutex_unlock(&what->mutex);
}

/* NULL after a while. */
static muster_acknowledgement* take(handed_over* what) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += patience_ms / 1000;
    int waited = 0;
    pthread_mutex_lock(&what->mutex);
    while (what->acknowledgement == NULL && waited == 0) waited = pthread_cond_timedwait(&what->changed, &what->mutex, &until);
    muster_acknowledgement* taken = what->acknowledgement;
    pthread_mutex_unlock(&what->mutex);
    return taken;
}

static void* work(void* acknowledgement) {
    muster_acknowledge(acknowledgement);
    return NULL;
}

const char* step_acknowledges_by_hand(const char* url) {
    handed_over what;
    memset(&what, 0, sizeof what);
    pthread_mutex_init(&what.mutex, NULL);
    pthread_cond_init(&what.changed, NULL);
    muster_config* config = muster_config_new();
    muster_config_add_endpoint(config, url);
    muster_config_set_client_id(config, "press-01");
    muster_device* device = NULL;
    CHECK(muster_device_open(config, &device, NULL) == MUSTER_OK);
    muster_config_free(config);
    muster_error error;
    CHECK(muster_device_subscribe_manual(device, "a/#/b", MUSTER_AT_LEAST_ONCE, hand_over, &what, &error) == MUSTER_INVALID_ARGUMENT);
    CHECK(muster_device_subscribe_manual(device, "cmd", MUSTER_AT_LEAST_ONCE, hand_over, &what, NULL) == MUSTER_OK);
    CHECK(muster_device_start(device, NULL) == MUSTER_OK);
    CHECK(muster_device_wait_subscribed(device, patience_ms, NULL) == MUSTER_OK);
    CHECK(muster_device_publish(device, "go", "x", 1, NULL, NULL) == MUSTER_OK);
    muster_acknowledgement* acknowledgement = take(&what);
    CHECK(acknowledgement != NULL);

    /* What is sent behind an acknowledgement waits for it. */
    CHECK(muster_device_publish(device, "other", "x", 1, NULL, NULL) == MUSTER_OK);
    CHECK(muster_device_wait_drained(device, 300, NULL) == MUSTER_TIMEOUT);
    pthread_t worker;
    CHECK(pthread_create(&worker, NULL, work, acknowledgement) == 0);
    pthread_join(worker, NULL);
    CHECK(muster_device_wait_drained(device, patience_ms, NULL) == MUSTER_OK);
    muster_acknowledge(acknowledgement);
    muster_device_close(device);
    muster_acknowledge(acknowledgement);
    muster_acknowledgement_free(acknowledgement);
    muster_acknowledgement_free(NULL);
    pthread_cond_destroy(&what.changed);
    pthread_mutex_destroy(&what.mutex);
    return NULL;
}
