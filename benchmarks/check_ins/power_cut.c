/* A disk that forgets what was not synced.
 *
 * Preloaded, it writes down what each write below POWER_CUT_ROOT overwrites, and forgets that when the file is synced. What is
 * left after a process was killed is what a power cut would have lost; benchmarks/check_ins/power_cut.py puts it back.
 *
 * A record in <POWER_CUT_UNDO>/<inode>: size before, offset, number of old bytes (3 x int64), then the old bytes.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))

/* The notes of a file below the root, locked; -1 for any other. */
static int notes(int fd, int *undo) {
    char link[64], path[PATH_MAX];
    struct stat s;
    const char *root = getenv("POWER_CUT_ROOT"), *folder = getenv("POWER_CUT_UNDO");
    if (!root || !folder || fstat(fd, &s) || !S_ISREG(s.st_mode)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return 0;
    path[n] = 0;
    if (strncmp(path, root, strlen(root))) return 0;
    snprintf(path, sizeof path, "%s/%llu", folder, (unsigned long long) s.st_ino);
    *undo = (int) syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (*undo < 0) return 0;
    flock(*undo, LOCK_EX);
    return 1;
}

static void note(int fd, int undo, off_t offset, size_t length) {
    struct stat s;
    fstat(fd, &s);
    int64_t old = offset < s.st_size ? s.st_size - offset : 0;
    if ((size_t) old > length) old = (int64_t) length;
    int64_t *record = malloc(24 + (size_t) old);
    record[0] = s.st_size, record[1] = offset, record[2] = old;
    /* a descriptor that may only write cannot be read: open the file again */
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int again = (int) syscall(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC);
    if (old && syscall(SYS_pread64, again, record + 3, (size_t) old, offset) != old) abort();
    syscall(SYS_close, again);
    syscall(SYS_write, undo, record, 24 + (size_t) old);
    free(record);
}

static void done(int undo) { flock(undo, LOCK_UN); syscall(SYS_close, undo); }

#define NOTED(fd, offset, length, call)            \
    int undo, below = notes(fd, &undo);            \
    if (below) note(fd, undo, offset, length);     \
    __typeof__(call) answer = call;                \
    if (below) done(undo);                         \
    return answer

static off_t at(int fd) { return (fcntl(fd, F_GETFL) & O_APPEND) ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR); }
static size_t total(const struct iovec *v, int n) { size_t t = 0; for (int i = 0; i < n; i++) t += v[i].iov_len; return t; }

ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { NOTED(fd, o, n, REAL(pwrite)(fd, b, n, o)); }
ssize_t pwrite64(int fd, const void *b, size_t n, off_t o) { NOTED(fd, o, n, REAL(pwrite64)(fd, b, n, o)); }
ssize_t pwritev(int fd, const struct iovec *v, int n, off_t o) { NOTED(fd, o, total(v, n), REAL(pwritev)(fd, v, n, o)); }
ssize_t pwritev64(int fd, const struct iovec *v, int n, off_t o) { NOTED(fd, o, total(v, n), REAL(pwritev64)(fd, v, n, o)); }
ssize_t write(int fd, const void *b, size_t n) {
    struct stat s;
    if (fstat(fd, &s) || !S_ISREG(s.st_mode)) return REAL(write)(fd, b, n);
    NOTED(fd, at(fd), n, REAL(write)(fd, b, n));
}
ssize_t writev(int fd, const struct iovec *v, int n) {
    struct stat s;
    if (fstat(fd, &s) || !S_ISREG(s.st_mode)) return REAL(writev)(fd, v, n);
    NOTED(fd, at(fd), total(v, n), REAL(writev)(fd, v, n));
}
int ftruncate(int fd, off_t o) { NOTED(fd, o, SIZE_MAX >> 2, REAL(ftruncate)(fd, o)); }
int ftruncate64(int fd, off_t o) { NOTED(fd, o, SIZE_MAX >> 2, REAL(ftruncate64)(fd, o)); }
int posix_fallocate(int fd, off_t o, off_t n) { NOTED(fd, o, 0, REAL(posix_fallocate)(fd, o, n)); }
int posix_fallocate64(int fd, off_t o, off_t n) { NOTED(fd, o, 0, REAL(posix_fallocate64)(fd, o, n)); }
int fallocate(int fd, int m, off_t o, off_t n) { NOTED(fd, o, 0, REAL(fallocate)(fd, m, o, n)); }
int fallocate64(int fd, int m, off_t o, off_t n) { NOTED(fd, o, 0, REAL(fallocate64)(fd, m, o, n)); }

#define SYNCED(fd, call)                                               \
    int undo, below = notes(fd, &undo), answer = call;                 \
    if (below) {                                                       \
        if (!answer) syscall(SYS_ftruncate, undo, 0);                  \
        done(undo);                                                    \
    }                                                                  \
    return answer

int fsync(int fd) { SYNCED(fd, REAL(fsync)(fd)); }
int fdatasync(int fd) { SYNCED(fd, REAL(fdatasync)(fd)); }
