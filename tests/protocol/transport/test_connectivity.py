from protocol.messages.signaling import AttachMailbox, ConnectivityOffered
from protocol.transport.connectivity import Reachability


async def test_a_turn_server_with_tls_over_udp_is_left_out_because_it_would_be_used_without() -> None:
    ways = Reachability("wss://relay.example.com/ws/tunnel", ask=lambda: None)
    names = ("turn:a.example.com:3478?transport=udp", "turns:b.example.com:443?transport=udp")
    offer = ConnectivityOffered(turn=(*names, "turns:c.example.com:443?transport=tcp"), turn_lives_s=600)
    ways.offered(offer, AttachMailbox(bytes(32), "x" * 40, 1))
    assert [(each.host, each.transport, each.tls) for each in ways.current().turn] == [
        ("a.example.com", "udp", False),
        ("c.example.com", "tcp", True),
    ]
