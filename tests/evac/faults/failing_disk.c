/* A disk that fails when told to: preloaded into a process, it looks into the file that FAILING_DISK names.
 *   "sync"  fsync and fdatasync answer EIO         "full"  writes to files answer ENOSPC
 * Anything else, or no file: the real calls. Only files below the folder FAILING_DISK_ROOT are meant. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static int told(const char *mode) {
    const char *path = getenv("FAILING_DISK");
    char found[16] = {0};
    int fd;
    if (!path || (fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY)) < 0) return 0;
    ssize_t n = syscall(SYS_read, fd, found, sizeof found - 1);
    syscall(SYS_close, fd);
    return n > 0 && strncmp(found, mode, strlen(mode)) == 0;
}

static int meant(int fd) {
    char link[64], path[PATH_MAX];
    const char *root = getenv("FAILING_DISK_ROOT");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0 || !root) return 0;
    path[n] = 0;
    return strncmp(path, root, strlen(root)) == 0;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int fd) {
    if (meant(fd) && told("sync")) { errno = EIO; return -1; }
    return REAL(fsync)(fd);
}
int fdatasync(int fd) {
    if (meant(fd) && told("sync")) { errno = EIO; return -1; }
    return REAL(fdatasync)(fd);
}
ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at) {
    if (meant(fd) && told("full")) { errno = ENOSPC; return -1; }
    return REAL(pwrite64)(fd, data, n, at);
}
ssize_t pwrite(int fd, const void *data, size_t n, off_t at) {
    if (meant(fd) && told("full")) { errno = ENOSPC; return -1; }
    return REAL(pwrite)(fd, data, n, at);
}
ssize_t write(int fd, const void *data, size_t n) {
    if (meant(fd) && told("full")) { errno = ENOSPC; return -1; }
    return REAL(write)(fd, data, n);
}
