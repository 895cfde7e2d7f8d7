"""Measurements of the tools a technician works with: control, files, staying connected."""
