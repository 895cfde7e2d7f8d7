/* Deskside.app/Contents/MacOS/Deskside: tells the program which file the person opened, and becomes Python beside it.
 *
 * It also compiles on Linux, so that it can be tested where there is no Mac.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

extern char **environ;

/* Put the real path of this program into `path`; return 0 where it cannot be known. */
static int own_path(char path[PATH_MAX])
{
    char found[PATH_MAX];
#ifdef __APPLE__
    uint32_t size = sizeof found;
    if (_NSGetExecutablePath(found, &size) != 0)
        return 0;
#else
    ssize_t length = readlink("/proc/self/exe", found, sizeof found - 1);
    if (length < 0)
        return 0;
    found[length] = '\0';
#endif
    return realpath(found, path) != NULL;
}

/* Cut the last `count` parts off `path`. */
static void go_up(char *path, int count)
{
    while (count-- > 0) {
        char *slash = strrchr(path, '/');
        if (slash != NULL)
            *slash = '\0';
    }
}

/* Variables of somebody else's Python have no say here. */
static void forget_python(void)
{
    char name[64];
    for (char **one = environ; *one != NULL;) {
        size_t length = strcspn(*one, "=");
        if (strncmp(*one, "PYTHON", 6) == 0 && length < sizeof name) {
            memcpy(name, *one, length);
            name[length] = '\0';
            unsetenv(name);
            one = environ;
        } else {
            one++;
        }
    }
}

int main(int count, char **given)
{
    char folder[PATH_MAX], app[PATH_MAX], python[PATH_MAX + 16];
    char **all = calloc((size_t)count + 5, sizeof *all);
    if (all == NULL || !own_path(folder)) {
        fputs("Deskside cannot find itself.\n", stderr);
        return 1;
    }
    go_up(folder, 1);
    strcpy(app, folder);
    go_up(app, 2);
    snprintf(python, sizeof python, "%s/python3", folder);
    forget_python();
    setenv("DESKSIDE_FILE", app, 1);
    all[0] = python, all[1] = "-I", all[2] = "-B", all[3] = "-m", all[4] = "customer_client.app";
    for (int i = 1; i < count; i++)
        all[4 + i] = given[i];
    execv(python, all);
    perror("Deskside does not start");
    return 1;
}
