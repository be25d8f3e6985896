/* libc runs a function of the parent's in a thread of its own, for a timer and for a message queue (SIGEV_THREAD), and
 * that posts a semaphore. Neither timer nor notice nor thread comes through a fork: the child waits for ever. Once they
 * are deleted there is nobody that it lacks, and nothing is known about the wait.
 *
 * ways: fork _Fork asm clone forkpty handler grandchild
 * bare: exit 142
 * guarded: exit 142; lost-wait reported call=sem_wait x2
 * guarded lost-wait=off: exit 142; nothing
 * may skip: needs message queues
 */
#include "hung.h"
#include <mqueue.h>
#include <semaphore.h>

static sem_t semaphore;

static void post(union sigval value) {
    (void)value;
    sem_post(&semaphore);
}

static int waits(void *none) {
    (void)none;
    signal(SIGUSR2, SIG_DFL); /* one of the ways to fork leaves a handler, which might post */
    sem_wait(&semaphore);
    return 11;
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = post};
    struct itimerspec far = {.it_value.tv_sec = 1000};
    char name[32];
    timer_t timer;
    SETUP(sem_init(&semaphore, 0, 0) == 0);

    SETUP(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 && timer_settime(timer, 0, &far, NULL) == 0);
    struct kid kid = start(way, waits, NULL);
    CHECK(12, code_or_lost(&kid) == 128 + SIGALRM);
    SETUP(timer_delete(timer) == 0);

    kid = start(way, waits, NULL);
    CHECK(13, code_or_lost(&kid) == 128 + SIGALRM);

    snprintf(name, sizeof name, "/forkproof.%d", (int)raw_getpid());
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT, 0600, NULL);
    if (queue == -1)
        SKIP("no message queues");
    SETUP(mq_unlink(name) == 0 && mq_notify(queue, &event) == 0);
    kid = start(way, waits, NULL);
    CHECK(14, code_or_lost(&kid) == 128 + SIGALRM);
    SETUP(mq_notify(queue, NULL) == 0);

    kid = start(way, waits, NULL);
    CHECK(15, code_or_lost(&kid) == 128 + SIGALRM);
    return 128 + SIGALRM;
}
