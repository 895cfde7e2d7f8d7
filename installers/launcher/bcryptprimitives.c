/* For wine before version 9 only, which has no bcryptprimitives.dll. Never shipped: every Windows has its own. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID to, ULONG size); /* RtlGenRandom */

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE to, SIZE_T size)
{
    const SIZE_T largest = 1u << 28;
    for (SIZE_T part; size; to += part, size -= part) {
        part = size < largest ? size : largest;
        if (!SystemFunction036(to, (ULONG)part))
            return FALSE;
    }
    return TRUE;
}
