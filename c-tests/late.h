/* Requests that are under way for certain: a read of an empty pipe, and a lookup whose thread is parked (parked.h) in
 * the middle of it. Blocks lie on pages of their own, so that a block can be given back for good: what is written to it
 * afterwards is a fault.
 *
 * A bystander ends the request as soon as the main thread sleeps inside the cancel or the close, or has come out of it
 * and given the block back. */
#ifndef LATE_H
#define LATE_H

#include "asleep.h"
#include "fork_ways.h"
#include <aio.h>
#include <dirent.h>
#include <netdb.h>

static MAYBE_UNUSED void *own_page(void) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    SETUP(page != MAP_FAILED);
    return page;
}

static pid_t volatile subject;              /* the thread that cancels */
static bool volatile is_given_back; /* the block's page is gone */

static MAYBE_UNUSED void give_back(void *block) {
    SETUP(raw_call(SYS_munmap, block, 4096) == 0);
    is_given_back = true;
}

static MAYBE_UNUSED void await_subject(void) {
    while (!is_given_back && !rests(subject))
        sched_yield();
}

/* A pipe, and a transfer of one byte that waits for it. */
struct flight {
    int out, in;
    char byte;
    struct aiocb *block;
};

struct wire {
    int out, in;
};

static MAYBE_UNUSED struct wire new_wire(void) {
    int ends[2];
    SETUP(raw_call(SYS_pipe2, ends, O_CLOEXEC) == 0);
    return (struct wire){ends[0], ends[1]};
}

static MAYBE_UNUSED struct aiocb reading(int fd, void *to, size_t size) {
    return (struct aiocb){.aio_fildes = fd, .aio_buf = to, .aio_nbytes = size, .aio_lio_opcode = LIO_READ};
}

static MAYBE_UNUSED struct aiocb writing(int fd, const char *text, size_t size) {
    return (struct aiocb){.aio_fildes = fd, .aio_buf = (void *)(uintptr_t)text, .aio_nbytes = size, .aio_lio_opcode = LIO_WRITE};
}

/* Does a thread of this process other than the caller sleep in one of these calls? */
static MAYBE_UNUSED bool some_thread_is_in(const long *calls, size_t count) {
    char path[] = "/proc/self/task";
    DIR *list = opendir(path);
    SETUP(list != NULL);
    bool found = false;
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
        pid_t id = (pid_t)atoi(entry->d_name);
        char file[64];
        snprintf(file, sizeof file, "/proc/self/task/%d/syscall", (int)id);
        if (id > 0 && id != (pid_t)raw_call(SYS_gettid) && access(file, R_OK) == 0)
            found |= is_asleep(id, calls, count);
    }
    closedir(list);
    return found;
}

/* libc's does, with the transfer. */
static MAYBE_UNUSED bool some_thread_reads(void) {
    static const long READS[] = {SYS_read};
    return some_thread_is_in(READS, 1);
}

/* Begins it, and returns when a thread has begun with it. */
static MAYBE_UNUSED void take_off(struct flight *flight) {
    int ends[2];
    SETUP(raw_call(SYS_pipe2, ends, O_CLOEXEC) == 0);
    flight->out = ends[0];
    flight->in = ends[1];
    flight->block = own_page();
    *flight->block = reading(ends[0], &flight->byte, 1);
    SETUP(aio_read(flight->block) == 0);
    while (!some_thread_reads())
        sched_yield();
}

static MAYBE_UNUSED void *lands_when_awaited(void *arg) {
    struct flight *flight = arg;
    await_subject();
    SETUP(raw_write(flight->in, "x", 1) == 1);
    return NULL;
}

/* Ends the transfer once the caller sleeps, or has given the block back. */
static MAYBE_UNUSED pthread_t watch(void *(*bystander)(void *), void *arg) {
    pthread_t thread;
    subject = (pid_t)raw_call(SYS_gettid);
    SETUP(pthread_create(&thread, NULL, bystander, arg) == 0);
    return thread;
}

/* The end of a request is waited for, whatever libc does meanwhile. */
static MAYBE_UNUSED int outcome_of(struct aiocb *block) {
    int error;
    while ((error = aio_error(block)) == EINPROGRESS)
        sched_yield();
    return error;
}

/* A thread that has fallen is what ends the process. */
static MAYBE_UNUSED void await_fault(void) {
    for (;;)
        raw_call(SYS_ppoll, NULL, 0, NULL, NULL, 0);
}

#endif
