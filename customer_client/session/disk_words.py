"""Why a disk did not take a file, in words: what systems say themselves is short, and English. Pure."""

import errno

from customer_client.languages import _, marked

_WHY = {
    errno.ENOSPC: marked("there is no more room on the disk"),
    errno.EDQUOT: marked("there is no more room for you on the disk"),
    errno.EFBIG: marked("the disk does not take files of this size"),
    errno.EACCES: marked("you may not write there"),
    errno.EPERM: marked("you may not write there"),
    errno.EROFS: marked("that disk can only be read"),
    errno.ENOENT: marked("the folder is not there any more"),
    errno.ENOTDIR: marked("the folder is not there any more"),
    errno.EISDIR: marked("there is a folder of that name"),
    errno.ENAMETOOLONG: marked("the name is too long"),
    errno.EIO: marked("the disk has a fault"),
    errno.ENODEV: marked("the disk was removed"),
    errno.ENXIO: marked("the disk was removed"),
}


def why_not_written(error: OSError) -> str:
    """Return what goes after a colon in a sentence about a file that could not be written."""
    return _(_WHY.get(error.errno or 0, marked("the disk refused")))
