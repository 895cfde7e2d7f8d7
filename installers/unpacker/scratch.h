/* Undoes what was done to one file, in memory that is used again for the next. Included by unpack.c. */
#ifndef DESKSIDE_SCRATCH_H
#define DESKSIDE_SCRATCH_H

#include <stdlib.h>
#include <string.h>

#include "decompress.h"
#include "restore.h"

/* Return `size` bytes at `from` as they were before the build changed the `count` regions at `regions`; NULL if that is
 * not possible. They stay until the next call; those at `from` stay as they are: zstd still looks at them. */
static const uint8_t *restored(const uint8_t *from, uint64_t size, const uint8_t *regions, unsigned count)
{
    static uint8_t *scratch;
    static uint64_t room;
    if (count == 0)
        return from;
    if (size > room) {
        free(scratch);
        room = (size / LARGE_PAGE + 1) * LARGE_PAGE;
        scratch = aligned_alloc(LARGE_PAGE, room);
        if (scratch)
            madvise(scratch, room, MADV_HUGEPAGE);
    }
    if (!scratch)
        return NULL;
    memcpy(scratch, from, size);
    for (unsigned place = 0; place < count; place++) {
        struct region one;
        memcpy(&one, regions + place * sizeof one, sizeof one);
        if (!change_region(&one, from, scratch, size, 1))
            return NULL;
    }
    return scratch;
}

#endif
