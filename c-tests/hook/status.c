/* How processes end: their exit status, the signal that killed them, and their last words on stdout, which are
 * flushed or not as stdio has it. A child of the first process, and a child of that.
 *
 * ways: first child
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=strict: exit 0; nothing
 * bare differs: no
 * stderr: not compared
 */
#include "transcript.h"
#undef exit

static int poller;
static void *end_of_thread(void *how) {
    if (how)
        exit(12);
    pthread_exit(NULL);
}
static void in_atexit(void) { _exit(13); }
static void words(void) {
    static const char WORDS[] = "last words\n";
    fwrite(WORDS, 1, sizeof WORDS - 1, stdout);
}

static int end(void *how) {
    struct rlimit none = {0, 0};
    pthread_t thread;
    setrlimit(RLIMIT_CORE, &none);
    words();
    switch ((int)(intptr_t)how) {
    case 0:
        exit(10);
    case 1:
        _exit(11);
    case 2:
        pthread_create(&thread, NULL, end_of_thread, "exit");
        pthread_exit(NULL);
    case 3:
        pthread_create(&thread, NULL, end_of_thread, NULL);
        pthread_join(thread, NULL);
        pthread_exit(NULL); /* the last thread: status 0 */
    case 4:
        atexit(in_atexit);
        exit(1);
    case 5:
        quick_exit(14);
    case 6:
        abort();
    case 7:
        *(volatile int *)NOWHERE = 1;
        break;
    case 8:
        raise(SIGTERM);
        break;
    case 9:
        raise(SIGKILL);
        break;
    case 10:
        raise(SIGPIPE);
        break;
    case 11:
        exit(-1);
    case 12:
        exit(256);
    case 13:
        close(poller);
        exit(15);
    case 14:
        execl("/bin/sh", "sh", "-c", "exit 16", (char *)NULL);
        break;
    case 15:
        alarm(0);
        raise(SIGSEGV);
        break;
    case 16:
        syscall(SYS_exit_group, 17);
        break;
    case 17:
        syscall(SYS_tgkill, getpid(), getpid(), SIGXCPU);
        break;
    }
    return 99;
}

static int run(void *none) {
    (void)none;
    for (intptr_t how = 0; how < 18; how++) {
        struct kid kid = start(PLAIN_FORK, end, (void *)how);
        int status;
        SETUP(waitpid(kid.pid, &status, 0) == kid.pid);
        raw_close(kid.line);
        say("%d: status %x\n", (int)how, (unsigned)status);
    }
    return 0;
}

int main(int argc, char **argv) {
    poller = new_poller();
    return in_the_way(argc, argv, run);
}
