/* The first thing that runs on a customer's Linux computer: brings the program that follows these bytes into a folder
 * of this user's cache, once for each release, and becomes that program. Every later start finds it there.
 *
 * A folder counts only when this user owns it, nobody else may write to it, and every file has its full size. It is
 * made under another name and renamed, behind a lock: nobody ever sees half of it. No network, nothing is sent.
 *
 * Whoever runs from a folder holds a lock on it, which the program inherits; other releases that nobody holds go.
 * The program itself removes its own folder after a session: customer_client/unpacked.py.
 *
 * Layout of the file (little endian): this program, the compressed table, the compressed contents, the trailer.
 * installers/archive.py writes it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decompress.h"
#include "scratch.h"
#include "table.h"

struct trailer {
    char magic[8];
    uint64_t table_at, table_packed, table_size;
    uint64_t contents_at, contents_packed, contents_size;
    char release[16];
};

static const char MAGIC[8] = {'D', 'S', 'K', 'F', 'I', 'L', 'E', '1'};

static const char *const CERTIFICATES[] = {
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem", NULL};

static struct trailer trailer;
static const uint8_t *table;
static uint64_t file_size;
static int opened_file; /* the file this is, until the program it becomes runs */
static int held = -1; /* the folder this program runs from, locked; the program it becomes inherits it */

static void fail(const char *sentence)
{
    fprintf(stderr, "Deskside: %s\n", sentence);
    exit(1);
}

static void begin(struct unpacking *one, uint64_t at, uint64_t packed, uint64_t size)
{
    if (at > file_size || packed > file_size - at)
        fail(DAMAGED);
    const char *problem = begin_unpacking(one, opened_file, at, packed, size);
    if (problem)
        fail(problem);
}

static const uint8_t *decompressed_table(void)
{
    struct unpacking one;
    begin(&one, trailer.table_at, trailer.table_packed, trailer.table_size);
    unpack(&one);
    if (one.is_damaged)
        fail(DAMAGED);
    return one.whole;
}

/* Step to the next entry of the table; 0 at its end. */
static int next_entry(uint64_t *at, struct entry *entry)
{
    int found = step(table, trailer.table_size, at, entry);
    if (found < 0)
        fail(DAMAGED);
    return found;
}

static int is_private_folder(const char *path)
{
    struct stat found;
    return lstat(path, &found) == 0 && S_ISDIR(found.st_mode) && found.st_uid == geteuid() &&
           (found.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static int is_complete(const char *folder)
{
    struct entry entry;
    struct stat found;
    char path[PATH_MAX];
    if (!is_private_folder(folder))
        return 0;
    for (uint64_t at = 0; next_entry(&at, &entry);) {
        snprintf(path, sizeof path, "%s/%.*s", folder, (int)entry.name_length, entry.name);
        if (lstat(path, &found) || !S_ISREG(found.st_mode) || (uint64_t)found.st_size != entry.size ||
            found.st_uid != geteuid())
            return 0;
    }
    return 1;
}

static int remove_one(const char *path, const struct stat *found, int kind, struct FTW *place)
{
    (void)found, (void)kind, (void)place;
    return remove(path);
}

static void remove_tree(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Say that somebody runs from `folder`; 0 when it is being removed, or was meanwhile. */
static int hold(const char *folder)
{
    struct stat opened, named;
    held = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    /* A file system without locks has nobody who removes anything either. */
    if (held >= 0 && (flock(held, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK) && fstat(held, &opened) == 0 &&
        lstat(folder, &named) == 0 && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev)
        return 1;
    if (held >= 0)
        close(held);
    held = -1;
    return 0;
}

/* Remove what an interrupted start left behind; only while the lock is held, when nobody is at work on it. */
static void remove_leftovers(const char *parent)
{
    DIR *folder = opendir(parent);
    char path[PATH_MAX];
    for (struct dirent *one; folder && (one = readdir(folder));)
        if (strncmp(one->d_name, ".new-", 5) == 0) {
            snprintf(path, sizeof path, "%s/%s", parent, one->d_name);
            remove_tree(path);
        }
    if (folder)
        closedir(folder);
}

/* Make the folders `path` is in, but for those above `from`; the last ones made are remembered. */
static void make_folders_above(char *path, size_t from)
{
    static char made[PATH_MAX];
    size_t length = (size_t)(strrchr(path, '/') - path);
    if (strncmp(path, made, length) == 0 && made[length] == 0)
        return;
    memcpy(made, path, length);
    made[length] = 0;
    for (char *sign = path + from; (sign = strchr(sign, '/')); sign++) {
        *sign = 0;
        mkdir(path, 0700);
        *sign = '/';
    }
}

static int write_file(const char *path, const uint8_t *from, uint64_t size, mode_t mode)
{
    int made = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, mode);
    if (made < 0)
        return 0;
    while (size) {
        ssize_t written = write(made, from, size);
        if (written <= 0 && errno == EINTR)
            continue;
        if (written <= 0)
            break;
        from += written, size -= (uint64_t)written;
    }
    return (close(made) == 0) & (size == 0);
}

/* Write all files into `folder` while they are decompressed. 0 when the disk does not take them, -1 for a damaged file. */
static int write_all(const char *folder)
{
    struct unpacking one;
    struct entry entry;
    char path[PATH_MAX];
    uint64_t used = 0;
    pthread_t thread;
    int result = 1;
    begin(&one, trailer.contents_at, trailer.contents_packed, trailer.contents_size);
    int beside = pthread_create(&thread, NULL, unpack, &one) == 0;
    if (!beside)
        unpack(&one);
    for (uint64_t at = 0; result == 1 && next_entry(&at, &entry); used += entry.size) {
        if (entry.size > trailer.contents_size - used || !wait_for(&one, used + entry.size)) {
            result = -1;
            break;
        }
        snprintf(path, sizeof path, "%s/%.*s", folder, (int)entry.name_length, entry.name);
        make_folders_above(path, strlen(folder) + 1);
        const uint8_t *bytes = restored(one.whole + used, entry.size, entry.regions, entry.region_count);
        result = !bytes ? -1 : write_file(path, bytes, entry.size, entry.mode & 0700);
    }
    if (beside)
        pthread_join(thread, NULL);
    /* Files count only when the sum over all of them was right, and that is known last. */
    if (one.is_damaged)
        result = -1;
    free(one.whole);
    return result;
}

static int unpack_into(const char *parent, const char *folder)
{
    char fresh[PATH_MAX];
    remove_leftovers(parent);
    if (snprintf(fresh, sizeof fresh, "%s/.new-XXXXXX", parent) >= (int)sizeof fresh || !mkdtemp(fresh))
        return 0;
    int written = write_all(fresh);
    if (written == 1) {
        remove_tree(folder); /* incomplete, or it would not be made again */
        if (rename(fresh, folder) == 0)
            return 1;
    }
    remove_tree(fresh);
    if (written == -1)
        fail(DAMAGED);
    return 0;
}

static int is_release(const char *name)
{
    return strlen(name) == sizeof trailer.release && strspn(name, "0123456789abcdef") == sizeof trailer.release;
}

/* Remove the other releases nobody runs; only while the lock is held. */
static void remove_other_releases(const char *parent)
{
    DIR *folder = opendir(parent);
    char path[PATH_MAX], aside[PATH_MAX];
    for (struct dirent *one; folder && (one = readdir(folder));) {
        if (!is_release(one->d_name) || strncmp(one->d_name, trailer.release, sizeof trailer.release) == 0)
            continue;
        if (snprintf(path, sizeof path, "%s/%s", parent, one->d_name) >= (int)sizeof path ||
            snprintf(aside, sizeof aside, "%s/.new-%s", parent, one->d_name) >= (int)sizeof aside)
            continue;
        int old = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (old >= 0 && flock(old, LOCK_EX | LOCK_NB) == 0 && rename(path, aside) == 0)
            remove_tree(aside);
        if (old >= 0)
            close(old);
    }
    if (folder)
        closedir(folder);
}

/* Write into `folder` where this release stands complete below `parent`; 0 when it cannot be brought there. */
static int have_release(const char *parent, char folder[PATH_MAX])
{
    char lock_path[PATH_MAX];
    mkdir(parent, 0700);
    if (!is_private_folder(parent) ||
        snprintf(folder, PATH_MAX, "%s/%.16s", parent, trailer.release) >= PATH_MAX - 256)
        return 0;
    if (is_complete(folder) && hold(folder))
        return 1;
    snprintf(lock_path, sizeof lock_path, "%s/.lock", parent);
    int lock = open(lock_path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0)
        return 0;
    int there = flock(lock, LOCK_EX) == 0 &&
                (is_complete(folder) || unpack_into(parent, folder) || is_complete(folder)) && hold(folder);
    if (there)
        remove_other_releases(parent);
    close(lock);
    return there;
}

static void set_in_folder(const char *name, const char *folder, const char *inside)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, inside);
    setenv(name, path, 1);
}

/* libX11 reads which keys make which letters out of half a megabyte of text, three times at every start, unless it has a
 * folder where it may keep the result. It goes with this one. */
static void keep_compose_table(const char *folder)
{
    char path[PATH_MAX];
    if (getenv("XCOMPOSECACHE") || snprintf(path, sizeof path, "%s/compose", folder) >= (int)sizeof path)
        return;
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        setenv("XCOMPOSECACHE", path, 1);
}

static void prepare_environment(const char *self, const char *folder)
{
    extern char **environ;
    for (char **one = environ; *one;) {
        char name[256];
        size_t length = strcspn(*one, "=");
        if (strncmp(*one, "PYTHON", 6) == 0 && length < sizeof name) {
            memcpy(name, *one, length);
            name[length] = 0;
            unsetenv(name); /* the next variable moves to this place */
        } else
            one++;
    }
    char number[16];
    snprintf(number, sizeof number, "%d", held);
    /* One heap for all threads instead of one for each: they share little, and several heaps hold more than they use. */
    setenv("MALLOC_ARENA_MAX", "1", 0);
    setenv("DESKSIDE_FILE", self, 1);
    setenv("DESKSIDE_UNPACKED", folder, 1);
    setenv("DESKSIDE_UNPACKED_LOCK", number, 1);
    set_in_folder("TCL_LIBRARY", folder, "lib/tcl8.6");
    set_in_folder("TK_LIBRARY", folder, "lib/tk8.6");
    keep_compose_table(folder);
    for (const char *const *one = CERTIFICATES; *one; one++)
        if (access(*one, R_OK) == 0) {
            setenv("SSL_CERT_FILE", *one, 0);
            break;
        }
}

/* Become the program in `folder`; returns only when that is not possible there. */
static void become(const char *self, const char *folder, int count, char **arguments)
{
    char program[PATH_MAX];
    char **all = calloc((size_t)count + 5, sizeof *all);
    if (!all || snprintf(program, sizeof program, "%s/bin/deskside", folder) >= (int)sizeof program)
        return;
    prepare_environment(self, folder);
    all[0] = program, all[1] = "-I", all[2] = "-m", all[3] = "customer_client.app";
    for (int place = 1; place < count; place++)
        all[place + 3] = arguments[place];
    execv(program, all);
    free(all);
}

static void read_own_file(char self[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", self, PATH_MAX - 1);
    struct stat found;
    if (length < 0)
        fail("the system does not say which file this is (/proc is missing).");
    self[length] = 0;
    opened_file = open(self, O_RDONLY | O_CLOEXEC);
    if (opened_file < 0 || fstat(opened_file, &found) || (size_t)found.st_size < sizeof trailer)
        fail("this file cannot be read.");
    file_size = (uint64_t)found.st_size;
    if (pread(opened_file, &trailer, sizeof trailer, (off_t)(file_size - sizeof trailer)) != sizeof trailer)
        fail("this file cannot be read.");
    if (memcmp(trailer.magic, MAGIC, sizeof MAGIC))
        fail(DAMAGED);
    table = decompressed_table();
}

static int owns(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && found.st_uid == geteuid();
}

int main(int count, char **arguments)
{
    char self[PATH_MAX], parent[PATH_MAX], folder[PATH_MAX];
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    read_own_file(self);
    for (int place = 0; place < 3; place++) {
        int length = 0;
        if (place == 0 && cache && cache[0] == '/')
            length = snprintf(parent, sizeof parent, "%s/deskside", cache);
        else if (place == 1 && home && home[0] == '/' && owns(home))
            length = snprintf(parent, sizeof parent, "%s/.cache/deskside", home);
        else if (place == 2)
            length = snprintf(parent, sizeof parent, "/tmp/deskside-%u", (unsigned)geteuid());
        if (length <= 0 || length >= (int)sizeof parent - 64)
            continue;
        if (place < 2)
            make_folders_above(parent, 1);
        if (have_release(parent, folder))
            become(self, folder, count, arguments);
    }
    fail("there is no folder it may unpack itself into. Is the disk full?");
}
