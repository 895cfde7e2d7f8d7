"""Known answers: the roots and proofs of Certificate Transparency's own tests, and a signed note made by Go's."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from protocol.audit.log.merkle import EMPTY_ROOT, Frontier, leaf_hash
from protocol.audit.log.note import parse_note, parse_vkey, print_note
from tests.support.log_world import MemoryTree

LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
PATH_OF_5_IN_8 = [
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]
FROM_1_TO_8 = [
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
]
FROM_2_TO_5 = [
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
]
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
""".encode()


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert Frontier().root == EMPTY_ROOT


def test_every_root_is_the_one_certificate_transparency_computes() -> None:
    frontier, roots = Frontier(), []
    for leaf in LEAVES:
        frontier, _ = frontier.append(leaf_hash(leaf))
        roots.append(frontier.root.hex())
    assert roots == ROOTS
    assert [MemoryTree(LEAVES).root(size).hex() for size in range(1, 9)] == ROOTS


def test_proofs_are_the_ones_certificate_transparency_computes() -> None:
    tree = MemoryTree(LEAVES)
    assert [hash.hex() for hash in tree.inclusion(5, 8)] == PATH_OF_5_IN_8
    assert [hash.hex() for hash in tree.consistency(1, 8)] == FROM_1_TO_8
    assert [hash.hex() for hash in tree.consistency(2, 5)] == FROM_2_TO_5


def test_a_note_signed_by_go_is_read_and_its_signature_holds() -> None:
    key, note = parse_vkey(GO_KEY), parse_note(GO_NOTE)
    (line,) = note.signatures
    assert line.is_by(key)
    Ed25519PublicKey.from_public_bytes(key.key).verify(line.signature, note.text.encode())
    assert print_note(note.text, note.signatures) == GO_NOTE
    assert key.vkey == GO_KEY
