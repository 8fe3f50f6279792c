// What every kernel sees: the clock of the step and its own record; see emit/unit.py.
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    int64_t timestep;        // since the trial began
    int64_t ring;            // since loading: picks the slots of ring arrays
    int64_t example_offset;  // global index of the batch's first example
    int64_t batch_size;
    uint64_t seed;
    double dt;
    void *scratch;           // memory of the running thread, starting on a cache line
    int64_t fresh;           // whether this is the first step since anyone else could change memory
} gen_clock;

// A kernel runs one item: an example of the batch, or a shard of them.
typedef void (*gen_kernel)(const void *record, const gen_clock *now, int64_t item);

#define GEN_EXPORT __attribute__((visibility("default")))

static inline int64_t gen_slot(int64_t step, int64_t slots) {
    const int64_t slot = step % slots;
    return slot < 0 ? slot + slots : slot;
}

// Slots that lie `delay` after slot `from`, and before it; a division only where a delay is longer than the ring.
static inline int64_t gen_later_slot(int64_t from, uint32_t delay, int64_t slots) {
    const int64_t slot = from + (int64_t)delay;
    return slot < slots ? slot : slot < 2 * slots ? slot - slots : slot % slots;
}

static inline int64_t gen_earlier_slot(int64_t from, int64_t delay, int64_t slots) {
    const int64_t slot = from - delay;
    return slot >= 0 && slot < slots ? slot : slot < 0 && slot >= -slots ? slot + slots : gen_slot(slot, slots);
}
