/* CRC-32C with the two functions that google-crc32c's compiled module asks for. Its own library is C++ and needs a
 * megabyte of that language's for it; SCTP, which asks for sums of packets of a kilobyte, loses nothing by this one.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static const uint32_t POLYNOMIAL = 0x82f63b78; /* Castagnoli's, lowest bit first */
static uint32_t of_byte[256];

__attribute__((constructor)) static void fill_table(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t sum = byte;
        for (int bit = 0; bit < 8; bit++)
            sum = sum >> 1 ^ (sum & 1 ? POLYNOMIAL : 0);
        of_byte[byte] = sum;
    }
}

static uint32_t by_table(uint32_t sum, const uint8_t *data, size_t size)
{
    for (; size; data++, size--)
        sum = sum >> 8 ^ of_byte[(sum ^ *data) & 255];
    return sum;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t by_processor(uint32_t sum, const uint8_t *data, size_t size)
{
    uint64_t wide = sum, eight;
    for (; size >= sizeof eight; data += sizeof eight, size -= sizeof eight) {
        memcpy(&eight, data, sizeof eight);
        wide = __builtin_ia32_crc32di(wide, eight);
    }
    return by_table((uint32_t)wide, data, size);
}
#endif

/* Return the sum of what `sum` is of, followed by `size` bytes at `data`. */
uint32_t crc32c_extend(uint32_t sum, const uint8_t *data, size_t size)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("sse4.2"))
        return ~by_processor(~sum, data, size);
#endif
    return ~by_table(~sum, data, size);
}

/* Return the sum of `size` bytes at `data`. */
uint32_t crc32c_value(const uint8_t *data, size_t size)
{
    return crc32c_extend(0, data, size);
}
