/* What fork_exec executes: linked statically, so that only fork and exec are measured, and not
 * the dynamic loader of the new program. */
int main(void)
{
    return 0;
}
