"""A server that says why it has no port, and of a failure only its kind."""

from __future__ import annotations

import http.client
import socket
import threading

import pytest
import requests

from ippyo.errors import InputError
from ippyo.http_server import QuietServer
from ippyo.sites.serving import served


def test_a_taken_port_is_named_and_no_socket_stays_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(InputError) as caught:
            QuietServer(("127.0.0.1", port), None).prepare()
    assert str(caught.value) == (
        f"cannot serve at 127.0.0.1, port {port}: another program uses this port; choose another one"
    )


def test_an_address_that_is_not_ours_is_named() -> None:
    with pytest.raises(InputError, match=r"192\.0\.2\.1, port 8000: this computer does not have this address"):
        QuietServer(("192.0.2.1", 8000), None).prepare()


def test_of_a_names_addresses_one_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name may stand for an address of IPv6 that this computer does not have, and for one of IPv4 that it has."""
    addresses = {socket.AF_INET6: "2001:db8::1", socket.AF_INET: "127.0.0.1"}

    class Named(QuietServer):
        def bind_socket(  # type: ignore[override]
            self, socket_: socket.socket, bind_addr: tuple[str, int]
        ) -> socket.socket:
            return super().bind_socket(socket_, (addresses[socket_.family], bind_addr[1]))

    found = [(family, socket.SOCK_STREAM, 6, "", (address, 0)) for family, address in addresses.items()]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)
    server = Named(("booth.example", 0), None)
    server.prepare()
    assert server.bind_addr[0] == "127.0.0.1"
    server.stop()


def test_a_failure_is_told_by_its_kind_only(capfd: pytest.CaptureFixture[str]) -> None:
    def fails(_: object, __: object) -> list[bytes]:
        raise ZeroDivisionError("SECRET7PIN")

    with served(fails) as origin:
        assert requests.get(f"{origin}/?name=hanako", timeout=60).status_code == 500
    assert "".join(capfd.readouterr()) == "ippyo: a request failed: ZeroDivisionError\n"


@pytest.mark.parametrize("path", ["//[", "//]/x", "//[::1", "//[name]/"])
@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_an_address_that_is_none_is_the_visitors_fault(
    method: str, path: str, capfd: pytest.CaptureFixture[str]
) -> None:
    def nothing(_: object, __: object) -> list[bytes]:
        raise AssertionError

    plain = QuietServer(("127.0.0.1", 0), nothing)
    plain.prepare()
    thread = threading.Thread(target=plain.serve)
    thread.start()
    try:
        with served(nothing) as origin:
            for host in (origin.removeprefix("http://"), f"127.0.0.1:{plain.bind_addr[1]}"):
                connection = http.client.HTTPConnection(host, timeout=60)
                connection.request(method, path)
                assert connection.getresponse().status == 400
                connection.close()
    finally:
        plain.stop()
        thread.join()
    assert "".join(capfd.readouterr()) == ""
