// What Python hands to the time loop, see run/library.py: which calls threads make, in which order.

typedef struct {
    gen_kernel kernel;
    const void *record;
    gen_joint joint; // of so many examples at once, or none
    const void *joint_record;
    int64_t examples;
    int64_t alone; // the first thread of a team runs it for all neurons, the others leave it out
    int64_t meet;  // the team meets before it
    int64_t late;  // it is about the step before: not run in a segment's first step, but once more after its last
} gen_call;

// Calls that run step by step for a number of steps before those of the next segment do.
typedef struct {
    int64_t first, end;
} gen_segment;

// A list of spikes that a thread keeps for itself: `own_*` the whole list, `team` where its team leaves the parts.
// Slots of lists: model [slots][examples][..], own [own_slots][own_apart], team [own_slots][parts][team_apart], there
// the count, nothing, the stamp in 64 bits, then the ids.
typedef struct {
    uint32_t *counts, *ids;
    int64_t slots, examples, neurons;
    uint32_t *own_counts, *own_ids;
    int64_t own_slots, own_apart;
    uint32_t *team;
    int64_t team_apart;
} gen_queue;

// Lists that a team makes at the same time.
typedef struct {
    int64_t num_queues;
    const gen_queue *queues[];
} gen_lists;

// What one thread runs.
typedef struct {
    const gen_call *calls;
    const gen_queue *queues;
    int64_t team, part, parts;
} gen_program;

typedef struct {
    const gen_segment *segments;
    int64_t num_segments;
    int64_t chunk;               // steps that a segment runs before the next one does
    const gen_program *programs; // by thread
    int64_t num_queues;
    int64_t teams;
    int64_t watched;             // something else than kernels reads the model's memory after each step
} gen_schedule;

// What a caller keeps between runs of the same calls.
typedef struct {
    double step_seconds;      // processor time of one step, 0 while unknown
    int64_t block;            // steps of the last block
    double alone, shared;     // wall time of one step without and with teams, 0 while unknown
    int64_t blocks;           // since the slower of the two was tried
} gen_pace;

// All that is run for `items` items, of which threads take shares of consecutive ones. There are as many shares as
// items, or fewer where items of one share add to the same memory, in an order that must not depend on blocks: then a
// step is done for all of them before the next. `plain` runs shares of several items, `usual` those of one; `shared`
// is NULL where no threads share an item.
typedef struct {
    const gen_schedule *plain, *usual, *shared;
    int64_t items, shares;
    int64_t scratch_bytes; // of each thread
    gen_pace pace;
} gen_stage;
