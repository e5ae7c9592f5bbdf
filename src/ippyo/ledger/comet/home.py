"""The folder of one node: its keys, CometBFT's configuration, its ledger.

    HOME/operator.json              public: what the operator gives the others (name, validator key, node id, address)
    HOME/log.key                    the ledger's log key, shared by the operators (mode 0600)
    HOME/node.json                  where this node listens
    HOME/poll/                      manifest.json, genesis.json, trustees.json, ceremony.json
    HOME/ledger.sqlite              the application's database
    HOME/comet/config/              CometBFT's own: config.toml, genesis.json, node_key.json, priv_validator_key.json
    HOME/comet/data/                CometBFT's own: never delete it without ledger.sqlite, nor either from a backup
    HOME/comet.log, comet.log.1     what CometBFT says; app.sock is where it finds the application

Each operator makes its own keys (:func:`make_keys`); when all have exchanged ``operator.json``, genesis is made, and
every node gets the same :func:`write_network`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from nacl.signing import SigningKey as Ed25519Key

from ippyo.canonical import b64, dumps, fields, loads, require_canonical, unb64
from ippyo.contract.genesis import OPERATOR_PREFIX
from ippyo.errors import InputError, ParseError
from ippyo.files import read_limited, replace_file, write_new
from ippyo.ledger.comet.application import chain_id
from ippyo.ledger.notes import KeyKind, SigningKey, VerifierKey
from ippyo.poll.limits import TRANSACTION_LIMIT

__all__ = ["NodeHome", "NodeSettings", "Operator", "quorum_of"]

MAX_OPERATORS = 32
BLOCK_BYTES = 2 << 20
GENESIS_TIME = 1_577_836_800
"""The time of CometBFT's first block (2020-01-01 UTC): the same at all nodes, and past, for they would wait for it."""

_FILE_LIMIT = 64 * 1024
_NODE_ID = re.compile(r"[0-9a-f]{40}")
_ADDRESS = re.compile(r"(?:[0-9A-Za-z](?:[0-9A-Za-z.-]{0,190})|\[[0-9A-Fa-f:.]{2,45}\]):[0-9]{1,5}")
_VALIDATOR_KEY = "comet/config/priv_validator_key.json"


def quorum_of(operators: int) -> int:
    """Return the smallest number that is more than two thirds of ``operators``."""
    return 2 * operators // 3 + 1


@dataclass(frozen=True, slots=True)
class Operator:
    """What everybody may know of an operator.

    ``name`` is that of its key (no space, no plus sign), ``validator`` the Ed25519 public key (32 bytes), ``node_id``
    CometBFT's name for the node, ``address`` the host:port where other nodes reach it.
    """

    name: str
    validator: bytes
    node_id: str
    address: str

    @classmethod
    def from_text(cls, text: str | bytes) -> Self:
        """Decode ``operator.json`` without its newline. Raises :class:`~ippyo.errors.ParseError`."""
        what = "operator"
        read = fields(loads(text, what=what, limit=_FILE_LIMIT), what, "name", "validator", "node_id", "address")
        operator = cls(
            read.text("name", limit=60),
            unb64(read.text("validator", limit=64), what="validator key", length=32),
            read.text("node_id", limit=40),
            read.text("address", limit=200),
        )
        require_canonical(text, operator.to_text(), what=what)
        if not operator.name:
            raise ParseError(what, "has no name")
        # Both become part of every other operator's configuration.
        if not _NODE_ID.fullmatch(operator.node_id):
            raise ParseError(what, "has a node id that is not 40 hexadecimal digits")
        if not _ADDRESS.fullmatch(operator.address):
            raise ParseError(what, "has an address that is not HOST:PORT")
        # A name that no key can have is refused here.
        VerifierKey.from_text(operator.cosigner.to_text())
        return operator

    def to_text(self) -> str:
        """Return the canonical text."""
        return dumps(
            {"name": self.name, "validator": b64(self.validator), "node_id": self.node_id, "address": self.address}
        )

    @property
    def cosigner(self) -> VerifierKey:
        """The key under which this operator cosigns checkpoints: in genesis, among the witnesses."""
        return VerifierKey(OPERATOR_PREFIX + self.name, KeyKind.COSIGNATURE, self.validator)


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """What a node's machine has of its own: ports, and how patient it is. Times are in milliseconds."""

    front: str = "127.0.0.1:8100"
    p2p: str = "0.0.0.0:26656"
    rpc: str = "127.0.0.1:26657"
    commit_ms: int = 500
    empty_block_seconds: int = 10
    same_machine: bool = False
    """Several nodes on one address, as in tests and demonstrations."""

    @classmethod
    def from_text(cls, text: str | bytes) -> Self:
        """Decode ``node.json``. Raises :class:`~ippyo.errors.ParseError`."""
        what = "node settings"
        names = ("front", "p2p", "rpc", "commit_ms", "empty_block_seconds", "same_machine")
        read = fields(loads(text, what=what, limit=_FILE_LIMIT), what, *names)
        return cls(
            read.text("front", limit=200),
            read.text("p2p", limit=200),
            read.text("rpc", limit=200),
            read.integer("commit_ms", high=60_000),
            read.integer("empty_block_seconds", low=1, high=3600),
            read.boolean("same_machine"),
        )

    def to_text(self) -> str:
        """Return the canonical text."""
        return dumps(asdict(self))


class NodeHome:
    """The folder, as files. Nothing here starts anything."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def comet(self) -> Path:
        """CometBFT's own home."""
        return self.folder / "comet"

    @property
    def database(self) -> Path:
        """The application's ledger."""
        return self.folder / "ledger.sqlite"

    @property
    def poll(self) -> Path:
        """The folder with the poll's texts."""
        return self.folder / "poll"

    # --- keys

    def make_keys(self, name: str, address: str) -> Operator:
        """Make this operator's keys, once; return what it gives the others. Raises :class:`InputError`."""
        for folder in (self.comet / "config", self.comet / "data"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        validator, node = Ed25519Key.generate(), Ed25519Key.generate()
        operator = Operator(name, bytes(validator.verify_key), _address(node), address)
        Operator.from_text(operator.to_text())
        # The validator's key first: where there is one already, nothing is changed.
        _write(self.folder / _VALIDATOR_KEY, _validator_key(validator))
        _write(self.comet / "config/node_key.json", {"priv_key": _private(node)})
        _write(self.comet / "data/priv_validator_state.json", {"height": "0", "round": 0, "step": 0})
        write_new(self.folder / "operator.json", operator.to_text().encode() + b"\n")
        return operator

    def operator(self) -> Operator:
        """Return this node's own operator. Raises :class:`InputError`."""
        raw = read_limited(self.folder / "operator.json", _FILE_LIMIT, "operator")
        return Operator.from_text(raw.removesuffix(b"\n"))

    def operator_key(self) -> SigningKey:
        """Return the key that votes and cosigns. Raises :class:`InputError`."""
        text = read_limited(self.folder / _VALIDATOR_KEY, _FILE_LIMIT, "validator key")
        try:
            seed = base64.b64decode(json.loads(text)["priv_key"]["value"], validate=True)[:32]
        except (ValueError, KeyError, TypeError):
            raise InputError("the validator key is not one that CometBFT wrote") from None
        return SigningKey(self.operator().cosigner.name, KeyKind.COSIGNATURE, seed)

    def settings(self) -> NodeSettings:
        """Return where this node listens. Raises :class:`InputError`."""
        raw = read_limited(self.folder / "node.json", _FILE_LIMIT, "node settings")
        return NodeSettings.from_text(raw.removesuffix(b"\n"))

    def log_key(self) -> SigningKey:
        """Return the log key that the operators share. Raises :class:`InputError`."""
        raw = read_limited(self.folder / "log.key", _FILE_LIMIT, "log key")
        return SigningKey.from_text(raw.decode("utf-8", "replace").strip())

    # --- the network

    def write_network(
        self,
        poll: str,
        operators: Sequence[Operator],
        documents: Mapping[str, str],
        log_key: SigningKey,
        settings: NodeSettings | None = None,
        *,
        genesis_time: int = GENESIS_TIME,
    ) -> None:
        """Write the network of the poll with fingerprint ``poll`` into this home, ready to run.

        ``operators`` stand in the order of genesis; ``documents`` are the poll's texts by file name; ``genesis_time``
        is in seconds since 1970, the same for all. Raises :class:`InputError`.
        """
        if not 1 <= len(operators) <= MAX_OPERATORS or len({one.validator for one in operators}) != len(operators):
            raise InputError(f"a network has 1 to {MAX_OPERATORS} operators with different keys")
        own, settings = self.operator(), settings or NodeSettings()
        self.poll.mkdir(exist_ok=True, mode=0o700)
        for name, text in documents.items():
            replace_file(self.poll / name, text.encode() + b"\n")
        replace_file(self.folder / "log.key", log_key.to_text().encode() + b"\n", private=True)
        genesis = _genesis(poll, operators, genesis_time)
        replace_file(self.comet / "config/genesis.json", json.dumps(genesis, indent=1).encode() + b"\n")
        replace_file(self.folder / "node.json", settings.to_text().encode() + b"\n")
        # An observer, who is not among the operators, follows all of them.
        peers = [f"{one.node_id}@{one.address}" for one in operators if one.node_id != own.node_id]
        replace_file(self.comet / "config/config.toml", _config(own.name, peers, settings).encode())


def _write(path: Path, value: object) -> None:
    write_new(path, json.dumps(value, indent=1).encode() + b"\n", private=True)


def _private(key: Ed25519Key) -> dict[str, str]:
    secret = bytes(key) + bytes(key.verify_key)
    return {"type": "tendermint/PrivKeyEd25519", "value": base64.b64encode(secret).decode()}


def _public(key: bytes) -> dict[str, str]:
    return {"type": "tendermint/PubKeyEd25519", "value": base64.b64encode(key).decode()}


def _address(key: Ed25519Key | bytes) -> str:
    """Return CometBFT's address of a key: the first 20 bytes of SHA-256 of the public key, in hexadecimal."""
    public = key if isinstance(key, bytes) else bytes(key.verify_key)
    return hashlib.sha256(public).hexdigest()[:40]


def _validator_key(key: Ed25519Key) -> dict[str, Any]:
    public = bytes(key.verify_key)
    return {"address": _address(public).upper(), "pub_key": _public(public), "priv_key": _private(key)}


def _genesis(poll: str, operators: Sequence[Operator], time: int) -> dict[str, Any]:
    return {
        "genesis_time": datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "chain_id": chain_id(poll),
        "initial_height": "1",
        "consensus_params": {
            "block": {"max_bytes": str(BLOCK_BYTES), "max_gas": "-1"},
            "evidence": {"max_age_num_blocks": "100000", "max_age_duration": "2592000000000000", "max_bytes": "65536"},
            "validator": {"pub_key_types": ["ed25519"]},
            "version": {"app": "1"},
            "abci": {"vote_extensions_enable_height": "0"},
        },
        "validators": [
            {
                "address": _address(one.validator).upper(),
                "pub_key": _public(one.validator),
                "power": "1",
                "name": one.name,
            }
            for one in operators
        ],
        "app_hash": "",
    }


def _config(name: str, peers: Sequence[str], settings: NodeSettings) -> str:
    """Return CometBFT's configuration: what is not here stays at its defaults.

    The socket's path is relative to the home, from which both processes run: a unix path has at most 107 bytes.
    """
    return f"""\
# Written by ippyo node. The poll's rules are not here: they are in the application.
proxy_app = "unix://app.sock"
abci = "socket"
moniker = {json.dumps(name)}
log_format = "json"
log_level = "state:info,consensus:info,*:error"

[rpc]
laddr = {json.dumps(f"tcp://{settings.rpc}")}
max_body_bytes = {2 * TRANSACTION_LIMIT}
unsafe = false

[p2p]
laddr = {json.dumps(f"tcp://{settings.p2p}")}
persistent_peers = {json.dumps(",".join(peers))}
pex = false
addr_book_strict = false
allow_duplicate_ip = {str(settings.same_machine).lower()}
send_rate = 20480000
recv_rate = 20480000

[mempool]
size = 5000
cache_size = 20000
max_tx_bytes = {TRANSACTION_LIMIT}
max_txs_bytes = 268435456
recheck = true
broadcast = true

[consensus]
timeout_commit = "{settings.commit_ms}ms"
create_empty_blocks = false
create_empty_blocks_interval = "{settings.empty_block_seconds}s"

[tx_index]
indexer = "null"

[storage]
discard_abci_responses = false
"""
