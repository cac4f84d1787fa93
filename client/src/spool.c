/* SPDX-License-Identifier: Apache-2.0 */
/* spool.c: one file for each batch.
 *
 * Its name is MS-TAG-NUMBER-EVENTS-CRC.ndjson: the time of writing (13 digits), who wrote it (16 hex
 * digits), the writer's count (6 digits), how many events it has, and the CRC-32 of its bytes (8 hex
 * digits). Its content is NDJSON as it is sent, but for
 * sent_at, which each try sets anew. It is written under a
 * name that ends in .tmp, synced and renamed, and the folder synced. Files of other names are nobody's business here. Whoever works on a file holds a
 * lock (flock) on it, which ends with its process. A file whose bytes are not what its name says is
 * renamed to .damaged and left alone. The folder's mode is 0700 and the files' 0600: they hold events
 * as they were triggered, before any pseudonym. */
#include "spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

static uint32_t crc32_of(const char *bytes, size_t len)
{
    uint32_t crc = ~UINT32_C(0);

    for (size_t i = 0; i < len; i++) {
        crc ^= (unsigned char)bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
    }
    return ~crc;
}

void weir_spool_init(struct weir_spool *s, const char *folder, size_t max_bytes)
{
    memset(s, 0, sizeof *s);
    s->folder = folder;
    s->max_bytes = max_bytes;
    s->claimed = -1;
    snprintf(s->tag, sizeof s->tag, "%016llx", (unsigned long long)weir_id_random(UINT64_MAX));
}

void weir_spool_forked(struct weir_spool *s)
{
    if (s->claimed >= 0)
        close(s->claimed); /* the lock stays with the parent's */
    weir_spool_init(s, s->folder, s->max_bytes);
}

static bool path_of(const struct weir_spool *s, const char *name, char *path)
{
    int len = snprintf(path, PATH_SIZE, "%s/%s", s->folder, name);

    return len > 0 && len < PATH_SIZE;
}

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), end_len = strlen(end);

    return len > end_len && strcmp(name + len - end_len, end) == 0;
}

/* Whether it begins as the names here do: MS-TAG-NUMBER-. */
static bool is_ours(const char *name)
{
    enum { MS = 13, TAG = 16, NUMBER = 6 };
    static const char hex[] = "0123456789abcdef", digits[] = "0123456789";

    if (strspn(name, digits) != MS || name[MS] != '-')
        return false;
    name += MS + 1;
    if (strspn(name, hex) != TAG || name[TAG] != '-')
        return false;
    name += TAG + 1;
    return strspn(name, digits) == NUMBER && name[NUMBER] == '-' && strstr(name, ".ndjson");
}

static int failed(const char *what, const char *path, char *why, size_t why_size)
{
    snprintf(why, why_size, "%s %s: %s", what, path, strerror(errno));
    return -1;
}

/* Removes what a process that died in the middle of writing left. */
static void remove_torn(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlink(path);
    close(fd);
}

/* What lies in the folder: the bytes and number of its files, and the first name behind `after`. */
static int look(const struct weir_spool *s, const char *after, char *first, uint64_t *bytes,
                size_t *files)
{
    DIR *dir = opendir(s->folder);
    struct dirent *entry;
    char path[PATH_SIZE];
    struct stat st;

    first[0] = '\0';
    *bytes = 0;
    *files = 0;
    if (!dir)
        return -1;
    while ((entry = readdir(dir))) {
        if (!is_ours(entry->d_name) || !path_of(s, entry->d_name, path) || stat(path, &st) < 0 ||
            !S_ISREG(st.st_mode))
            continue;
        if (ends_with(entry->d_name, ".tmp"))
            remove_torn(path);
        *bytes += (uint64_t)st.st_size;
        *files += 1;
        if (ends_with(entry->d_name, ".ndjson") && strlen(entry->d_name) < WEIR_SPOOL_NAME &&
            strcmp(entry->d_name, after) > 0 && (!first[0] || strcmp(entry->d_name, first) < 0))
            snprintf(first, WEIR_SPOOL_NAME, "%s", entry->d_name);
    }
    closedir(dir);
    return 0;
}

static int sync_folder(const struct weir_spool *s)
{
    int fd = open(s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), result;

    if (fd < 0)
        return -1;
    result = fsync(fd);
    close(fd);
    return result;
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t written = write(fd, bytes, len);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return -1;
        bytes += written;
        len -= (size_t)written;
    }
    return 0;
}

static int write_file(const struct weir_spool *s, const char *tmp, const char *path,
                      const struct weir_batch *b, char *why, size_t why_size)
{
    int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), result = 0;

    if (fd < 0)
        return failed("open", tmp, why, why_size);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0 || write_all(fd, b->text, b->len) < 0 || fsync(fd) < 0 ||
        rename(tmp, path) < 0 || sync_folder(s) < 0) {
        result = failed("write", path, why, why_size);
        unlink(tmp);
        unlink(path); /* whether it is whole is not known: it stays in memory instead */
    }
    close(fd);
    return result;
}

int weir_spool_write(struct weir_spool *s, const struct weir_batch *b, char *why, size_t why_size)
{
    char name[WEIR_SPOOL_NAME], tmp[PATH_SIZE], path[PATH_SIZE], first[WEIR_SPOOL_NAME];
    uint64_t bytes;
    size_t files;

    if (mkdir(s->folder, 0700) < 0 && errno != EEXIST)
        return failed("make", s->folder, why, why_size);
    if (look(s, "", first, &bytes, &files) < 0)
        return failed("open", s->folder, why, why_size);
    if (bytes + b->len > s->max_bytes || files >= WEIR_SPOOL_FILES) {
        snprintf(why, why_size, "%s is full: %llu bytes in %zu files", s->folder,
                 (unsigned long long)bytes, files);
        return -1;
    }
    snprintf(name, sizeof name, "%013lld-%s-%06u-%zu-%08x.ndjson",
             (long long)(weir_now_us() / 1000), s->tag, s->sequence++ % 1000000, b->count,
             (unsigned)crc32_of(b->text, b->len));
    if (!path_of(s, name, path) || snprintf(tmp, sizeof tmp, "%s.tmp", path) >= (int)sizeof tmp) {
        snprintf(why, why_size, "the path of the spool is too long");
        return -1;
    }
    return write_file(s, tmp, path, b, why, why_size);
}

static int read_all(int fd, char *to, size_t len)
{
    while (len) {
        ssize_t got = read(fd, to, len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return -1;
        to += got;
        len -= (size_t)got;
    }
    return 0;
}

/* Fills the batch from the claimed file; false where that is not what its name says. */
static bool read_claimed(const struct weir_spool *s, struct weir_batch *b, size_t size)
{
    const char *crc = strrchr(s->name, '-');

    weir_batch_clear(b);
    if (!crc || size == 0 || size > WEIR_BATCH_CAPACITY || read_all(s->claimed, b->text, size) < 0)
        return false;
    return strtoul(crc + 1, NULL, 16) == crc32_of(b->text, size) && weir_batch_index(b, size);
}

static int set_aside(struct weir_spool *s, const char *path, char *why, size_t why_size)
{
    char aside[PATH_SIZE];
    int result = WEIR_SPOOL_DAMAGED;

    snprintf(why, why_size, "%s is damaged; set aside as .damaged", path);
    if (snprintf(aside, sizeof aside, "%s.damaged", path) >= (int)sizeof aside ||
        rename(path, aside) < 0)
        result = failed("rename", path, why, why_size);
    weir_spool_release(s, false);
    return result;
}

int weir_spool_claim(struct weir_spool *s, struct weir_batch *b, char *why, size_t why_size)
{
    char path[PATH_SIZE], after[WEIR_SPOOL_NAME] = "";
    struct stat st;
    uint64_t bytes;
    size_t files;

    for (;;) {
        if (look(s, after, s->name, &bytes, &files) < 0)
            return errno == ENOENT ? 0 : failed("open", s->folder, why, why_size);
        if (!s->name[0] || !path_of(s, s->name, path))
            return 0;
        memcpy(after, s->name, sizeof after);
        s->claimed = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (s->claimed < 0)
            continue; /* another process was quicker, or it is not ours to open */
        if (flock(s->claimed, LOCK_EX | LOCK_NB) == 0 && fstat(s->claimed, &st) == 0 &&
            st.st_nlink > 0)
            break;
        weir_spool_release(s, false);
    }
    s->own = strstr(s->name, s->tag) != NULL;
    if (!read_claimed(s, b, (size_t)st.st_size))
        return set_aside(s, path, why, why_size);
    return 1;
}

int weir_spool_release(struct weir_spool *s, bool done)
{
    char path[PATH_SIZE];
    int result = 0;

    if (done && path_of(s, s->name, path))
        result = unlink(path);
    if (s->claimed >= 0)
        close(s->claimed);
    s->claimed = -1;
    return result;
}
