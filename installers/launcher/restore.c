/* restore.exe: runs once when a release was unpacked, in its folder, before it counts: undoes what the build did to
 * machine code so that it packs better (../unpacker/restore.h). restore.bin says where: for each file the length of its
 * name and the number of its regions (two bytes each), the name, the regions. The unpacker removes both afterwards.
 */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>

#include "restore.h"

enum { LONGEST_NAME = 255, PATIENCE_TENTHS = 100 };

/* Open a file that a virus scanner may hold for a moment. */
static FILE *opened(const char *name, const char *how)
{
    FILE *file = fopen(name, how);
    for (int tenths = 0; !file && tenths < PATIENCE_TENTHS; tenths++) {
        Sleep(100);
        file = fopen(name, how);
    }
    return file;
}

/* Return the whole file, or NULL; its size goes to `size`. */
static uint8_t *read_whole(const char *name, size_t *size)
{
    FILE *file = opened(name, "rb");
    if (!file)
        return NULL;
    long end = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    uint8_t *whole = end >= 0 ? malloc((size_t)end + 1) : NULL;
    rewind(file);
    *size = whole ? (size_t)end : 0;
    if (whole && fread(whole, 1, *size, file) != *size) {
        free(whole);
        whole = NULL;
    }
    fclose(file);
    return whole;
}

static int write_whole(const char *name, const uint8_t *whole, size_t size)
{
    FILE *file = opened(name, "wb");
    int written = file && fwrite(whole, 1, size, file) == size;
    return (!file || fclose(file) == 0) & written;
}

static int restore(const char *name, const uint8_t *regions, unsigned count)
{
    size_t size = 0;
    uint8_t *from = read_whole(name, &size), *to = from ? malloc(size + 1) : NULL;
    int right = to != NULL;
    if (right)
        memcpy(to, from, size);
    for (unsigned place = 0; right && place < count; place++) {
        struct region one;
        memcpy(&one, regions + place * sizeof one, sizeof one);
        right = change_region(&one, from, to, size, 1);
    }
    right = right && write_whole(name, to, size);
    free(from);
    free(to);
    return right;
}

int main(void)
{
    size_t size = 0, at = 0;
    uint8_t *list = read_whole("restore.bin", &size);
    while (list && at < size) {
        uint16_t length, count;
        char name[LONGEST_NAME + 1] = {0};
        if (size - at < sizeof length + sizeof count)
            return 1;
        memcpy(&length, list + at, sizeof length);
        memcpy(&count, list + at + sizeof length, sizeof count);
        at += sizeof length + sizeof count;
        if (length > LONGEST_NAME || length + count * sizeof(struct region) > size - at)
            return 1;
        memcpy(name, list + at, length);
        if (!restore(name, list + at + length, count))
            return 1;
        at += length + count * sizeof(struct region);
    }
    return list ? 0 : 1;
}
