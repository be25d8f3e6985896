/* libc's lookups without _r each have a static lock of their own, held for the whole lookup: while a file is read, or a
 * directory service far away is asked. A thread is inside one of them at the fork, at the opening of its file; a child that
 * calls the same function waits for ever. Here it gets the answer it would have got. All functions of a database at once.
 *
 * ways: hosts passwd group services protocols networks
 * bare: exit 142
 * guarded vanished-threads=off resolver_wait_ms=0: exit 0; interrupted-resolver repaired
 * guarded vanished-threads=off: exit 0; interrupted-resolver reported call=fork, interrupted-resolver repaired
 * may skip: needs a seccomp listener
 */
#include "hang.h"
#include "resolver.h"
#include <grp.h>
#include <nss.h>
#include <pwd.h>

/* An answer as text; NULL is an answer too. */
#define HOST(call) \
    do { \
        struct hostent *host = (call); \
        snprintf(text, room, "%s", host ? host->h_name : "none"); \
    } while (0)
#define NAMED(type, call, name) \
    do { \
        struct type *entry = (call); \
        snprintf(text, room, "%s", entry ? entry->name : "none"); \
    } while (0)

static const in_addr_t LOOPBACK = 0x0100007f;

#define LOOKUPS(one) \
    one(gethostbyname, "/etc/hosts", HOST(gethostbyname("localhost"))) \
    one(gethostbyname2, "/etc/hosts", HOST(gethostbyname2("localhost", AF_INET))) \
    one(gethostbyaddr, "/etc/hosts", HOST(gethostbyaddr(&LOOPBACK, sizeof LOOPBACK, AF_INET))) \
    one(gethostent, "/etc/hosts", HOST((gethostent())); endhostent()) \
    one(getpwnam, "/etc/passwd", NAMED(passwd, getpwnam("root"), pw_dir)) \
    one(getpwuid, "/etc/passwd", NAMED(passwd, getpwuid(0), pw_dir)) \
    one(getpwent, "/etc/passwd", NAMED(passwd, getpwent(), pw_dir); endpwent()) \
    one(getgrnam, "/etc/group", NAMED(group, getgrnam("root"), gr_name)) \
    one(getgrgid, "/etc/group", NAMED(group, getgrgid(0), gr_name)) \
    one(getgrent, "/etc/group", NAMED(group, getgrent(), gr_name); endgrent()) \
    one(getservbyname, "/etc/services", NAMED(servent, getservbyname("domain", "udp"), s_proto)) \
    one(getservbyport, "/etc/services", NAMED(servent, getservbyport(htons(53), "udp"), s_name)) \
    one(getservent, "/etc/services", NAMED(servent, getservent(), s_name); endservent()) \
    one(getprotobyname, "/etc/protocols", NAMED(protoent, getprotobyname("tcp"), p_name)) \
    one(getprotobynumber, "/etc/protocols", NAMED(protoent, getprotobynumber(17), p_name)) \
    one(getprotoent, "/etc/protocols", NAMED(protoent, getprotoent(), p_name); endprotoent()) \
    one(getnetbyname, "/etc/networks", NAMED(netent, getnetbyname("link-local"), n_name)) \
    one(getnetbyaddr, "/etc/networks", NAMED(netent, getnetbyaddr(0x7f000000, AF_INET), n_name)) \
    one(getnetent, "/etc/networks", NAMED(netent, getnetent(), n_name); endnetent())

#define BODY(name, file, statements) \
    static void ask_##name(char *text, size_t room) { statements; }
LOOKUPS(BODY)

static const struct lookup {
    const char *name, *file;
    void (*ask)(char *text, size_t room);
} TABLE[] = {
#define ENTRY(name, file, statements) {#name, file, ask_##name},
    LOOKUPS(ENTRY)};
enum { COUNT = sizeof TABLE / sizeof *TABLE };

static const struct lookup *lookup;
static int of_way[COUNT];
static char right[256];

static bool at_file(const struct seccomp_data *call) { return opens(call, lookup->file); }

static void ask(void) {
    char text[sizeof right];
    lookup->ask(text, sizeof text);
    CHECK(20, strcmp(text, right) == 0);
}

static int child(void *none) {
    (void)none;
    ask();
    ask();
    return 0;
}

static int run(int place) {
    struct parked parked;
    lookup = &TABLE[of_way[place]];
    lookup->ask(right, sizeof right);
    park(&parked, SYS_openat, at_file, ask);
    struct kid kid = start(PLAIN_FORK, child, NULL);
    int code = code_from(&kid);
    if (code != 0) {
        line_to(2, "%s: the child ended with %d\n", lookup->name, code);
        return code;
    }
    let_go(&parked);
    return 0;
}

int main(int argc, char **argv) {
    char file[32];
    int count = 0;
    SETUP(argc == 2 && __nss_configure_lookup(argv[1], "files") == 0);
    snprintf(file, sizeof file, "/etc/%s", argv[1]);
    for (int place = 0; place < COUNT; place++) {
        if (strcmp(file, TABLE[place].file) == 0)
            of_way[count++] = place;
    }
    return all_alike(count, run);
}
