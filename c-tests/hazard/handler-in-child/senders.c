/* However another process sends the signal, and from wherever: the handler of the parent's runs in the child, as often as
 * it is sent; one finding.
 *
 * ways: kill sigqueue tgkill pidfd group stranger queued_raw
 * bare: exit 12
 * guarded: exit 12; handler-in-child reported x1
 */
#include "inherited_handler.h"

static const char *way;
static bool is(const char *name) { return strcmp(way, name) == 0; }
static volatile siginfo_t seen;

static void with_info(int number, siginfo_t *info, void *context) {
    (void)context;
    *(siginfo_t *)&seen = *info;
    count(number);
}

static int child(void *none) {
    (void)none;
    if (is("group"))
        SETUP(setpgid(0, 0) == 0);
    tell(up);
    next_signal();
    next_signal();
    CHECK(21, seen.si_signo == SIGUSR1 && seen.si_pid != raw_getpid() && seen.si_uid == getuid());
    CHECK(22, !is("sigqueue") || (seen.si_value.sival_int == 7 && seen.si_code == SI_QUEUE));
    CHECK(23, !is("tgkill") || seen.si_code == SI_TKILL);
    CHECK(24, is("sigqueue") || is("tgkill") || is("queued_raw") || seen.si_code == SI_USER);
    CHECK(25, handled == 2);
    CHECK(12, handled == 0);
    return 0;
}

static void send_to(pid_t pid) {
    union sigval value = {.sival_int = 7};
    if (is("sigqueue")) {
        SETUP(sigqueue(pid, SIGUSR1, value) == 0);
    } else if (is("tgkill")) {
        SETUP(syscall(SYS_tgkill, pid, pid, SIGUSR1) == 0);
    } else if (is("queued_raw")) {
        siginfo_t info = {.si_code = SI_QUEUE};
        info.si_pid = raw_getpid();
        info.si_uid = getuid();
        SETUP(raw_call(SYS_rt_sigqueueinfo, pid, SIGUSR1, &info) == 0);
    } else if (is("pidfd")) {
        int fd = (int)raw_call(SYS_pidfd_open, pid, 0);
        if (fd == -1)
            SKIP("no pidfd_open");
        SETUP(raw_call(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0) == 0);
        raw_close(fd);
    } else if (is("stranger")) {
        pid_t other = vfork();
        if (other == 0) {
            raw_call(SYS_kill, pid, SIGUSR1);
            quit(0);
        }
        SETUP(waitpid(other, NULL, 0) == other);
    } else {
        SETUP(kill(is("group") ? -pid : pid, SIGUSR1) == 0);
    }
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    way = argv[1];
    struct sigaction action = {.sa_sigaction = with_info, .sa_flags = SA_SIGINFO | SA_RESTART};
    SETUP(sigaction(SIGUSR1, &action, NULL) == 0);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    await(kid.line);
    for (int round = 0; round < 2; round++) {
        send_to(kid.pid);
        delivered(&kid);
    }
    ended(&kid);
    return 0;
}
