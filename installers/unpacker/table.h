/* The table of files, as installers/archive.py writes it. Included by unpack.c. */
#ifndef DESKSIDE_TABLE_H
#define DESKSIDE_TABLE_H

#include <stdint.h>
#include <string.h>

#include "restore.h"

struct entry {
    const char *name;
    const uint8_t *regions; /* to be restored */
    uint16_t name_length, mode, region_count;
    uint64_t size;
};

/* Step to the next entry of a table of `size` bytes; 0 at its end, -1 where it is damaged. */
static int step(const uint8_t *table, uint64_t size, uint64_t *at, struct entry *entry)
{
    const uint64_t head = 14;
    if (*at == size)
        return 0;
    if (size - *at < head)
        return -1;
    memcpy(&entry->name_length, table + *at, 2);
    memcpy(&entry->mode, table + *at + 2, 2);
    memcpy(&entry->size, table + *at + 4, 8);
    memcpy(&entry->region_count, table + *at + 12, 2);
    *at += head;
    uint64_t tail = entry->name_length + entry->region_count * sizeof(struct region);
    if (tail > size - *at)
        return -1;
    entry->name = (const char *)table + *at;
    entry->regions = table + *at + entry->name_length;
    *at += tail;
    return 1;
}

#endif
