"""Our CRC-32C, compiled and loaded, against the package whose library it replaces in the customer's file."""

import ctypes
import shutil
from pathlib import Path
from random import Random

import google_crc32c
import pytest

from installers.crc32c import compile_library


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> ctypes.CDLL:
    if shutil.which("gcc") is None:
        pytest.skip("there is no compiler here")
    made: Path = tmp_path_factory.mktemp("crc32c") / "libcrc32c.so"
    compile_library(made)
    loaded = ctypes.CDLL(str(made))
    loaded.crc32c_value.argtypes = (ctypes.c_char_p, ctypes.c_size_t)
    loaded.crc32c_extend.argtypes = (ctypes.c_uint32, ctypes.c_char_p, ctypes.c_size_t)
    loaded.crc32c_value.restype = loaded.crc32c_extend.restype = ctypes.c_uint32
    return loaded


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 63, 1200, 65_537])
def test_sums_are_those_of_the_package(library, size):
    data = Random(size).randbytes(size)
    assert library.crc32c_value(data, size) == google_crc32c.value(data)
    assert library.crc32c_extend(0x1234ABCD, data, size) == google_crc32c.extend(0x1234ABCD, data)
