/* What the finding says: which descriptors are in the wait, who is missing that could end it, and where it was forked.
 * It is said once for each thing, also when several children wait for it.
 *
 * ways: poller alone services
 * bare: exit 12
 * guarded: exit 0; nothing
 * stderr: not compared
 */
#include "hung.h"
#include "locks.h"
#include "subject.h"
#include <semaphore.h>

static sem_t semaphore;

static void be_worker(void) { SETUP(prctl(PR_SET_NAME, "worker-one") == 0); }

static void post(union sigval value) {
    (void)value;
    sem_post(&semaphore);
}

static int wait_on_pipe(void *none) {
    (void)none;
    int ends[2], poller = epoll_create1(0);
    be_quiet();
    SETUP(pipe(ends) == 0 && raw_dup3(ends[0], 40, 0) == 40);
    struct epoll_event event = {.events = EPOLLIN};
    SETUP(epoll_ctl(poller, EPOLL_CTL_ADD, ends[0], &event) == 0);
    return epoll_wait(poller, &event, 1, -1);
}

static int wait_on_semaphore(void *none) {
    (void)none;
    return sem_wait(&semaphore);
}

static void poller(void) {
    struct kid kid = start(PLAIN_FORK, wait_on_pipe, NULL);
    quit(code_or_lost(&kid));
}

static void alone(void) {
    struct keeper worker;
    keep(&worker, be_worker);
    for (int child = 0; child < 3; child++) {
        struct kid kid = start(PLAIN_FORK, wait_on_semaphore, NULL);
        SETUP(code_or_lost(&kid) == 128 + SIGALRM);
    }
    quit(128 + SIGALRM);
}

static void services(void) {
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = post};
    timer_t timer;
    SETUP(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    struct kid kid = start(PLAIN_FORK, wait_on_semaphore, NULL);
    quit(code_or_lost(&kid));
}

int main(int argc, char **argv) {
    static const struct role ROLES[] = {{"poller", poller}, {"alone", alone}, {"services", services}};
    subject_main(argc, argv, ROLES);
    SETUP(argc == 2);
    struct subject *subject = run_subject(argv[1], "log_path=records:vanished-threads=off");
    SETUP(subject->code == 128 + SIGALRM);
    EXPECT(12, lines_in(subject->log) == 1 && text_is(subject->log, "slug", "lost-wait"));
    EXPECT(13, text_is(subject->log, "outcome", "reported") && strstr(subject->log, "nobody can end this wait") != NULL);
    if (strcmp(argv[1], "poller") == 0) {
        EXPECT(14, text_is(subject->log, "call", "epoll_wait") && strstr(subject->log, "(pipe, other end fd ") != NULL);
        EXPECT(15, strstr(subject->log, "\"registrations\":1") != NULL);
    } else if (strcmp(argv[1], "alone") == 0) {
        EXPECT(16, text_is(subject->log, "call", "sem_wait") && strstr(subject->error, "worker-one") != NULL);
        EXPECT(17, strstr(subject->log, "\"forked_at\":\"words+0x") != NULL && strstr(subject->log, "\"lost\":1") != NULL);
    } else {
        EXPECT(18, strstr(subject->log, "a timer that runs words+0x") != NULL);
    }
    return 0;
}
