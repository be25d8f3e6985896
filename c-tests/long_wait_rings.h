/* Part of long_wait.h: waits that the kernel ends by itself. */
#ifndef LONG_WAIT_RINGS_H
#define LONG_WAIT_RINGS_H

#include <linux/aio_abi.h>
#include <linux/io_uring.h>

/* The kernel polls a timer, and counts up an eventfd when it is ready: io_submit(2), and a ring. */
static int kernel_aio_wait(struct long_pair *pair) {
    aio_context_t context = 0;
    struct itimerspec when = long_timer(pair);
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    if (raw_call(SYS_io_setup, 4, &context) == -1)
        return 77;
    long_watch(long_event = eventfd(0, 0));
    struct iocb block = {.aio_lio_opcode = IOCB_CMD_POLL, .aio_fildes = (uint32_t)timer, .aio_buf = POLLIN,
                         .aio_flags = IOCB_FLAG_RESFD, .aio_resfd = (uint32_t)long_event};
    struct iocb *list[] = {&block};
    SETUP(timerfd_settime(timer, 0, &when, NULL) == 0);
    if (raw_call(SYS_io_submit, context, 1, list) != 1)
        return 77;
    return long_ready() != long_event;
}

static int ring_wait(struct long_pair *pair) {
    struct io_uring_params about = {0};
    int ring = (int)raw_call(SYS_io_uring_setup, 4, &about);
    if (ring == -1)
        return 77;
    size_t size = about.sq_off.array + about.sq_entries * sizeof(uint32_t);
    char *queue = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
    struct io_uring_sqe *entries = mmap(NULL, 4 * sizeof *entries, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
    SETUP(queue != MAP_FAILED && entries != MAP_FAILED);
    long_watch(long_event = eventfd(0, 0));
    SETUP(raw_call(SYS_io_uring_register, ring, IORING_REGISTER_EVENTFD, &long_event, 1) == 0);
    static struct __kernel_timespec limit;
    struct itimerspec when = long_timer(pair);
    limit = (struct __kernel_timespec){when.it_value.tv_sec, when.it_value.tv_nsec};
    entries[0] = (struct io_uring_sqe){.opcode = IORING_OP_TIMEOUT, .fd = -1, .addr = (uint64_t)(uintptr_t)&limit, .len = 1};
    *(uint32_t *)(void *)(queue + about.sq_off.array) = 0;
    __atomic_store_n((uint32_t *)(void *)(queue + about.sq_off.tail), 1, __ATOMIC_RELEASE);
    SETUP(raw_call(SYS_io_uring_enter, ring, 1, 0, 0, NULL, 0) == 1);
    int ready = long_ready();
    return (ready == -1 ? long_ready() : ready) != long_event; /* the kernel does its work here, with EINTR */
}

#endif
