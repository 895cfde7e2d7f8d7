from aiortc.codecs.h264 import h264_depayload
from hypothesis import given
from hypothesis import strategies as st

from customer_client.video.h264_packets import MAX_PAYLOAD_BYTES, payloads_of, split_annex_b


def _nal(kind: int, importance: int, body: bytes) -> bytes:
    # As an encoder writes it: no start code inside, no zero at the end.
    return bytes((importance << 5 | kind,)) + body.replace(b"\x00\x00", b"\x00\x03") + b"\x80"


nals = st.builds(
    _nal, st.integers(1, 23), st.integers(0, 3), st.binary(max_size=60) | st.integers(1, 6000).map(lambda n: bytes(n))
)


@given(st.lists(nals, max_size=8))
def test_aiortc_gets_the_same_nal_units_back(sent):
    payloads = payloads_of(sent)
    assert all(2 <= len(payload) <= MAX_PAYLOAD_BYTES for payload in payloads)
    stream = b"".join(h264_depayload(payload) for payload in payloads)
    assert split_annex_b(stream) == sent


@given(st.lists(nals, max_size=8), st.sampled_from([b"\0\0\1", b"\0\0\0\1", b"\0\0\0\0\0\1"]))
def test_splitting_undoes_joining_with_any_start_code(sent, start_code):
    assert split_annex_b(b"".join(start_code + nal for nal in sent)) == sent


@given(st.binary(max_size=300))
def test_any_bytes_can_be_split(data):
    assert all(nal and nal[-1] for nal in split_annex_b(data))


def test_a_unit_of_exactly_the_limit_stays_whole():
    whole = _nal(1, 3, b"x" * (MAX_PAYLOAD_BYTES - 2))
    assert payloads_of([whole]) == [whole]
    assert len(payloads_of([whole + b"y"])) == 2


def test_fragments_have_even_sizes():
    sizes = [len(payload) for payload in payloads_of([_nal(5, 3, b"x" * 2500)])]
    assert max(sizes) - min(sizes) <= 1
