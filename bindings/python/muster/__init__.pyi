# SPDX-License-Identifier: Apache-2.0
import datetime
import os
import pathlib
from typing import Callable, Literal, Mapping, Optional, Sequence, Union

_Path = Union[str, "os.PathLike[str]"]
_Log = Callable[[Literal["debug", "info", "warning", "error"], str], object]
__version__: str
METRICS_CONTENT_TYPE: str

class Error(RuntimeError):
    code: str
    message: str
    hint: str

class Certificate:
    subject: str
    common_name: str
    issuer: str
    serial_hex: str
    not_before: datetime.datetime
    not_after: datetime.datetime
    sha256: str
    subject_alt_names: list[str]
    is_ca: bool
    pem: str

class Message:
    topic: str
    payload: bytes
    qos: int
    retain: bool
    message_id: str

class Acknowledgement:
    def acknowledge(self) -> None: ...

class Reading:
    def __init__(self, time: datetime.datetime, sequence: int, values: dict[str, float], is_partial: bool = False) -> None: ...
    @property
    def time(self) -> datetime.datetime: ...
    @property
    def sequence(self) -> int: ...
    @property
    def values(self) -> dict[str, float]: ...
    @property
    def is_partial(self) -> bool: ...

class ReadingCompleter:
    def __init__(self, max_topics: int = 65536) -> None: ...
    def complete(self, topic: str, reading: Reading) -> Reading: ...

class DuplicateFilter:
    def __init__(self, window: int = 65536) -> None: ...
    def is_duplicate(self, message_id: str) -> bool: ...

_Encoding = Literal["json", "cbor", "protobuf"]

def encode_readings(
    readings: Sequence[Reading], encoding: _Encoding = "json", compression: Literal["none", "gzip"] = "none"
) -> bytes: ...
def decode_message(payload: bytes, encoding: _Encoding = "json") -> tuple[str, list[Reading]]: ...
def decode_readings(payload: bytes, encoding: _Encoding = "json") -> list[Reading]: ...

class OutboxCounts:
    accepted: int
    delivered: int
    dropped: int
    dropped_overflow: int
    dropped_rejected: int
    dropped_corrupt: int
    dropped_stopped: int
    dropped_expired: int
    dropped_superseded: int
    dropped_purged: int
    quarantined: int
    waiting: int
    waiting_bytes: int

class ReadingCounts:
    taken: int
    stored: int
    unchanged: int
    thinned: int
    merged: int
    refused: int
    held: int

class BatchCounts:
    batches: int
    readings: int
    reading_bytes: int
    batch_bytes: int

class QuarantinedMessage:
    id: int
    message: Message
    reason: str

class CredentialStatus:
    state: Literal["not_renewed", "valid", "renewing", "retrying", "needs_enrollment"]
    serial_hex: str
    not_after: Optional[datetime.datetime]
    renewals: int
    last_error: Optional[str]
    last_error_code: Optional[str]

class Status:
    state: Literal["stopped", "connecting", "connected", "waiting", "draining", "degraded", "refused", "needs_enrollment"]
    client_id: str
    endpoint: str
    protocol: str
    last_error: Optional[str]
    last_error_code: Optional[str]
    connects: int
    disconnects: int
    redelivered: int
    received: int
    outbox: OutboxCounts
    readings: ReadingCounts
    batches: BatchCounts
    credential: CredentialStatus

class BrokerCounters:
    connections: int
    refused: int
    malformed: int
    open_connections: int
    messages_in: int
    messages_out: int
    dropped_queue_full: int
    refused_for_memory: int
    certificates_issued: int

class FaultInfo:
    id: int
    kind: str
    is_standing: bool
    considered: int
    applied: int

def enroll(
    *, est_url: str, device_id: str, one_time_password: str, ca_file: _Path, identity_dir: _Path, timeout: datetime.timedelta = ...,
    key_store: str = ..., key_password_file: _Path = ..., max_wait: datetime.timedelta = ..., retry_every: datetime.timedelta = ...,
) -> Certificate: ...

class Subscription:
    def get(self, timeout: float = 10.0) -> Message: ...
    def empty(self) -> bool: ...

class Device:
    def __init__(
        self,
        config: Optional[Mapping[str, object]] = None,
        *,
        endpoints: Optional[Sequence[Union[str, Mapping[str, object]]]] = None,
        proxy: Optional[Mapping[str, object]] = None,
        transport: Optional[Literal["native", "paho"]] = None,
        protocol: Optional[Literal["mqtt5", "mqtt311"]] = None,
        identity_dir: Optional[_Path] = None,
        key_password_file: Optional[_Path] = None,
        ca_file: Optional[_Path] = None,
        client_id: Optional[str] = None,
        client_id_scheme: Optional[Literal["automatic", "certificate", "uuid_v4", "uuid_v7", "mac", "machine_id"]] = None,
        client_id_salt: Optional[str] = None,
        client_id_template: Optional[str] = None,
        tenant: Optional[str] = None,
        topic_root: Optional[str] = None,
        username: Optional[str] = None,
        password_file: Optional[_Path] = None,
        outbox_path: Optional[_Path] = None,
        outbox: Optional[Mapping[str, object]] = None,
        message_id: Optional[Literal["property", "payload", "off"]] = None,
        drain: Optional[Mapping[str, int]] = None,
        inbox: Optional[Mapping[str, object]] = None,
        classes: Optional[Sequence[Mapping[str, object]]] = None,
        backoff: Optional[Mapping[str, int]] = None,
        connect_timeout_ms: Optional[int] = None,
        keep_alive_s: Optional[int] = None,
        window: Optional[int] = None,
        session_expiry_s: Optional[int] = None,
        presence: Optional[Union[bool, Mapping[str, str]]] = None,
        will: Optional[Mapping[str, object]] = None,
        will_delay_s: Optional[int] = None,
        birth: Optional[Mapping[str, object]] = None,
        renewal: Optional[Mapping[str, object]] = None,
        session_expiry: Optional[float] = None,
        renewal_est_url: Optional[str] = None,
        token: Optional[Callable[[], Union[str, tuple[str, float]]]] = None,
        log: Optional[_Log] = None,
        **settings: object,
    ) -> None: ...
    @classmethod
    def from_file(cls, path: _Path, *, log: Optional[_Log] = None) -> "Device": ...
    def __enter__(self) -> "Device": ...
    def __exit__(self, *exception: object) -> None: ...
    def start(self) -> None: ...
    def publish(
        self,
        topic: str,
        payload: Union[bytes, str],
        *,
        qos: Optional[Literal[0, 1, 2]] = None,
        durability: Optional[Literal["memory", "process", "disk"]] = None,
        retain: Optional[bool] = None,
        priority: Optional[Literal["bulk", "normal", "high", "alarm"]] = None,
        overflow: Optional[Literal["refuse", "drop_oldest", "drop_lowest_priority", "latest"]] = None,
        time_to_live: Optional[int] = None,
        key: Optional[str] = None,
    ) -> int: ...
    def publish_reading(self, topic: str, reading: Reading) -> int: ...
    def subscribe(self, topic_filter: str, handler: Optional[Callable[[Message], object]] = None, *, qos: int = 1) -> Optional[Subscription]: ...
    def subscribe_manual(self, topic_filter: str, handler: Callable[[Message, Acknowledgement], object], *, qos: int = 1) -> None: ...
    def network_up(self) -> None: ...
    def wait_subscribed(self, timeout: float = 10.0) -> None: ...
    def wait_drained(self, timeout: float = 10.0) -> None: ...
    def renew(self) -> None: ...
    @property
    def status(self) -> Status: ...
    def quarantined(self) -> list[QuarantinedMessage]: ...
    def metrics(self) -> dict[str, Union[float, dict[str, float]]]: ...
    def metrics_text(self, labels: Optional[Mapping[str, str]] = None) -> str: ...
    def stop(self, drain: float = 5.0) -> Status: ...

class Broker:
    mqtts_url: str
    mqtt_url: str
    ws_url: str
    wss_url: str
    listeners: list[str]
    est_url: str
    ca_file: pathlib.Path
    admin_socket: pathlib.Path
    def __init__(
        self,
        *,
        state_dir: _Path = "",
        plain: bool = False,
        websocket: bool = False,
        maximum_qos: Literal[0, 1, 2] = 2,
        retained_messages: bool = True,
        wildcard_subscriptions: bool = True,
        subscription_identifiers: bool = True,
        shared_subscriptions: bool = True,
        max_packet_size: int = ...,
        max_queued_messages: int = ...,
        max_in_flight: int = ...,
        topic_alias_maximum: int = ...,
        server_keep_alive: Optional[int] = None,
        max_keep_alive: Optional[int] = None,
        max_session_expiry: Optional[int] = None,
    ) -> None: ...
    def __enter__(self) -> "Broker": ...
    def __exit__(self, *exception: object) -> None: ...
    def create_tenant(self, name: str, isolation: Literal["device", "flat"] = "device") -> None: ...
    def register_device(self, tenant: str, device_id: str) -> str: ...
    def enroll(self, tenant: str, device_id: str, directory: _Path) -> pathlib.Path: ...
    def set_application(self, tenant: str, user: str, password: str) -> None: ...
    def issue_application_certificate(self, tenant: str, user: str, csr: str) -> str: ...
    def make_ca_challenge(self, tenant: str) -> str: ...
    def add_trusted_ca(self, tenant: str, certificate: str, proof: str, auto_register: bool = False) -> str: ...
    def remove_trusted_ca(self, tenant: str, sha256: str) -> None: ...
    def begin_outage(self, seconds: float) -> None: ...
    def inject(self, kind: str, **parameters: Union[str, int, float, bool]) -> int: ...
    def run_scenario(self, scenario: Union[str, dict[str, object]]) -> None: ...
    def remove_fault(self, fault_id: int) -> None: ...
    def clear_faults(self) -> int: ...
    @property
    def faults(self) -> list[FaultInfo]: ...
    @property
    def counters(self) -> BrokerCounters: ...
    def stop(self) -> None: ...
