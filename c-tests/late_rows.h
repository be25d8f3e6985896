/* Calls of <aio.h> and of getaddrinfo_a's family, right and wrong, as a transcript. */
#ifndef LATE_ROWS_H
#define LATE_ROWS_H

#include "transcript.h"
#include "late.h"

static int rows(void *none) {
    (void)none;
    int ends[2];
    SETUP(raw_call(SYS_pipe2, ends, 0) == 0); /* reads of it wait */
    struct {
        int out, in;
    } pipe = {ends[0], ends[1]};
    char text[4] = "";
    struct timespec soon = {0, 1000}, before = {-1, 0};
    struct aiocb wrong = reading(CLOSED, text, 1), read = reading(pipe.out, text, 1), sync = {.aio_fildes = pipe.in};
    struct aiocb *list[] = {NULL, &wrong, NULL};
    const struct aiocb *one[] = {&read};
    T(aio_read(&wrong));
    T(outcome_of(&wrong));
    T(aio_return(&wrong));
    wrong.aio_fildes = -1;
    T(aio_read(&wrong));
    T(outcome_of(&wrong));
    T(aio_return(&wrong));
    T(aio_cancel(-1, NULL));
    wrong.aio_fildes = CLOSED;
    wrong.aio_reqprio = -1;
    T(aio_read(&wrong));
    T(aio_error(&wrong));
    wrong.aio_reqprio = 21;
    T(aio_write(&wrong));
    T(aio_error(&wrong));
    wrong.aio_reqprio = 20;
    T(aio_write(&wrong));
    T(outcome_of(&wrong));
    T(aio_fsync(7, &sync));
    T(aio_fsync(O_SYNC, &wrong));
    T(aio_fsync(O_DSYNC, &sync));
    T(outcome_of(&sync));
    T(aio_return(&sync));
    T(aio_cancel(CLOSED, NULL));
    T(aio_cancel(-1, &read));
    T(aio_cancel(pipe.in, &read));
    T(aio_cancel(pipe.out, &read));
    T(aio_cancel(pipe.out, NULL));
    T(aio_read(&read));
    T(aio_error(&read));
    T(aio_suspend(one, 1, &soon));
    T(aio_suspend(one, 1, &before));
    T(aio_suspend(one, -1, NULL));
    T(raw_write(pipe.in, "x", 1));
    T(aio_suspend(one, 1, NULL));
    T(aio_return(&read));
    T(aio_cancel(pipe.out, &read));
    T(lio_listio(9, list, 3, NULL));
    T(lio_listio(LIO_WAIT, list, 1, NULL));
    T(lio_listio(LIO_NOWAIT, list, 0, NULL));
    T(lio_listio(LIO_NOWAIT, NULL, 0, NULL));
    wrong.aio_lio_opcode = LIO_NOP;
    T(lio_listio(LIO_WAIT, list, 3, NULL));
    wrong.aio_lio_opcode = 9;
    T(lio_listio(LIO_WAIT, list, 3, NULL));
    T(aio_error(&wrong));
    wrong.aio_reqprio = -5;
    T(lio_listio(LIO_NOWAIT, list, 3, NULL));
    T(lio_listio(LIO_WAIT, list, 3, NULL));
    T(aio_suspend(NULL, 0, NULL));
    struct addrinfo numbers = {.ai_flags = AI_NUMERICHOST}, nonsense = {.ai_flags = 1 << 30};
    struct gaicb named = {.ar_name = "127.0.0.1", .ar_request = &numbers}, odd = {.ar_name = "x", .ar_request = &nonsense}, none_of_it = {0};
    struct gaicb *names[] = {&named, NULL, &odd, &none_of_it};
    T(getaddrinfo_a(9, names, 4, NULL));
    T(getaddrinfo_a(GAI_WAIT, names, 0, NULL));
    T(getaddrinfo_a(GAI_NOWAIT, NULL, 0, NULL));
    T(gai_cancel(&named));
    T(gai_error(&named));
    T(gai_suspend((const struct gaicb *const *)names, 4, NULL));
    T(getaddrinfo_a(GAI_WAIT, names, 4, NULL));
    T(gai_error(&named));
    T(gai_error(&odd));
    T(gai_error(&none_of_it));
    T(gai_cancel(&named));
    T(gai_suspend((const struct gaicb *const *)names, 4, &soon));
    T(getaddrinfo_a(GAI_WAIT, names + 1, 1, NULL));
    T(close(pipe.out));
    T(close(pipe.in));
    T(close(pipe.in));
    return 0;
}

#endif
