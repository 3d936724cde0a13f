// std::timed_mutex waits by pthread_mutex_clocklock, of which ThreadSanitizer of clang 14 does not know: it sees an unlock of
// what nobody locked, and no order between threads. pthread_mutex_timedlock it knows. Linked into builds with that sanitizer only.
#include <errno.h>
#include <pthread.h>
#include <time.h>

int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock, const struct timespec* until) {
    struct timespec now, wall;
    if (clock_gettime(clock, &now) != 0 || clock_gettime(CLOCK_REALTIME, &wall) != 0) return EINVAL;
    wall.tv_sec += until->tv_sec - now.tv_sec;
    wall.tv_nsec += until->tv_nsec - now.tv_nsec;
    while (wall.tv_nsec < 0) {
        wall.tv_nsec += 1000000000;
        --wall.tv_sec;
    }
    while (wall.tv_nsec >= 1000000000) {
        wall.tv_nsec -= 1000000000;
        ++wall.tv_sec;
    }
    return pthread_mutex_timedlock(mutex, &wall);
}
