/* A disk whose sync takes longer: preloaded, it waits SYNC_DELAY_US before each. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void wait_for_disk(void) {
    const char *given = getenv("SYNC_DELAY_US");
    long us = given ? atol(given) : 0;
    struct timespec delay = {us / 1000000, us % 1000000 * 1000};
    nanosleep(&delay, NULL);
}

#define SLOW(name)                                                       \
    int name(int fd) {                                                   \
        wait_for_disk();                                                 \
        return ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))(fd);        \
    }

SLOW(fsync)
SLOW(fdatasync)
