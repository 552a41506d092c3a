/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware's main loop in C99: readings out, commands in. Usage: c_firmware device.json [COUNT] */
#define _POSIX_C_SOURCE 200809L /* nanosleep */
#include <muster/muster.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int fail(const muster_error* error) {
    fprintf(stderr, "c_firmware: %s\n%s%s%s", error->message, error->hint[0] ? "hint: " : "", error->hint, error->hint[0] ? "\n" : "");
    return EXIT_FAILURE;
}

/* Runs on the device's callback thread. */
static void on_command(const muster_message* message, void* context) {
    (void)context;
    printf("command %s, %zu bytes\n", message->topic, message->payload_size);
}

static double load_average(void) {
    double load = 0;
    FILE* file = fopen("/proc/loadavg", "r");
    if (file != NULL) {
        if (fscanf(file, "%lf", &load) != 1) load = 0;
        fclose(file);
    }
    return load;
}

int main(int argc, char** argv) {
    muster_error error;
    memset(&error, 0, sizeof error);
    if (argc < 2) {
        fprintf(stderr, "usage: c_firmware device.json [COUNT]\n");
        return EXIT_FAILURE;
    }
    const unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : ~0UL;

    /* [from-c] */
    muster_config* config = NULL;
    muster_device* device = NULL;
    if (muster_config_load(argv[1], &config, &error) != MUSTER_OK) return fail(&error);
    const muster_code opened = muster_device_open(config, &device, &error);
    muster_config_free(config);
    if (opened != MUSTER_OK) return fail(&error);
    muster_code done = muster_device_subscribe(device, "command/#", MUSTER_AT_LEAST_ONCE, on_command, NULL, &error);
    if (done == MUSTER_OK) done = muster_device_start(device, &error);
    for (unsigned long sequence = 1; done == MUSTER_OK && sequence <= count; ++sequence) {
        const char* const names[] = {"load1"};
        const double values[] = {load_average()};
        const muster_reading reading = {(int64_t)time(NULL) * 1000, sequence, 1, names, values};
        done = muster_device_publish_reading(device, "telemetry/load", &reading, NULL, &error);
        if (sequence < count) nanosleep(&(const struct timespec){1, 0}, NULL);
    }
    muster_status status = MUSTER_STATUS_INIT;
    muster_device_stop(device, 10000, &status);
    muster_device_close(device);
    /* [/from-c] */
    if (done != MUSTER_OK) return fail(&error);
    printf("%llu delivered, %llu waiting\n", (unsigned long long)status.delivered, (unsigned long long)status.waiting);
    return EXIT_SUCCESS;
}
