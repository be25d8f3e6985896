#include <sys/wait.h>

// A library that tidies up after everybody.
extern "C" int tidy_up(void) {
    int count = 0, status;
    while (waitpid(-1, &status, 0) > 0)
        count++;
    return count;
}
