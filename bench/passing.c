/* A library whose mutex functions only jump on to libc's: a hook that asks nothing. Preloaded, it shows
 * what a jump alone changes between two threads that race for a lock. Shown beside ours. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>

static int (*next_lock)(pthread_mutex_t *), (*next_unlock)(pthread_mutex_t *);

__attribute__((constructor)) static void bind(void)
{
    next_lock = (int (*)(pthread_mutex_t *))dlsym(RTLD_NEXT, "pthread_mutex_lock");
    next_unlock = (int (*)(pthread_mutex_t *))dlsym(RTLD_NEXT, "pthread_mutex_unlock");
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    return next_lock(mutex);
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    return next_unlock(mutex);
}
