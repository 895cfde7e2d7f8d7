/* What merely moved between two pictures; the twin of customer_client/picture/scroll.py, step by step.
 *
 * Where the twin compares rows as bytes, here a hash finds the candidate and the bytes are compared then.
 */
#include "pictures.h"

#define SMALLEST_COPY_PIXELS 8192
#define STRIP_WIDTH 128
#define STRIPS 4
#define STRIPS_TRIED 2
#define VARIETY_STEP 7
#define FEWEST_VOTES 6
#define PIECE_WIDTH 48
#define FEWEST_EDGES 8
#define NEAR_ROWS 128
#define PIECE_ROWS 12
#define MOST_VAIN_SEARCHES 2
#define MOST_PIECES 7
#define ANCHORS 12
#define GAP_ROWS 2

/* The columns [left, right) at `row` came from `dx` further left and `dy` further up. */
typedef struct {
    int32_t left, right, row, dx, dy;
} Clue;

typedef struct {
    Rect source;
    int32_t x, y;
} Copy;

/* A table of rows by the hash of a piece of them, and one number per row or distance. */
typedef struct {
    uint64_t *hashes;
    int32_t *first; /* where a hash came first; EMPTY */
    int32_t *twice; /* whether it came again */
    int32_t slots;
    int32_t *votes, *newest; /* by distance + rows */
    uint8_t *fitting;
} Scratch;

#define EMPTY (-1)

static int32_t slots_for(int32_t rows) {
    int32_t slots = 64;
    while (slots < 2 * rows)
        slots *= 2;
    return slots;
}

/* How much room `deskside_find_moved` needs for a box of so many rows, aligned to 8 bytes. */
EXPORTED int64_t deskside_search_bytes(int32_t rows) {
    if (rows < 1 || rows > 65535)
        return REFUSED;
    return (int64_t)slots_for(rows) * 16 + (int64_t)(2 * rows + 1) * 8 + rows;
}

static Scratch laid_out(uint8_t *room, int32_t rows) {
    Scratch scratch;
    scratch.slots = slots_for(rows);
    scratch.hashes = (uint64_t *)room;
    scratch.first = (int32_t *)(scratch.hashes + scratch.slots);
    scratch.twice = scratch.first + scratch.slots;
    scratch.votes = scratch.twice + scratch.slots;
    scratch.newest = scratch.votes + 2 * rows + 1;
    scratch.fitting = (uint8_t *)(scratch.newest + 2 * rows + 1);
    return scratch;
}

static uint64_t hash_of(const uint8_t *at, int32_t width) {
    const uint64_t odd = 0x9E3779B97F4A7C15u;
    uint64_t lanes[4] = {odd, odd << 1, odd << 2, odd << 3}, words[4];
    int32_t bytes = width * 4;
    for (; bytes >= 32; bytes -= 32, at += 32) {
        memcpy(words, at, 32);
        for (int lane = 0; lane < 4; lane++) {
            lanes[lane] = (lanes[lane] ^ words[lane]) * odd;
            lanes[lane] ^= lanes[lane] >> 29;
        }
    }
    for (; bytes; bytes -= 4, at += 4)
        lanes[bytes / 4 % 4] = (lanes[bytes / 4 % 4] ^ pixel(at)) * odd ^ lanes[bytes / 4 % 4] >> 31;
    for (int lane = 1; lane < 4; lane++)
        lanes[0] = (lanes[0] ^ lanes[lane] ^ lanes[0] >> 32) * odd;
    return lanes[0] ^ lanes[0] >> 32;
}

static void clear_table(Scratch *scratch) {
    for (int32_t slot = 0; slot < scratch->slots; slot++)
        scratch->first[slot] = EMPTY;
}

/* Return the slot where `hash` is, or belongs. */
static int32_t slot_of(const Scratch *scratch, uint64_t hash) {
    int32_t slot = (int32_t)(hash & (uint64_t)(scratch->slots - 1));
    while (scratch->first[slot] != EMPTY && scratch->hashes[slot] != hash)
        slot = (slot + 1) & (scratch->slots - 1);
    return slot;
}

static int came_from(const Pictures *p, int32_t left, int32_t right, int32_t row, const Clue *clue) {
    return !memcmp(now_at(p, left, row), shown_at(p, left - clue->dx, row - clue->dy), (size_t)(right - left) * 4);
}

/* ---- scrolled: rows that the viewer shows higher up or further down ---- */

static int32_t variety(const Pictures *p, Rect box, int32_t left, int32_t right, Scratch *scratch) {
    int32_t different = 0;
    clear_table(scratch);
    for (int32_t row = box.y; row < box.y + box.height; row += VARIETY_STEP) {
        uint64_t hash = hash_of(now_at(p, left, row), right - left);
        int32_t slot = slot_of(scratch, hash);
        different += scratch->first[slot] == EMPTY;
        scratch->first[slot] = row;
        scratch->hashes[slot] = hash;
    }
    return different;
}

/* Put where the strips with the greatest variety begin into `lefts`; return how many there are. */
static int32_t telling_strips(const Pictures *p, Rect box, Scratch *scratch, int32_t lefts[STRIPS_TRIED]) {
    int32_t room = most(0, box.width - STRIP_WIDTH), candidates[STRIPS], varieties[STRIPS], count = 0, chosen = 0;
    for (int32_t part = 0; part < STRIPS; part++) {
        int32_t left = box.x + (int32_t)((int64_t)room * (2 * part + 1) / (2 * STRIPS));
        if (count && candidates[count - 1] == left)
            continue;
        candidates[count] = left;
        varieties[count++] = variety(p, box, left, least(left + STRIP_WIDTH, box.x + box.width), scratch);
    }
    for (; chosen < STRIPS_TRIED && chosen < count; chosen++) {
        int32_t best = 0;
        for (int32_t each = 1; each < count; each++)
            if (varieties[each] > varieties[best])
                best = each;
        lefts[chosen] = candidates[best];
        varieties[best] = EMPTY;
    }
    return chosen;
}

static void note_shown_rows(const Pictures *p, Rect box, int32_t left, int32_t right, Scratch *scratch) {
    clear_table(scratch);
    for (int32_t row = box.y; row < box.y + box.height; row++) {
        uint64_t hash = hash_of(shown_at(p, left, row), right - left);
        int32_t slot = slot_of(scratch, hash);
        scratch->twice[slot] = scratch->first[slot] != EMPTY;
        if (!scratch->twice[slot]) {
            scratch->first[slot] = row;
            scratch->hashes[slot] = hash;
        }
    }
}

/* Let each row that changed and is shown once elsewhere vote for its distance; return how many rows changed. */
static int32_t count_votes(const Pictures *p, Rect box, int32_t left, int32_t right, Scratch *scratch) {
    int32_t changed = 0;
    memset(scratch->votes, 0, (size_t)(2 * box.height + 1) * 4);
    for (int32_t row = box.y; row < box.y + box.height; row++) {
        const uint8_t *piece = now_at(p, left, row);
        int32_t slot = slot_of(scratch, hash_of(piece, right - left)), source = scratch->first[slot];
        if (source == EMPTY || memcmp(piece, shown_at(p, left, source), (size_t)(right - left) * 4)) {
            changed++;
        } else if (!scratch->twice[slot] && source != row) {
            changed++;
            scratch->votes[row - source + box.height]++;
            scratch->newest[row - source + box.height] = row;
        }
    }
    return changed;
}

static int scrolled(const Pictures *p, Rect box, Scratch *scratch, Clue *clue) {
    int32_t lefts[STRIPS_TRIED], strips = telling_strips(p, box, scratch, lefts);
    for (int32_t strip = 0; strip < strips; strip++) {
        int32_t left = lefts[strip], right = least(left + STRIP_WIDTH, box.x + box.width), best = 0;
        note_shown_rows(p, box, left, right, scratch);
        int32_t changed = count_votes(p, box, left, right, scratch);
        for (int32_t distance = 1; distance <= box.height; distance++) {
            if (scratch->votes[box.height - distance] > scratch->votes[box.height + best])
                best = -distance;
            if (scratch->votes[box.height + distance] > scratch->votes[box.height + best])
                best = distance;
        }
        int32_t votes = scratch->votes[box.height + best];
        if (best && votes >= FEWEST_VOTES && votes * 5 >= changed) {
            *clue = (Clue){left, right, scratch->newest[box.height + best], 0, best};
            return 1;
        }
    }
    return 0;
}

/* ---- dragged: pieces that the viewer shows elsewhere ---- */

static int tells(const Pictures *p, int32_t left, int32_t row) {
    const uint8_t *at = now_at(p, left, row);
    int32_t edges = 0;
    for (int32_t column = 1; column < PIECE_WIDTH; column++)
        edges += pixel(at + 4 * column) != pixel(at + 4 * column - 4);
    return edges >= FEWEST_EDGES && !same(p, left, left + PIECE_WIDTH, row);
}

/* Return where in `columns` of a row [0, last] the pixels `one` and `other` stand side by side, from `column` on. */
static int32_t pair_from(const uint8_t *row, int32_t column, int32_t last, uint32_t one, uint32_t other) {
    for (; column + 16 <= last; column += 16) {
        uint32_t any = 0;
        for (int32_t at = column; at < column + 16; at++)
            any |= (uint32_t)((pixel(row + 4 * (int64_t)at) == one) & (pixel(row + 4 * (int64_t)at + 4) == other));
        if (any)
            break;
    }
    for (; column <= last; column++)
        if (pixel(row + 4 * (int64_t)column) == one && pixel(row + 4 * (int64_t)column + 4) == other)
            return column;
    return EMPTY;
}

static int found_again(const Pictures *p, Rect box, int32_t left, int32_t row, Clue *clue) {
    const uint8_t *piece = now_at(p, left, row);
    int32_t edge = 0; /* a place in the piece with two colours is rarer than its beginning */
    while (pixel(piece + 4 * edge) == pixel(piece + 4 * edge + 4))
        edge++;
    uint32_t one = pixel(piece + 4 * edge), other = pixel(piece + 4 * edge + 4);
    int32_t bottom = least(box.y + box.height, row + NEAR_ROWS), last = box.x + box.width - PIECE_WIDTH + edge;
    for (int32_t source = most(box.y, row - NEAR_ROWS); source < bottom; source++) {
        const uint8_t *at = shown_at(p, 0, source);
        for (int32_t column = box.x + edge; (column = pair_from(at, column, last, one, other)) != EMPTY; column++) {
            if (!memcmp(piece, at + 4 * (int64_t)(column - edge), PIECE_WIDTH * 4)) {
                *clue = (Clue){left, left + PIECE_WIDTH, row, left - (column - edge), row - source};
                return 1;
            }
        }
    }
    return 0;
}

/* Find the next changed piece with something in it on line `line` of the box. */
static int piece_on(const Pictures *p, Rect box, int32_t line, int32_t *left, int32_t *row) {
    static const int32_t parts[] = {2, 1, 3};
    int32_t top = box.y + (int32_t)((int64_t)box.height * line / (MOST_PIECES + 1));
    int32_t bottom = least(top + PIECE_ROWS, box.y + box.height);
    for (int32_t each = 0; each < 3; each++) {
        *left = box.x + (box.width - PIECE_WIDTH) * parts[each] / 4;
        for (*row = top; *row < bottom; ++*row)
            if (tells(p, *left, *row))
                return 1;
    }
    return 0;
}

static int dragged(const Pictures *p, Rect box, Clue *clue) {
    Clue found[MOST_PIECES];
    int32_t count = 0, vain = 0, left, row;
    if (box.width < PIECE_WIDTH)
        return 0;
    for (int32_t line = 1; line <= MOST_PIECES && vain < MOST_VAIN_SEARCHES; line++) {
        if (!piece_on(p, box, line, &left, &row))
            continue;
        if (!found_again(p, box, left, row, clue)) {
            vain++;
            continue;
        }
        for (int32_t each = 0; each < count; each++)
            if (found[each].dx == clue->dx && found[each].dy == clue->dy)
                return 1;
        found[count++] = *clue;
    }
    return 0;
}

/* ---- how far it reaches ---- */

static int32_t left_end(const Pictures *p, int32_t limit, const Clue *clue, int32_t row) {
    int32_t good = clue->left, bad = limit - 1;
    if (came_from(p, limit, good, row, clue))
        return limit;
    while (good - bad > 1) {
        int32_t middle = (good + bad) / 2;
        if (came_from(p, middle, good, row, clue))
            good = middle;
        else
            bad = middle;
    }
    return good;
}

static int32_t right_end(const Pictures *p, int32_t limit, const Clue *clue, int32_t row) {
    int32_t good = clue->right, bad = limit + 1;
    if (came_from(p, good, limit, row, clue))
        return limit;
    while (bad - good > 1) {
        int32_t middle = (good + bad) / 2;
        if (came_from(p, good, middle, row, clue))
            good = middle;
        else
            bad = middle;
    }
    return good;
}

/* Return the value that about 70 % of the rows reach, counted from the smallest. */
static int32_t common(int32_t *ends, int32_t count) {
    for (int32_t each = 1; each < count; each++)
        for (int32_t at = each; at > 0 && ends[at] < ends[at - 1]; at--) {
            int32_t smaller = ends[at];
            ends[at] = ends[at - 1];
            ends[at - 1] = smaller;
        }
    return ends[least(count - 1, count * 7 / 10)];
}

/* Mark the rows of `inner` that moved like the clue as 1, those that also changed as 2; return how many moved. */
static int32_t mark_fitting(const Pictures *p, Rect inner, const Clue *clue, Scratch *scratch, int32_t *telling) {
    int32_t fitting = 0;
    *telling = 0;
    for (int32_t row = inner.y; row < inner.y + inner.height; row++) {
        uint8_t *mark = scratch->fitting + (row - inner.y);
        *mark = (uint8_t)came_from(p, clue->left, clue->right, row, clue);
        if (*mark) {
            fitting++;
            if (!same(p, clue->left, clue->right, row)) {
                *mark = 2;
                ++*telling;
            }
        }
    }
    return fitting;
}

static void common_ends(const Pictures *p, Rect inner, const Clue *clue, const Scratch *scratch, int32_t count,
                        uint8_t least_mark, int32_t *left, int32_t *right) {
    int32_t lefts[2 * ANCHORS], rights[2 * ANCHORS], anchors = 0, seen = 0, step = most(1, count / ANCHORS);
    for (int32_t row = inner.y; row < inner.y + inner.height; row++) {
        if (scratch->fitting[row - inner.y] < least_mark || seen++ % step)
            continue;
        lefts[anchors] = left_end(p, inner.x, clue, row);
        rights[anchors++] = -right_end(p, inner.x + inner.width, clue, row);
    }
    *left = common(lefts, anchors);
    *right = -common(rights, anchors);
}

static int32_t copies_of(const Pictures *p, Rect box, const Clue *clue, Scratch *scratch, Copy *copies, int32_t room) {
    int32_t x = most(box.x, box.x + clue->dx), y = most(box.y, box.y + clue->dy), telling, left, right, count = 0;
    Rect inner = {x, y, least(box.x, box.x + clue->dx) + box.width - x, least(box.y, box.y + clue->dy) + box.height - y};
    if (inner.width < 1 || inner.height < 1 || inner.x > clue->left || clue->right > inner.x + inner.width)
        return 0;
    int32_t fitting = mark_fitting(p, inner, clue, scratch, &telling);
    if (!fitting)
        return 0;
    common_ends(p, inner, clue, scratch, telling ? telling : fitting, telling ? 2 : 1, &left, &right);
    for (int32_t top = 0, bottom; left < right && top < inner.height && count < room; top = bottom) {
        bottom = top + 1;
        if (!scratch->fitting[top])
            continue;
        for (int32_t row = bottom; row < inner.height && row - bottom <= GAP_ROWS; row++)
            if (scratch->fitting[row])
                bottom = row + 1;
        if ((int64_t)(right - left) * (bottom - top) >= SMALLEST_COPY_PIXELS / 4)
            copies[count++] = (Copy){{left - clue->dx, inner.y + top - clue->dy, right - left, bottom - top},
                                     left, inner.y + top};
    }
    /* What is still to be copied must not be overwritten: when things move down, the lowest comes first. */
    for (int32_t each = 0; clue->dy > 0 && each < count / 2; each++) {
        Copy kept = copies[each];
        copies[each] = copies[count - 1 - each];
        copies[count - 1 - each] = kept;
    }
    return count;
}

/* Fill `copies`, `room` of them, with what makes `box` more like the captured picture, in the order to apply them;
 * return how many there are. `scratch` is aligned to 8 bytes. */
EXPORTED int32_t deskside_find_moved(const Pictures *p, const Rect *box, uint8_t *scratch, int64_t scratch_bytes,
                                     Copy *copies, int32_t room) {
    if (!sound(p) || !inside(*box, p->width, p->height) || box->height > 65535 || (uintptr_t)scratch % 8 ||
        scratch_bytes < deskside_search_bytes(box->height))
        return REFUSED;
    Scratch laid = laid_out(scratch, box->height);
    Clue clue;
    for (int32_t look = 0; look < 2; look++) {
        if (look == 0 ? !scrolled(p, *box, &laid, &clue) : !dragged(p, *box, &clue))
            continue;
        int32_t count = copies_of(p, *box, &clue, &laid, copies, room);
        int64_t pixels = 0;
        for (int32_t each = 0; each < count; each++)
            pixels += (int64_t)copies[each].source.width * copies[each].source.height;
        if (pixels >= SMALLEST_COPY_PIXELS)
            return count;
    }
    return 0;
}
