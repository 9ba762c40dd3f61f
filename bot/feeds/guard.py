"""Which addresses a feed may be read from.

A feed's URL, a redirect or a name server could lead to machines that only this one can reach. What
is checked is the address that is really connected to: the name is looked up here, and one of the
addresses that were checked is what the connection goes to.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

from storage.model.errors import WhoHoldsError

if TYPE_CHECKING:
    from collections.abc import Iterable

Address = IPv4Address | IPv6Address
# IPv6 addresses that stand for one of IPv4 in their last 32 bits: through NAT64 (RFC 6052, 8215),
# and as machines wrote them before (RFC 4291, 2.5.5.1; RFC 2765).
ENDS_IN_IPV4 = tuple(
    map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96", "::ffff:0:0:0/96"))
)
OWN = frozenset({ip_address("::"), ip_address("::1")})


class AddressRefused(WhoHoldsError):
    """A feed leads to an address that it may not be read from."""


def is_public(address: Address) -> bool:
    """Whether everybody can reach the address; one that stands for another is judged by that."""
    meant = _meant(address)
    if isinstance(meant, IPv6Address) and meant.teredo is not None:
        return False
    return meant.is_global and not meant.is_multicast


def may_connect(address: Address, *, private: bool) -> bool:
    """Whether a feed may be read from there; with `private` also in the operator's own network.

    Link-local addresses are never asked: clouds answer there with the machine's credentials.
    """
    meant = _meant(address)
    if meant.is_link_local or meant.is_multicast or meant.is_unspecified:
        return False
    return private or is_public(meant)


def _meant(address: Address) -> Address:
    """The address of IPv4 that one of IPv6 stands for, where it does."""
    if isinstance(address, IPv4Address) or address in OWN:
        return address
    if any(address in network for network in ENDS_IN_IPV4):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were checked, and to no others."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore passes it by this name
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to a host; raises AddressRefused, or ConnectError where none comes about."""
        allowed = [a for a in await _look_up(host, port, timeout) if self._may_connect(a)]
        if not allowed:
            raise AddressRefused(
                f"{host} is no public address: a feed may be read from there only where its "
                "block says `private_addresses = true`"
            )
        for number, address in enumerate(allowed, start=1):
            try:
                return await self._inner.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except httpcore.ConnectError:
                if number == len(allowed):
                    raise
        raise AssertionError("unreachable: the last address has raised or answered")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002 - as above, and of no use here
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 - as above
    ) -> httpcore.AsyncNetworkStream:
        """Nothing: no feed is read from a socket of this machine."""
        raise AddressRefused(f"a feed may not be read from the socket {path}")

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore does between two tries."""
        await asyncio.sleep(seconds)

    def _may_connect(self, address: Address) -> bool:
        return may_connect(address, private=self._private)


async def _look_up(host: str, port: int, seconds: float | None) -> list[Address]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError:
        raise httpcore.ConnectTimeout(f"looking up {host} took too long") from None
    except OSError as error:
        raise httpcore.ConnectError(f"{host} cannot be found: {error.strerror}") from error
    except UnicodeError:
        raise httpcore.ConnectError(f"{host[:100]} is no name of a machine") from None
    # A zone behind an address of IPv6 says which network card: no address that is public has one.
    return list(dict.fromkeys(ip_address(str(info[4][0]).partition("%")[0]) for info in found))


class GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport, on connections that are guarded; proxies of the environment are not used,
    since what they connect to cannot be checked.
    """

    def __init__(self, *, private: bool, connections: int) -> None:
        super().__init__()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=connections,
            max_keepalive_connections=connections,
            network_backend=GuardedBackend(private=private),
        )
