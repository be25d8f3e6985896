/* A library that does nothing. Preloaded, its few mappings are copied by every fork: no library
 * can cost less. Shown beside ours, never judged. */
int empty;
