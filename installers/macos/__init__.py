"""The macOS app: `python -m installers build --target macos`. NOT RUN YET: written where there is no Mac.

What does not need a Mac, the folder, the property list and the order of signing, is tested on Linux.
"""
