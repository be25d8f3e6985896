/* Children of threaded programs that are in order: they call nothing but what signal-safety(7) allows, or run another
 * program at once, by whatever means; or the threads had ended before the fork, or began after it.
 *
 * ways: safe_calls exec vfork posix_spawn system popen ended later
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=strict: exit 0; nothing
 * bare differs: no
 */
#include "locks.h"
#include <spawn.h>

static const char *way;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static sem_t semaphore;

static void be_there(void) {}
static void be_handled(int number) { (void)number; }

static void safe_calls(void) {
    struct sigaction action = {.sa_handler = be_handled};
    struct stat status;
    sigset_t set;
    int ends[2], copy;
    char byte;
    CHECK(11, pipe(ends) == 0 && write(ends[1], "x", 1) == 1 && read(ends[0], &byte, 1) == 1);
    copy = dup(ends[0]);
    CHECK(12, copy != -1 && dup2(ends[1], copy) == copy && fcntl(copy, F_SETFD, FD_CLOEXEC) == 0);
    CHECK(13, close(copy) == 0 && close(ends[0]) == 0 && close(ends[1]) == 0);
    CHECK(14, sigaction(SIGUSR1, &action, NULL) == 0 && raise(SIGUSR1) == 0 && kill(getpid(), SIGUSR1) == 0);
    CHECK(15, sigemptyset(&set) == 0 && sigprocmask(SIG_SETMASK, &set, NULL) == 0 && stat("/", &status) == 0);
    CHECK(16, sem_post(&semaphore) == 0 && getppid() > 0 && umask(022) < 0777 && chdir("/") == 0);
    _exit(0);
}

static int use_lock(void *none) {
    (void)none;
    CHECK(17, pthread_mutex_lock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0);
    return 0;
}

static void run_true(void) {
    char *arguments[] = {"true", NULL}, *environment[] = {NULL};
    int status;
    pid_t pid = -1;
    FILE *stream = NULL;
    if (strcmp(way, "system") == 0) {
        CHECK(18, system("true") == 0);
        return;
    } else if (strcmp(way, "popen") == 0) {
        stream = popen("true", "r");
        CHECK(19, stream != NULL && pclose(stream) == 0);
        return;
    } else if (strcmp(way, "posix_spawn") == 0) {
        CHECK(20, posix_spawn(&pid, "/bin/true", NULL, NULL, arguments, environment) == 0);
    } else if (strcmp(way, "vfork") == 0) {
        pid = vfork();
        if (pid == 0) {
            execve("/bin/true", arguments, environment);
            _exit(1);
        }
    } else {
        pid = fork();
        if (pid == 0) {
            execve("/bin/true", arguments, environment);
            _exit(1);
        }
    }
    CHECK(21, pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

static int child_safe(void *none) {
    (void)none;
    safe_calls();
    return 0;
}
static int child_later(void *none) {
    CHECK(22, use_lock(none) == 0 && elsewhere(use_lock, none) == 0);
    return 0;
}

int main(int argc, char **argv) {
    struct keeper keeper;
    SETUP(argc == 2 && sem_init(&semaphore, 0, 1) == 0);
    way = argv[1];
    if (strcmp(way, "later") == 0) {
        struct kid kid = start(PLAIN_FORK, child_later, NULL);
        ended(&kid);
        return 0;
    }
    keep(&keeper, be_there);
    if (strcmp(way, "ended") == 0) {
        let_end(&keeper);
        struct kid kid = start(PLAIN_FORK, child_later, NULL);
        ended(&kid);
    } else if (strcmp(way, "safe_calls") == 0) {
        struct kid kid = start(PLAIN_FORK, child_safe, NULL);
        ended(&kid);
    } else {
        for (int count = 0; count < 5; count++)
            run_true();
    }
    return 0;
}
