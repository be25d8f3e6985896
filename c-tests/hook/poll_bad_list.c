/* A child that has not touched its inherited loop polls lists that cannot be read, or that are longer than the
 * kernel would read: EFAULT and EINVAL come back, and nothing is read that the kernel does not read. A program may
 * call select(getdtablesize(), ...) with sets of FD_SETSIZE bits: the kernel stops at the size of its table
 * (select(2)).
 *
 * ways: poll poll_many ppoll select select_table pselect
 * bare: exit 0
 * guarded: exit 0; nothing
 * bare differs: no
 */
#include "transcript.h"

/* The last bytes before memory that cannot be read. */
static char *edge(size_t size) {
    char *memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    SETUP(memory != MAP_FAILED && mprotect(memory + 4096, 4096, PROT_NONE) == 0);
    return memory + 4096 - size;
}

static int child(void *way) {
    struct timespec none_left = {0, 0};
    struct timeval zero = {0, 0};
    struct pollfd *list = (struct pollfd *)edge(sizeof *list);
    fd_set *set = (fd_set *)edge(sizeof *set);
    FD_ZERO(set);
    *list = (struct pollfd){CLOSED, POLLIN, 0};
    if (strcmp(way, "poll") == 0) {
        T(poll(NOWHERE, 1, 0));
        T(poll(list, 2, 0));
        T(poll(list, 1, 0));
    } else if (strcmp(way, "poll_many") == 0) {
        T(poll(list, 1 << 30, 0));
        T(poll(list, (nfds_t)-1, 0));
    } else if (strcmp(way, "ppoll") == 0) {
        T(ppoll(NOWHERE, 1, &none_left, NULL));
        T(ppoll(list, 2, &none_left, NULL));
    } else if (strcmp(way, "select") == 0) {
        T(select(8, NOWHERE, NULL, NULL, &zero));
        T(select(8, NULL, NOWHERE, NULL, &zero));
        T(select(-1, NOWHERE, NULL, NULL, &zero));
    } else if (strcmp(way, "select_table") == 0) {
        /* The table itself stays small: its size is what was ever open, not what may be. */
        T(select(1 << 20, set, NULL, NULL, &zero));
        T(select(INT32_MAX, NULL, NULL, set, &zero));
    } else {
        T(pselect(8, NOWHERE, NULL, NULL, &none_left, NULL));
        T(pselect(1 << 20, NULL, set, NULL, &none_left, NULL));
    }
    return 0;
}

int main(int argc, char **argv) {
    SETUP(argc == 2);
    struct line_pipe pipe = new_pipe();
    SETUP(add(new_poller(), pipe.out, EPOLLIN, 1) == 0);
    struct kid kid = start(PLAIN_FORK, child, argv[1]);
    T(code_from(&kid));
    return 0;
}
