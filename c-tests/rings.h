/* Rings of io_uring and contexts of Linux AIO, by number, and no library. One thread a ring. */
#ifndef RINGS_H
#define RINGS_H

#include "fork_ways.h"
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/utsname.h>

enum { ENTRIES = 8, STRANGER = 0xc0ffee };

struct ring {
    int fd;
    char *both; /* submissions and completions (IORING_FEAT_SINGLE_MMAP) */
    struct io_uring_sqe *entries;
    size_t size, entries_size;
    struct io_uring_params about;
};

static MAYBE_UNUSED unsigned *word_at(struct ring *ring, unsigned offset) { return (unsigned *)(void *)(ring->both + offset); }

static MAYBE_UNUSED void map_ring(struct ring *ring) {
    ring->size = ring->about.cq_off.cqes + ring->about.cq_entries * sizeof(struct io_uring_cqe);
    ring->entries_size = ring->about.sq_entries * sizeof(struct io_uring_sqe);
    void *both = mmap(NULL, ring->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQ_RING);
    void *entries = mmap(NULL, ring->entries_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd, IORING_OFF_SQES);
    SETUP(both != MAP_FAILED && entries != MAP_FAILED);
    ring->both = both;
    ring->entries = entries;
}

static MAYBE_UNUSED struct ring new_ring(unsigned flags) {
    struct ring ring = {.about.flags = flags};
    ring.fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &ring.about);
    if (ring.fd == -1 && (errno == ENOSYS || errno == EPERM || errno == ENOMEM))
        SKIP("this machine allows no io_uring");
    SETUP(ring.fd != -1 && ring.about.features & IORING_FEAT_SINGLE_MMAP);
    map_ring(&ring);
    return ring;
}

/* Where a ring's memory has no pages that /proc/self/smaps could show, nobody can know who wrote to it. */
static MAYBE_UNUSED void need_pages(void) {
    struct utsname system;
    int major, minor;
    SETUP(uname(&system) == 0 && sscanf(system.release, "%d.%d", &major, &minor) == 2);
    if (major < 6 || (major == 6 && minor < 10))
        SKIP("needs Linux 6.10");
}

/* Munmap and close, as libuv's uv_loop_fork and liburing's io_uring_queue_exit do. */
static MAYBE_UNUSED void end_ring(struct ring *ring) {
    CHECK(59, munmap(ring->both, ring->size) == 0 && munmap(ring->entries, ring->entries_size) == 0 && close(ring->fd) == 0);
}

/* Writes an IORING_OP_NOP and lets the kernel see it, if it looks. */
static MAYBE_UNUSED void put(struct ring *ring, uint64_t data) {
    unsigned *tail = word_at(ring, ring->about.sq_off.tail);
    unsigned place = *tail & *word_at(ring, ring->about.sq_off.ring_mask);
    ring->entries[place] = (struct io_uring_sqe){.opcode = IORING_OP_NOP, .user_data = data};
    word_at(ring, ring->about.sq_off.array)[place] = place;
    __atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
}

static MAYBE_UNUSED long enter(int fd, unsigned submit, unsigned least) {
    return syscall(SYS_io_uring_enter, fd, submit, least, least ? IORING_ENTER_GETEVENTS : 0, NULL, 0);
}

static MAYBE_UNUSED void submit(struct ring *ring, uint64_t data) {
    put(ring, data);
    SETUP(enter(ring->fd, 1, 1) == 1);
}

/* Takes a completion without a call; 0 for none. */
static MAYBE_UNUSED uint64_t take(struct ring *ring) {
    unsigned *head = word_at(ring, ring->about.cq_off.head);
    if (*head == __atomic_load_n(word_at(ring, ring->about.cq_off.tail), __ATOMIC_ACQUIRE))
        return 0;
    struct io_uring_cqe *list = (void *)(ring->both + ring->about.cq_off.cqes);
    uint64_t data = list[*head & *word_at(ring, ring->about.cq_off.ring_mask)].user_data;
    __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
    return data;
}

/* What the kernel puts where a context's name points (fs/aio.c), as libaio and QEMU read it. */
struct aio_memory {
    unsigned id, count, head, tail, magic, compatible, incompatible, header;
    struct io_event events[];
};

static MAYBE_UNUSED aio_context_t new_context(void) {
    aio_context_t context = 0;
    long answer = syscall(SYS_io_setup, ENTRIES, &context);
    if (answer == -1 && (errno == ENOSYS || errno == EPERM))
        SKIP("this machine has no Linux AIO");
    SETUP(answer == 0);
    SETUP(((struct aio_memory *)context)->magic == 0xa10a10a1);
    return context;
}

/* One read of `fd`, which ends at once where something is there. */
static MAYBE_UNUSED long read_by(aio_context_t context, int fd, void *to, size_t size, uint64_t data) {
    struct iocb one = {.aio_data = data, .aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = (unsigned)fd, .aio_buf = (uintptr_t)to, .aio_nbytes = size};
    struct iocb *list[] = {&one};
    return syscall(SYS_io_submit, context, 1, list);
}

/* Takes an event without a call; 0 for none. */
static MAYBE_UNUSED uint64_t take_event(aio_context_t context) {
    struct aio_memory *ring = (struct aio_memory *)context;
    if (ring->head == __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE))
        return 0;
    uint64_t data = ring->events[ring->head].data;
    __atomic_store_n(&ring->head, (ring->head + 1) % ring->count, __ATOMIC_RELEASE);
    return data;
}

#endif
