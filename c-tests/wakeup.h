/* A program with a wake-up pair: what a signal handler writes into one end wakes the loop that watches the other. And the
 * story of every such program that forks: signals sent to the child alone, of which the parent must hear nothing (12). */
#ifndef WAKEUP_H
#define WAKEUP_H

#include "fork_ways.h"
#include "poller.h"
#include <sys/uio.h>

enum object { PIPE, STREAM, DGRAM, SEQPACKET, EVENT };
enum loop { EPOLL, POLL, PPOLL, SELECT, PSELECT, UNWATCHED };
enum put { WRITE, WRITEV, SEND, SENDTO, EVENTFD_WRITE };

struct wakeup {
    enum object object;
    enum loop loop;
    enum put put;
    bool blocking;
    int out, in; /* the same number for an eventfd */
    int poller;
};

static const char *const OBJECTS[] = {"pipe", "stream", "dgram", "seqpacket", "event"};
static const char *const LOOPS[] = {"epoll", "poll", "ppoll", "select", "pselect", "unwatched"};
static const char *const PUTS[] = {"write", "writev", "send", "sendto", "eventfd_write"};

/* The place of one word of `text`, whose words are parted by points, in a list; 0 when none of them is there. */
static MAYBE_UNUSED int word_in(const char *text, const char *const *list, int count) {
    for (int place = 0; place < count; place++) {
        size_t size = strlen(list[place]);
        for (const char *word = text; word; word = strchr(word, '.') ? strchr(word, '.') + 1 : NULL) {
            if (strncmp(word, list[place], size) == 0 && (word[size] == '.' || word[size] == '\0'))
                return place;
        }
    }
    return 0;
}

static MAYBE_UNUSED bool has_word(const char *text, const char *word) {
    const char *const list[] = {"", word};
    return word_in(text, list, 2) == 1;
}

static MAYBE_UNUSED void make_pair(struct wakeup *wakeup) {
    static const int TYPES[] = {[STREAM] = SOCK_STREAM, [DGRAM] = SOCK_DGRAM, [SEQPACKET] = SOCK_SEQPACKET};
    int ends[2];
    if (wakeup->object == EVENT) {
        ends[0] = ends[1] = eventfd(0, EFD_CLOEXEC | (wakeup->blocking ? 0 : EFD_NONBLOCK));
        SETUP(ends[0] != -1);
    } else if (wakeup->object == PIPE) {
        SETUP(pipe2(ends, O_CLOEXEC | (wakeup->blocking ? 0 : O_NONBLOCK)) == 0);
    } else {
        int flags = SOCK_CLOEXEC | (wakeup->blocking ? 0 : SOCK_NONBLOCK);
        SETUP(socketpair(AF_UNIX, TYPES[wakeup->object] | flags, 0, ends) == 0);
    }
    wakeup->out = ends[0];
    wakeup->in = ends[1];
    wakeup->poller = -1;
}

/* What the words of a way name: object, loop, call; `blocking`. */
static MAYBE_UNUSED struct wakeup wakeup_of(const char *words) {
    struct wakeup wakeup = {
        .object = (enum object)word_in(words, OBJECTS, 5),
        .loop = (enum loop)word_in(words, LOOPS, 6),
        .put = (enum put)word_in(words, PUTS, 5),
        .blocking = has_word(words, "blocking"),
    };
    make_pair(&wakeup);
    if (wakeup.loop == EPOLL) {
        wakeup.poller = new_poller();
        SETUP(add(wakeup.poller, wakeup.out, EPOLLIN, 1) == 0);
    }
    return wakeup;
}

/* What a handler does. Under test: libc's own calls. */
static MAYBE_UNUSED ssize_t put_one(const struct wakeup *wakeup) {
    uint64_t one = 1;
    size_t size = wakeup->object == EVENT ? sizeof one : 1;
    struct iovec part = {&one, size};
    switch (wakeup->put) {
    case WRITE:
        return write(wakeup->in, &one, size);
    case WRITEV:
        return writev(wakeup->in, &part, 1);
    case SEND:
        return send(wakeup->in, &one, size, MSG_NOSIGNAL);
    case SENDTO:
        return sendto(wakeup->in, &one, size, MSG_NOSIGNAL, NULL, 0);
    default:
        return eventfd_write(wakeup->in, 1) == 0 ? (ssize_t)size : -1;
    }
}
#define WHOLE(wakeup) ((wakeup)->object == EVENT ? 8 : 1)

/* What the program's loop says at this moment: 1 to be woken, 0 not. */
static MAYBE_UNUSED int woken(const struct wakeup *wakeup) {
    struct pollfd entry = {.fd = wakeup->out, .events = POLLIN};
    struct timeval none = {0, 0};
    struct timespec zero = {0, 0};
    fd_set set;
    FD_ZERO(&set);
    FD_SET(wakeup->out, &set);
    switch (wakeup->loop) {
    case EPOLL:
        return (int)ready(wakeup->poller) >> 1;
    case POLL:
        return poll(&entry, 1, 0);
    case PPOLL:
        return ppoll(&entry, 1, &zero, NULL);
    case SELECT:
        return select(wakeup->out + 1, &set, NULL, NULL, &none);
    case PSELECT:
        return pselect(wakeup->out + 1, &set, NULL, NULL, &zero, NULL);
    default:
        return (int)raw_call(SYS_ppoll, &entry, 1, &zero, NULL, 8);
    }
}

/* How often the pair was written to and not read from; now it is empty. */
static MAYBE_UNUSED int taken(const struct wakeup *wakeup) {
    int sum = 0;
    struct timespec zero = {0, 0};
    struct pollfd entry = {.fd = wakeup->out, .events = POLLIN};
    while (raw_call(SYS_ppoll, &entry, 1, &zero, NULL, 8) == 1) {
        uint64_t bytes[8];
        ssize_t size = read(wakeup->out, bytes, wakeup->object == EVENT ? 8 : sizeof bytes);
        if (size <= 0)
            return -1000;
        sum += (int)(wakeup->object == EVENT ? (ssize_t)bytes[0] : size);
    }
    return sum;
}

/* The program that most tests need one of. */
static struct wakeup wake;
static volatile sig_atomic_t handled, put_badly;

static MAYBE_UNUSED void wake_up(int number) {
    int error = errno;
    (void)number;
    handled++;
    if (put_one(&wake) != WHOLE(&wake))
        put_badly++;
    errno = error;
}

static MAYBE_UNUSED void handle(int number, void (*handler)(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    SETUP(sigaction(number, &action, NULL) == 0);
}

/* A signal to the child alone, as soon as that is in `next_signal`. It has run its handler when this returns: the signal was
 * sent before the line's byte, so it is delivered before the read of that byte is back. */
static MAYBE_UNUSED void signal_to(const struct kid *kid, int number) {
    await(kid->line);
    SETUP(kill(kid->pid, number) == 0);
    tell(kid->line);
    await(kid->line);
}
static MAYBE_UNUSED void next_signal(void) {
    tell(up);
    await(up);
    tell(up);
}

enum { ROUNDS = 50 };
struct story {
    int rounds;
    bool unlooked; /* the child has not used its loop when the first signal comes */
};

static MAYBE_UNUSED int wakeup_child(void *arg) {
    const struct story *story = arg;
    handled = 0;
    if (!story->unlooked)
        CHECK(20, woken(&wake) == 0);
    tell(up);
    for (int round = 1; round <= story->rounds; round++) {
        next_signal();
        CHECK(21, handled == round && put_badly == 0);
        await(up); /* the parent has looked */
        CHECK(22, woken(&wake) == 1);
        CHECK(23, taken(&wake) == 1);
        CHECK(24, woken(&wake) == 0);
    }
    tell(up);
    await(up);
    CHECK(25, woken(&wake) == 0); /* nor does the child hear of its parent's */
    return 0;
}

/* SIGUSR1 wakes `wake`; both sides must get what is theirs. */
static MAYBE_UNUSED void tell_story(const struct way *way, struct story story) {
    struct kid kid = start(way, wakeup_child, &story);
    await(kid.line);
    for (int round = 0; round < story.rounds; round++) {
        signal_to(&kid, SIGUSR1);
        CHECK(12, woken(&wake) == 0);
        tell(kid.line);
    }
    await(kid.line);
    CHECK(13, taken(&wake) == 0 && raise(SIGUSR1) == 0 && handled == 1);
    CHECK(14, woken(&wake) == 1);
    tell(kid.line);
    ended(&kid);
    CHECK(15, taken(&wake) == 1 && woken(&wake) == 0 && put_badly == 0);
}

#endif
