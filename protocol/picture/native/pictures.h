/* Two pictures side by side, and the checks every exported function begins with. */
#ifndef DESKSIDE_PICTURES_H
#define DESKSIDE_PICTURES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define REFUSED (-1)

#if defined(_WIN32)
#define EXPORTED __declspec(dllexport)
#else
#define EXPORTED __attribute__((visibility("default")))
#endif

typedef struct {
    int32_t x, y, width, height;
} Rect;

/* The captured picture beside what the viewer shows; pixels are aligned to 4 bytes in both. */
typedef struct {
    const uint8_t *now;
    const uint8_t *shown;
    int64_t now_bytes, shown_bytes;
    int64_t now_stride_bytes, shown_stride_bytes;
    int32_t width, height;
    int32_t cell_width, cell_height;
} Pictures;

/* Whether `rows` rows of `length` bytes, each `stride` after the one before, first at `at`, lie in `size` bytes. */
static inline int fits(int64_t size, int64_t stride, int64_t at, int64_t length, int64_t rows) {
    if (size < 0 || stride < 0 || at < 0 || length < 0 || rows < 0 || length > size || at > size - length)
        return 0;
    return rows <= 1 || stride == 0 || rows - 1 <= (size - length - at) / stride;
}

static inline int inside(Rect rect, int32_t width, int32_t height) {
    return rect.x >= 0 && rect.y >= 0 && rect.width > 0 && rect.height > 0 && rect.x <= width - rect.width &&
           rect.y <= height - rect.height;
}

static inline int sound(const Pictures *p) {
    int64_t row = (int64_t)p->width * 4;
    return p->width > 0 && p->height > 0 && p->cell_width > 0 && p->cell_height > 0 && p->now_stride_bytes >= row &&
           p->shown_stride_bytes >= row && p->now_stride_bytes % 4 == 0 && p->shown_stride_bytes % 4 == 0 &&
           ((uintptr_t)p->now | (uintptr_t)p->shown) % 4 == 0 &&
           fits(p->now_bytes, p->now_stride_bytes, 0, row, p->height) &&
           fits(p->shown_bytes, p->shown_stride_bytes, 0, row, p->height);
}

static inline int32_t least(int32_t one, int32_t other) { return one < other ? one : other; }
static inline int32_t most(int32_t one, int32_t other) { return one > other ? one : other; }

static inline const uint8_t *now_at(const Pictures *p, int32_t column, int32_t row) {
    return p->now + row * p->now_stride_bytes + (int64_t)column * 4;
}

static inline const uint8_t *shown_at(const Pictures *p, int32_t column, int32_t row) {
    return p->shown + row * p->shown_stride_bytes + (int64_t)column * 4;
}

static inline int same(const Pictures *p, int32_t left, int32_t right, int32_t row) {
    return !memcmp(now_at(p, left, row), shown_at(p, left, row), (size_t)(right - left) * 4);
}

static inline uint32_t pixel(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, 4);
    return value;
}

#endif
