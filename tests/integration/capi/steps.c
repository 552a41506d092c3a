/* SPDX-License-Identifier: Apache-2.0 */
/* What a firmware in C does with the device, as steps that say where they failed. */
#define _POSIX_C_SOURCE 200809L /* clock_gettime, pthreads */
#include "steps.h"

#include <muster/muster.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static char failure[1024];

static const char* failed(int line, const char* condition, const muster_error* error) {
    snprintf(failure, sizeof failure, "line %d: %s (%s)", line, condition, error->message);
    return failure;
}
#define CHECK(condition)                                               \
    do {                                                               \
        if (!(condition)) return failed(__LINE__, #condition, &error); \
    } while (0)

static const uint32_t patience_ms = 20000;

/* What handlers saw; they run on the device's own thread. */
typedef struct seen {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    unsigned messages;
    unsigned connected;
    char topic[64];
    char payload[64];
    size_t payload_size;
} seen;

static void seen_init(seen* what) {
    memset(what, 0, sizeof *what);
    pthread_mutex_init(&what->mutex, NULL);
    pthread_cond_init(&what->changed, NULL);
}

static void seen_end(seen* what) {
    pthread_cond_destroy(&what->changed);
    pthread_mutex_destroy(&what->mutex);
}

/* Waits until the counter is at least `count`; false after a while. */
static bool seen_wait(seen* what, const unsigned* counter, unsigned count) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += patience_ms / 1000;
    int waited = 0;
    pthread_mutex_lock(&what->mutex);
    while (*counter < count && waited == 0) waited = pthread_cond_timedwait(&what->changed, &what->mutex, &until);
    const bool is_there = *counter >= count;
    pthread_mutex_unlock(&what->mutex);
    return is_there;
}

static void on_message(const muster_message* message, void* context) {
    seen* what = context;
    pthread_mutex_lock(&what->mutex);
    ++what->messages;
    snprintf(what->topic, sizeof what->topic, "%s", message->topic);
    what->payload_size = message->payload_size;
    if (message->payload_size <= sizeof what->payload) memcpy(what->payload, message->payload, message->payload_size);
    pthread_cond_broadcast(&what->changed);
    pthread_mutex_unlock(&what->mutex);
}

static void on_state(muster_connection_state state, const muster_status* status, void* context) {
    seen* what = context;
    if (state != MUSTER_STATE_CONNECTED || status->state != MUSTER_STATE_CONNECTED) return;
    pthread_mutex_lock(&what->mutex);
    ++what->connected;
    pthread_cond_broadcast(&what->changed);
    pthread_mutex_unlock(&what->mutex);
}

static muster_config* config_for(const char* url, const char* outbox) {
    muster_config* config = muster_config_new();
    muster_config_add_endpoint(config, url);
    muster_config_set_client_id(config, "press-01");
    muster_config_set_outbox(config, outbox, 0, 0);
    return config;
}

static muster_error no_error(void) {
    muster_error error;
    memset(&error, 0, sizeof error);
    return error;
}

/* Answers with what it was asked, if the properties are those that were sent. */
static void on_request(const muster_message* message, void* context) {
    muster_device* device = *(muster_device**)context;
    const muster_properties* properties = message->properties;
    const bool is_asked = properties->response_topic[0] != '\0' && properties->correlation_size > 0 && !message->is_duplicate;
    if (is_asked) muster_device_answer(device, message, message->payload, message->payload_size, NULL);
}

static void on_properties(const muster_message* message, void* context) {
    const muster_properties* properties = message->properties;
    const bool is_good = strcmp(properties->content_type, "text/plain") == 0 && properties->user_count == 1 &&
                         strcmp(properties->user[0].name, "unit") == 0 && strcmp(properties->user[0].value, "bar") == 0 &&
                         properties->correlation_size == 3 && memcmp(properties->correlation_data, "a\0b", 3) == 0 && properties->is_utf8;
    if (is_good) on_message(message, context);
}

static void on_answer(const muster_message* answer, muster_code why, void* context) {
    seen* what = context;
    if (answer != NULL) {
        on_message(answer, context);
    } else if (why == MUSTER_TIMEOUT) {
        pthread_mutex_lock(&what->mutex);
        ++what->connected; /* Not used otherwise here. */
        pthread_cond_broadcast(&what->changed);
        pthread_mutex_unlock(&what->mutex);
    }
}

const char* step_requests_and_answers(const char* url) {
    muster_error error = no_error();
    seen what;
    seen_init(&what);
    muster_config* config = config_for(url, "");
    muster_device* device = NULL;
    CHECK(muster_device_open(config, &device, &error) == MUSTER_OK);
    muster_config_free(config);
    CHECK(muster_device_subscribe(device, "echo", MUSTER_AT_LEAST_ONCE, on_request, &device, &error) == MUSTER_OK);
    CHECK(muster_device_subscribe(device, "data", MUSTER_AT_LEAST_ONCE, on_properties, &what, &error) == MUSTER_OK);
    CHECK(muster_device_start(device, &error) == MUSTER_OK);
    CHECK(muster_device_wait_subscribed(device, patience_ms, &error) == MUSTER_OK);

    CHECK(muster_device_request(device, "echo", "hello", 5, patience_ms, on_answer, &what, &error) == MUSTER_OK);
    CHECK(seen_wait(&what, &what.messages, 1));
    CHECK(what.payload_size == 5 && memcmp(what.payload, "hello", 5) == 0);

    const muster_user_property user[] = {{"unit", "bar"}};
    muster_properties properties = MUSTER_PROPERTIES_INIT;
    properties.content_type = "text/plain";
    properties.correlation_data = "a\0b";
    properties.correlation_size = 3;
    properties.is_utf8 = true;
    properties.user = user;
    properties.user_count = 1;
    CHECK(muster_device_publish_properties(device, "data", "5", 1, &properties, NULL, NULL, &error) == MUSTER_OK);
    CHECK(seen_wait(&what, &what.messages, 2));
    properties.response_topic = "a/+";
    CHECK(muster_device_publish_properties(device, "data", "5", 1, &properties, NULL, NULL, &error) == MUSTER_INVALID_ARGUMENT);

    CHECK(muster_device_unsubscribe(device, "echo", &error) == MUSTER_OK);
    CHECK(muster_device_unsubscribe(device, "echo", &error) == MUSTER_NOT_FOUND);
    CHECK(muster_device_request(device, "echo", "hello", 5, 100, on_answer, &what, &error) == MUSTER_OK);
    CHECK(seen_wait(&what, &what.connected, 1));
    muster_device_stop(device, patience_ms, NULL);
    muster_device_close(device);
    seen_end(&what);
    return NULL;
}

const char* step_round_trip(const char* url, const char* outbox) {
    muster_error error = no_error();
    seen what;
    seen_init(&what);
    muster_config* config = config_for(url, outbox);
    muster_device* device = NULL;
    CHECK(muster_device_open(config, &device, &error) == MUSTER_OK);
    muster_config_free(config);
    muster_device_on_state(device, on_state, &what);
    CHECK(muster_device_subscribe(device, "command/#", MUSTER_AT_LEAST_ONCE, on_message, &what, &error) == MUSTER_OK);
    CHECK(muster_device_start(device, &error) == MUSTER_OK);
    CHECK(muster_device_wait_subscribed(device, patience_ms, &error) == MUSTER_OK);
    CHECK(seen_wait(&what, &what.connected, 1));

    uint64_t first = 0;
    uint64_t second = 0;
    CHECK(muster_device_publish(device, "command/open", "a\0b", 3, &first, &error) == MUSTER_OK);
    CHECK(seen_wait(&what, &what.messages, 1));
    CHECK(strcmp(what.topic, "command/open") == 0 && what.payload_size == 3 && memcmp(what.payload, "a\0b", 3) == 0);
    CHECK(muster_device_publish(device, "command/none", NULL, 0, &second, NULL) == MUSTER_OK);
    CHECK(second > first);
    CHECK(seen_wait(&what, &what.messages, 2));
    CHECK(what.payload_size == 0);

    CHECK(muster_device_wait_drained(device, patience_ms, &error) == MUSTER_OK);
    muster_status status = MUSTER_STATUS_INIT;
    muster_device_status(device, &status);
    CHECK(status.state == MUSTER_STATE_CONNECTED && status.connects == 1 && status.received == 2);
    CHECK(status.accepted == 2 && status.delivered == 2 && status.dropped == 0 && status.waiting == 0);
    char client_id[4];
    CHECK(muster_device_client_id(device, client_id, sizeof client_id) == 8 && strcmp(client_id, "pre") == 0);
    CHECK(!muster_device_last_error(device, &error));

    muster_device_stop(device, patience_ms, &status);
    CHECK(status.state == MUSTER_STATE_STOPPED && status.waiting == 0);
    CHECK(muster_device_publish(device, "command/late", "x", 1, NULL, &error) == MUSTER_STOPPED && error.code == MUSTER_STOPPED);
    muster_device_close(device);
    seen_end(&what);
    return NULL;
}

const char* step_readings_survive_a_restart(const char* url, const char* outbox) {
    muster_error error = no_error();
    const char* names[] = {"celsius", "bar"};
    const double values[] = {21.5, 1.25};
    const muster_reading reading = {1700000000000, 7, 2, names, values};
    muster_config* config = config_for(url, outbox);
    muster_device* device = NULL;
    CHECK(muster_device_open(config, &device, &error) == MUSTER_OK);
    CHECK(muster_device_publish_reading(device, "telemetry/pump", &reading, NULL, &error) == MUSTER_OK);
    muster_device_close(device);

    device = NULL;
    CHECK(muster_device_open(config, &device, &error) == MUSTER_OK);
    muster_config_free(config);
    muster_status status = MUSTER_STATUS_INIT;
    muster_device_status(device, &status);
    CHECK(status.accepted == 1 && status.waiting == 1);
    CHECK(muster_device_start(device, &error) == MUSTER_OK);
    CHECK(muster_device_wait_drained(device, patience_ms, &error) == MUSTER_OK);
    muster_device_close(device);
    return NULL;
}

const char* step_errors(const char* directory) {
    muster_error error = no_error();
    char path[512];
    snprintf(path, sizeof path, "%s/none.json", directory);
    muster_config* config = NULL;
    CHECK(muster_config_load(path, &config, &error) == MUSTER_NOT_FOUND && config == NULL);
    CHECK(error.code == MUSTER_NOT_FOUND && strstr(error.message, "none.json") != NULL);
    CHECK(muster_config_parse("{", directory, &config, &error) == MUSTER_INVALID_ARGUMENT && config == NULL);
    CHECK(muster_config_parse("{}", directory, &config, NULL) == MUSTER_INVALID_ARGUMENT);

    config = muster_config_new();
    muster_device* device = NULL;
    CHECK(muster_device_open(config, &device, &error) == MUSTER_INVALID_ARGUMENT && device == NULL && error.hint[0] != '\0');
    muster_config_add_endpoint(config, "mqtt://127.0.0.1:1");
    CHECK(muster_device_open(config, &device, &error) == MUSTER_OK);
    muster_config_free(config);
    CHECK(muster_device_publish(device, "a/#", "x", 1, NULL, &error) == MUSTER_INVALID_ARGUMENT);
    CHECK(muster_device_subscribe(device, "a/#/b", MUSTER_AT_MOST_ONCE, on_message, NULL, &error) == MUSTER_INVALID_ARGUMENT);
    CHECK(muster_device_renew(device, &error) == MUSTER_INVALID_ARGUMENT);
    CHECK(muster_device_wait_subscribed(device, 1, &error) == MUSTER_TIMEOUT);
    muster_device_close(device);
    muster_device_close(NULL);
    muster_config_free(NULL);

    CHECK(strcmp(muster_code_name(MUSTER_OK), "ok") == 0 && strcmp(muster_code_name(MUSTER_UNSAFE_FILE), "unsafe_file") == 0);
    CHECK(strcmp(muster_code_name(MUSTER_INTERNAL), "internal") == 0 && strcmp(muster_code_name((muster_code)30), "unknown") == 0);
    CHECK(muster_code_is_retriable(MUSTER_FULL) && !muster_code_is_retriable(MUSTER_OK) && !muster_code_is_retriable(MUSTER_DENIED));
    CHECK(strchr(muster_version(), '.') != NULL);
    return NULL;
}

const char* step_options_override_the_class(const char* outbox) {
    muster_error error = no_error();
    muster_config* config = config_for("mqtt://127.0.0.1:1", "");
    muster_config_set_outbox(config, outbox, 1, 0);
    muster_publish_options options = MUSTER_PUBLISH_OPTIONS_INIT;
    options.overflow = MUSTER_DROP_OLDEST;
    muster_config_add_class(config, "live/#", &options);
    muster_device* device = NULL;
    CHECK(muster_device_open(config, &device, &error) == MUSTER_OK);
    muster_config_free(config);
    CHECK(muster_device_publish(device, "live/a", "1", 1, NULL, &error) == MUSTER_OK);
    CHECK(muster_device_publish(device, "live/a", "2", 1, NULL, &error) == MUSTER_OK);
    CHECK(muster_device_publish(device, "other", "3", 1, NULL, &error) == MUSTER_FULL);
    options.overflow = MUSTER_REFUSE;
    CHECK(muster_device_publish_with(device, "live/a", "4", 1, &options, NULL, &error) == MUSTER_FULL);
    muster_status status = MUSTER_STATUS_INIT;
    muster_device_status(device, &status);
    CHECK(status.accepted == 2 && status.dropped == 1 && status.waiting == 1);
    muster_device_close(device);
    return NULL;
}

/* A program that was built when the structs ended earlier. */
const char* step_older_structs(const char* outbox) {
    muster_error error = no_error();
    muster_config* config = config_for("mqtt://127.0.0.1:1", outbox);
    muster_publish_options options;
    memset(&options, 0xff, sizeof options);
    options.size = offsetof(muster_publish_options, durability);
    options.qos = MUSTER_AT_MOST_ONCE;
    muster_config_add_class(config, "#", &options);
    muster_device* device = NULL;
    CHECK(muster_device_open(config, &device, &error) == MUSTER_OK);
    muster_config_free(config);
    CHECK(muster_device_publish(device, "a", "1", 1, NULL, &error) == MUSTER_OK);
    muster_status status;
    memset(&status, 0xff, sizeof status);
    status.size = offsetof(muster_status, delivered);
    muster_device_status(device, &status);
    CHECK(status.accepted == 1 && status.delivered == UINT64_MAX && status.size == offsetof(muster_status, delivered));
    muster_device_close(device);
    return NULL;
}

const char* step_configuration_in_json(const char* url, const char* directory) {
    muster_error error = no_error();
    char json[512];
    snprintf(json, sizeof json, "{\"endpoints\": [\"%s\"], \"client_id\": \"press-02\", \"outbox_path\": \"outbox.db\"}", url);
    muster_config* config = NULL;
    CHECK(muster_config_parse(json, directory, &config, &error) == MUSTER_OK);
    muster_device* device = NULL;
    CHECK(muster_device_open(config, &device, &error) == MUSTER_OK);
    muster_config_free(config);
    char client_id[64];
    CHECK(muster_device_client_id(device, client_id, sizeof client_id) == 8 && strcmp(client_id, "press-02") == 0);
    CHECK(muster_device_start(device, &error) == MUSTER_OK);
    CHECK(muster_device_publish(device, "a", "1", 1, NULL, &error) == MUSTER_OK);
    CHECK(muster_device_wait_drained(device, patience_ms, &error) == MUSTER_OK);
    muster_device_close(device);
    return NULL;
}

const char* step_readings_are_counted(const char* directory) {
    muster_error error = no_error();
    const char* json =
        "{\"endpoints\": [\"mqtt://127.0.0.1:1\"], \"client_id\": \"press-01\", \"outbox_path\": \"outbox.db\", \"outbox\": "
        "{\"max_messages\": 1},"
        " \"classes\": [{\"filter\": \"#\", \"overflow\": \"drop_oldest\", \"delta\": {\"absolute\": 0.5}}]}";
    muster_config* config = NULL;
    CHECK(muster_config_parse(json, directory, &config, &error) == MUSTER_OK);
    muster_device* device = NULL;
    CHECK(muster_device_open(config, &device, &error) == MUSTER_OK);
    muster_config_free(config);
    const char* names[] = {"celsius"};
    const double values[] = {20, 20.1, 21};
    for (size_t i = 0; i < 3; ++i) {
        const muster_reading reading = {1700000000000 + (int64_t)i, i, 1, names, &values[i]};
        CHECK(muster_device_publish_reading(device, "telemetry/pump", &reading, NULL, &error) == MUSTER_OK);
    }
    muster_status status = MUSTER_STATUS_INIT;
    muster_device_status(device, &status);
    CHECK(status.readings.taken == 3 && status.readings.stored == 2 && status.readings.unchanged == 1 && status.readings.held == 0);
    CHECK(status.accepted == 2 && status.dropped == 1 && status.dropped_overflow == 1 && status.dropped_expired == 0);
    CHECK(status.batches.batches == 0 && status.renewals == 0);
    muster_device_close(device);
    return NULL;
}

/* What a reader of messages that were set aside has seen. */
typedef struct set_aside {
    unsigned count;
    uint64_t id;
    char topic[64];
    char reason[256];
    size_t payload_size;
} set_aside;

static void on_set_aside(uint64_t id, const muster_message* message, const char* reason, void* context) {
    set_aside* what = context;
    ++what->count;
    what->id = id;
    what->payload_size = message->payload_size;
    snprintf(what->topic, sizeof what->topic, "%s", message->topic);
    snprintf(what->reason, sizeof what->reason, "%s", reason);
}

const char* step_what_is_set_aside_is_read(const char* url) {
    muster_error error = no_error();
    muster_config* config = config_for(url, "");
    muster_device* device = NULL;
    CHECK(muster_device_open(config, &device, &error) == MUSTER_OK);
    muster_config_free(config);
    CHECK(muster_device_start(device, &error) == MUSTER_OK);
    uint64_t unfit = 0;
    CHECK(muster_device_publish(device, "unfit", "abc", 3, &unfit, &error) == MUSTER_OK);
    CHECK(muster_device_wait_drained(device, patience_ms, &error) == MUSTER_OK);
    set_aside what;
    memset(&what, 0, sizeof what);
    CHECK(muster_device_quarantined(device, on_set_aside, &what, &error) == MUSTER_OK);
    CHECK(what.count == 1 && what.id == unfit && strcmp(what.topic, "unfit") == 0 && what.payload_size == 3);
    CHECK(strstr(what.reason, "refused") != NULL);
    muster_device_close(device);
    return NULL;
}

const char* step_metrics(const char* outbox, char* buffer, size_t size) {
    muster_error error = no_error();
    muster_config* config = config_for("mqtt://127.0.0.1:1", outbox);
    muster_device* device = NULL;
    CHECK(muster_device_open(config, &device, &error) == MUSTER_OK);
    muster_config_free(config);
    CHECK(muster_device_publish(device, "a", "1", 1, NULL, &error) == MUSTER_OK);
    CHECK(muster_device_publish(device, "a", "2", 1, NULL, &error) == MUSTER_OK);
    CHECK(muster_device_publish(device, "a/#", "3", 1, NULL, &error) == MUSTER_INVALID_ARGUMENT);
    const size_t length = muster_device_metrics_text(device, NULL, 0);
    CHECK(length > 0 && length < size);
    char cut[8];
    CHECK(muster_device_metrics_text(device, cut, sizeof cut) == length && strcmp(cut, "# HELP ") == 0);
    CHECK(muster_device_metrics_text(device, buffer, size) == length && strlen(buffer) == length);
    muster_device_close(device);
    return NULL;
}
