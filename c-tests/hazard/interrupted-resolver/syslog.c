/* A thread is in syslog at the fork, where libc holds a lock while it connects to the logger, and while it waits for
 * one that does not read. In a child syslog, openlog and closelog hang.
 *
 * ways: fork _Fork asm
 * bare: exit 142
 * guarded vanished-threads=off: exit 0; interrupted-resolver repaired x4
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "parked.h"
#include <syslog.h>

static const char *const NAMES[] = {"syslog", "vsyslog", "openlog", "closelog"};
static const struct way *way;
static const char *name;

static void say_so(void) { syslog(LOG_DEBUG, "from a test of forkproof"); }
static bool at_logger(const struct seccomp_data *call) { return call->args[0] == AF_UNIX; }

static __attribute__((format(__printf__, 1, 2))) void log_by_list(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsyslog(LOG_DEBUG, format, arguments);
    va_end(arguments);
}

static int child(void *none) {
    (void)none;
    for (int count = 0; count < 2; count++) {
        if (strcmp(name, "syslog") == 0)
            say_so();
        else if (strcmp(name, "vsyslog") == 0)
            log_by_list("from a %s of forkproof", "test");
        else if (strcmp(name, "openlog") == 0)
            openlog("forkproof", 0, LOG_USER);
        else
            closelog();
    }
    return 0;
}

static int run(int place) {
    struct parked parked;
    name = NAMES[place];
    park(&parked, SYS_socket, at_logger, say_so);
    struct kid kid = start(way, child, NULL);
    int code = code_from(&kid);
    if (code != 0) {
        line_to(2, "%s: the child ended with %d\n", name, code);
        return code;
    }
    let_go(&parked);
    return 0;
}

int main(int argc, char **argv) {
    way = which_way(argc, argv);
    return all_alike(sizeof NAMES / sizeof *NAMES, run);
}
