/* The functions of the resolver family, with right and with wrong arguments: the same answers, the same errno and
 * h_errno, in a process that never forked, in one that did, and in a child.
 *
 * ways: fresh forked child grown
 * bare: exit 0
 * guarded: exit 0; nothing
 * bare differs: no
 */
#include "transcript.h"
#include <arpa/inet.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <nss.h>
#include <pwd.h>
#include <resolv.h>

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

static void show_list(struct addrinfo *list) {
    for (struct addrinfo *one = list; one; one = one->ai_next) {
        char host[64] = "", service[64] = "";
        int error = getnameinfo(one->ai_addr, one->ai_addrlen, host, sizeof host, service, sizeof service,
                                NI_NUMERICHOST | NI_NUMERICSERV);
        say("  %d %d %d %d %s %s %s\n", one->ai_family, one->ai_socktype, one->ai_protocol, error, host, service,
            one->ai_canonname ? one->ai_canonname : "-");
    }
}

static void ask(const char *name, const char *service, int flags, int family, int type) {
    struct addrinfo hints = {.ai_flags = flags, .ai_family = family, .ai_socktype = type}, *list = NULL;
    say("%.30s %s %x %d %d\n", name ? name : "NULL", service ? service : "NULL", (unsigned)flags, family, type);
    T(getaddrinfo(name, service, &hints, &list));
    if (list) {
        show_list(list);
        freeaddrinfo(list);
    }
}

static void addresses(void) {
    static char long_name[2000];
    memset(long_name, 'x', sizeof long_name - 1);
    struct addrinfo *list = NULL;
    T(getaddrinfo("localhost", "80", NULL, &list));
    show_list(list);
    freeaddrinfo(list);
    ask("localhost", NULL, AI_ADDRCONFIG, AF_UNSPEC, SOCK_STREAM);
    ask("localhost", "domain", AI_CANONNAME, AF_INET, 0);
    ask(NULL, "80", AI_PASSIVE, AF_UNSPEC, SOCK_STREAM);
    ask(NULL, "80", 0, AF_UNSPEC, SOCK_DGRAM);
    ask("192.0.2.7", "65535", AI_NUMERICHOST | AI_NUMERICSERV, AF_UNSPEC, SOCK_STREAM);
    ask("2001:db8::7", NULL, AI_NUMERICHOST, AF_INET6, SOCK_STREAM);
    ask("::ffff:192.0.2.7", NULL, AI_V4MAPPED, AF_INET6, SOCK_STREAM);
    ask("2001:db8::7", NULL, 0, AF_INET, SOCK_STREAM);
    ask("localhost", NULL, AI_NUMERICHOST, AF_UNSPEC, 0);
    ask("no-such-name.invalid", NULL, 0, AF_UNSPEC, 0);
    ask("", NULL, 0, AF_UNSPEC, 0);
    ask(long_name, NULL, 0, AF_UNSPEC, SOCK_STREAM);
    ask(NULL, NULL, 0, AF_UNSPEC, 0);
    ask("localhost", "no-such-service", 0, AF_INET, SOCK_STREAM);
    ask("localhost", "http", AI_NUMERICSERV, AF_INET, SOCK_STREAM);
    ask("localhost", "80", 0, AF_UNIX, SOCK_STREAM);
    ask("localhost", "80", 0, AF_INET, 77);
    ask("localhost", "80", 0x40000000, AF_INET, SOCK_STREAM);
    ask("localhost", NULL, AI_CANONNAME | AI_PASSIVE, AF_INET, SOCK_RAW);
}

static void names(void) {
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(53), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(53), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr strange = {.sa_family = 77};
    char host[64] = "", service[64] = "";
    T(getnameinfo((void *)&four, sizeof four, host, sizeof host, service, sizeof service, 0));
    say("  %s %s\n", host, service);
    T(getnameinfo((void *)&four, sizeof four, host, sizeof host, service, sizeof service, NI_DGRAM | NI_NOFQDN));
    say("  %s %s\n", host, service);
    T(getnameinfo((void *)&six, sizeof six, host, sizeof host, service, sizeof service, NI_NUMERICHOST | NI_NUMERICSERV));
    say("  %s %s\n", host, service);
    four.sin_addr.s_addr = inet_addr("192.0.2.7");
    T(getnameinfo((void *)&four, sizeof four, host, sizeof host, NULL, 0, NI_NAMEREQD));
    T(getnameinfo((void *)&four, sizeof four, host, 3, NULL, 0, NI_NUMERICHOST));
    T(getnameinfo((void *)&four, sizeof four, NULL, 0, NULL, 0, NI_NAMEREQD));
    T(getnameinfo((void *)&four, 3, host, sizeof host, NULL, 0, 0));
    T(getnameinfo((void *)&four, sizeof four, host, sizeof host, NULL, 0, 0x40000000));
    T(getnameinfo(&strange, sizeof strange, host, sizeof host, NULL, 0, 0));
    T(getnameinfo(NULL, sizeof four, host, sizeof host, NULL, 0, 0));
}

/* h_errno is the thread's, and only a failure sets it. */
static void show_host(const struct hostent *host) {
    char text[64] = "";
    if (host == NULL)
        say("  none, h_errno %d\n", h_errno);
    else if (host->h_addr_list[0])
        say("  %s %d %d %s\n", host->h_name, host->h_addrtype, host->h_length,
            inet_ntop(host->h_addrtype, host->h_addr_list[0], text, sizeof text));
}

#define HOST(call) \
    do { \
        struct hostent *host_; \
        h_errno = 7; \
        T((host_ = (call)) != NULL); \
        show_host(host_); \
    } while (0)
#define HOST_R(call) \
    do { \
        found = NULL; \
        error = 7; \
        T(call); \
        say("  h_errno %d, %s\n", error, found == &host ? "found" : found ? "found elsewhere" : "none"); \
        if (found) \
            show_host(found); \
    } while (0)

static void hosts(void) {
    struct hostent host, *found;
    int error;
    char buffer[4096];
    in_addr_t four = htonl(INADDR_LOOPBACK), unknown = inet_addr("192.0.2.7");
    struct in6_addr six = IN6ADDR_LOOPBACK_INIT;
    HOST(gethostbyname("localhost"));
    HOST(gethostbyname("192.0.2.7"));
    HOST(gethostbyname("no-such-name.invalid"));
    HOST(gethostbyname(""));
    HOST(gethostbyname2("localhost", AF_INET));
    HOST(gethostbyname2("2001:db8::7", AF_INET6));
    HOST(gethostbyname2("localhost", 77));
    HOST(gethostbyaddr(&four, sizeof four, AF_INET));
    HOST(gethostbyaddr(&six, sizeof six, AF_INET6));
    HOST(gethostbyaddr(&unknown, sizeof unknown, AF_INET));
    HOST(gethostbyaddr(&four, 3, AF_INET));
    HOST(gethostbyaddr(&four, sizeof four, 77));
    HOST_R(gethostbyname_r("localhost", &host, buffer, sizeof buffer, &found, &error));
    HOST_R(gethostbyname_r("no-such-name.invalid", &host, buffer, sizeof buffer, &found, &error));
    HOST_R(gethostbyname_r("localhost", &host, buffer, 4, &found, &error));
    HOST_R(gethostbyname2_r("localhost", AF_INET, &host, buffer, sizeof buffer, &found, &error));
    HOST_R(gethostbyname2_r("localhost", 77, &host, buffer, sizeof buffer, &found, &error));
    HOST_R(gethostbyaddr_r(&four, sizeof four, AF_INET, &host, buffer, sizeof buffer, &found, &error));
    HOST_R(gethostbyaddr_r(&four, sizeof four, AF_INET, &host, buffer, 4, &found, &error));
    HOST_R(gethostbyaddr_r(&four, 3, AF_INET, &host, buffer, sizeof buffer, &found, &error));
    sethostent(1);
    HOST(gethostent());
    HOST_R(gethostent_r(&host, buffer, sizeof buffer, &found, &error));
    HOST_R(gethostent_r(&host, buffer, 4, &found, &error));
    endhostent();
    HOST(gethostent());
    endhostent();
}

/* Entries: their name, and NULL, with errno. */
#define ENTRY(type, name, call) \
    do { \
        struct type *entry_; \
        T((entry_ = (call)) != NULL); \
        say("  %s\n", entry_ ? entry_->name : "none"); \
    } while (0)
#define ENTRY_R(type, name, call) \
    do { \
        struct type one, *found = NULL; \
        T(call); \
        say("  %s\n", found == &one ? one.name : found ? "elsewhere" : "none"); \
    } while (0)

static void users(void) {
    char buffer[8192];
    gid_t groups[8] = {77, 77, 77};
    int count = 8;
    ENTRY(passwd, pw_dir, getpwnam("root"));
    ENTRY(passwd, pw_dir, getpwnam("no such user"));
    ENTRY(passwd, pw_dir, getpwnam(""));
    ENTRY(passwd, pw_dir, getpwuid(0));
    ENTRY(passwd, pw_dir, getpwuid(1234567));
    ENTRY_R(passwd, pw_dir, getpwnam_r("root", &one, buffer, sizeof buffer, &found));
    ENTRY_R(passwd, pw_dir, getpwnam_r("no such user", &one, buffer, sizeof buffer, &found));
    ENTRY_R(passwd, pw_dir, getpwnam_r("root", &one, buffer, 4, &found));
    ENTRY_R(passwd, pw_dir, getpwuid_r(0, &one, buffer, sizeof buffer, &found));
    ENTRY_R(passwd, pw_dir, getpwuid_r(0, &one, buffer, 4, &found));
    ENTRY_R(passwd, pw_dir, getpwuid_r(1234567, &one, buffer, sizeof buffer, &found));
    setpwent();
    ENTRY(passwd, pw_dir, getpwent());
    ENTRY_R(passwd, pw_dir, getpwent_r(&one, buffer, sizeof buffer, &found));
    ENTRY_R(passwd, pw_dir, getpwent_r(&one, buffer, 4, &found));
    endpwent();
    ENTRY(group, gr_name, getgrnam("root"));
    ENTRY(group, gr_name, getgrnam("no such group"));
    ENTRY(group, gr_name, getgrgid(0));
    ENTRY(group, gr_name, getgrgid(1234567));
    ENTRY_R(group, gr_name, getgrnam_r("root", &one, buffer, sizeof buffer, &found));
    ENTRY_R(group, gr_name, getgrnam_r("root", &one, buffer, 4, &found));
    ENTRY_R(group, gr_name, getgrgid_r(0, &one, buffer, sizeof buffer, &found));
    ENTRY_R(group, gr_name, getgrgid_r(1234567, &one, buffer, sizeof buffer, &found));
    setgrent();
    ENTRY(group, gr_name, getgrent());
    ENTRY_R(group, gr_name, getgrent_r(&one, buffer, sizeof buffer, &found));
    ENTRY_R(group, gr_name, getgrent_r(&one, buffer, 4, &found));
    endgrent();
    T(getgrouplist("root", 42, groups, &count));
    say("  %d: %d %d\n", count, (int)groups[0], (int)groups[1]);
    count = 0;
    T(getgrouplist("root", 42, groups, &count));
    say("  %d\n", count);
    count = 8;
    T(getgrouplist("no such user", 42, groups, &count));
    T(initgroups("root", 0));
    T(initgroups("no such user", 0));
    T(putpwent(getpwnam("root"), NULL));
}

static void services(void) {
    char buffer[8192];
    ENTRY(servent, s_proto, getservbyname("domain", "udp"));
    ENTRY(servent, s_proto, getservbyname("domain", NULL));
    ENTRY(servent, s_proto, getservbyname("no such service", "tcp"));
    ENTRY(servent, s_name, getservbyport(htons(53), "udp"));
    ENTRY(servent, s_name, getservbyport(htons(9999), "no such protocol"));
    ENTRY_R(servent, s_proto, getservbyname_r("domain", "udp", &one, buffer, sizeof buffer, &found));
    ENTRY_R(servent, s_proto, getservbyname_r("domain", "udp", &one, buffer, 4, &found));
    ENTRY_R(servent, s_name, getservbyport_r(htons(53), "udp", &one, buffer, sizeof buffer, &found));
    setservent(1);
    ENTRY(servent, s_name, getservent());
    ENTRY_R(servent, s_name, getservent_r(&one, buffer, sizeof buffer, &found));
    endservent();
    ENTRY(protoent, p_name, getprotobyname("tcp"));
    ENTRY(protoent, p_name, getprotobyname("no such protocol"));
    ENTRY(protoent, p_name, getprotobynumber(17));
    ENTRY(protoent, p_name, getprotobynumber(1234567));
    ENTRY_R(protoent, p_name, getprotobyname_r("tcp", &one, buffer, sizeof buffer, &found));
    ENTRY_R(protoent, p_name, getprotobyname_r("tcp", &one, buffer, 4, &found));
    ENTRY_R(protoent, p_name, getprotobynumber_r(17, &one, buffer, sizeof buffer, &found));
    setprotoent(1);
    ENTRY(protoent, p_name, getprotoent());
    ENTRY_R(protoent, p_name, getprotoent_r(&one, buffer, sizeof buffer, &found));
    endprotoent();
}

static void networks(void) {
    char buffer[8192];
    int error = 7;
    ENTRY(netent, n_name, getnetbyname("link-local"));
    ENTRY(netent, n_name, getnetbyname("no such network"));
    ENTRY(netent, n_name, getnetbyaddr(0x7f000000, AF_INET));
    ENTRY(netent, n_name, getnetbyaddr(0x01020300, AF_INET));
    ENTRY_R(netent, n_name, getnetbyname_r("link-local", &one, buffer, sizeof buffer, &found, &error));
    ENTRY_R(netent, n_name, getnetbyname_r("link-local", &one, buffer, 4, &found, &error));
    ENTRY_R(netent, n_name, getnetbyaddr_r(0x7f000000, AF_INET, &one, buffer, sizeof buffer, &found, &error));
    setnetent(1);
    ENTRY(netent, n_name, getnetent());
    ENTRY_R(netent, n_name, getnetent_r(&one, buffer, sizeof buffer, &found, &error));
    endnetent();
    say("  h_errno %d\n", error);
}

/* The server is a port of this machine's on which nobody listens, so that the answer is a refusal, at once. */
static void name_servers(void) {
    unsigned char answer[1024], query[512];
    struct sockaddr_in nobody = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof nobody;
    int udp = (int)raw_call(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    SETUP(udp != -1 && raw_call(SYS_bind, udp, &nobody, sizeof nobody) == 0 && raw_call(SYS_getsockname, udp, &nobody, &size) == 0);
    raw_close(udp);
    T(res_init());
    _res.nsaddr_list[0] = nobody;
    _res.nscount = 1;
    _res.retry = _res.retrans = 1;
    _res.options &= ~(RES_DNSRCH | RES_DEFNAMES);
    T(res_query("name.test", ns_c_in, ns_t_a, answer, sizeof answer));
    say("  h_errno %d\n", h_errno);
    T(res_search("name.test", ns_c_in, ns_t_a, answer, sizeof answer));
    T(res_querydomain("name", "test", ns_c_in, ns_t_a, answer, sizeof answer));
    T(res_query("two..dots", ns_c_in, ns_t_a, answer, sizeof answer));
    int length = res_mkquery(ns_o_query, "name.test", ns_c_in, ns_t_a, NULL, 0, NULL, query, sizeof query);
    say("  %d\n", length);
    T(res_send(query, length, answer, sizeof answer));
    T(res_send(query, length, answer, 3));
    T(res_nquery(&_res, "name.test", ns_c_in, ns_t_a, answer, sizeof answer));
    T(res_nsearch(&_res, "name.test", ns_c_in, ns_t_a, answer, sizeof answer));
    T(res_nquerydomain(&_res, "name", "test", ns_c_in, ns_t_a, answer, sizeof answer));
    T(res_nsend(&_res, query, length, answer, sizeof answer));
    T(res_ninit(&_res));
    res_nclose(&_res);
}

static int run(void *none) {
    static const char *const DATABASES[] = {"hosts", "passwd", "group", "services", "protocols", "networks"};
    (void)none;
    for (size_t place = 0; place < sizeof DATABASES / sizeof *DATABASES; place++)
        SETUP(__nss_configure_lookup(DATABASES[place], "files") == 0);
    addresses();
    names();
    hosts();
    users();
    services();
    networks();
    name_servers();
    return 0;
}

int main(int argc, char **argv) { return in_the_way(argc, argv, run); }
