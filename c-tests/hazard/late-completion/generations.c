/* A child has a read under way in its own service and one in the queue, and has a child itself: there both have ended, as
 * has what the grandparent had, and new ones are made; so in the next generation. Each one's own go on.
 *
 * ways: all
 * bare: exit 11
 * guarded vanished-threads=off: exit 0; late-completion repaired
 */
#include "late.h"

enum { GENERATIONS = 4 };

static struct flight flights[GENERATIONS];
static struct aiocb queued[GENERATIONS];
static char bytes[GENERATIONS];
static const struct way *way;
static int generation;

static int live_on(void) {
    for (int before = 0; before < generation; before++) {
        CHECK(11, aio_error(flights[before].block) == ECANCELED);
        bool is_parents = before == generation - 1;
        CHECK(12, aio_cancel(flights[before].out, &queued[before]) == (is_parents ? AIO_CANCELED : AIO_ALLDONE));
        CHECK(14, aio_error(&queued[before]) == ECANCELED && aio_return(&queued[before]) == -1);
    }
    struct flight *mine = &flights[generation];
    take_off(mine);
    queued[generation] = reading(mine->out, &bytes[generation], 1);
    CHECK(13, aio_read(&queued[generation]) == 0 && aio_error(mine->block) == EINPROGRESS);
    return 0;
}

static int child(void *none) {
    generation++;
    CHECK(20, live_on() == 0);
    if (generation + 1 < GENERATIONS) {
        struct kid kid = start(generation == 1 ? PLAIN_FORK : way, child, none);
        ended(&kid);
    }
    struct flight *mine = &flights[generation];
    SETUP(raw_write(mine->in, "ab", 2) == 2);
    CHECK(21, outcome_of(mine->block) == 0 && mine->byte == 'a' && aio_return(mine->block) == 1);
    CHECK(22, outcome_of(&queued[generation]) == 0 && bytes[generation] == 'b');
    return 0;
}

int main(int argc, char **argv) {
    way = which_way(argc, argv);
    CHECK(30, live_on() == 0);
    struct kid kid = start(way, child, NULL);
    ended(&kid);
    return 0;
}
