/* What tests of epoll need again and again. Data is a plain number. */
#ifndef POLLER_H
#define POLLER_H

#include "check.h"

struct line_pipe {
    int out, in; /* what comes out is watched; what goes in makes it ready */
};

static MAYBE_UNUSED struct line_pipe new_pipe(void) {
    int ends[2];
    SETUP(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    return (struct line_pipe){ends[0], ends[1]};
}

/* The same, but a program that is run keeps it. */
static MAYBE_UNUSED struct line_pipe new_lasting_pipe(void) {
    int ends[2];
    SETUP(pipe2(ends, O_NONBLOCK) == 0);
    return (struct line_pipe){ends[0], ends[1]};
}

/* Something to read at `pipe.out`, past every hook. */
static MAYBE_UNUSED void fill(struct line_pipe pipe) { SETUP(raw_write(pipe.in, "", 1) == 1); }

/* The thing under test is these three: they go through libc's epoll_ctl. */
static MAYBE_UNUSED int add(int poller, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data.u64 = data};
    return epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
}

static MAYBE_UNUSED int mod(int poller, int fd, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data.u64 = data};
    return epoll_ctl(poller, EPOLL_CTL_MOD, fd, &event);
}

static MAYBE_UNUSED int del(int poller, int fd) { return epoll_ctl(poller, EPOLL_CTL_DEL, fd, NULL); }

/* A poller with nothing in it. */
static MAYBE_UNUSED int new_poller(void) {
    int poller = epoll_create1(EPOLL_CLOEXEC);
    SETUP(poller != -1);
    return poller;
}

/* What is ready now, as a set of data below 32: bit 3 for data 3; bit 31 for any other data.
 * A negative result is the negative errno. */
static MAYBE_UNUSED int64_t ready(int poller) {
    struct epoll_event events[64];
    int count = epoll_wait(poller, events, 64, 0);
    if (count == -1)
        return -errno;
    int64_t set = 0;
    for (int place = 0; place < count; place++)
        set |= INT64_C(1) << (events[place].data.u64 < 31 ? events[place].data.u64 : 31);
    return set;
}
#define BIT(data) (INT64_C(1) << (data))

#ifndef LIST_SIZE
#define LIST_SIZE (1 << 16)
#endif

/* The kernel's own account of an interest list, of the calling process' number `poller`: proc(5). */
struct interest_list {
    size_t size;
    char text[LIST_SIZE];
};

static MAYBE_UNUSED void read_list(int poller, struct interest_list *list) {
    char path[64];
    snprintf(path, sizeof path, "/proc/thread-self/fdinfo/%d", poller);
    int fd = (int)raw_call(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    SETUP(fd != -1);
    list->size = 0;
    for (long size = 1; size > 0; list->size += (size_t)size) {
        size = raw_read(fd, list->text + list->size, sizeof list->text - 1 - list->size);
        SETUP(size >= 0);
    }
    SETUP(list->size < sizeof list->text - 1);
    list->text[list->size] = '\0';
    raw_close(fd);
}

static MAYBE_UNUSED bool same_list(const struct interest_list *one, const struct interest_list *other) {
    return one->size == other->size && memcmp(one->text, other->text, one->size) == 0;
}

/* Events and data of `fd` in a list; false when it is not there. */
static MAYBE_UNUSED bool listed(const struct interest_list *list, int fd, uint32_t *events, uint64_t *data) {
    for (const char *line = strstr(list->text, "tfd:"); line; line = strstr(line + 1, "tfd:")) {
        int number;
        unsigned int mask;
        unsigned long long value;
        SETUP(sscanf(line, "tfd: %d events: %x data: %llx", &number, &mask, &value) == 3);
        if (number == fd) {
            *events = mask;
            *data = value;
            return true;
        }
    }
    return false;
}

static MAYBE_UNUSED int list_length(const struct interest_list *list) {
    int count = 0;
    for (const char *line = strstr(list->text, "tfd:"); line; line = strstr(line + 1, "tfd:"))
        count++;
    return count;
}

#endif
