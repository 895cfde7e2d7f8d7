"""HTTP: one file of routes per family, errors as problem documents, the join page."""
