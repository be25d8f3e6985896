/* Rings of io_uring and contexts of AIO, and children that do nothing wrong with them: let them be; look at them; close
 * the number alone; give all up and make their own, at the same numbers and places, as uv_loop_fork does; run a
 * program; go on alone after the parent has closed its own. A vfork child is its parent. Parent and child then use what
 * is theirs.
 *
 * ways: all
 * bare: exit 0
 * guarded: exit 0; nothing
 * guarded mode=strict: exit 0; nothing
 * guarded late-completion=die: exit 0; nothing
 * bare differs: no
 * may skip: needs io_uring and Linux AIO
 */
#include "rings.h"

static struct ring ring;
static aio_context_t context;
static int file;

static void use(struct ring *own, aio_context_t own_context) {
    char text[4];
    submit(own, 7);
    say("own: %d, completion %d\n", own->fd, (int)take(own));
    CHECK(20, read_by(own_context, file, text, sizeof text, 8) == 1);
    CHECK(21, take_event(own_context) == 8);
}

/* A vfork child of its ends in its memory. */
static int lets_be(void *none) {
    (void)none;
    pid_t pid = vfork();
    if (pid == 0)
        _exit(0);
    int status;
    CHECK(29, pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
    return 0;
}

static int looks(void *none) {
    (void)none;
    say("tail %u of %u\n", *word_at(&ring, ring.about.cq_off.tail), *word_at(&ring, ring.about.cq_off.ring_entries));
    return 0;
}

static int closes(void *none) {
    (void)none;
    CHECK(30, close(ring.fd) == 0);
    CHECK(31, enter(ring.fd, 0, 0) == -1 && errno == EBADF);
    int other = open("/dev/null", O_RDWR);
    CHECK(32, other == ring.fd && enter(other, 0, 0) == -1 && errno == EOPNOTSUPP);
    return 0;
}

static int makes_anew(void *none) {
    (void)none;
    int before = ring.fd;
    end_ring(&ring);
    CHECK(33, syscall(SYS_io_destroy, context) == -1 && errno == EINVAL);
    ring = new_ring(0);
    CHECK(34, ring.fd == before);
    use(&ring, new_context());
    return 0;
}

static int runs_program(void *none) {
    (void)none;
    char *arguments[] = {"true", NULL};
    execv("/bin/true", arguments);
    return 35;
}

/* The parent has closed its own by then. */
static int goes_on(void *none) {
    (void)none;
    await(up);
    submit(&ring, 9);
    CHECK(36, take(&ring) == 9);
    return 0;
}

static void by_vfork(void) {
    pid_t pid = vfork();
    if (pid == 0) {
        put(&ring, 5);
        _exit(enter(ring.fd, 1, 1) == 1 ? 0 : 37);
    }
    int status;
    SETUP(pid > 0 && waitpid(pid, &status, 0) == pid);
    CHECK(37, status == 0 && take(&ring) == 5);
}

int main(int argc, char **argv) {
    const struct way *way = which_way(argc, argv);
    kid_main *const all[] = {lets_be, looks, closes, makes_anew, runs_program};
    file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    ring = new_ring(0);
    context = new_context();
    for (size_t place = 0; place < sizeof all / sizeof *all; place++) {
        struct kid kid = start(way, all[place], NULL);
        ended(&kid);
        use(&ring, context);
    }
    by_vfork();
    struct kid kid = start(way, goes_on, NULL);
    end_ring(&ring);
    tell(kid.line);
    ended(&kid);
    return 0;
}
