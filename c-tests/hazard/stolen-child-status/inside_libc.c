/* pclose waits for its child by name, inside libc, and so does system: a wait for any child in between takes it.
 *
 * ways: none
 * bare: exit 12
 * guarded: exit 12; stolen-child-status reported call=pclose x1
 * guarded stolen-child-status=off: exit 12; nothing
 */
#include "check.h"

int main(void) {
    FILE *stream = popen("exit 3", "r");
    SETUP(stream != NULL);
    SETUP(wait(NULL) > 0);
    int status = pclose(stream);
    SETUP(status != -1 || errno == ECHILD);
    CHECK(12, status != -1);
    return 0;
}
