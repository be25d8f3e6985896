// The C++ half of std_mutex.c.
#include <mutex>
#include <shared_mutex>

static std::recursive_mutex recursive;
static std::recursive_timed_mutex timed;
static std::shared_mutex shared;

template <typename Mutex> static int tried(Mutex &mutex) {
    if (!mutex.try_lock())
        return false;
    mutex.unlock();
    return true;
}

extern "C" {
void hold_all() {
    recursive.lock();
    timed.lock();
    shared.lock();
}
void give_recursive() { recursive.unlock(); }
void give_timed() { timed.unlock(); }
void give_shared() { shared.unlock(); }
int try_recursive(void *) { return tried(recursive); }
int try_timed(void *) { return tried(timed); }
int try_shared(void *) { return tried(shared); }
}
