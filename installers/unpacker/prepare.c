/* restore.h as a library for the build, see installers/prepared.py. */
#include "restore.h"

int deskside_change_region(const struct region *one, const uint8_t *from, uint8_t *to, uint64_t size, int restoring)
{
    return change_region(one, from, to, size, restoring);
}
