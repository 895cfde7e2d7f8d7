"""The picture on its way out: H.264 for screens, packets, pace, and the track aiortc sends."""
