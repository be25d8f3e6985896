/* A thread parked while libc reads the file of a time zone, with the lock that every conversion of a time takes (tzset(3),
 * time/tzset.c). */
#ifndef TIMEZONE_H
#define TIMEZONE_H

#include "parked.h"

#define NEW_ZONE "/etc/forkproof-knows-no-such-zone"

static MAYBE_UNUSED bool at_zone(const struct seccomp_data *call) { return opens(call, NEW_ZONE); }
static MAYBE_UNUSED void read_zone(void) { tzset(); }

static MAYBE_UNUSED void park_in_tzset(struct parked *parked) {
    SETUP(setenv("TZ", "UTC0", 1) == 0);
    tzset();
    SETUP(setenv("TZ", ":" NEW_ZONE, 1) == 0); /* is not there, so it means UTC as well */
    park(parked, SYS_openat, at_zone, read_zone);
}

/* 1971-02-03 04:05:06 UTC. */
static const time_t A_TIME = 34401906;

static MAYBE_UNUSED bool is_that_time(const struct tm *tm) {
    return tm != NULL && tm->tm_year == 71 && tm->tm_mon == 1 && tm->tm_mday == 3 && tm->tm_hour == 4 && tm->tm_min == 5 &&
           tm->tm_sec == 6;
}

#endif
