/* deskside.exe: Python under this program's own name, so that Windows' task list, firewall and microphone settings say
 * "Deskside". It lies in the unpacked release beside python311.dll and loads nothing from anywhere else.
 *
 *   deskside.exe --from FILE [ARGUMENTS]   the customer's program; FILE is what the person opened
 *   deskside.exe [ARGUMENTS]               Python itself, for the program's own second process (the watchdog)
 *
 * python311._pth beside it fixes where modules come from: neither variables nor the registry change that.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <stdlib.h>
#include <wchar.h>

typedef int (*python_main)(int, wchar_t **);

static const wchar_t *const MODULE[] = {L"-m", L"customer_client.app"};
enum { LONGEST = 32768, ADDED = 2 };

static int fail(const wchar_t *sentence)
{
    MessageBoxW(NULL, sentence, L"Deskside", MB_OK | MB_ICONERROR);
    return 1;
}

/* Load `name` from the folder of this program, and what it needs from there and from Windows' own folder. */
static HMODULE beside(const wchar_t *name)
{
    static wchar_t path[LONGEST];
    DWORD length = GetModuleFileNameW(NULL, path, LONGEST);
    wchar_t *last = length && length < LONGEST ? wcsrchr(path, L'\\') : NULL;
    if (!last || (size_t)(last + 1 - path) + wcslen(name) >= LONGEST)
        return NULL;
    wcscpy(last + 1, name);
    return LoadLibraryExW(path, NULL, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32);
}

int wmain(int count, wchar_t **arguments)
{
    int is_customers = count >= 3 && wcscmp(arguments[1], L"--from") == 0;
    int first = is_customers ? 3 : 1, given = 0;
    /* Before Python is loaded, which reads them only once. Another Tcl's scripts would not fit the one that is here. */
    if (is_customers)
        SetEnvironmentVariableW(L"DESKSIDE_FILE", arguments[2]);
    SetEnvironmentVariableW(L"TCL_LIBRARY", NULL);
    SetEnvironmentVariableW(L"TK_LIBRARY", NULL);
    HMODULE library = beside(L"python311.dll");
    python_main run = library ? (python_main)(void *)GetProcAddress(library, "Py_Main") : NULL;
    wchar_t **all = calloc((size_t)count + ADDED + 1, sizeof *all);
    if (!run || !all)
        return fail(L"Deskside is damaged. Please download it again.");
    all[given++] = arguments[0];
    if (is_customers || count == 1)
        for (int place = 0; place < ADDED; place++)
            all[given++] = (wchar_t *)MODULE[place];
    for (int place = first; place < count; place++)
        all[given++] = arguments[place];
    return run(given, all);
}
