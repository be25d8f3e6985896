// The C++ half of at_exit.c.
#include <condition_variable>
#include <mutex>

static std::mutex mutex;
static std::condition_variable condition;
static bool work;

extern "C" void wait_for_work() {
    std::unique_lock<std::mutex> guard(mutex);
    condition.wait(guard, [] { return work; });
}
