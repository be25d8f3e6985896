/* A thread in the middle of dl_iterate_phdr(3), which holds a lock of ld.so's over its callbacks. */
#ifndef LOADED_H
#define LOADED_H

#include "check.h"
#include <dlfcn.h>
#include <link.h>

static int all_objects, in_callback[2], go_out[2];
static pthread_t iterating;

static int count_one(struct dl_phdr_info *info, size_t size, void *count) {
    (void)info;
    (void)size;
    ++*(int *)count;
    return 0;
}

static int objects(void) {
    int count = 0;
    dl_iterate_phdr(count_one, &count);
    return count;
}

static int stop_here(struct dl_phdr_info *info, size_t size, void *none) {
    (void)info;
    (void)size;
    (void)none;
    tell(in_callback[1]);
    await(go_out[0]);
    return 1;
}

static void *iterate(void *none) {
    dl_iterate_phdr(stop_here, NULL);
    return none;
}

static MAYBE_UNUSED void stop_in_callback(void) {
    all_objects = objects();
    SETUP(all_objects > 1 && raw_call(SYS_pipe2, in_callback, O_CLOEXEC) == 0 && raw_call(SYS_pipe2, go_out, O_CLOEXEC) == 0);
    SETUP(pthread_create(&iterating, NULL, iterate, NULL) == 0);
    await(in_callback[0]);
}

static MAYBE_UNUSED void leave_callback(void) {
    tell(go_out[1]);
    SETUP(pthread_join(iterating, NULL) == 0);
}

#endif
