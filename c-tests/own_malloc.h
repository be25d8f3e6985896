/* A program with an allocator of its own, in which a thread can be made to stop: some of libc's locks are held over nothing
 * else that could be stopped at. libc's own allocator is no place for it: fork waits for its locks.
 *
 * Memory is handed out once and never taken back. */
#ifndef OWN_MALLOC_H
#define OWN_MALLOC_H

#include "check.h"
#include <stdatomic.h>

static __thread bool stop_at_next; /* this thread, at its next allocation */
static int stopped_[2], resume_[2];
static _Alignas(64) char own_memory[8 << 20];
static _Atomic size_t own_used;

void *malloc(size_t size) {
    if (stop_at_next) {
        stop_at_next = false;
        tell(stopped_[1]);
        await(resume_[0]);
    }
    size_t place = atomic_fetch_add(&own_used, 16 + ((size + 15) & ~(size_t)15));
    if (size > sizeof own_memory || place + 16 + size > sizeof own_memory)
        quit(99);
    memcpy(own_memory + place, &size, sizeof size);
    return own_memory + place + 16;
}

void free(void *block) { (void)block; }

void *calloc(size_t count, size_t size) { return malloc(count * size); } /* never used before, so it is zero */

void *realloc(void *block, size_t size) {
    size_t before = 0;
    void *larger = malloc(size);
    if (block != NULL)
        memcpy(&before, (char *)block - 16, sizeof before);
    if (block != NULL)
        memcpy(larger, block, before < size ? before : size);
    return larger;
}

void *memalign(size_t alignment, size_t size) {
    uintptr_t place = (uintptr_t)malloc(size + alignment + 16);
    uintptr_t aligned = (place + 16 + alignment - 1) & ~(uintptr_t)(alignment - 1);
    memcpy((void *)(aligned - 16), &size, sizeof size);
    return (void *)aligned;
}
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void **block, size_t alignment, size_t size) {
    *block = memalign(alignment, size);
    return 0;
}

static pthread_t stopped_thread;
static void (*stopped_run)(void);

static void *stopped_main(void *none) {
    stop_at_next = true;
    stopped_run();
    SETUP(!stop_at_next); /* it has allocated */
    return none;
}

/* A thread that runs `run` sleeps in its first allocation. */
static MAYBE_UNUSED void stop_in_allocation(void (*run)(void)) {
    stopped_run = run;
    SETUP(raw_call(SYS_pipe2, stopped_, O_CLOEXEC) == 0 && raw_call(SYS_pipe2, resume_, O_CLOEXEC) == 0);
    SETUP(pthread_create(&stopped_thread, NULL, stopped_main, NULL) == 0);
    await(stopped_[0]);
}

static MAYBE_UNUSED void leave_allocation(void) {
    tell(resume_[1]);
    SETUP(pthread_join(stopped_thread, NULL) == 0);
}

#endif
