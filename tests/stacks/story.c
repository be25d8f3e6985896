/* A poller is made, the process forks, the child uses the poller: each in a function of its own, in the manner that the
 * first argument names. What the log must say of the three stands in tests/stacks.rs. */
#define _GNU_SOURCE
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define APART __attribute__((noinline, noclone))
#define STAYS __asm__ volatile("") /* what came before is no tail call */
#define SETUP(what) ((what) ? (void)0 : _exit(99))

extern pid_t _Fork(void);

static int poller, ends[2];

APART static void made_here(void) {
    poller = epoll_create1(EPOLL_CLOEXEC);
    STAYS;
}

/* Called from assembly and from code without a name. */
APART void used_here(void) {
    struct epoll_event event = {.events = EPOLLIN};
    int answer = epoll_ctl(poller, EPOLL_CTL_ADD, ends[0], &event);
    SETUP(answer == 0);
}

APART static pid_t forked_here(const char *how) {
    pid_t child;
    if (strcmp(how, "_Fork") == 0)
        child = _Fork();
    else if (strcmp(how, "daemon") == 0)
        child = daemon(1, 1);
    else if (strcmp(how, "forkpty") == 0) {
        int terminal, out = dup(1);
        child = forkpty(&terminal, NULL, NULL, NULL);
        if (child == 0)
            dup2(out, 1); /* whoever reads our output waits for the child too */
    } else if (strcmp(how, "clone") == 0) {
        long answer;
#if defined(__x86_64__)
        register long tid __asm__("r10") = 0;
        __asm__ volatile("syscall" : "=a"(answer) : "a"(SYS_clone), "D"(SIGCHLD), "S"(0), "d"(0), "r"(tid)
                         : "rcx", "r11", "memory");
#else
        register long number __asm__("x8") = SYS_clone, flags __asm__("x0") = SIGCHLD;
        register long stack __asm__("x1") = 0, two __asm__("x2") = 0, three __asm__("x3") = 0, four __asm__("x4") = 0;
        __asm__ volatile("svc 0" : "+r"(flags) : "r"(number), "r"(stack), "r"(two), "r"(three), "r"(four) : "memory");
        answer = flags;
#endif
        child = answer;
    } else
        child = fork();
    STAYS;
    return child;
}

APART static void deeper(int left) {
    char frame[200];
    __asm__ volatile("" : : "r"(frame) : "memory");
    left == 0 ? used_here() : deeper(left - 1);
    STAYS;
}

APART static void large_frame(void) {
    char frame[1 << 16];
    __asm__ volatile("" : : "r"(frame) : "memory");
    used_here();
    STAYS;
}

static void on_signal(int number) {
    (void)number;
    used_here();
    STAYS;
}

APART static void in_handler(int flags, size_t size) {
    stack_t stack = {.ss_sp = malloc(size), .ss_size = size};
    SETUP(stack.ss_sp != NULL && (!(flags & SA_ONSTACK) || sigaltstack(&stack, NULL) == 0));
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = flags};
    SETUP(sigaction(SIGUSR1, &action, NULL) == 0);
    raise(SIGUSR1);
    STAYS;
}

static ucontext_t outside, inside;

static void coroutine(void) {
    used_here();
    STAYS;
}

APART static void in_coroutine(void) {
    static char stack[16 << 10];
    SETUP(getcontext(&inside) == 0);
    inside.uc_stack.ss_sp = stack;
    inside.uc_stack.ss_size = sizeof stack;
    inside.uc_link = &outside;
    makecontext(&inside, coroutine, 0);
    swapcontext(&outside, &inside);
}

#ifdef __x86_64__
/* One says nothing of its frame. Two find it by a register that holds nonsense: below the stack, and above all. */
__asm__(".text\n"
        ".globl says_nothing, below_the_stack, above_the_stack\n"
        ".type says_nothing, @function\n"
        "says_nothing:\n"
        "sub $8, %rsp\n"
        "call used_here\n"
        "add $8, %rsp\n"
        "ret\n"
        ".size says_nothing, . - says_nothing\n"
        ".macro nonsense name, value\n"
        ".type \\name, @function\n"
        "\\name:\n"
        ".cfi_startproc\n"
        "push %rbp\n"
        ".cfi_def_cfa_offset 16\n"
        ".cfi_offset 6, -16\n"
        "movabs $\\value, %rbp\n"
        ".cfi_def_cfa_register 6\n"
        "call used_here\n"
        "pop %rbp\n"
        ".cfi_def_cfa 7, 8\n"
        "ret\n"
        ".cfi_endproc\n"
        ".size \\name, . - \\name\n"
        ".endm\n"
        "nonsense below_the_stack, 0x1230\n"
        "nonsense above_the_stack, 0x7fffffffeff0\n");
void says_nothing(void), below_the_stack(void), above_the_stack(void);

APART static void generated(void) {
    unsigned char code[] = {0x48, 0x83, 0xec, 8, 0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xd0, 0x48, 0x83, 0xc4, 8, 0xc3};
    void (*to)(void) = used_here;
    memcpy(code + 6, &to, sizeof to);
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    SETUP(page != MAP_FAILED);
    memcpy(page, code, sizeof code);
    SETUP(mprotect(page, 4096, PROT_EXEC) == 0); /* not to be read */
    ((void (*)(void))page)();
    STAYS;
}
#endif

APART static void uses(const char *how) {
    if (strcmp(how, "deep") == 0)
        deeper(100);
    else if (strcmp(how, "large") == 0)
        large_frame();
    else if (strcmp(how, "signal") == 0)
        in_handler(0, 1);
    else if (strcmp(how, "altstack") == 0)
        in_handler(SA_ONSTACK, 8192);
    else if (strcmp(how, "coroutine") == 0)
        in_coroutine();
#ifdef __x86_64__
    else if (strcmp(how, "nothing") == 0)
        says_nothing();
    else if (strcmp(how, "below") == 0)
        below_the_stack();
    else if (strcmp(how, "above") == 0)
        above_the_stack();
    else if (strcmp(how, "generated") == 0)
        generated();
#endif
    else
        used_here();
    STAYS;
}

static void *story(void *how) {
    made_here();
    pid_t child = forked_here(how);
    SETUP(child != -1);
    if (child == 0) {
        uses(how);
        _exit(0);
    }
    int status;
    SETUP(waitpid(child, &status, 0) == child);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static void forks(void) {
    pid_t child = fork();
    if (child == 0) {
        used_here();
        _exit(0);
    }
    SETUP(waitpid(child, NULL, 0) == child);
}

APART static void place_a(void) {
    forks();
    STAYS;
}

APART static void place_b(void) {
    forks();
    STAYS;
}

APART static void place_d(int left) {
    left == 0 ? place_a() : place_d(left - 1);
    STAYS;
}

int main(int argc, char **argv) {
    alarm(30);
    const char *how = argc > 1 ? argv[1] : "fork";
    SETUP(pipe(ends) == 0);
    if (strcmp(how, "small") == 0) {
        pthread_attr_t small;
        pthread_t thread;
        SETUP(pthread_attr_init(&small) == 0 && pthread_attr_setstacksize(&small, 16 << 10) == 0);
        SETUP(pthread_create(&thread, &small, story, (void *)how) == 0);
        pthread_join(thread, NULL);
    }
    if (strcmp(how, "places") == 0 && argc > 2) {
        made_here();
        for (const char *place = argv[2]; *place; place++)
            *place == 'a' ? place_a() : *place == 'b' ? place_b() : place_d(3);
        return 0;
    }
    story((void *)how);
}
