"""How two people meet: routes, PINs, the CPace handshake and its sealed records. No clock, no randomness, no I/O.

Time (`now`, monotonic seconds; `unix_now` for certificates) and entropy (`Callable[[int], bytes]`) are arguments.
"""
