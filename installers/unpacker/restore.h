/* Undoes what installers/prepared.py did to machine code so that it packs better. Both directions are here, so that they
 * cannot differ: the build compiles this as a library, the unpackers include it.
 *
 * A region is a part of one file. Its bytes are replaced by as many others, from which the same bytes come again:
 *   ADDRESSES  x86-64 code: what calls and loads name by the distance from them is named by its place instead, highest
 *              byte first. The same function called from a hundred places is the same four bytes then.
 *   RECORDS    a sorted table of records of `width` bytes, made of numbers of four bytes: the difference from the record
 *              before, all first bytes, then all second bytes and so on.
 */
#ifndef DESKSIDE_RESTORE_H
#define DESKSIDE_RESTORE_H

#include <stdint.h>
#include <string.h>

enum region_kind { ADDRESSES = 1, RECORDS = 2 };
enum { NUMBER = 4, WIDEST = 24, LONGEST_INSTRUCTION = 8 };

/* Little endian, as in the file. `address` is where the region lies in memory when the program runs; places count as such
 * below `limit`. For RECORDS `limit` is the width. */
struct region {
    uint32_t kind, limit;
    uint64_t address, at, size;
};

/* Kinds of beginnings of instructions with a distance of four bytes, each a bit. */
enum { IS_CALL = 1, IS_POINTER = 2, IS_PLAIN = 4, IS_WIDE = 8, IS_LONG = 16 };

/* Which kinds a first byte may begin and a second one may go on with. In tables, because somebody waits for a window while
 * every byte of 30 MB is looked up. */
struct beginnings {
    uint8_t first[256], second[256];
};

static void know_beginnings(struct beginnings *all)
{
    enum { HOW_NAMED = 0xc7, TO_NEXT = 0x05 }; /* of the byte that says what an instruction works on */
    static const uint8_t PLAIN_ONES[] = {0x80, 0x83, 0x89, 0x8b, 0x8d};
    static const uint8_t AFTER_WIDE[] = {0x03, 0x39, 0x3b, 0x63, 0x83, 0x89, 0x8b, 0x8d, 0xc7};
    static const uint8_t AFTER_LONG[] = {0x10, 0x11, 0x28, 0x29, 0x54, 0x58, 0x59, 0x6f, 0x7f, 0xb6, 0xeb, 0xef};
    memset(all, 0, sizeof *all);
    all->first[0xe8] = all->first[0xe9] = IS_CALL; /* and jump */
    all->first[0xff] = IS_POINTER;                 /* call and jump to where a pointer says */
    all->first[0x48] = all->first[0x4c] = IS_WIDE; /* eight bytes */
    all->first[0x0f] = IS_LONG;                    /* sixteen bytes, or one */
    for (unsigned place = 0; place < sizeof PLAIN_ONES; place++)
        all->first[PLAIN_ONES[place]] = IS_PLAIN;
    for (unsigned byte = 0; byte < 256; byte++)
        all->second[byte] = IS_CALL | ((byte & HOW_NAMED) == TO_NEXT ? IS_PLAIN : 0);
    all->second[0x15] |= IS_POINTER, all->second[0x25] |= IS_POINTER;
    for (unsigned place = 0; place < sizeof AFTER_WIDE; place++)
        all->second[AFTER_WIDE[place]] |= IS_WIDE;
    for (unsigned place = 0; place < sizeof AFTER_LONG; place++)
        all->second[AFTER_LONG[place]] |= IS_LONG;
}

/* Return how many bytes after its beginning the instruction at `code` has a distance of four bytes, or 0. */
static unsigned distance_in(const struct beginnings *all, const uint8_t *code)
{
    switch (all->first[code[0]] & all->second[code[1]]) {
    case 0:
        return 0;
    case IS_CALL:
        return 1;
    case IS_POINTER:
    case IS_PLAIN:
        return 2;
    default:
        return all->second[code[2]] & IS_PLAIN ? 3 : 0;
    }
}

static uint32_t big_endian(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Distances that lead to a place below `limit` become that place, and those that look like a place take the distances'
 * place: each of the numbers from -here to limit has exactly one other. */
static void change_addresses(uint8_t *code, uint64_t size, uint64_t address, uint32_t limit, int restoring)
{
    struct beginnings all;
    know_beginnings(&all);
    for (uint64_t at = 0; at + LONGEST_INSTRUCTION <= size;) {
        unsigned before = distance_in(&all, code + at);
        if (!before) {
            at++;
            continue;
        }
        uint8_t *number = code + at + before;
        at += before + NUMBER;
        uint32_t here = (uint32_t)(address + at), value;
        if (restoring) {
            value = big_endian(number);
            value = value < limit ? value - here : value + here < limit ? value + limit : value;
            memcpy(number, &value, NUMBER);
        } else {
            memcpy(&value, number, NUMBER);
            value = value + here < limit ? value + here : value < limit ? value - limit : value;
            for (int byte = 0; byte < NUMBER; byte++)
                number[byte] = (uint8_t)(value >> (24 - 8 * byte));
        }
    }
}

static void change_records(const uint8_t *from, uint8_t *to, uint64_t size, uint32_t width, int restoring)
{
    uint64_t count = size / width;
    uint32_t last[WIDEST / NUMBER] = {0};
    for (uint64_t record = 0; record < count; record++)
        for (uint32_t place = 0; place < width; place += NUMBER) {
            const uint8_t *planes = from + place * count + record;
            uint8_t *spread = to + place * count + record;
            uint32_t value;
            if (restoring) {
                value = planes[0] | (uint32_t)planes[count] << 8 | (uint32_t)planes[2 * count] << 16 |
                        (uint32_t)planes[3 * count] << 24;
                last[place / NUMBER] += value;
                memcpy(to + record * width + place, &last[place / NUMBER], NUMBER);
            } else {
                memcpy(&value, from + record * width + place, NUMBER);
                uint32_t step = value - last[place / NUMBER];
                last[place / NUMBER] = value;
                for (uint32_t byte = 0; byte < NUMBER; byte++)
                    spread[byte * count] = (uint8_t)(step >> 8 * byte);
            }
        }
    memcpy(to + count * width, from + count * width, size - count * width);
}

/* Change one region of a file of `size` bytes from `from` to `to`, which holds the same bytes as yet. 0: it cannot be. */
static int change_region(const struct region *one, const uint8_t *from, uint8_t *to, uint64_t size, int restoring)
{
    if (one->at > size || one->size > size - one->at)
        return 0;
    if (one->kind == ADDRESSES)
        change_addresses(to + one->at, one->size, one->address, one->limit, restoring);
    else if (one->kind == RECORDS && one->limit && one->limit <= WIDEST && one->limit % NUMBER == 0)
        change_records(from + one->at, to + one->at, one->size, one->limit, restoring);
    else
        return 0;
    return 1;
}

#endif
