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
    int64_t rest;            // steps that are sure to follow before anyone else sees the model's memory
    int64_t part, parts;     // threads that share the example: which one this is, of how many
    uint64_t stamp;          // of this step of this run: on lists of spikes that threads make for each other
} gen_clock;

// A kernel runs one item: an example of the batch, or a shard of them.
typedef void (*gen_kernel)(const void *record, const gen_clock *now, int64_t item);


// A kernel that runs several examples from an item on, if most of their neurons spike: returns whether they do, and runs
// only if asked to.
typedef bool (*gen_joint)(const void *record, const gen_clock *now, int64_t item, bool run);

#define GEN_EXPORT __attribute__((visibility("default")))

static inline int64_t gen_slot(int64_t step, int64_t slots) {
    if ((slots & (slots - 1)) == 0) {
        return step & (slots - 1); // most are powers of two; a division takes longer than the question
    }
    const int64_t slot = step % slots;
    return slot < 0 ? slot + slots : slot;
}

// Where a part of an example begins: at a multiple of GEN_PART, which emit/unit.py defines.
static inline int64_t gen_part_begin(const gen_clock *now, int64_t elements, int64_t part) {
    if (now->parts == 1) {
        return part == 0 ? 0 : elements;
    }
    const int64_t begin = (elements + GEN_PART - 1) / GEN_PART * part / now->parts * GEN_PART;
    return begin < elements ? begin : elements;
}

// Before a loop whose rounds touch different elements: compilers cannot know that of places that they compute.
#ifdef __clang__
#define GEN_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define GEN_INDEPENDENT _Pragma("GCC ivdep")
#endif

// Slots that lie `delay` after slot `from`, and before it, or as far as there are slots. In 32 bits and without a branch, so
// that these are vectors where the code around is one.
static inline uint32_t gen_later_slot(uint32_t from, uint32_t delay, uint32_t slots) {
    const uint32_t slot = from + (delay < slots ? delay : slots - 1);
    return slot < slots ? slot : slot - slots;
}

static inline uint32_t gen_earlier_slot(uint32_t from, uint32_t delay, uint32_t slots) {
    const uint32_t steps = delay < slots ? delay : slots - 1;
    return from < steps ? from + slots - steps : from - steps;
}
