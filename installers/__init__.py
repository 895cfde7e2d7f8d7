"""Makes the files people download: `python -m installers build --target linux`."""
