// Threads that share an example, and how they wait for each other.
#include <stdatomic.h>
#include <time.h>

#define GEN_SPINS 1000       // looks for somebody who is late before a thread goes to sleep
#define GEN_SLEEP_NS 50000   // between looks from then on: who is late has no processor, and may get this one

// `epoch` counts the meetings of a team.
typedef struct {
    _Alignas(64) _Atomic uint64_t arrived;
    _Alignas(64) _Atomic uint64_t epoch;
    _Alignas(64) uint64_t members;
} gen_team;

#if defined(__x86_64__) || defined(__i386__)
static void gen_pause(void) { __builtin_ia32_pause(); }
#else
static void gen_pause(void) { atomic_signal_fence(memory_order_seq_cst); }
#endif

// Waits until somebody writes a number. That is soon and often: a thread looks for some microseconds, and sleeps only if
// the other one does not come. Nobody wakes it, since asking whether anyone sleeps would cost each step more.
static void gen_await(const uint64_t *word, uint64_t number) {
    for (int64_t look = 0; __atomic_load_n(word, __ATOMIC_ACQUIRE) != number; ++look) {
        if (look < GEN_SPINS) {
            gen_pause();
        } else {
            nanosleep(&(struct timespec){0, GEN_SLEEP_NS}, NULL);
        }
    }
}

static void gen_form_team(gen_team *team, int64_t members) {
    atomic_store(&team->arrived, 0);
    atomic_store(&team->epoch, 0);
    team->members = (uint64_t)members;
}

// Waits until all of the team are here.
static void gen_meet(gen_team *team) {
    const uint64_t epoch = atomic_load_explicit(&team->epoch, memory_order_relaxed);
    if (atomic_fetch_add(&team->arrived, 1) + 1 == team->members) {
        atomic_store_explicit(&team->arrived, 0, memory_order_relaxed);
        atomic_store_explicit(&team->epoch, epoch + 1, memory_order_release);
    } else {
        gen_await((const uint64_t *)&team->epoch, epoch + 1);
    }
}
