"""Every private member of Faust and aiokafka that the runtime overrides or reads, and why; nothing else is.

A test compares each with the digest of its source: an upgrade that changes one fails there, and whoever upgrades
looks at what changed before the digest is renewed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PrivateMember:
    """``path`` is ``module:qualified.name``; ``digest`` the first 16 hex digits of the SHA-256 of its source."""

    path: str
    why: str
    digest: str


PRIVATE_MEMBERS = (
    PrivateMember(
        "faust.transport.drivers.aiokafka:AIOKafkaConsumerThread._create_worker_consumer",
        "overridden: read_committed, range assignment and our timeouts",
        "c2701bfc3e6f6cad",
    ),
    PrivateMember(
        "faust.transport.drivers.aiokafka:AIOKafkaConsumerThread._fetch_records",
        "overridden: notes the positions around a fetch",
        "39a2c6c79fc1455a",
    ),
    PrivateMember(
        "faust.transport.drivers.aiokafka:Consumer._new_consumer_thread",
        "overridden: makes our thread",
        "0870ec53dea75083",
    ),
    PrivateMember(
        "faust.transport.consumer:Consumer._drain_messages",
        "overridden: hands record batches to the agent, without gaps, acknowledgements and read offsets",
        "44a2500309e83c63",
    ),
    PrivateMember(
        "faust.transport.consumer:Consumer._get_active_partitions",
        "called: partitions that back-pressure and rebalancing leave readable",
        "b24897f3c7afdb5d",
    ),
    PrivateMember(
        "faust.transport.consumer:Consumer._is_changelog_tp",
        "overridden: Faust knows no changelog here",
        "88867d75cfe9aecf",
    ),
    PrivateMember(
        "faust.transport.consumer:Fetcher._fetcher",
        "calls Consumer._drain_messages",
        "68f894f0b577d810",
    ),
    PrivateMember(
        "faust.app.base:App._on_partitions_assigned",
        "relied on: pauses what was assigned, then lets recovery resume it",
        "de932b7927db85b3",
    ),
    PrivateMember(
        "faust.app.base:App._on_partitions_revoked",
        "relied on: stops the flow and clears what agents have not begun",
        "d5c895bbe57dc73a",
    ),
    PrivateMember(
        "faust.tables.recovery:Recovery._resume_streams",
        "relied on: without tables it resumes partitions and flow, and calls Consumer.perform_seek",
        "d986a6710c1aca98",
    ),
    PrivateMember(
        "aiokafka.consumer.subscription_state:Assignment.state_value",
        "read through AIOKafkaConsumer._subscription: fetch positions, without waiting for one",
        "183fea82ef48f3e6",
    ),
    PrivateMember(
        "aiokafka.consumer.subscription_state:TopicPartitionState.has_valid_position",
        "read: whether a position is known",
        "ebe7c39d949a1f18",
    ),
    PrivateMember(
        "aiokafka.consumer.fetcher:Fetcher.error_future",
        "read: the task that fetches, and whether it has ended by an error",
        "255f98d81bc7dbc5",
    ),
    PrivateMember(
        "aiokafka.consumer.fetcher:Fetcher._fetch_requests_routine",
        "relied on: it ends by an error, which nobody who reads is told",
        "2a8ec5932644c9b0",
    ),
    PrivateMember(
        "aiokafka.consumer.fetcher:Fetcher._get_actions_per_node",
        "relied on: reads _fetch_min_bytes and _fetch_max_wait_ms, which are set, for each fetch",
        "1dab2cf937d165d0",
    ),
    PrivateMember(
        "aiokafka.producer.sender:Sender._do_txn_offset_commit",
        "replaced: offsets are committed as a member of a generation",
        "3841d6ec6c967302",
    ),
    PrivateMember(
        "aiokafka.producer.sender:Sender._find_coordinator",
        "called: the group's coordinator",
        "33001a36bf6a0ae0",
    ),
    PrivateMember(
        "aiokafka.producer.sender:TxnOffsetCommitHandler.__init__",
        "called: notes offsets and group",
        "748259e44584b006",
    ),
    PrivateMember(
        "aiokafka.producer.sender:TxnOffsetCommitHandler.create_request",
        "overridden: names member and generation",
        "4f6bf93bb0a1639e",
    ),
    PrivateMember(
        "aiokafka.producer.sender:TxnOffsetCommitHandler.handle_response",
        "overridden: a member that was left behind aborts",
        "c3fed3a5540f2ab6",
    ),
    PrivateMember(
        "aiokafka.producer.transaction_manager:TransactionManager.error_transaction",
        "called: the transaction can only be aborted",
        "5c72d40ab25eadfc",
    ),
    PrivateMember(
        "aiokafka.consumer.group_coordinator:GroupCoordinator._do_rejoin_group",
        "relied on: generation and member_id are those of the assignment while its listener runs",
        "3cb016c98a087a71",
    ),
    PrivateMember(
        "aiokafka.consumer.group_coordinator:GroupCoordinator.ensure_active_group",
        "relied on: no heartbeat runs, which could reset them, between joining and the listener's end",
        "33c84c1a93012e81",
    ),
    PrivateMember(
        "aiokafka.protocol.api:Request.prepare",
        "relied on: a request of one version is refused where a broker does not have it",
        "3a65d9fdefe34d3f",
    ),
    PrivateMember(
        "aiokafka.producer.transaction_manager:TransactionManager.is_empty_transaction",
        "relied on: a transaction is ended at the broker where _txn_partitions, which is written to, names any",
        "124ac059b2a77809",
    ),
)
