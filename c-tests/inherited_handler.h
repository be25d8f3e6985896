/* Handlers of a parent's, run in its child. Who ran them is told by the child itself. */
#ifndef INHERITED_HANDLER_H
#define INHERITED_HANDLER_H

#include "fork_ways.h"

static volatile sig_atomic_t handled;
static MAYBE_UNUSED void count(int number) {
    (void)number;
    handled++;
}

static MAYBE_UNUSED void handle(int number, void (*handler)(int), int flags) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    SETUP(sigaction(number, &action, NULL) == 0);
}

/* What was sent before the line's byte is delivered before the read of that byte is back. */
static MAYBE_UNUSED void next_signal(void) {
    await(up);
    tell(up);
}
static MAYBE_UNUSED void delivered(const struct kid *kid) {
    tell(kid->line);
    await(kid->line);
}

#endif
