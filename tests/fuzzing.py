"""Anything at all, made out of samples: what parsers are tried with.

More examples than usual: WHOHOLDS_TEST_EXAMPLES=100000 deploy/run test tests -k anything
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

many = settings(
    max_examples=int(os.environ.get("WHOHOLDS_TEST_EXAMPLES", "50")),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["rawa", "Rawa", "took", "fighting", "2014-06-22", "iraq", "1", "a"])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def bent(sample: Any) -> st.SearchStrategy[Any]:
    """A sample in JSON with some of what is in it made into anything."""

    def inside(value: Any) -> st.SearchStrategy[Any]:
        if isinstance(value, dict):
            whole = st.fixed_dictionaries({k: bent(v) for k, v in value.items()})
            return whole | st.fixed_dictionaries(
                {}, optional={k: bent(v) for k, v in value.items()}
            )
        if isinstance(value, list):
            return st.tuples(*map(bent, value)).map(list)
        return st.just(value)

    return st.deferred(lambda: inside(sample) | values)


def torn(sample: str) -> st.SearchStrategy[bytes]:
    """A sample with a part taken out and anything put there."""
    whole = sample.encode()
    at = st.integers(0, len(whole))
    put = st.binary(max_size=12) | st.sampled_from([b"", b'"', b"\x00", b"\xff", b"<", b"&x;"])

    def tear(start: int, length: int, what: bytes) -> bytes:
        return whole[:start] + what + whole[start + length :]

    return st.builds(tear, at, st.integers(0, 40), put) | st.binary(max_size=200)
