/* contend handed|working|racing ONE OTHER TIMES: two threads, on processors ONE and OTHER, take one mutex
 * TIMES times each. Prints the nanoseconds of the round, and how often the lock went to the other thread.
 *
 * A lock that two threads want is had in two ways: the other thread hands it over, or the one that let go
 * of it has it again before the other has noticed. The second is several times as fast, and which of the
 * two a run falls into is chance. So:
 *
 * handed:  each thread keeps the lock until the other stands in line for it, and does not ask for it again
 *          before the other has had it. Every lock is of the first kind; there is no chance left.
 * working: some work with the lock and twice as much without, as in a program: both kinds in every round.
 * racing:  nothing but the lock. Here one jump more between unlock and lock lets the other thread win more
 *          often: a round shows who won, and says little about what a call costs. */
#include "bench.h"
#include <pthread.h>
#include <sched.h>

enum { FREE = -1, WAITED_FOR = 2 /* glibc's lowlevellock.h: locked, and somebody may wait in the kernel */ };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t barrier;
static long times, handed_over;
static int last, finished;
static void (*each)(int me);

static void stay_on(int cpu)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    MUST(sched_setaffinity(0, sizeof one, &one) == 0);
}

static inline void take(int me)
{
    pthread_mutex_lock(&mutex);
    if (last != me) {
        __atomic_store_n(&last, me, __ATOMIC_RELAXED);
        handed_over++;
    }
}

static inline int other_is_done(void)
{
    return __atomic_load_n(&finished, __ATOMIC_RELAXED);
}

static void handed(int me)
{
    for (long i = 0; i < times; i++) {
        take(me);
        while (__atomic_load_n(&mutex.__data.__lock, __ATOMIC_RELAXED) != WAITED_FOR && !other_is_done())
            ;
        pthread_mutex_unlock(&mutex);
        while (__atomic_load_n(&last, __ATOMIC_RELAXED) == me && !other_is_done())
            ;
    }
}

static void work(int amount)
{
    for (volatile int i = 0; i < amount; i++)
        ;
}

static void working(int me)
{
    for (long i = 0; i < times; i++) {
        take(me);
        work(100);
        pthread_mutex_unlock(&mutex);
        work(200);
    }
}

static void racing(int me)
{
    for (long i = 0; i < times; i++) {
        take(me);
        pthread_mutex_unlock(&mutex);
    }
}

static void round_of(int me)
{
    pthread_barrier_wait(&barrier);
    each(me);
    __atomic_store_n(&finished, 1, __ATOMIC_RELAXED);
    pthread_barrier_wait(&barrier);
}

_Noreturn static void *other(void *cpu)
{
    stay_on(*(int *)cpu);
    for (;;)
        round_of(1);
}

int main(int argc, char **argv)
{
    MUST(argc == 5);
    each = strcmp(argv[1], "handed") == 0 ? handed : strcmp(argv[1], "working") == 0 ? working : racing;
    MUST(each != racing || strcmp(argv[1], "racing") == 0);
    int cpus[2] = {atoi(argv[2]), atoi(argv[3])};
    times = atol(argv[4]);
    MUST(times > 0);

    alarm(300);
    pthread_t thread;
    MUST(pthread_barrier_init(&barrier, NULL, 2) == 0);
    MUST(pthread_create(&thread, NULL, other, &cpus[1]) == 0);
    stay_on(cpus[0]);

    while (next_round()) {
        last = FREE;
        finished = 0;
        handed_over = 0;
        int64_t start = now_ns();
        round_of(0);
        int64_t end = now_ns();
        dprintf(1, "%lld %ld\n", (long long)(end - start), handed_over);
    }
    return 0;
}
