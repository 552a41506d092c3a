# SPDX-License-Identifier: Apache-2.0
"""muster for Python: devices, and a test broker to meet them, both as context managers.

    with muster.Broker() as broker:
        broker.create_tenant("acme")
        identity = broker.enroll("acme", "press-01", directory)
        with muster.Device(endpoints=[broker.mqtts_url], identity_dir=identity) as device:
            device.publish("telemetry/load", b"0.5")
            device.wait_drained()
"""
import collections.abc
import datetime
import json
import os
import pathlib
import queue

from ._muster import (
    Acknowledgement,
    BatchCounts,
    Certificate,
    CredentialStatus,
    DuplicateFilter,
    Error,
    FaultInfo,
    METRICS_CONTENT_TYPE,
    Message,
    OutboxCounts,
    QuarantinedMessage,
    Reading,
    ReadingCompleter,
    ReadingCounts,
    Status,
    _Broker,
    _Device,
    __version__,
    _metrics,
    _metrics_text,
    decode_message,
    decode_readings,
    encode_readings,
    enroll,
)

__all__ = [
    "Acknowledgement",
    "BatchCounts",
    "Broker",
    "Certificate",
    "CredentialStatus",
    "Device",
    "DuplicateFilter",
    "Error",
    "FaultInfo",
    "METRICS_CONTENT_TYPE",
    "Message",
    "OutboxCounts",
    "QuarantinedMessage",
    "Reading",
    "ReadingCompleter",
    "ReadingCounts",
    "Status",
    "Subscription",
    "__version__",
    "decode_message",
    "decode_readings",
    "encode_readings",
    "enroll",
]


def _plain(value):
    """What JSON has no word for: paths, and other mappings and sequences."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return dict(value) if isinstance(value, collections.abc.Mapping) else list(value)


def _duration(seconds):
    return datetime.timedelta(seconds=seconds)


class Subscription:
    """The messages of one filter, in the order of their arrival."""

    def __init__(self):
        self._messages = queue.SimpleQueue()

    def get(self, timeout=10.0):
        """The next message. Raises TimeoutError if none comes within `timeout` seconds."""
        try:
            return self._messages.get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError(f"no message within {timeout} s") from None

    def empty(self):
        """Whether nothing has arrived that was not taken."""
        return self._messages.empty()


class Device:
    """A device, or an application: started on entry, drained and stopped on exit. See <muster/device.hpp>."""

    def __init__(self, config=None, *, session_expiry=None, renewal_est_url=None, token=None, log=None, **settings):
        """`config` is a dictionary with the keys of docs/reference/device-config.md, and so are the keyword arguments, which go before it;
        of neither, None leaves a key out. Relative paths are taken from the working directory.

        `session_expiry` and `renewal_est_url` are short for `session_expiry_s` and `renewal["est_url"]`. `token` is a function that returns
        a password, or a password and the seconds that it lasts. `log` is called with a level and a line, on muster's own threads."""
        settings = {key: value for key, value in {**(config or {}), **settings}.items() if value is not None and value != ""}
        if session_expiry is not None:
            settings["session_expiry_s"] = int(session_expiry)
        if renewal_est_url:
            settings["renewal"] = {**settings.get("renewal", {}), "est_url": renewal_est_url}
        self._durable = bool(settings.get("outbox_path"))
        # Without a token a user name needs a password file, and the reader knows of no token.
        username = settings.pop("username", "") if token else ""
        self._device = _Device.open(json=json.dumps(settings, default=_plain), token=token, token_username=username, log=log)

    @classmethod
    def from_file(cls, path, *, log=None):
        """A device from a JSON configuration (docs/reference/device-config.md)."""
        device = cls.__new__(cls)
        device._device = _Device.from_file(path, log)
        device._durable = bool(json.loads(pathlib.Path(path).read_bytes()).get("outbox_path"))
        return device

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exception):
        self.stop()

    def start(self):
        """Starts connecting; returns at once."""
        self._device.start()

    def publish(
        self, topic, payload, *, qos=None, durability=None, retain=None, priority=None, overflow=None, time_to_live=None, key=None
    ):
        """Puts bytes or text into the outbox and returns its id. Without any of the keywords, it is treated as its topic's class says (`classes`).

        With some of them they hold for this one message instead of the class, and the others are: `qos` 1, no `retain`, priority normal, overflow
        refuse. `durability`: memory, process or disk; by default process with an outbox file.

        `priority`: bulk, normal, high or alarm. `overflow`, when the outbox is full: refuse, drop_oldest, drop_lowest_priority, or latest, which
        keeps only the newest message of each `key` (by default the topic). `time_to_live`: whole seconds after which it is dropped; 0: never."""
        if isinstance(payload, str):
            payload = payload.encode()
        given = (qos, durability, retain, priority, overflow, time_to_live, key)
        if all(option is None for option in given):
            return self._device.publish_by_class(topic, payload)
        durability = durability or ("process" if self._durable else "memory")
        return self._device.publish(
            topic,
            payload,
            qos=1 if qos is None else qos,
            durability=durability,
            retain=bool(retain),
            priority=priority or "normal",
            overflow=overflow or "refuse",
            time_to_live=_duration(time_to_live or 0),
            key=key or "",
        )

    def publish_reading(self, topic, reading):
        """Publishes a Reading as the class of its topic says: how many of them, which values, in which encoding. Returns its id, or 0 if it is held or left out: see `status.readings`."""
        return self._device.publish_reading(topic, reading)

    def subscribe(self, topic_filter, handler=None, *, qos=1):
        """Calls `handler(message)` for each message, on muster's callback thread; without a handler, returns a Subscription to read from."""
        subscription = Subscription()
        self._device.subscribe(topic_filter, qos, handler or subscription._messages.put)
        return None if handler else subscription

    def subscribe_manual(self, topic_filter, handler, *, qos=1):
        """Calls `handler(message, acknowledgement)` for each message; at QoS 1 and 2 it is acknowledged when `acknowledgement.acknowledge()` was called.

        On any thread, also after the handler has returned. Until then nothing is sent or received, for at most `inbox.acknowledge_within_ms`. See `docs/reference/messages.md`."""
        self._device.subscribe_manual(topic_filter, qos, handler)

    def network_up(self):
        """There is a network again: shortens a wait for the next attempt, once a minute at most."""
        self._device.network_up()

    def wait_subscribed(self, timeout=10.0):
        """Waits until the broker has answered every subscription."""
        self._device.wait_subscribed(_duration(timeout))

    def wait_drained(self, timeout=10.0):
        """Waits until everything accepted has left the outbox."""
        self._device.wait_drained(_duration(timeout))

    def renew(self):
        """Renews the certificate now instead of when it is due; returns at once. What comes of it is in `status.credential`. Needs `renewal_est_url`."""
        self._device.renew()

    @property
    def status(self):
        """A consistent snapshot."""
        return self._device.status()

    def quarantined(self):
        """The messages that were set aside last, oldest first, because they cannot be sent: `id`, `message`, `reason`."""
        return self._device.quarantined()

    def metrics(self):
        """All that is counted, by Prometheus' names: numbers, or a dictionary of numbers by what tells them apart, such as the reason."""
        return _metrics(self._device)

    def metrics_text(self, labels=None):
        """The same as text for Prometheus; every sample gets the `labels`, a dictionary. Serve it as METRICS_CONTENT_TYPE."""
        return _metrics_text(self._device, list((labels or {}).items()))

    def stop(self, drain=5.0):
        """Sends what waits for at most `drain` seconds, then disconnects. Returns the final status."""
        return self._device.stop(_duration(drain))


_OFFER = {
    "maximum_qos",
    "retained_messages",
    "wildcard_subscriptions",
    "subscription_identifiers",
    "shared_subscriptions",
    "max_packet_size",
    "max_queued_messages",
    "max_in_flight",
    "topic_alias_maximum",
    "server_keep_alive",
    "max_keep_alive",
    "max_session_expiry",
}


class Broker:
    """The bundled test broker in this process, on ports chosen by the kernel, as a context manager.

    `plain` serves MQTT without TLS too, `websocket` ws and wss. What clients find is in `offer`; see docs/reference/features.md for its names.
    """

    def __init__(self, *, state_dir="", plain=False, websocket=False, **offer):
        unknown = offer.keys() - _OFFER
        if unknown:
            raise TypeError(f"Broker() got an unexpected keyword argument '{min(unknown)}'")
        self._broker = _Broker.start(state_dir=state_dir, plain=plain, websocket=websocket, offer=offer)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.stop()

    def __getattr__(self, name):
        # mqtts_url, mqtt_url, ws_url, wss_url, listeners, est_url, ca_file, admin_socket
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._broker, name)

    def create_tenant(self, name, isolation="device"):
        """Creates a tenant with an issuing CA of its own."""
        self._broker.create_tenant(name, isolation)

    def register_device(self, tenant, device_id):
        """Registers a device and returns its one-time password."""
        return self._broker.register_device(tenant, device_id)

    def enroll(self, tenant, device_id, directory):
        """Registers and enrolls a device over EST; returns its identity directory, `directory/device_id`."""
        identity = pathlib.Path(directory) / device_id
        enroll(
            est_url=f"{self.est_url}/{tenant}",
            device_id=device_id,
            one_time_password=self.register_device(tenant, device_id),
            ca_file=self.ca_file,
            identity_dir=identity,
        )
        return identity

    def set_application(self, tenant, user, password):
        """Adds an application, which connects with the user name `tenant/user`."""
        self._broker.set_application(tenant, user, password)

    def issue_application_certificate(self, tenant, user, csr):
        """Signs a PKCS#10 request (PEM, its CN is `user`) for an application; returns the certificate and its issuer as PEM."""
        return self._broker.issue_application_certificate(tenant, user, csr)

    def make_ca_challenge(self, tenant):
        """Returns what a CA must put into a certificate's CN to prove that it may be trusted."""
        return self._broker.make_ca_challenge(tenant)

    def add_trusted_ca(self, tenant, certificate, proof, auto_register=False):
        """Trusts a CA (PEM) that has signed `proof` (PEM, its CN is the challenge) to name devices. Returns the CA's SHA-256."""
        return self._broker.add_trusted_ca(tenant, certificate, proof, auto_register)

    def remove_trusted_ca(self, tenant, sha256):
        """Trusts a CA no more; whom it named is disconnected."""
        self._broker.remove_trusted_ca(tenant, sha256)

    def begin_outage(self, seconds):
        """Goes away for a while: listeners closed, connections cut."""
        self._broker.begin_outage(_duration(seconds))

    def inject(self, kind, **parameters):
        """Makes something go wrong (docs/faults.md): the fault's name, and its fields as in JSON. Returns its id."""
        return self._broker.inject(json.dumps({"kind": kind, **parameters}))

    def run_scenario(self, scenario):
        """Plays a time line of faults: JSON text, or the same as a dictionary."""
        self._broker.run_scenario(scenario if isinstance(scenario, str) else json.dumps(scenario))

    def remove_fault(self, fault_id):
        """It strikes no more."""
        self._broker.remove_fault(fault_id)

    def clear_faults(self):
        """Removes all faults and ends all scenarios. Returns how many faults stood."""
        return self._broker.clear_faults()

    @property
    def faults(self):
        """Those that stand, and the last that are over."""
        return self._broker.faults()

    @property
    def counters(self):
        """What happened since the start."""
        return self._broker.counters()

    def stop(self):
        """Closes everything; a temporary state directory is removed."""
        self._broker.stop()
