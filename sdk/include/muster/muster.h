/* SPDX-License-Identifier: Apache-2.0 */
/* The device side in plain C (C99): the same device as <muster/device.hpp>, with opaque handles. */
#ifndef MUSTER_MUSTER_H
#define MUSTER_MUSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Rules for every function here:
 * - It returns MUSTER_OK or the code of what went wrong, and then, if `error` is not NULL, writes the sentence and the hint there.
 * - Strings are UTF-8 and end in NUL; they are copied before the call returns. NULL for a string that is needed, or for a handle, is a
 *   broken precondition and stops the process, as in C++ (muster::set_contract_handler).
 * - No exception leaves it. Out of memory stops the process.
 * - A struct that may grow begins with its size: start it with its `..._INIT`, so that a program built with an older header goes on
 * working.
 */

/** What went wrong; docs/reference/errors.md says of each what to do. */
typedef enum muster_code {
    MUSTER_OK = 0,
    MUSTER_INVALID_ARGUMENT,
    MUSTER_NOT_FOUND,
    MUSTER_CONFLICT,
    MUSTER_UNSAFE_FILE,
    MUSTER_IO,
    MUSTER_NO_SPACE,
    MUSTER_CORRUPT,
    MUSTER_FULL,
    MUSTER_TOO_LARGE,
    MUSTER_IN_USE,
    MUSTER_UNREACHABLE,
    MUSTER_TIMEOUT,
    MUSTER_TLS,
    MUSTER_EXPIRED,
    MUSTER_DENIED,
    MUSTER_UNAVAILABLE,
    MUSTER_TAKEN_OVER,
    MUSTER_REJECTED,
    MUSTER_STOPPED,
    MUSTER_INTERNAL
} muster_code;

/** Why a call failed, in words; cut, at a whole character, where they do not fit. Threads: whoever owns it. */
typedef struct muster_error {
    muster_code code;
    char message[512]; /**< What went wrong, and where. */
    char hint[256];    /**< What to do next; may be empty. */
} muster_error;

/** The code's name, such as "not_found"; "ok" for MUSTER_OK, "unknown" for what is no code. Threads: any. */
const char* muster_code_name(muster_code code);
/** Whether the same call may succeed later without anybody changing anything. Threads: any. */
bool muster_code_is_retriable(muster_code code);
/** The library's version, such as "0.1.0". Threads: any. */
const char* muster_version(void);

/* ---- How messages travel ---- */

typedef enum muster_qos { MUSTER_AT_MOST_ONCE = 0, MUSTER_AT_LEAST_ONCE = 1, MUSTER_EXACTLY_ONCE = 2 } muster_qos;

/** What an accepted message survives while it waits: nothing, a crash of the process, a power cut. */
typedef enum muster_durability { MUSTER_MEMORY = 0, MUSTER_PROCESS = 1, MUSTER_DISK = 2 } muster_durability;

/** What gives way when the outbox is full: the new message; the oldest ones; the oldest of the lowest priority; or, full or not, what waits
 *  with the same key. All but the first are counted. */
typedef enum muster_overflow {
    MUSTER_REFUSE = 0,
    MUSTER_DROP_OLDEST = 1,
    MUSTER_DROP_LOWEST_PRIORITY = 2,
    MUSTER_LATEST = 3
} muster_overflow;

/** The more urgent are sent first, but leave the others a share. */
typedef enum muster_priority { MUSTER_BULK = 0, MUSTER_NORMAL = 1, MUSTER_HIGH = 2, MUSTER_ALARM = 3 } muster_priority;

/** How one message is to be treated; as muster::PublishOptions. */
typedef struct muster_publish_options {
    size_t size; /**< sizeof(muster_publish_options). */
    muster_qos qos;
    muster_durability durability;
    muster_overflow overflow;
    bool retain;
    muster_priority priority;
    uint32_t time_to_live_s; /**< 0: for ever. */
    const char* key;         /**< For MUSTER_LATEST; NULL: the topic. */
} muster_publish_options;
#define MUSTER_PUBLISH_OPTIONS_INIT \
    { sizeof(muster_publish_options), MUSTER_AT_LEAST_ONCE, MUSTER_PROCESS, MUSTER_REFUSE, false, MUSTER_NORMAL, 0, NULL }

/** A name and a value; both UTF-8. */
typedef struct muster_user_property {
    const char* name;
    const char* value;
} muster_user_property;

/** What accompanies a payload, as muster::MessageProperties; over MQTT 3.1.1 it does not travel. */
typedef struct muster_properties {
    size_t size;                /**< sizeof(muster_properties). */
    const char* content_type;   /**< NULL or empty: none. */
    const char* response_topic; /**< NULL or empty: none. */
    const void* correlation_data;
    size_t correlation_size; /**< 0: none. */
    bool is_utf8;            /**< The payload is text. */
    const muster_user_property* user;
    size_t user_count;
} muster_properties;
#define MUSTER_PROPERTIES_INIT \
    { sizeof(muster_properties), NULL, NULL, NULL, 0, false, NULL, 0 }

/** A message that came; valid during the call that hands it over. */
typedef struct muster_message {
    const char* topic;
    const void* payload; /**< May hold NUL; not NULL even if `payload_size` is 0. */
    size_t payload_size;
    muster_qos qos;
    bool retain;                         /**< It is the topic's stored value, not news. */
    bool is_duplicate;                   /**< It may have come before, on a connection that was lost. */
    const muster_properties* properties; /**< Not NULL; what is absent is empty. */
} muster_message;

/** Named values taken at one moment; encoded as JSON, as muster::Reading says. */
typedef struct muster_reading {
    int64_t time_ms;   /**< Since 1970, UTC. */
    uint64_t sequence; /**< The caller counts it up. */
    size_t count;      /**< Of both arrays. */
    const char* const* names;
    const double* values;
} muster_reading;

/* ---- Configuration ---- */

/** A device's configuration. Threads: one at a time. */
typedef struct muster_config muster_config;

/** One with the defaults of docs/reference/device-config.md and no endpoint. Free it with muster_config_free. */
muster_config* muster_config_new(void);
/** One read from a JSON file; `*config` is set on success only. Fails with MUSTER_INVALID_ARGUMENT, MUSTER_NOT_FOUND, MUSTER_IO. */
muster_code muster_config_load(const char* path, muster_config** config, muster_error* error);
/** One read from JSON; relative paths in it are taken from `base_directory`. Fails with MUSTER_INVALID_ARGUMENT. */
muster_code muster_config_parse(const char* json, const char* base_directory, muster_config** config, muster_error* error);
/** NULL is passed over. A device that was opened with it does not need it any more. */
void muster_config_free(muster_config* config);

/* These add to what was read or to the defaults; muster_device_open checks the whole. */
void muster_config_add_endpoint(muster_config* config, const char* url);
void muster_config_set_identity_dir(muster_config* config, const char* directory);
void muster_config_set_key_password_file(muster_config* config, const char* path);
void muster_config_set_ca_file(muster_config* config, const char* path);
void muster_config_set_client_id(muster_config* config, const char* client_id);
void muster_config_set_login(muster_config* config, const char* username, const char* password_file);
/** The outbox's file and its bounds; 0 leaves a bound as it is. */
void muster_config_set_outbox(muster_config* config, const char* path, uint64_t max_messages, uint64_t max_bytes);
/** Topics that match `filter`, and no filter added before, are treated so. */
void muster_config_add_class(muster_config* config, const char* filter, const muster_publish_options* options);
/** The EST server that renews the certificate. */
void muster_config_set_renewal(muster_config* config, const char* est_url);

typedef enum muster_log_level { MUSTER_LOG_DEBUG = 0, MUSTER_LOG_INFO, MUSTER_LOG_WARNING, MUSTER_LOG_ERROR } muster_log_level;
/** Receives one line, valid during the call. Threads: muster's own, one call at a time per device; it must not block. */
typedef void (*muster_log_sink)(muster_log_level level, const char* line, void* context);
/** NULL: nowhere. `context` is handed to each call and must live as long as the device. */
void muster_config_set_log(muster_config* config, muster_log_sink sink, void* context);

/** A clock in nanoseconds, never negative. Threads: any, also several at once; it must not block. */
typedef int64_t (*muster_now)(void* context);
/** 64 evenly distributed bits that nobody foresees. Threads: muster's own, one call at a time per device. */
typedef uint64_t (*muster_random)(void* context);
/** Instead of the machine's: `now` never goes back, wherever it began; `wall_now` counts from 1970, UTC. Both NULL: the machine's.
 * `context` is handed to each call and must live as long as the device. See muster::Hooks. */
void muster_config_set_clock(muster_config* config, muster_now now, muster_now wall_now, void* context);
/** Instead of the operating system's; NULL: that. It gives client ids and spreads delays; keys and TLS are not its affair. */
void muster_config_set_random(muster_config* config, muster_random next, void* context);

/* ---- The device ---- */

/** One device: an outbox, a session that keeps itself connected, subscriptions that survive reconnects (muster::Device). Threads: every
 *  function may be called from any thread at any time, except that muster_device_stop and muster_device_close are called by its owner, and
 *  not from a handler. */
typedef struct muster_device muster_device;

typedef enum muster_connection_state {
    MUSTER_STATE_STOPPED = 0,
    MUSTER_STATE_CONNECTING,
    MUSTER_STATE_CONNECTED,
    MUSTER_STATE_WAITING,
    MUSTER_STATE_DRAINING,
    MUSTER_STATE_DEGRADED,
    MUSTER_STATE_REFUSED,
    MUSTER_STATE_NEEDS_ENROLLMENT
} muster_connection_state;

typedef enum muster_credential_state {
    MUSTER_CREDENTIAL_NOT_RENEWED = 0,
    MUSTER_CREDENTIAL_VALID,
    MUSTER_CREDENTIAL_RENEWING,
    MUSTER_CREDENTIAL_RETRYING,
    MUSTER_CREDENTIAL_NEEDS_ENROLLMENT
} muster_credential_state;

/** What became of readings, since the device was opened; taken is the sum of the others. See muster::ReadingCounts. */
typedef struct muster_reading_counts {
    uint64_t taken;
    uint64_t stored;
    uint64_t unchanged;
    uint64_t thinned;
    uint64_t merged;
    uint64_t refused;
    uint64_t held;
} muster_reading_counts;

/** What batching and compression saved, since the device was opened. See muster::BatchCounts. */
typedef struct muster_batch_counts {
    uint64_t batches;
    uint64_t readings;
    uint64_t reading_bytes;
    uint64_t batch_bytes;
} muster_batch_counts;

/** A snapshot, consistent in itself: accepted = delivered + dropped + quarantined + waiting. See muster::Status. */
typedef struct muster_status {
    size_t size; /**< sizeof(muster_status). */
    muster_connection_state state;
    muster_credential_state credential;
    muster_code last_error; /**< Why the last attempt or connection ended; MUSTER_OK for no reason yet. */
    uint64_t connects;
    uint64_t disconnects;
    uint64_t redelivered;
    uint64_t received;
    uint64_t accepted;
    uint64_t delivered;
    uint64_t dropped;
    uint64_t waiting;
    uint64_t waiting_bytes;
    uint64_t quarantined;
    uint64_t dropped_overflow; /**< This, those below and dropped_purged are `dropped` by its reasons. */
    uint64_t dropped_rejected;
    uint64_t dropped_corrupt;
    uint64_t dropped_stopped;
    uint64_t dropped_expired;
    uint64_t dropped_superseded;
    muster_reading_counts readings;
    muster_batch_counts batches;
    uint64_t renewals; /**< Of the certificate, since the device was opened. */
    uint64_t dropped_purged;
} muster_status;
#define MUSTER_STATUS_INIT                                                                                                               \
    {                                                                                                                                    \
        sizeof(muster_status), MUSTER_STATE_STOPPED, MUSTER_CREDENTIAL_NOT_RENEWED, MUSTER_OK, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
            0, 0, {0, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 0}, 0, 0                                                                              \
    }

/* Handlers run in order on the device's callback thread, with no lock held; they may call any function but stop and close. */
typedef void (*muster_message_handler)(const muster_message* message, void* context);
typedef void (*muster_state_handler)(muster_connection_state state, const muster_status* status, void* context);
typedef void (*muster_credential_handler)(muster_credential_state state, const muster_status* status, void* context);
/** One message that was set aside, and why; both are valid during the call. */
typedef void (*muster_quarantine_reader)(uint64_t id, const muster_message* message, const char* reason, void* context);

/** Checks the configuration, opens the outbox, loads the identity; does not connect. `*device` is set on success only; end it with
 *  muster_device_close. Fails as muster::Device::open does. */
muster_code muster_device_open(const muster_config* config, muster_device** device, muster_error* error);
/** Starts connecting and returns at once. Fails with MUSTER_STOPPED. */
muster_code muster_device_start(muster_device* device, muster_error* error);
/** Puts a message into the outbox and returns once it is as durable as the topic's class asks; `*id`, if not NULL, is its number. Fails,
 *  having stored nothing, as muster::Device::publish does. */
muster_code muster_device_publish(muster_device* device, const char* topic, const void* payload, size_t payload_size, uint64_t* id,
                                  muster_error* error);
/** The same with options for this one message. */
muster_code muster_device_publish_with(muster_device* device, const char* topic, const void* payload, size_t payload_size,
                                       const muster_publish_options* options, uint64_t* id, muster_error* error);
/** Encodes a reading and publishes it. */
muster_code muster_device_publish_reading(muster_device* device, const char* topic, const muster_reading* reading, uint64_t* id,
                                          muster_error* error);
/** Subscribes now and after every reconnect. One handler per filter; a second call replaces it. `context` must live as long as the device.
 *  Fails with MUSTER_INVALID_ARGUMENT, MUSTER_STOPPED. */
muster_code muster_device_subscribe(muster_device* device, const char* filter, muster_qos qos, muster_message_handler handler,
                                    void* context, muster_error* error);
/** The acknowledgement of one message by hand, as muster::Acknowledgement; each is to be freed. Threads: any, but
 * muster_acknowledgement_free once and last. */
typedef struct muster_acknowledgement muster_acknowledgement;
/** Called as a muster_message_handler is. `acknowledgement` is the handler's: it, or whoever it is given to, frees it. */
typedef void (*muster_manual_handler)(const muster_message* message, muster_acknowledgement* acknowledgement, void* context);
/** As muster_device_subscribe; a message of QoS 1 or 2 is acknowledged once its handlers have returned and those that were given an
 *  acknowledgement have called muster_acknowledge. What waits meanwhile, and how long at most: muster::Device::subscribe_manual. */
muster_code muster_device_subscribe_manual(muster_device* device, const char* filter, muster_qos qos, muster_manual_handler handler,
                                           void* context, muster_error* error);
/** The program has done with the message. Returns at once; without effect the second time, too late, and after muster_device_close. */
void muster_acknowledge(const muster_acknowledgement* acknowledgement);
/** Frees it, also after muster_device_close. One that was not acknowledged leaves its message unacknowledged until the time for it is over
 *  (muster::Acknowledgement). NULL is passed over. */
void muster_acknowledgement_free(muster_acknowledgement* acknowledgement);
/** The same as muster_device_publish_with, with properties, which are stored with it; `options` may be NULL: as the topic's class says. */
muster_code muster_device_publish_properties(muster_device* device, const char* topic, const void* payload, size_t payload_size,
                                             const muster_properties* properties, const muster_publish_options* options, uint64_t* id,
                                             muster_error* error);
/** Ends a subscription; also from a handler, even its own. No call of its handler begins once this has returned. Fails with
 *  MUSTER_NOT_FOUND, MUSTER_STOPPED. */
muster_code muster_device_unsubscribe(muster_device* device, const char* filter, muster_error* error);

/** Called once for a request, on the callback thread: with the answer, or with NULL and why there is none (MUSTER_TIMEOUT,
 *  MUSTER_STOPPED). */
typedef void (*muster_response_handler)(const muster_message* answer, muster_code why, void* context);
/** Publishes a request and calls `handler` with what comes of it; as muster::Device::request. Fails, and calls nothing, with
 *  MUSTER_INVALID_ARGUMENT, MUSTER_REJECTED (MQTT 3.1.1), MUSTER_FULL, MUSTER_TOO_LARGE, MUSTER_STOPPED. */
muster_code muster_device_request(muster_device* device, const char* topic, const void* payload, size_t payload_size, uint32_t timeout_ms,
                                  muster_response_handler handler, void* context, muster_error* error);
/** Answers a request that came to a handler: publishes to its response topic, with its correlation data, as that topic's class says. Does
 *  nothing for a message without a response topic. Fails as muster_device_publish does. */
muster_code muster_device_answer(muster_device* device, const muster_message* request, const void* payload, size_t payload_size,
                                 muster_error* error);
/** Sets the one handler; NULL: none. Set it before the start to miss nothing. */
void muster_device_on_state(muster_device* device, muster_state_handler handler, void* context);
void muster_device_on_credential(muster_device* device, muster_credential_handler handler, void* context);
/** Fills in as much of `status` as its `size` has room for. */
void muster_device_status(const muster_device* device, muster_status* status);
/** Copies all that the device counts, in Prometheus' text format (muster::metrics_text), or as much of it as fits with its NUL, into
 * `buffer`; returns its whole length. What was cut is of no use: call it again with more room, and leave some, because numbers grow. */
size_t muster_device_metrics_text(const muster_device* device, char* buffer, size_t size);
/** Copies the client id, or as much of it as fits with its NUL, into `buffer`; returns its whole length. */
size_t muster_device_client_id(const muster_device* device, char* buffer, size_t size);
/** Why the last attempt or connection ended, in words; false, and nothing written, if there is no such reason. */
bool muster_device_last_error(const muster_device* device, muster_error* error);
/** Hands over the messages that were set aside last, oldest first, before it returns (muster::Device::quarantined); `reader` runs on the
 *  calling thread. Reads the disk. Fails with MUSTER_IO. Not to be called after the stop. */
muster_code muster_device_quarantined(muster_device* device, muster_quarantine_reader reader, void* context, muster_error* error);
/** Renews the certificate now instead of when it is due; returns at once. Fails with MUSTER_INVALID_ARGUMENT, MUSTER_STOPPED. */
muster_code muster_device_renew(muster_device* device, muster_error* error);
/** There is a network again: a wait for the next attempt is cut short, once a minute at most (muster::Device::network_up). */
void muster_device_network_up(muster_device* device);
/** The clock of muster_config_set_clock was moved on by more than the time that has passed: what is due by now is done. */
void muster_device_clock_changed(muster_device* device);
/** Waits until the broker has answered every subscription. Blocks. Fails with MUSTER_TIMEOUT, MUSTER_DENIED, MUSTER_REJECTED,
 *  MUSTER_STOPPED. */
muster_code muster_device_wait_subscribed(muster_device* device, uint32_t timeout_ms, muster_error* error);
/** Waits until everything accepted so far has left the outbox. Blocks. Fails with MUSTER_TIMEOUT, MUSTER_STOPPED. */
muster_code muster_device_wait_drained(muster_device* device, uint32_t timeout_ms, muster_error* error);
/** Accepts nothing more, sends what waits until the deadline, disconnects properly, closes the outbox. Call it once. `status`, if not NULL,
 *  says what is left. Blocks for at most the deadline and a second. */
void muster_device_stop(muster_device* device, uint32_t drain_deadline_ms, muster_status* status);
/** Ends it; stops at once, without draining, if muster_device_stop was not called. NULL is passed over. No handler is called afterwards. */
void muster_device_close(muster_device* device);

/* ---- Enrollment ---- */

/** From a one-time password to a certificate; as muster::EnrollRequest. */
typedef struct muster_enroll_request {
    size_t size;                   /**< sizeof(muster_enroll_request). */
    const char* est_url;           /**< `https://HOST:PORT/.well-known/est` with an optional `/LABEL`. */
    const char* device_id;         /**< Becomes the certificate's CN, and the client id. */
    const char* one_time_password; /**< Never stored. */
    const char* trust_anchors;     /**< PEM file that vouches for the server. */
    const char* identity_dir;      /**< Where key and certificate go. */
    const char* key_store;         /**< NULL: a file in the identity directory; else `pkcs11:...` or `tpm2:...`. */
    const char* key_password_file; /**< NULL: none. */
    uint32_t timeout_ms;           /**< For each request; 0: 30 s. */
    uint32_t max_wait_ms;          /**< So long it tries again while an approval is missing or the server is busy; 0: once. */
} muster_enroll_request;
#define MUSTER_ENROLL_REQUEST_INIT \
    { sizeof(muster_enroll_request), NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0 }

/** Makes a key if there is none and has it certified by EST. Blocks. Fails as muster::enroll does. Threads: any. */
muster_code muster_enroll(const muster_enroll_request* request, muster_error* error);

#ifdef __cplusplus
}
#endif

#endif
