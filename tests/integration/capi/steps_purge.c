/* SPDX-License-Identifier: Apache-2.0 */
/* A device in C whose outbox somebody else has purged. */
#include "steps.h"

#include <muster/muster.h>

#include <stdio.h>
#include <string.h>

static char failure[256];
#define CHECK(condition)                                                                   \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            snprintf(failure, sizeof failure, "purge, line %d: %s", __LINE__, #condition); \
            return failure;                                                                \
        }                                                                                  \
    } while (0)

const char* step_what_was_purged_is_counted(const char* outbox) {
    muster_config* config = muster_config_new();
    muster_config_add_endpoint(config, "mqtt://127.0.0.1:1");
    muster_config_set_client_id(config, "press-01");
    muster_config_set_outbox(config, outbox, 0, 0);
    muster_device* device = NULL;
    const muster_code opened = muster_device_open(config, &device, NULL);
    muster_config_free(config);
    CHECK(opened == MUSTER_OK);
    muster_status status = MUSTER_STATUS_INIT;
    muster_device_status(device, &status);
    CHECK(status.accepted == 2 && status.waiting == 1);
    CHECK(status.dropped == 1 && status.dropped_purged == 1 && status.dropped_stopped == 0);

    /* As a program that was built when the struct ended earlier. */
    memset(&status, 0xff, sizeof status);
    status.size = offsetof(muster_status, dropped_purged);
    muster_device_status(device, &status);
    CHECK(status.dropped == 1 && status.renewals == 0 && status.dropped_purged == UINT64_MAX);
    muster_device_close(device);
    return NULL;
}
