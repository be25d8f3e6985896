/* A visitor is a process at work in its parent's memory, with a descriptor table of its own: a child of vfork
 * or of clone(CLONE_VM). What it closes and makes is no business of its parent's records. */
#ifndef VISITOR_H
#define VISITOR_H

#include "fork_ways.h"
#include "refuse.h"

/* One visit, run to its end; what the visitor's function returned. */
static __attribute__((noinline)) int visit_by_vfork(kid_main *run, void *arg) {
    int status;
    pid_t pid = vfork();
    if (pid == 0)
        _exit(run(arg));
    SETUP(pid != -1 && waitpid(pid, &status, 0) == pid);
    return code_of(status);
}

struct visit {
    kid_main *run;
    void *arg;
    int code;
};

static int visit_entry(void *arg) {
    struct visit *visit = arg;
    _exit(visit->run(visit->arg));
}

static int visit_by_clone(int flags, kid_main *run, void *arg) {
    struct visit visit = {.run = run, .arg = arg};
    size_t size = 1 << 20;
    char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    SETUP(stack != MAP_FAILED);
    int status;
    pid_t pid = clone(visit_entry, stack + size, flags | SIGCHLD, &visit);
    SETUP(pid != -1 && waitpid(pid, &status, 0) == pid);
    SETUP(munmap(stack, size) == 0);
    return code_of(status);
}

static void *visit_from_thread(void *arg) {
    struct visit *visit = arg;
    visit->code = visit_by_vfork(visit->run, visit->arg);
    return NULL;
}

static int visit_by_thread(kid_main *run, void *arg) {
    struct visit visit = {.run = run, .arg = arg};
    pthread_t thread;
    SETUP(pthread_create(&thread, NULL, visit_from_thread, &visit) == 0 && pthread_join(thread, NULL) == 0);
    return visit.code;
}

static int visit_again(void *arg) {
    struct visit *visit = arg;
    int inner = visit_by_vfork(visit->run, visit->arg);
    return inner ? inner : visit->run(visit->arg);
}

/* The ways of a visitor: vfork, clone (CLONE_VM | CLONE_VFORK), clone_vm (CLONE_VM alone), thread, nested. */
static int visit(const char *way, kid_main *run, void *arg) {
    struct visit nested = {.run = run, .arg = arg};
    if (strcmp(way, "vfork") == 0)
        return visit_by_vfork(run, arg);
    if (strcmp(way, "clone") == 0)
        return visit_by_clone(CLONE_VM | CLONE_VFORK, run, arg);
    if (strcmp(way, "clone_vm") == 0)
        return visit_by_clone(CLONE_VM, run, arg);
    if (strcmp(way, "thread") == 0)
        return visit_by_thread(run, arg);
    if (strcmp(way, "nested") == 0)
        return visit_by_vfork(visit_again, &nested);
    line_to(2, "no visitor comes by `%s`: vfork clone clone_vm thread nested\n", way);
    quit(99);
}

/* Where the visit happens: `WAY` in the first process; `WAY.child` in a forked child that has touched
 * nothing yet; `WAY.no_kcmp` the same where kcmp(2) is denied, as in most containers. `run` is the whole test
 * and gets the bare way. */
static MAYBE_UNUSED int in_the_right_process(int argc, char **argv, kid_main *run) {
    static char way[32];
    SETUP(argc == 2 && strlen(argv[1]) < sizeof way);
    strcpy(way, argv[1]);
    char *where = strchr(way, '.');
    if (where == NULL)
        return run(way);
    *where++ = '\0';
    if (strcmp(where, "no_kcmp") == 0)
        refuse(SYS_kcmp, EPERM);
    struct kid kid = start(PLAIN_FORK, run, way);
    ended(&kid);
    return 0;
}

#endif
