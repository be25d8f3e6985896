/* Threads cancelled in hooked calls. Each call that libc makes a cancellation point is one, before it begins and
 * while it sleeps, unwinds, and runs the thread's clean-up; each that libc makes none is none. Then the same in
 * a child, where the first of them is the first use of an inherited loop.
 *
 * ways: none
 * bare: exit 0
 * guarded: exit 0; inherited-poller repaired x1
 * bare differs: no
 * stderr: not compared
 */
#include "asleep.h"
#include "transcript.h"

static int poller, lock_file;
static struct line_pipe quiet;
static volatile int cleaned, came_back;
static void clean(void *none) {
    (void)none;
    cleaned++;
}

static struct epoll_event events[4];
static struct timespec none_left;
static FILE *a_stream(void) {
    FILE *stream = tmpfile();
    SETUP(stream != NULL && fputs("text", stream) >= 0);
    return stream;
}
static int lock(int command) {
    struct flock region = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(lock_file, command, &region);
}
static int fork_and_wait(void) {
    pid_t pid = fork();
    if (pid == 0)
        quit(0);
    int status;
    raw_call(SYS_wait4, pid, &status, 0, NULL);
    return status;
}

/* Calls that do not sleep are made with a cancellation waiting; those named sleep_ are cancelled asleep. */
#define CALLS(one) \
    one(epoll_wait, epoll_wait(poller, events, 4, 0)) \
    one(epoll_pwait, epoll_pwait(poller, events, 4, 0, NULL)) \
    one(epoll_pwait2, epoll_pwait2(poller, events, 4, &none_left, NULL)) \
    one(poll, poll(&(struct pollfd){poller, POLLIN, 0}, 1, 0)) \
    one(ppoll, ppoll(&(struct pollfd){poller, POLLIN, 0}, 1, &none_left, NULL)) \
    one(select, select(0, NULL, NULL, NULL, &(struct timeval){0, 0})) \
    one(pselect, pselect(0, NULL, NULL, NULL, &none_left, NULL)) \
    one(close, close(open("/dev/null", O_RDONLY))) \
    one(fcntl_getfd, fcntl(0, F_GETFD)) \
    one(fcntl_dupfd, close(fcntl(0, F_DUPFD, 0))) \
    one(fcntl_setlk, lock(F_SETLK)) \
    one(fcntl_setlkw, lock(F_SETLKW)) \
    one(fclose, fclose(a_stream())) \
    one(pclose, pclose(popen("true", "r"))) \
    one(system, system("true")) \
    one(epoll_create1, raw_close(epoll_create1(0))) \
    one(epoll_ctl, epoll_ctl(poller, EPOLL_CTL_MOD, quiet.out, events)) \
    one(dup, raw_close(dup(0))) \
    one(dup2, raw_close(dup2(0, 90))) \
    one(dup3, raw_close(dup3(0, 90, 0))) \
    one(close_range, close_range(90, 95, 0)) \
    one(fork, fork_and_wait()) \
    one(by_number_close, syscall(SYS_close, 90)) \
    one(by_number_pwait, syscall(SYS_epoll_pwait, poller, events, 4, 0, NULL, 0)) \
    one(sleep_epoll_wait, epoll_wait(poller, events, 4, -1)) \
    one(sleep_epoll_pwait, epoll_pwait(poller, events, 4, -1, NULL)) \
    one(sleep_epoll_pwait2, epoll_pwait2(poller, events, 4, NULL, NULL)) \
    one(sleep_poll, poll(&(struct pollfd){poller, POLLIN, 0}, 1, -1)) \
    one(sleep_ppoll, ppoll(&(struct pollfd){poller, POLLIN, 0}, 1, NULL, NULL)) \
    one(sleep_select, select(0, NULL, NULL, NULL, NULL)) \
    one(sleep_pselect, pselect(0, NULL, NULL, NULL, NULL, NULL))

#define BODY(name, call) \
    static void do_##name(void) { (void)!(call); }
CALLS(BODY)
#define ENTRY(name, call) {#name, do_##name},
static const struct {
    const char *name;
    void (*call)(void);
} TABLE[] = {CALLS(ENTRY)};

static volatile pid_t thread_id;
static int begun[2];

static void *cancelled(void *arg) {
    size_t place = (size_t)arg;
    pthread_cleanup_push(clean, NULL);
    thread_id = (pid_t)raw_call(SYS_gettid);
    if (strncmp(TABLE[place].name, "sleep_", 6) == 0) {
        tell(begun[1]);
        TABLE[place].call();
    } else {
        int state;
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
        pthread_cancel(pthread_self());
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
        TABLE[place].call();
    }
    came_back++;
    pthread_cleanup_pop(0);
    return NULL;
}

static int run(void *none) {
    (void)none;
    lock_file = open("/tmp", O_TMPFILE | O_RDWR, 0600);
    SETUP(lock_file != -1);
    for (size_t place = 0; place < sizeof TABLE / sizeof *TABLE; place++) {
        pthread_t thread;
        void *answer = NULL;
        cleaned = came_back = 0;
        SETUP(pthread_create(&thread, NULL, cancelled, (void *)place) == 0);
        if (strncmp(TABLE[place].name, "sleep_", 6) == 0) {
            await(begun[0]);
            await_wait(thread_id);
            SETUP(pthread_cancel(thread) == 0);
        }
        SETUP(pthread_join(thread, &answer) == 0);
        say("%s: %s, cleaned %d, came back %d\n", TABLE[place].name, answer == PTHREAD_CANCELED ? "cancelled" : "ended", cleaned,
            came_back);
    }
    /* The loop is in order after all this. */
    T(ready(poller));
    fill(quiet);
    T(epoll_wait(poller, events, 4, -1));
    char byte;
    SETUP(raw_read(quiet.out, &byte, 1) == 1 && raw_close(lock_file) == 0); /* and with it the lock */
    return 0;
}

int main(void) {
    SETUP(pipe(begun) == 0);
    poller = new_poller();
    quiet = new_pipe();
    events[0] = (struct epoll_event){.events = EPOLLIN, .data.u64 = 1};
    SETUP(add(poller, quiet.out, EPOLLIN, 1) == 0);
    run(NULL);
    struct kid kid = start(PLAIN_FORK, run, NULL);
    ended(&kid);
    return 0;
}
