// The time loop and the threads: one library for the whole process, shared by all models.
// It follows kernel.h, schedule.h, teams.h and lists.h. Threads own examples for a block of steps and meet at its end;
// a block takes some milliseconds, so that a call can end after a given time with all examples at the same step. Python
// then runs its signal handlers (Ctrl-C) and calls again for the rest: no handler of ours, and any signal is answered.
// Examples that are left when each thread has had as many as the others may be shared by a team of threads, which wait
// for each other within steps.
#include <pthread.h>
#include <signal.h>

#define GEN_MAX_THREADS 256
#define GEN_CALL_SECONDS 0.1      // a call that has taken so long ends with its block
#define GEN_BLOCK_SECONDS 0.02    // what a block should take
#define GEN_PARALLEL_SECONDS 5e-5 // work below this is not worth waking a thread for
#define GEN_GROWTH 8              // a block has at most so many times the steps of the one before
#define GEN_TRIAL_BLOCKS 100      // blocks after which the slower of sharing and not sharing is tried again
#define GEN_FORGETTING 1.1        // most by which a measured time rises from block to block: one that was disturbed

typedef struct {
    _Alignas(64) _Atomic int64_t next;
    int64_t end;
} gen_part;

typedef struct {
    const gen_stage *stage;
    const gen_clock *clock;
    int64_t steps;
    int64_t threads;
    int64_t items, shares; // what threads run by themselves; teams run the other items
    uint64_t number;       // unlike that of any other job of several threads
    gen_part parts[GEN_MAX_THREADS];
} gen_job;

static struct {
    pthread_mutex_t busy, mutex;
    pthread_cond_t wake, finished;
    int64_t workers; // threads started, numbered from 1; the caller is number 0
    int64_t running; // workers that have joined the present job and not finished it
    int64_t joined;  // workers that have joined it
    uint64_t number; // of the present job
    gen_job *job;
    gen_team teams[GEN_MAX_THREADS / 2];
} gen_pool = {.busy = PTHREAD_MUTEX_INITIALIZER, .mutex = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER,
              .finished = PTHREAD_COND_INITIALIZER};

static double gen_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// Denormal numbers cost a hundred times a normal one's time: they are taken as zero while kernels run.
#if defined(__x86_64__) || defined(__i386__)
static uint64_t gen_flush_denormals(void) {
    const uint32_t before = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(before | 0x8040u);
    return before;
}
static void gen_restore_denormals(uint64_t before) { __builtin_ia32_ldmxcsr((uint32_t)before); }
#elif defined(__aarch64__)
static uint64_t gen_flush_denormals(void) {
    uint64_t before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"(before | (1u << 24)));
    return before;
}
static void gen_restore_denormals(uint64_t before) { __asm__ volatile("msr fpcr, %0" : : "r"(before)); }
#else
static uint64_t gen_flush_denormals(void) { return 0; }
static void gen_restore_denormals(uint64_t before) { (void)before; }
#endif

static void gen_run_call(const gen_call *call, const gen_program *program, gen_team *team, gen_clock *now, int64_t item) {
    if (call->meet) {
        gen_meet(team);
    }
    if (!call->alone) {
        call->kernel(call->record, now, item);
    } else if (program->part == 0) {
        now->parts = 1;
        call->kernel(call->record, now, item);
        now->parts = program->parts;
    }
}

static void gen_run_segment(const gen_program *program, const gen_segment *segment, gen_team *team, gen_clock now,
                            int64_t item, int64_t steps, bool watched) {
    const gen_call *const first = program->calls + segment->first, *const end = program->calls + segment->end;
    for (int64_t step = 0; step < steps; ++step, ++now.timestep, ++now.ring, ++now.stamp, now.fresh = 0) {
        now.rest = watched ? 0 : steps - 1 - step;
        for (const gen_call *call = first; call < end; ++call) {
            if (!call->late || step > 0) {
                gen_run_call(call, program, team, &now, item);
            }
        }
    }
    for (const gen_call *call = first; call < end; ++call) {
        if (call->late) {
            gen_run_call(call, program, team, &now, item);
        }
    }
}

static void gen_run_item(const gen_job *job, const gen_schedule *schedule, int64_t self, int64_t item) {
    const gen_program *const program = &schedule->programs[self];
    gen_team *const team = &gen_pool.teams[program->team];
    gen_clock now = *job->clock;
    now.scratch = (char *)now.scratch + self * job->stage->scratch_bytes;
    now.part = program->part;
    now.stamp = job->number << 32; // no list of another job has these
    now.parts = program->parts;
    for (int64_t queue = 0; queue < schedule->num_queues; ++queue) {
        gen_move_lists(&program->queues[queue], now.ring, item, true);
    }
    for (int64_t left = job->steps, steps; left > 0; left -= steps) {
        steps = left < schedule->chunk ? left : schedule->chunk;
        for (int64_t segment = 0; segment < schedule->num_segments; ++segment) {
            gen_run_segment(program, &schedule->segments[segment], team, now, item, steps, schedule->watched);
        }
        now.timestep += steps;
        now.ring += steps;
        now.stamp += (uint64_t)steps;
        now.fresh = 0;
    }
    for (int64_t queue = 0; queue < schedule->num_queues && program->part == 0; ++queue) {
        gen_move_lists(&program->queues[queue], now.ring, item, false);
    }
}

// Several examples in one step, at once where a kernel can, and says that it is worth it.
static void gen_run_examples(const gen_call *call, const gen_clock *now, int64_t item, int64_t end) {
    while (item < end) {
        const bool fits = call->joint != NULL && item + call->examples <= end;
        const int64_t next = fits ? item + call->examples : end;
        if (!fits || !call->joint(call->joint_record, now, item, true)) {
            for (int64_t single = item; single < next; ++single) {
                call->kernel(call->record, now, single);
            }
        }
        item = next;
    }
}

static void gen_run_share(const gen_job *job, int64_t self, int64_t share) {
    const int64_t begin = share * job->items / job->shares, end = (share + 1) * job->items / job->shares;
    if (end - begin == 1) {
        gen_run_item(job, job->stage->usual, self, begin);
        return;
    }
    const gen_schedule *const plain = job->stage->plain;
    const gen_call *const calls = plain->programs[self].calls;
    gen_clock now = *job->clock;
    now.scratch = (char *)now.scratch + self * job->stage->scratch_bytes;
    for (int64_t step = 0; step < job->steps; ++step, ++now.timestep, ++now.ring, now.fresh = 0) {
        now.rest = plain->watched ? 0 : job->steps - 1 - step;
        for (const gen_call *call = calls; call < calls + plain->segments[0].end; ++call) {
            gen_run_examples(call, &now, begin, end);
        }
    }
}

// Runs the thread's own shares, then what others have left: which thread runs a share changes no result. Then comes the
// item of the thread's team.
static void gen_work(gen_job *job, int64_t self) {
    const uint64_t before = gen_flush_denormals();
    const gen_schedule *const shared = job->stage->shared;
    for (int64_t other = 0; other < job->threads; ++other) {
        gen_part *part = &job->parts[(self + other) % job->threads];
        for (int64_t share; (share = atomic_fetch_add(&part->next, 1)) < part->end;) {
            gen_run_share(job, self, share);
        }
    }
    if (job->items < job->stage->items) {
        gen_run_item(job, shared, self, job->items + shared->programs[self].team);
    }
    gen_restore_denormals(before);
}

static void *gen_worker(void *argument) {
    const int64_t self = (int64_t)(intptr_t)argument;
    uint64_t seen = 0;
    pthread_mutex_lock(&gen_pool.mutex);
    for (;;) {
        while (gen_pool.job == NULL || gen_pool.number == seen || self >= gen_pool.job->threads) {
            pthread_cond_wait(&gen_pool.wake, &gen_pool.mutex);
        }
        gen_job *job = gen_pool.job;
        seen = gen_pool.number;
        ++gen_pool.running;
        ++gen_pool.joined;
        pthread_mutex_unlock(&gen_pool.mutex);
        gen_work(job, self);
        pthread_mutex_lock(&gen_pool.mutex);
        if (--gen_pool.running == 0) {
            pthread_cond_signal(&gen_pool.finished);
        }
    }
    return NULL;
}

// A forked child has none of its parent's threads; it starts its own when it needs them.
static void gen_forget_workers(void) {
    pthread_mutex_init(&gen_pool.busy, NULL);
    pthread_mutex_init(&gen_pool.mutex, NULL);
    pthread_cond_init(&gen_pool.wake, NULL);
    pthread_cond_init(&gen_pool.finished, NULL);
    gen_pool.workers = gen_pool.running = 0;
    gen_pool.job = NULL;
}

static void gen_watch_forks(void) { pthread_atfork(NULL, NULL, gen_forget_workers); }

// Starts workers until there are `wanted` threads, the caller included; returns how many there are.
static int64_t gen_start_workers(int64_t wanted) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, gen_watch_forks);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); // signals are for the threads of Python
    for (pthread_t thread; gen_pool.workers + 1 < wanted; ++gen_pool.workers) {
        if (pthread_create(&thread, NULL, gen_worker, (void *)(intptr_t)(gen_pool.workers + 1)) != 0) {
            break;
        }
        pthread_detach(thread);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return gen_pool.workers + 1 < wanted ? gen_pool.workers + 1 : wanted;
}

static void gen_form_teams(gen_job *job, const gen_schedule *shared) {
    int64_t members[GEN_MAX_THREADS / 2] = {0};
    for (int64_t self = 0; self < job->threads; ++self) {
        ++members[shared->programs[self].team];
    }
    for (int64_t team = 0; team < shared->teams; ++team) {
        gen_form_team(&gen_pool.teams[team], members[team]);
    }
}

// Lets workers join, does what there is to do and waits for them; of a team all have to come.
static void gen_run_parallel(gen_job *job, bool teams) {
    pthread_mutex_lock(&gen_pool.mutex);
    gen_pool.job = job;
    gen_pool.joined = 0;
    job->number = ++gen_pool.number;
    pthread_cond_broadcast(&gen_pool.wake);
    pthread_mutex_unlock(&gen_pool.mutex);
    gen_work(job, 0);
    pthread_mutex_lock(&gen_pool.mutex);
    if (!teams) {
        gen_pool.job = NULL; // nothing is left: who wakes up only now has nothing to join
    }
    while (gen_pool.running > 0 || (teams && gen_pool.joined < job->threads - 1)) {
        pthread_cond_wait(&gen_pool.finished, &gen_pool.mutex);
    }
    gen_pool.job = NULL;
    pthread_mutex_unlock(&gen_pool.mutex);
}

// Shares of several examples where those of one were asked for, but some kernel of several would run now. That is asked
// once a block: one after another is faster where few neurons spike, for the state of one stays in the nearest cache.
static int64_t gen_shares(const gen_job *job) {
    const gen_stage *const stage = job->stage;
    const gen_call *const calls = stage->plain->programs[0].calls;
    if (stage->shares < stage->items) {
        return stage->shares;
    }
    for (const gen_call *call = calls; call < calls + stage->plain->segments[0].end; ++call) {
        if (call->joint != NULL && call->examples * job->threads <= stage->items) {
            for (int64_t item = 0; item + call->examples <= stage->items; item += call->examples) {
                if (call->joint(call->joint_record, job->clock, item, false)) {
                    return stage->items / call->examples;
                }
            }
        }
    }
    return stage->items;
}

// Sets in `teams` whether there were teams.
static void gen_run_block(gen_job *job, int64_t threads, bool *teams) {
    const gen_stage *const stage = job->stage;
    const int64_t useful = *teams || threads < stage->shares ? threads : stage->shares;
    const bool parallel = useful > 1 && pthread_mutex_trylock(&gen_pool.busy) == 0;
    job->threads = parallel ? gen_start_workers(useful) : 1;
    job->shares = gen_shares(job);
    *teams = *teams && job->threads == threads && job->shares == stage->items;
    job->items = stage->items - (*teams ? stage->shared->teams : 0);
    job->shares = *teams ? job->items : job->shares;
    for (int64_t self = 0; self < job->threads; ++self) {
        atomic_store(&job->parts[self].next, job->shares * self / job->threads);
        job->parts[self].end = job->shares * (self + 1) / job->threads;
    }
    if (*teams) {
        gen_form_teams(job, stage->shared);
    }
    if (job->threads > 1) {
        gen_run_parallel(job, *teams);
    } else {
        gen_work(job, 0);
    }
    if (parallel) {
        pthread_mutex_unlock(&gen_pool.busy);
    }
}

static int64_t gen_next_block(const gen_pace *pace, int64_t threads) {
    if (pace->step_seconds <= 0) {
        return 1;
    }
    const double fitting = GEN_BLOCK_SECONDS * (double)threads / pace->step_seconds;
    const double grown = (double)pace->block * GEN_GROWTH;
    const double steps = fitting < grown ? fitting : grown;
    return steps < 1 ? 1 : steps > 1e9 ? 1000000000 : (int64_t)steps;
}

// Whether teams are faster as far as is known; from time to time the other way is tried.
static bool gen_chooses_teams(const gen_stage *stage, gen_pace *pace) {
    if (stage->shared == NULL || pace->shared <= 0) {
        return stage->shared != NULL;
    }
    const bool faster = pace->alone <= 0 || pace->shared < pace->alone;
    if (++pace->blocks < GEN_TRIAL_BLOCKS) {
        return faster;
    }
    pace->blocks = 0;
    return !faster;
}

static void gen_measure(gen_pace *pace, double seconds, const gen_job *job, bool teams) {
    double *const known = teams ? &pace->shared : &pace->alone, step = seconds / (double)job->steps;
    pace->step_seconds = step * (double)job->threads;
    if (seconds >= GEN_PARALLEL_SECONDS) {
        *known = *known > 0 && step > GEN_FORGETTING * *known ? GEN_FORGETTING * *known : step;
    }
}

// A recorded variable: elements at `places` of the slot that this step has written, one example after the other.
typedef struct {
    const char *source;
    int64_t slots, slot_bytes, example_bytes;
    const int64_t *places;
    int64_t num_places;
    char *rows;
    int64_t timesteps, examples, width;
} gen_copy;

GEN_EXPORT void gen_copy_variable(const void *record, const gen_clock *now, int64_t item) {
    const gen_copy *const copy = record;
    if (item >= copy->examples) {
        return; // what all examples share is copied once
    }
    const int64_t row = gen_slot(now->ring, copy->timesteps) * copy->examples + item;
    const char *from = copy->source + gen_slot(now->ring, copy->slots) * copy->slot_bytes + item * copy->example_bytes;
    char *to = copy->rows + row * copy->num_places * copy->width;
    const int64_t *const places = copy->places;
#define GEN_COPY(T)                                                                                   \
    for (int64_t i = 0; i < copy->num_places; ++i) {                                                  \
        ((T *)to)[i] = ((const T *)from)[places[i]];                                                  \
    }                                                                                                 \
    break;
    switch (copy->width) {
    case 1:
        GEN_COPY(uint8_t)
    case 2:
        GEN_COPY(uint16_t)
    case 4:
        GEN_COPY(uint32_t)
    default:
        GEN_COPY(uint64_t)
    }
}

// Stands between kernels that are measured: adds the time since the thread's stamp before to a counter, if there is one.
GEN_EXPORT void gen_stamp(const void *counter, const gen_clock *now, int64_t item) {
    static _Thread_local int64_t before;
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    const int64_t nanoseconds = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
    (void)now;
    (void)item;
    if (counter != NULL) {
        atomic_fetch_add((_Atomic int64_t *)(uintptr_t)counter, nanoseconds - before);
    }
    before = nanoseconds;
}

GEN_EXPORT int32_t gen_abi_version(void) { return GEN_ABI_VERSION; }

// Runs up to `steps` steps; `done` tells how many, fewer where they take long. It lies in the caller's memory because a
// signal handler may raise an exception in place of a value returned.
GEN_EXPORT void gen_run(gen_stage *stage, const gen_clock *clock, int64_t steps, int64_t threads, int64_t *done) {
    gen_clock now = *clock;
    gen_pace *const pace = &stage->pace;
    gen_job job = {.stage = stage, .clock = &now};
    now.fresh = 1;
    now.part = 0;
    now.parts = 1;
    threads = threads > GEN_MAX_THREADS ? GEN_MAX_THREADS : threads < 1 ? 1 : threads;
    const double begun = gen_seconds();
    *done = 0;
    for (double started = begun; *done < steps && started - begun < GEN_CALL_SECONDS;) {
        const int64_t fitting = gen_next_block(pace, threads), rest = steps - *done;
        job.steps = fitting < rest ? fitting : rest;
        const bool small = pace->step_seconds > 0 && pace->step_seconds * (double)job.steps < GEN_PARALLEL_SECONDS;
        bool teams = !small && gen_chooses_teams(stage, pace);
        gen_run_block(&job, small ? 1 : threads, &teams);
        const double ended = gen_seconds();
        gen_measure(pace, ended - started, &job, teams);
        pace->block = fitting;
        started = ended;
        *done += job.steps;
        now.timestep += job.steps;
        now.ring += job.steps;
        now.fresh = 0;
    }
}
