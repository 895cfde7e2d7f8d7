"""`make demo`: the whole of Deskside in one real session, on real or virtual displays, measured and checked."""
