"""The proxies of deploy/: nginx with each of them, before sites that say what they were told, and before a booth."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.waiting import until

from ippyo.canonical import dumps, loads
from ippyo.cli.children import lent_ports
from ippyo.registry.registration.client_address import client_address
from ippyo.sites.serving import served

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
FILES = sorted(DEPLOY.glob("nginx-*.conf"))
TOLD = (
    "HTTP_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_CONNECTION", "CONTENT_LENGTH"
)  # fmt: skip
FALSE_WORDS = {"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9", "X-Forwarded-Proto": "http"}
AROUND = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/start.log;
events {{}}
http {{
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/unused1;
    scgi_temp_path {folder}/unused2;
    uwsgi_temp_path {folder}/unused3;
    {conf}
}}
"""


@dataclass
class Proxy:
    """An nginx that answers for ``name``; ``conf`` is its main file."""

    name: str
    folder: Path
    conf: Path
    http: int
    https: int

    def connect(self, source: str = "127.0.0.1") -> HTTPSConnection:
        """Connect as a browser on the address ``source`` would; the certificate is checked."""
        proxy = self

        class Connection(HTTPSConnection):
            def connect(self) -> None:
                plain = socket.create_connection(("127.0.0.1", proxy.https), 60, (source, 0))
                trust = ssl.create_default_context(cafile=str(proxy.folder / "certificate.pem"))
                self.sock = trust.wrap_socket(plain, server_hostname=proxy.name)

        return Connection(self.name, self.https, timeout=60)

    def ask(
        self, path: str, *, source: str = "127.0.0.1", method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        connection = self.connect(source)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def words(self) -> bytes:
        """Return all that it has written."""
        return b"".join(
            path.read_bytes() for path in self.folder.rglob("*") if path.is_file() and path.suffix == ".log"
        )


def certificate(folder: Path, name: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def prepared(file: Path, folder: Path, ports: Sequence[int], upstream: str = "") -> Proxy:
    """Write ``file`` for this machine into ``folder``: other ports, paths and certificate, nothing else."""
    folder.mkdir(exist_ok=True)
    text = file.read_text(encoding="utf-8")
    (name,) = set(re.findall(r"server_name (\S+);", text))
    certificate(folder, name)
    http, https = ports
    for pattern, here in (
        (r"listen \[::\]:\d+.*;\n", ""),
        (r"listen 80;", f"listen 127.0.0.1:{http};"),
        (r"listen 443 ", f"listen 127.0.0.1:{https} "),
        (r"/etc/ssl/ippyo/\S+\.pem", f"{folder}/certificate.pem"),
        (r"/etc/ssl/ippyo/\S+\.key", f"{folder}/key.pem"),
        (r"/var/log/nginx/", f"{folder}/"),
        *([(r"http://127\.0\.0\.1:\d+", upstream)] if upstream else []),
    ):
        text = re.sub(pattern, here, text)
    conf = folder / "nginx.conf"
    conf.write_text(AROUND.format(folder=folder, conf=text), encoding="utf-8")
    return Proxy(name, folder, conf, http, https)


@pytest.fixture(scope="module")
def nginx(require: Callable[[str, bool, str], None]) -> str:
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    require("nginx", program is not None, "apt-get install nginx")
    assert program is not None
    return program


@pytest.fixture
def proxied(nginx: str, tmp_path: Path) -> Any:
    @contextmanager
    def run(kind: str, upstream: str) -> Iterator[Proxy]:
        with lent_ports(2) as ports:
            proxy = prepared(DEPLOY / f"nginx-{kind}.conf", tmp_path / f"{kind}-{upstream[-5:]}", ports, upstream)
            process = subprocess.Popen([nginx, "-c", str(proxy.conf), "-e", str(proxy.folder / "start.log")])
            try:
                until(partial(listens, process, proxy), "nginx to begin", 120)
                yield proxy
            finally:
                process.terminate()
                process.wait(60)

    return run


def listens(process: subprocess.Popen[bytes], proxy: Proxy) -> bool:
    assert process.poll() is None, proxy.words().decode()
    try:
        with socket.create_connection(("127.0.0.1", proxy.https), 60):
            return True
    except OSError:
        return False


class Site:
    """Says what it was told of each request."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        self.paths.append(environ["PATH_INFO"])
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        told = {name: str(environ[name]) for name in TOLD if name in environ}
        start_response("200 OK", [("Content-Type", "application/json")])
        return [dumps({**told, "address": client_address(environ), "bytes": len(body)}).encode()]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_nginx_takes_the_file(nginx: str, tmp_path: Path, file: Path) -> None:
    with lent_ports(2) as ports:
        proxy = prepared(file, tmp_path / "proxy", ports)
        command = [nginx, "-t", "-q", "-c", str(proxy.conf), "-e", str(tmp_path / "log")]
        good = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert (good.returncode, good.stderr) == (0, "")
        proxy.conf.write_text(proxy.conf.read_text(encoding="utf-8").replace("limit_conn_status", "limit_con_status"))
        bad = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert bad.returncode != 0
        assert "limit_con_status" in bad.stderr


def test_there_is_a_proxy_for_each_site() -> None:
    assert [file.stem for file in FILES] == ["nginx-booth", "nginx-node", "nginx-registry"]


@pytest.mark.parametrize("kind", ["booth", "node"])
def test_a_booth_and_a_node_are_told_no_address(proxied: Any, kind: str) -> None:
    with served(Site()) as origin, proxied(kind, origin) as proxy:
        status, _, body = proxy.ask("/", source="127.0.0.2", **FALSE_WORDS)
    told = loads(body.decode(), what="answer", limit=10_000)
    assert (status, told["HTTP_HOST"], told["address"]) == (200, f"{kind}.example", "127.0.0.1")
    assert not {"HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED"} & told.keys()
    assert told.get("HTTP_X_FORWARDED_PROTO") == ("https" if kind == "booth" else "http")


def test_a_registry_is_told_the_true_address(proxied: Any) -> None:
    with served(Site()) as origin, proxied("registry", origin) as proxy:
        status, _, body = proxy.ask("/", source="127.0.0.2", **FALSE_WORDS)
    told = loads(body.decode(), what="answer", limit=10_000)
    assert (status, told["HTTP_HOST"], told["address"]) == (200, "registry.example", "127.0.0.2")
    assert (told["HTTP_X_FORWARDED_FOR"], told["HTTP_X_FORWARDED_PROTO"]) == ("127.0.0.2", "https")
    assert "HTTP_FORWARDED" not in told


def test_staff_s_pages_are_for_the_office(proxied: Any) -> None:
    site = Site()
    with served(site) as origin, proxied("registry", origin) as proxy:
        for path in ("/console/", "/console/people", "/%63onsole/", "//console/", "/x/../console/"):
            assert proxy.ask(path, source="127.0.0.2")[0] == 403
            assert site.paths == []
        assert proxy.ask("/console/")[0] == 200


@pytest.mark.parametrize("kind", ["booth", "registry"])
def test_without_tls_a_visitor_is_sent_to_the_site_s_own_name(proxied: Any, kind: str) -> None:
    with served(Site()) as origin, proxied(kind, origin) as proxy:
        plain = HTTPConnection("127.0.0.1", proxy.http, timeout=60)
        plain.request("GET", "/vote?place=1", headers={"Host": "evil.example"})
        answer = plain.getresponse()
        assert (answer.status, answer.getheader("Location")) == (301, f"https://{kind}.example/vote?place=1")
        plain.close()


@pytest.mark.parametrize("kind", ["booth", "node", "registry"])
def test_requests_come_whole_and_not_too_long(proxied: Any, kind: str) -> None:
    site = Site()
    with served(site) as origin, proxied(kind, origin) as proxy:
        longest = bytes(704 << 10)
        slow = proxy.connect()
        slow.putrequest("POST", "/slow")
        slow.putheader("Content-Length", str(len(longest)))
        slow.endheaders()
        slow.send(longest[:-1])
        assert proxy.ask("/quick")[0] == 200
        assert site.paths == ["/quick"]
        slow.send(longest[-1:])
        answer = slow.getresponse()
        assert loads(answer.read().decode(), what="answer", limit=10_000)["bytes"] == len(longest)
        slow.close()
        assert proxy.ask("/long", method="POST", body=bytes((1 << 20) + 1))[0] == 413
        assert site.paths == ["/quick", "/slow"]
        assert not [path for path in (proxy.folder / "bodies").rglob("*") if path.is_file()]


@pytest.mark.parametrize("kind", ["booth", "node", "registry"])
def test_nothing_is_written_of_who_asked_for_what(proxied: Any, kind: str) -> None:
    with served(Site()) as origin, proxied(kind, origin) as proxy:
        assert proxy.ask("/board/find?tracker=kept-by-nobody")[0] == 200
        with_body = {"method": "POST", "body": bytes((1 << 20) + 1)}
        assert proxy.ask("/api/coin/kept-by-nobody", **with_body)[0] == 413
    with lent_ports(1) as nobody, proxied(kind, f"http://127.0.0.1:{nobody[0]}") as alone:
        assert alone.ask("/api/coin/kept-by-nobody")[0] == 502
    for one in (proxy, alone):
        assert b"kept-by-nobody" not in one.words()
        assert b"127.0.0.1, server" not in one.words()


def test_a_ballot_is_cast_through_it(
    proxied: Any, booth_towns: Any, small_polls: Any, tmp_path_factory: pytest.TempPathFactory, vendor: None
) -> None:
    town = booth_towns.Town(tmp_path_factory.mktemp("town"), small_polls)
    cast = town.small.voter().cast(bridge=(1, 0))
    with (
        town.ledger() as ledger,
        town.booth(town.init(ledger, secure=True)) as booth,
        proxied("booth", booth.origin) as proxy,
    ):
        status, headers, page = proxy.ask("/", **{"Accept-Encoding": "identity"})
        assert (status, headers["Strict-Transport-Security"][:15]) == (200, "max-age=3153600")
        assert b"<h1" in page
        status, _, body = proxy.ask("/api/transactions", method="POST", body=cast.encode())
        assert status == 202
        name = loads(body.decode(), what="answer", limit=10_000)["id"]

        def settled() -> Any:
            value = loads(proxy.ask(f"/api/transactions/{name}")[2].decode(), what="answer", limit=1 << 20)
            return value if "receipt" in value or value["state"] == "refused" else None

        assert "receipt" in until(settled, "a receipt")
