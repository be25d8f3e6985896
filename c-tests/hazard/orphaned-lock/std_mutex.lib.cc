// The C++ half of std_mutex.c.
#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <system_error>

static std::mutex waited_for, plain;
static std::recursive_mutex recursive;
static std::timed_mutex timed;
static std::shared_mutex to_read, to_write;

template <typename Mutex> static int tried(Mutex &mutex) {
    if (!mutex.try_lock())
        return false;
    mutex.unlock();
    return true;
}

extern "C" {
void hold_all() {
    waited_for.lock();
    plain.lock();
    recursive.lock();
    timed.lock();
    to_read.lock();
    to_write.lock_shared();
}
int lock_mutex() {
    try {
        std::lock_guard<std::mutex> guard(waited_for);
    } catch (const std::system_error &error) {
        return error.code().value();
    }
    return 0;
}
int try_mutex_() { return tried(plain); }
int try_recursive() { return tried(recursive); }
int try_timed() {
    if (!timed.try_lock_for(std::chrono::milliseconds(1)))
        return false;
    timed.unlock();
    return true;
}
int try_to_read() {
    if (!to_read.try_lock_shared())
        return false;
    to_read.unlock_shared();
    return true;
}
int try_to_write() { return tried(to_write); }
}
