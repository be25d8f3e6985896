/* A transcript of calls: each with its result and the errno it left, which is ODD where it left none. The runner
 * compares the bare and the guarded transcript, byte by byte.
 *
 * Ways: `fresh`, a process that has never forked; `forked`, one with a child that lives; `child`, a child of fork;
 * `grown`, one that has a loop with fifty registrations besides. */
#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include "fork_ways.h"
#include "poller.h"

#define ODD 4321

/* Wrong arguments on purpose. */
#pragma GCC diagnostic ignored "-Wnonnull"
#pragma GCC diagnostic ignored "-Wstringop-overflow"
#pragma GCC diagnostic ignored "-Wstringop-overread"

#define T(call) \
    do { \
        errno = ODD; \
        long long result_ = (long long)(call); \
        int error_ = errno; \
        say("%s = %lld, errno %d\n", #call, result_, error_); \
    } while (0)

static MAYBE_UNUSED int idle(void *none) {
    (void)none;
    tell(up);
    await(up);
    return 0;
}

static MAYBE_UNUSED int in_the_way(int argc, char **argv, kid_main *run) {
    SETUP(argc == 2);
    if (strcmp(argv[1], "forked") == 0) {
        struct kid kid = start(PLAIN_FORK, idle, NULL);
        await(kid.line);
        int code = run(NULL);
        tell(kid.line);
        ended(&kid);
        return code;
    }
    if (strcmp(argv[1], "child") == 0) {
        struct kid kid = start(PLAIN_FORK, run, NULL);
        ended(&kid);
        return 0;
    }
    if (strcmp(argv[1], "grown") == 0) {
        int poller = raw_dup_above(new_poller(), 400);
        for (int count = 0; count < 50; count++) {
            struct line_pipe pipe = new_pipe();
            SETUP(add(poller, pipe.out, EPOLLIN, 1) == 0 && add(poller, pipe.in, EPOLLOUT, 1) == 0);
        }
    }
    return run(NULL);
}

/* A number that is not open; no test opens so many. */
enum { CLOSED = 333 };

/* Memory that cannot be read. */
#define NOWHERE ((void *)(uintptr_t)16)

#endif
