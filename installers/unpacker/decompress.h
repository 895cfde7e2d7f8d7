/* Decompresses one part of the file, on a thread of its own if wanted, and tells how far it is. Included by unpack.c. */
#ifndef DESKSIDE_DECOMPRESS_H
#define DESKSIDE_DECOMPRESS_H

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#define ZSTD_STATIC_LINKING_ONLY /* for ZSTD_d_stableOutBuffer */
#include <zstd.h>

static const char DAMAGED[] = "this file is damaged. Please download it again.";
static const uint64_t LARGEST = 1u << 30, LARGE_PAGE = 1u << 21;
static const size_t AT_ONCE = 1u << 16; /* bytes of the packed part between two words on how far it is */

/* What is being decompressed; other threads may read as much of `whole` as is ready. */
struct unpacking {
    const uint8_t *packed;
    uint64_t packed_size, size;
    uint8_t *whole;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    uint64_t ready;
    int is_over, is_damaged;
};

/* Prepare to decompress what is at `at` of the open `file`, and return NULL, or a sentence when that is impossible. Only
 * these bytes are read: most starts need the table alone. The caller knows that the file is that long. */
static const char *begin_unpacking(struct unpacking *one, int file, uint64_t at, uint64_t packed, uint64_t size)
{
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), before = at % page;
    if (packed == 0 || size > LARGEST)
        return DAMAGED;
    uint8_t *mapped = mmap(NULL, packed + before, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, (off_t)(at - before));
    if (mapped == MAP_FAILED)
        return "this file cannot be read.";
    /* In large pages where there are any: touching small ones for the first time takes longer than filling them. */
    uint8_t *whole = aligned_alloc(LARGE_PAGE, (size / LARGE_PAGE + 1) * LARGE_PAGE);
    if (!whole)
        return "there is not enough memory.";
    madvise(whole, size, MADV_HUGEPAGE);
    *one = (struct unpacking){.packed = mapped + before, .packed_size = packed, .size = size, .whole = whole};
    pthread_mutex_init(&one->lock, NULL);
    pthread_cond_init(&one->moved, NULL);
    return NULL;
}

static void tell(struct unpacking *one, uint64_t ready, int is_over, int is_damaged)
{
    pthread_mutex_lock(&one->lock);
    one->ready = ready, one->is_over = is_over, one->is_damaged = is_damaged;
    pthread_cond_signal(&one->moved);
    pthread_mutex_unlock(&one->lock);
}

/* Decompress all of it, telling how far that is after each block; runs on a thread of its own or not. */
static void *unpack(void *given)
{
    struct unpacking *one = given;
    ZSTD_inBuffer in = {one->packed, 0, 0};
    ZSTD_outBuffer out = {one->whole, one->size, 0};
    ZSTD_DCtx *context = ZSTD_createDCtx();
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 27);
    /* It decompresses where the result belongs, instead of copying it there. */
    ZSTD_DCtx_setParameter(context, ZSTD_d_stableOutBuffer, 1);
    size_t more = 1;
    while (more != 0 && !ZSTD_isError(more)) {
        /* Given all at once it would tell nothing before the end. */
        if (in.pos == in.size)
            in.size = in.size + AT_ONCE < one->packed_size ? in.size + AT_ONCE : one->packed_size;
        size_t read = in.pos, made = out.pos;
        more = ZSTD_decompressStream(context, &out, &in);
        if (in.pos == read && out.pos == made && more != 0)
            break; /* it ends too early */
        if (more != 0 && !ZSTD_isError(more))
            tell(one, out.pos, 0, 0);
    }
    /* The sum at the end has been compared when nothing more is wanted. */
    tell(one, out.pos, 1, more != 0 || out.pos != one->size || in.pos != one->packed_size);
    ZSTD_freeDCtx(context);
    return NULL;
}

/* Wait until the first `size` bytes are there; 0 when they never will be. */
static int wait_for(struct unpacking *one, uint64_t size)
{
    pthread_mutex_lock(&one->lock);
    while (!one->is_over && one->ready < size)
        pthread_cond_wait(&one->moved, &one->lock);
    int there = !one->is_damaged && one->ready >= size;
    pthread_mutex_unlock(&one->lock);
    return there;
}

#endif
