/* Rows of pixels: moved, packed, compared. The inner loops of the screen stream.
 *
 * Plain C99 without a runtime: no allocation, no state, nothing read or written outside the buffers whose sizes are
 * given. A call whose numbers do not fit its buffers returns REFUSED. Every function does exactly what its Python twin
 * does (protocol/picture/pixels.py and customer_client/picture); a property test compares the two. Pixels are 4 bytes;
 * columns, rows and sizes are pixels unless the name says bytes.
 */
#include "pictures.h"

#define VERSION 2 /* the same number is in loader.py; another one means another meaning of some function */

EXPORTED int32_t deskside_version(void) { return VERSION; }

/* ---- rows of bytes ---- */

EXPORTED int32_t deskside_copy_rows(uint8_t *to, int64_t to_bytes, int64_t to_stride, int64_t to_at,
                                    const uint8_t *from, int64_t from_bytes, int64_t from_stride, int64_t from_at,
                                    int64_t length, int64_t rows) {
    if (!fits(to_bytes, to_stride, to_at, length, rows) || !fits(from_bytes, from_stride, from_at, length, rows))
        return REFUSED;
    for (int64_t row = 0; row < rows; row++)
        memcpy(to + to_at + row * to_stride, from + from_at + row * from_stride, (size_t)length);
    return 0;
}

/* Rows that overlap arrive as they were before: moving down, the lowest goes first. */
EXPORTED int32_t deskside_move_rows(uint8_t *buffer, int64_t bytes, int64_t stride, int64_t from, int64_t to,
                                    int64_t length, int64_t rows) {
    if (!fits(bytes, stride, from, length, rows) || !fits(bytes, stride, to, length, rows))
        return REFUSED;
    for (int64_t step = 0; step < rows; step++) {
        int64_t at = (to <= from ? step : rows - 1 - step) * stride;
        memmove(buffer + to + at, buffer + from + at, (size_t)length);
    }
    return 0;
}

EXPORTED int32_t deskside_fill_rows(uint8_t *buffer, int64_t bytes, int64_t stride, int64_t at, int64_t length,
                                    int64_t rows, int32_t value) {
    if (!fits(bytes, stride, at, length, rows))
        return REFUSED;
    for (int64_t row = 0; row < rows; row++)
        memset(buffer + at + row * stride, value, (size_t)length);
    return 0;
}

/* ---- four bytes per pixel to three, and back ---- */

static int tiles_fit(int64_t bytes, int64_t stride, const Rect *rects, int32_t count, int64_t three_bytes) {
    int64_t pixels = 0;
    for (int32_t each = 0; each < count; each++) {
        Rect rect = rects[each];
        if (rect.x < 0 || rect.y < 0 || rect.width < 0 || rect.height < 0 || ((int64_t)rect.x + rect.width) * 4 > stride ||
            !fits(bytes, stride, rect.y * stride + rect.x * 4, (int64_t)rect.width * 4, rect.height))
            return 0;
        pixels += (int64_t)rect.width * rect.height;
    }
    return count >= 0 && pixels * 3 == three_bytes;
}

EXPORTED int32_t deskside_pack_bgr(const uint8_t *pixels, int64_t bytes, int64_t stride, const Rect *rects,
                                   int32_t count, uint8_t *three, int64_t three_bytes) {
    if (!tiles_fit(bytes, stride, rects, count, three_bytes))
        return REFUSED;
    for (int32_t each = 0; each < count; each++) {
        Rect rect = rects[each];
        for (int32_t row = rect.y; row < rect.y + rect.height; row++) {
            const uint8_t *four = pixels + row * stride + (int64_t)rect.x * 4;
            int32_t left = rect.width;
            /* Four bytes at a time are faster; the next pixel puts the fourth right. */
            for (; left > 1; left--, four += 4, three += 3)
                memcpy(three, four, 4);
            for (; left; left--, three += 3)
                memcpy(three, four, 3);
        }
    }
    return 0;
}

EXPORTED int32_t deskside_unpack_bgr(uint8_t *pixels, int64_t bytes, int64_t stride, const Rect *rects, int32_t count,
                                     const uint8_t *three, int64_t three_bytes) {
    if (!tiles_fit(bytes, stride, rects, count, three_bytes))
        return REFUSED;
    for (int32_t each = 0; each < count; each++) {
        Rect rect = rects[each];
        for (int32_t row = rect.y; row < rect.y + rect.height; row++) {
            uint8_t *four = pixels + row * stride + (int64_t)rect.x * 4;
            int32_t left = rect.width;
            for (; left > 1; left--, four += 4, three += 3) {
                memcpy(four, three, 4);
                four[3] = 255;
            }
            for (; left; left--, three += 3) {
                memcpy(four, three, 3);
                four[3] = 255;
            }
        }
    }
    return 0;
}

/* ---- each row as what differs from the row above ---- */

static int rows_fit(const Rect *rects, int32_t count, int64_t three_bytes) {
    int64_t left = three_bytes;
    for (int32_t each = 0; each < count; each++) {
        int64_t row = (int64_t)rects[each].width * 3, rows = rects[each].height;
        if (row < 0 || rows < 0 || (row && rows > left / row))
            return 0;
        left -= row * rows;
    }
    return count >= 0 && left == 0;
}

static void mix(uint8_t *restrict row, const uint8_t *restrict above, int64_t length) {
    for (int64_t at = 0; at < length; at++)
        row[at] ^= above[at];
}

EXPORTED int32_t deskside_subtract_rows(uint8_t *three, int64_t three_bytes, const Rect *rects, int32_t count) {
    if (!rows_fit(rects, count, three_bytes))
        return REFUSED;
    for (int32_t each = 0; each < count; each++) {
        int64_t row = (int64_t)rects[each].width * 3, whole = row * rects[each].height;
        for (int64_t top = whole - row; top > 0; top -= row)
            mix(three + top, three + top - row, row);
        three += whole;
    }
    return 0;
}

EXPORTED int32_t deskside_add_rows(uint8_t *three, int64_t three_bytes, const Rect *rects, int32_t count) {
    if (!rows_fit(rects, count, three_bytes))
        return REFUSED;
    for (int32_t each = 0; each < count; each++) {
        int64_t row = (int64_t)rects[each].width * 3, whole = row * rects[each].height;
        for (int64_t top = row; top < whole; top += row)
            mix(three + top, three + top - row, row);
        three += whole;
    }
    return 0;
}

/* ---- what differs ---- */

/* Set the byte of each cell that differs. `spans` has for each band of cells the columns [left, right) to look at;
 * cells they touch are compared whole. Returns how many differ. */
EXPORTED int32_t deskside_changed_cells(const Pictures *p, const int32_t *spans, int32_t bands, uint8_t *cells,
                                        int64_t cells_bytes) {
    if (!sound(p) || bands < 0)
        return REFUSED;
    int32_t columns = (p->width + p->cell_width - 1) / p->cell_width;
    if (bands != (p->height + p->cell_height - 1) / p->cell_height || cells_bytes != (int64_t)columns * bands)
        return REFUSED;
    int32_t changed = 0;
    for (int32_t band = 0; band < bands; band++) {
        int32_t left = spans[2 * band], right = spans[2 * band + 1];
        if (left < 0 || right > p->width)
            return REFUSED;
        if (left >= right)
            continue;
        int32_t first = left / p->cell_width, last = (right + p->cell_width - 1) / p->cell_width;
        int32_t bottom = least((band + 1) * p->cell_height, p->height);
        uint8_t *flags = cells + (int64_t)band * columns;
        memset(flags + first, 0, (size_t)(last - first));
        int32_t unknown = last - first;
        for (int32_t row = band * p->cell_height; row < bottom && unknown; row++) {
            for (int32_t column = first; column < last; column++) {
                int32_t start = column * p->cell_width, end = least(start + p->cell_width, p->width);
                if (!flags[column] && !same(p, start, end, row)) {
                    flags[column] = 1;
                    unknown--;
                }
            }
        }
        changed += last - first - unknown;
    }
    return changed;
}

/* Make `rect` the smallest part of itself with everything in it that differs. Returns 0 when nothing does, else 1. */
EXPORTED int32_t deskside_tighten(const Pictures *p, Rect *rect) {
    if (!sound(p) || !inside(*rect, p->width, p->height))
        return REFUSED;
    int32_t left = rect->x, right = left + rect->width, top = rect->y, bottom = top + rect->height;
    while (top < bottom && same(p, left, right, top))
        top++;
    if (top == bottom)
        return 0;
    while (same(p, left, right, bottom - 1))
        bottom--;
    int32_t first = right - 1, last = left;
    for (int32_t row = top; row < bottom; row++) {
        const uint8_t *now = now_at(p, 0, row), *shown = shown_at(p, 0, row);
        if (first > left && !same(p, left, first, row))
            for (first = left; pixel(now + 4 * (int64_t)first) == pixel(shown + 4 * (int64_t)first);)
                first++;
        if (last < right - 1 && !same(p, last + 1, right, row))
            for (last = right - 1; pixel(now + 4 * (int64_t)last) == pixel(shown + 4 * (int64_t)last);)
                last--;
    }
    *rect = (Rect){first, top, last - first + 1, bottom - top};
    return 1;
}

/* Set the byte of each cell with a byte other than 0 inside `rect` of `mask`, which has one byte per pixel. */
EXPORTED int32_t deskside_marked_cells(const uint8_t *mask, int64_t mask_bytes, int32_t width, int32_t height,
                                       int32_t cell_width, int32_t cell_height, const Rect *rect, uint8_t *cells,
                                       int64_t cells_bytes) {
    if (width < 1 || height < 1 || cell_width < 1 || cell_height < 1 || mask_bytes != (int64_t)width * height ||
        !inside(*rect, width, height))
        return REFUSED;
    int32_t columns = (width + cell_width - 1) / cell_width, bands = (height + cell_height - 1) / cell_height;
    if (cells_bytes != (int64_t)columns * bands)
        return REFUSED;
    int32_t right = rect->x + rect->width;
    for (int32_t row = rect->y; row < rect->y + rect->height; row++) {
        uint8_t *flags = cells + (int64_t)(row / cell_height) * columns;
        const uint8_t *marks = mask + (int64_t)row * width;
        for (int32_t column = rect->x / cell_width, start = rect->x; start < right; column++) {
            int32_t end = least((column + 1) * cell_width, right);
            uint8_t any = 0;
            for (int32_t at = start; at < end; at++)
                any |= marks[at];
            flags[column] |= any != 0;
            start = end;
        }
    }
    return 0;
}

/* ---- photographs have many colours ---- */

#define SAMPLES 96
#define BLOCK_BANDS 4
#define COLOUR_SLOTS 512 /* a sample has at most 192 pixels */

/* Count the sampled pixels of `rect` and how many different colours they have. */
static void sample(const Pictures *p, Rect rect, int32_t *distinct, int32_t *taken) {
    uint32_t colours[COLOUR_SLOTS];
    uint8_t used[COLOUR_SLOTS] = {0};
    int32_t across = least(16, rect.width), step = most(1, rect.width / across);
    int32_t lines = least(rect.height, SAMPLES / across);
    *distinct = *taken = 0;
    for (int32_t line = 0; line < lines; line++) {
        int32_t row = rect.y + (int32_t)((int64_t)line * rect.height / lines);
        for (int32_t column = line * 5 % step; column < rect.width; column += step) {
            uint32_t colour = pixel(now_at(p, rect.x + column, row));
            uint32_t slot = (colour * 2654435761u) >> 23;
            while (used[slot] && colours[slot] != colour)
                slot = (slot + 1) % COLOUR_SLOTS;
            *distinct += !used[slot];
            used[slot] = 1;
            colours[slot] = colour;
            ++*taken;
        }
    }
}

/* Returns 65536 times the number of colours plus the number of sampled pixels. */
EXPORTED int32_t deskside_colours(const Pictures *p, const Rect *rect) {
    int32_t distinct, taken;
    if (!sound(p) || !inside(*rect, p->width, p->height))
        return REFUSED;
    sample(p, *rect, &distinct, &taken);
    return distinct << 16 | taken;
}

/* Leave of the `cells` that are set only those of photographs; `kinds` is room for a byte per block of 4 bands. */
EXPORTED int32_t deskside_photo_cells(const Pictures *p, uint8_t *cells, int64_t cells_bytes, uint8_t *kinds,
                                      int64_t kinds_bytes) {
    if (!sound(p))
        return REFUSED;
    int32_t columns = (p->width + p->cell_width - 1) / p->cell_width;
    int32_t bands = (p->height + p->cell_height - 1) / p->cell_height;
    int32_t blocks = (bands + BLOCK_BANDS - 1) / BLOCK_BANDS;
    if (cells_bytes != (int64_t)columns * bands || kinds_bytes != (int64_t)columns * blocks)
        return REFUSED;
    for (int32_t at = 0; at < blocks * columns; at++) {
        int32_t column = at % columns, top = at / columns * BLOCK_BANDS, end = least(top + BLOCK_BANDS, bands);
        int32_t first = end, last = top - 1, distinct, taken;
        for (int32_t band = top; band < end; band++) {
            if (cells[(int64_t)band * columns + column]) {
                first = least(first, band);
                last = band;
            }
        }
        kinds[at] = 0;
        if (last < first)
            continue;
        int32_t x = column * p->cell_width, y = first * p->cell_height;
        Rect block = {x, y, least(p->cell_width, p->width - x), least((last + 1) * p->cell_height, p->height) - y};
        sample(p, block, &distinct, &taken);
        kinds[at] = distinct * 2 >= taken ? 2 : distinct * 4 >= taken;
    }
    for (int32_t band = 0; band < bands; band++) {
        for (int32_t column = 0; column < columns; column++) {
            int32_t block = band / BLOCK_BANDS, at = block * columns + column;
            int beside = (block > 0 && kinds[at - columns] == 2) || (block + 1 < blocks && kinds[at + columns] == 2) ||
                         (column > 0 && kinds[at - 1] == 2) || (column + 1 < columns && kinds[at + 1] == 2);
            if (kinds[at] != 2 && !(kinds[at] == 1 && beside))
                cells[(int64_t)band * columns + column] = 0;
        }
    }
    return 0;
}
