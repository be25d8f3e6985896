/* All that the two services promise: run where they are libc's own, and where they are a copy's. */
#ifndef LATE_SERVICES_H
#define LATE_SERVICES_H

#include "late.h"
#include <semaphore.h>

enum { MANY = 300, PIPES = 8 };

static const struct timespec SOON = {0, 20 * 1000 * 1000};

static int new_file(int flags) {
    int fd = (int)raw_call(SYS_memfd_create, "late", 0);
    SETUP(fd != -1);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int opened = (int)raw_call(SYS_openat, AT_FDCWD, path, O_RDWR | flags);
    SETUP(opened != -1 && raw_close(fd) == 0);
    return opened;
}

static sem_t told;
static int volatile told_value;
static bool volatile told_unblocked;

static void tell_by_thread(union sigval value) {
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    told_unblocked = sigismember(&mask, SIGUSR1) == 0 && sigismember(&mask, SIGTERM) == 0;
    told_value = value.sival_int;
    sem_post(&told);
}

static void await_told(int value) {
    while (sem_wait(&told) != 0)
        SETUP(errno == EINTR);
    CHECK(31, told_value == value && told_unblocked);
}

/* By a handler: a thread that announces has no signal blocked, and may get it as well as any other. */
static siginfo_t volatile came;
static sem_t has_come;

static void comes(int number, siginfo_t *info, void *context) {
    (void)number;
    (void)context;
    came = *info;
    sem_post(&has_come);
}

static void await_signal(int code, int value) {
    while (sem_wait(&has_come) != 0)
        CHECK(30, errno == EINTR);
    CHECK(32, came.si_signo == SIGRTMIN + 3 && came.si_code == code && came.si_value.sival_int == value);
    CHECK(33, came.si_pid == getpid() && came.si_uid == getuid());
}

static struct sigevent with_signal(int value) {
    return (struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 3, .sigev_value.sival_int = value};
}

static struct sigevent in_thread(int value) {
    return (struct sigevent){.sigev_notify = SIGEV_THREAD, .sigev_notify_function = tell_by_thread, .sigev_value.sival_int = value};
}

/* Each block on its own descriptor, in whatever order they end. */
static void many_descriptors(void) {
    struct wire wires[PIPES];
    struct aiocb blocks[PIPES];
    char bytes[PIPES];
    for (int place = 0; place < PIPES; place++) {
        wires[place] = new_wire();
        blocks[place] = reading(wires[place].out, &bytes[place], 1);
        CHECK(1, aio_read(&blocks[place]) == 0);
    }
    for (int place = PIPES - 1; place >= 0; place--) {
        CHECK(2, aio_error(&blocks[place]) == EINPROGRESS);
        SETUP(raw_write(wires[place].in, "abcdefgh" + place, 1) == 1);
        const struct aiocb *one[] = {&blocks[place]};
        CHECK(3, aio_suspend(one, 1, NULL) == 0 && aio_error(&blocks[place]) == 0);
        CHECK(4, aio_return(&blocks[place]) == 1 && bytes[place] == "abcdefgh"[place]);
        raw_close(wires[place].in);
        CHECK(5, close(wires[place].out) == 0);
    }
}

/* Appended in the order in which they were asked for. */
static void order(void) {
    static struct aiocb blocks[MANY];
    static char texts[MANY][5], all[MANY * 4];
    int file = new_file(O_APPEND);
    for (int place = 0; place < MANY; place++) {
        snprintf(texts[place], sizeof texts[place], "%04d", place);
        blocks[place] = writing(file, texts[place], 4);
        CHECK(6, aio_write(&blocks[place]) == 0);
    }
    struct aiocb last = {.aio_fildes = file};
    CHECK(7, aio_fsync(O_SYNC, &last) == 0);
    CHECK(8, outcome_of(&last) == 0 && aio_return(&last) == 0);
    for (int place = 0; place < MANY; place++)
        CHECK(9, outcome_of(&blocks[place]) == 0 && aio_return(&blocks[place]) == 4);
    SETUP(raw_call(SYS_pread64, file, all, sizeof all, 0) == sizeof all);
    for (int place = 0; place < MANY; place++)
        CHECK(10, memcmp(all + 4 * place, texts[place], 4) == 0);
    CHECK(11, close(file) == 0);
}

/* By place in a file, not in turn; what the kernel refuses is said in the block. */
static void places_and_errors(void) {
    int file = new_file(0);
    SETUP(raw_write(file, "0123456789", 10) == 10);
    char text[4] = "";
    struct aiocb read = reading(file, text, 3), closed = reading(333, text, 3), bad = reading(file, (void *)8, 3);
    read.aio_offset = 4;
    CHECK(12, aio_read(&read) == 0 && outcome_of(&read) == 0 && aio_return(&read) == 3 && strcmp(text, "456") == 0);
    CHECK(13, aio_read(&closed) == 0 && outcome_of(&closed) == EBADF && aio_return(&closed) == -1);
    CHECK(14, aio_read(&bad) == 0 && outcome_of(&bad) == EFAULT);
    struct aiocb *list[] = {&read, NULL, &closed};
    errno = 0;
    CHECK(15, lio_listio(LIO_WAIT, list, 3, NULL) == -1 && errno == EIO && aio_error(&read) == 0 && aio_error(&closed) == EBADF);
    list[2] = NULL;
    CHECK(16, lio_listio(LIO_WAIT, list, 3, NULL) == 0 && aio_return(&read) == 3);
    struct wire wire = new_wire();
    raw_close(wire.out);
    signal(SIGPIPE, SIG_DFL);
    struct aiocb broken = writing(wire.in, "x", 1);
    CHECK(17, aio_write(&broken) == 0 && outcome_of(&broken) == EPIPE);
    CHECK(18, close(file) == 0 && close(wire.in) == 0);
}

static void announcements(void) {
    struct sigaction action = {.sa_sigaction = comes, .sa_flags = SA_SIGINFO | SA_RESTART};
    SETUP(sigaction(SIGRTMIN + 3, &action, NULL) == 0);
    int file = new_file(0);
    struct aiocb first = writing(file, "first", 5), second = writing(file, "second", 6);
    first.aio_sigevent = with_signal(41);
    CHECK(19, aio_write(&first) == 0);
    await_signal(SI_ASYNCIO, 41);
    CHECK(20, aio_error(&first) == 0);
    first.aio_sigevent = in_thread(42);
    CHECK(21, aio_write(&first) == 0);
    await_told(42);
    CHECK(22, aio_error(&first) == 0);
    struct aiocb *list[] = {&first, &second};
    struct sigevent all = with_signal(43);
    first.aio_sigevent.sigev_notify = SIGEV_NONE;
    CHECK(23, lio_listio(LIO_NOWAIT, list, 2, &all) == 0);
    await_signal(SI_ASYNCIO, 43);
    CHECK(24, aio_error(&first) == 0 && aio_error(&second) == 0);
    all = in_thread(44);
    CHECK(25, lio_listio(LIO_NOWAIT, list, 2, &all) == 0);
    await_told(44);
    all = with_signal(45);
    CHECK(26, lio_listio(LIO_NOWAIT, list, 0, &all) == 0);
    await_signal(SI_ASYNCIO, 45);
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST};
    struct gaicb one = {.ar_name = "127.0.0.1", .ar_request = &hints}, two = {.ar_name = "no number", .ar_request = &hints};
    struct gaicb *names[] = {&one, NULL, &two};
    all = with_signal(46);
    CHECK(27, getaddrinfo_a(GAI_NOWAIT, names, 3, &all) == 0);
    await_signal(SI_ASYNCNL, 46);
    CHECK(28, gai_error(&one) == 0 && one.ar_result != NULL && gai_error(&two) == EAI_NONAME);
    all = in_thread(47);
    CHECK(29, getaddrinfo_a(GAI_NOWAIT, names, 2, &all) == 0);
    await_told(47);
    CHECK(34, close(file) == 0);
}

static void *interrupts(void *none) {
    (void)none;
    static const long FUTEX[] = {SYS_futex};
    await_sleep(subject, FUTEX, 1);
    raw_call(SYS_tgkill, raw_getpid(), subject, SIGUSR1);
    return NULL;
}

static void no_more(int number) { (void)number; }

static void *suspends(void *arg) {
    const struct aiocb *one[] = {arg};
    subject = (pid_t)raw_call(SYS_gettid);
    aio_suspend(one, 1, NULL);
    return NULL;
}

/* Waits that do not end well, and cancels. */
static void waits(void) {
    static const long FUTEX[] = {SYS_futex};
    struct wire wire = new_wire();
    char bytes[3];
    struct aiocb first = reading(wire.out, &bytes[0], 1), second = reading(wire.out, &bytes[1], 1);
    const struct aiocb *one[] = {&first}, *none[] = {NULL};
    second.aio_sigevent = in_thread(48);
    CHECK(35, aio_read(&first) == 0);
    while (!some_thread_reads())
        sched_yield();
    /* It reaches every thread, also the one that reads (nptl(7)). */
    CHECK(48, setuid(getuid()) == 0);
    CHECK(36, aio_read(&second) == 0);
    errno = 0;
    CHECK(37, aio_suspend(one, 1, &SOON) == -1 && errno == EAGAIN);
    CHECK(38, aio_suspend(none, 1, NULL) == 0 && aio_suspend(none, 0, NULL) == 0);
    struct sigaction action = {.sa_handler = no_more};
    SETUP(sigaction(SIGUSR1, &action, NULL) == 0);
    pthread_t thread = watch(interrupts, NULL);
    errno = 0;
    CHECK(39, aio_suspend(one, 1, NULL) == -1 && errno == EINTR);
    SETUP(pthread_join(thread, NULL) == 0);
    thread = watch(interrupts, NULL);
    errno = 0;
    const struct timespec late = {3600, 0};
    CHECK(40, aio_suspend(one, 1, &late) == -1 && errno == EINTR);
    SETUP(pthread_join(thread, NULL) == 0);
    /* A thread that waits can be canceled. */
    void *result;
    subject = 0;
    SETUP(pthread_create(&thread, NULL, suspends, &first) == 0);
    while (subject == 0)
        sched_yield();
    await_sleep(subject, FUTEX, 1);
    CHECK(41, pthread_cancel(thread) == 0 && pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED);
    errno = 0;
    CHECK(42, aio_cancel(wire.in, &first) == -1 && errno == EINVAL);
    CHECK(43, aio_cancel(wire.out, &second) == AIO_CANCELED && aio_error(&second) == ECANCELED && aio_return(&second) == -1);
    await_told(48);
    CHECK(44, aio_cancel(wire.out, &second) == AIO_ALLDONE);
    SETUP(raw_write(wire.in, "abc", 3) == 3);
    CHECK(45, outcome_of(&first) == 0 && aio_return(&first) == 1 && bytes[0] == 'a');
    CHECK(46, aio_cancel(wire.out, &first) == AIO_ALLDONE && aio_cancel(wire.out, NULL) == AIO_ALLDONE);
    CHECK(47, close(wire.in) == 0 && close(wire.out) == 0);
}

static int services(void *none) {
    (void)none;
    SETUP(sem_init(&told, 0, 0) == 0 && sem_init(&has_come, 0, 0) == 0);
    many_descriptors();
    order();
    places_and_errors();
    announcements();
    waits();
    return 0;
}

#endif
