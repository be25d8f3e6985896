/* Timers, notices of message queues, and messages with and without descriptors, with right and wrong arguments: each
 * answers what it answers bare, with the same errno.
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=observe: exit 0; nothing
 * guarded lost-wait=die: exit 0; nothing
 * bare differs: no
 */
#include "transcript.h"
#include <mqueue.h>
#include <sys/time.h>

#pragma GCC diagnostic ignored "-Wrestrict"

static void nothing_to_do(union sigval value) { (void)value; }

static bool is_far(long seconds) { return seconds > 900 && seconds <= 1000; }

static void alarms(void) {
    struct itimerval far = {.it_value.tv_sec = 1000}, bad = {.it_value.tv_usec = 1000000}, old;
    SETUP(setitimer(ITIMER_REAL, NULL, &old) == 0); /* check.h's own */
    T(alarm(0));
    T(alarm(1000));
    T(is_far(alarm(0)));
    T(alarm(0));
    T(ualarm(900000, 900000) == 0);
    T(ualarm(0, 0) > 0);
    T(setitimer(ITIMER_REAL, &far, NULL));
    T(setitimer(ITIMER_REAL, &far, &old));
    T(is_far(old.it_value.tv_sec));
    T(setitimer(ITIMER_REAL, &far, &far));
    T(setitimer(ITIMER_REAL, NULL, &old));
    T(is_far(old.it_value.tv_sec));
    T(setitimer(ITIMER_REAL, &bad, &old));
    T(setitimer(ITIMER_REAL, NOWHERE, &old));
    T(setitimer(ITIMER_REAL, &far, NOWHERE));
    T(setitimer(ITIMER_VIRTUAL, &far, NULL));
    T(setitimer(77, &far, NULL));
    alarm(ALARM_SECONDS);
}

static void timers(void) {
    struct sigevent none = {.sigev_notify = SIGEV_NONE}, wrong = {.sigev_notify = 77};
    struct sigevent thread = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = nothing_to_do};
    struct itimerspec far = {.it_value.tv_sec = 1000}, bad = {.it_value.tv_nsec = 1000000000}, old;
    struct sigevent *const EVENTS[] = {NULL, &none, &wrong, &thread};
    timer_t timer;
    for (int place = 0; place < 4; place++) {
        int made;
        T(made = timer_create(CLOCK_MONOTONIC, EVENTS[place], &timer));
        if (made != 0)
            continue;
        T(timer_settime(timer, 0, &far, &old));
        T(old.it_value.tv_sec);
        T(timer_settime(timer, 0, &bad, NULL));
        T(timer_settime(timer, 0, NOWHERE, NULL));
        T(timer_gettime(timer, &old));
        T(is_far(old.it_value.tv_sec));
        T(timer_delete(timer));
    }
    T(timer_create(77, &none, &timer));
}

static void queues(void) {
    struct sigevent none = {.sigev_notify = SIGEV_NONE}, wrong = {.sigev_notify = 77};
    struct sigevent thread = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = nothing_to_do};
    char name[32];
    snprintf(name, sizeof name, "/forkproof.%d", (int)raw_getpid());
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT, 0600, NULL);
    SETUP(queue == -1 || mq_unlink(name) == 0);
    if (queue != -1) {
        T(mq_notify(queue, NULL));
        T(mq_notify(queue, &none));
        T(mq_notify(queue, &thread));
        T(mq_notify(queue, NULL));
        T(mq_notify(queue, &wrong));
        T(mq_notify(queue, &thread));
        T(mq_close(queue));
    }
    T(mq_notify(CLOSED, &none));
    T(mq_notify(CLOSED, &thread));
    T(mq_notify(-1, NULL));
}

static void messages(void) {
    int ends[2];
    char byte = 7, room[CMSG_SPACE(sizeof(int))] = "";
    struct iovec part = {&byte, 1}, nowhere = {NOWHERE, 1};
    struct mmsghdr list[2] = {{.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}}, {.msg_hdr = {.msg_iov = &part, .msg_iovlen = 1}}};
    struct msghdr *message = &list[0].msg_hdr;
    SETUP(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
    T(sendmsg(ends[0], message, 0));
    T(sendmsg(ends[0], NOWHERE, 0));
    T(sendmsg(CLOSED, message, 0));
    T(sendmmsg(ends[0], list, 2, 0));
    T(sendmmsg(ends[0], list, 0, 0));
    T(sendmmsg(ends[0], NOWHERE, 1, 0));
    T(sendmmsg(CLOSED, list, 2, 0));
    list[1].msg_hdr.msg_iov = &nowhere;
    T(sendmmsg(ends[0], list, 2, 0));
    T(list[0].msg_len);
    message->msg_control = NOWHERE;
    message->msg_controllen = sizeof room;
    T(sendmsg(ends[0], message, 0));
    T(sendmmsg(ends[0], list, 1, 0));
    message->msg_control = room;
    T(sendmsg(ends[0], message, 0)); /* a header of length 0 */
    struct cmsghdr *header = CMSG_FIRSTHDR(message);
    *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    int sent = CLOSED;
    memcpy(CMSG_DATA(header), &sent, sizeof sent);
    T(sendmsg(ends[0], message, 0));
    memcpy(CMSG_DATA(header), &ends[0], sizeof ends[0]);
    T(sendmsg(ends[0], message, 0));
    T(sendmmsg(ends[0], list, 1, 0));
    struct msghdr back = {.msg_iov = &part, .msg_iovlen = 1};
    for (int count = 0; count < 3; count++)
        T(recvmsg(ends[1], &back, MSG_DONTWAIT));
    T(close(ends[1]));
    T(sendmsg(ends[0], message, MSG_NOSIGNAL));
}

static int run(void *none) {
    (void)none;
    alarms();
    timers();
    queues();
    messages();
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
