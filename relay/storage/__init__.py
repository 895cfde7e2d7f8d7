"""Everything that is kept on disk, and the only place that knows SQL."""
