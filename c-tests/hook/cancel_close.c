/* A close that is cancelled before it begins has closed nothing (pthreads(7)): the descriptor is open, and the
 * loop and the next child still watch it. With and without a process that holds the file.
 *
 * ways: alone held
 * bare: exit 12
 * guarded: exit 0; inherited-poller repaired x1
 */
#include "intact.h"

static int hold_on(void *none) {
    (void)none;
    tell(up);
    await(up);
    return 0;
}

static void *cancelled(void *fd) {
    int state;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
    pthread_cancel(pthread_self());
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
    close(*(int *)fd);
    quit(99); /* close is a cancellation point */
}

int main(int argc, char **argv) {
    struct kid holder = {.pid = -1};
    SETUP(argc == 2);
    set_up_loop();
    if (strcmp(argv[1], "held") == 0) {
        holder = start(PLAIN_FORK, hold_on, NULL);
        await(holder.line);
    }
    int fds[] = {pipes[0].out, twin};
    for (int place = 0; place < 2; place++) {
        pthread_t thread;
        void *answer;
        SETUP(pthread_create(&thread, NULL, cancelled, &fds[place]) == 0 && pthread_join(thread, &answer) == 0);
        SETUP(answer == PTHREAD_CANCELED && raw_call(SYS_fcntl, fds[place], F_GETFD) != -1);
    }
    intact();
    if (holder.pid != -1) {
        tell(holder.line);
        ended(&holder);
    }
    return 0;
}
