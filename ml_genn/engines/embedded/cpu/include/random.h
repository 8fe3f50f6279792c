// Counter-based random numbers, Philox4x32-10, keyed as plan/random.py says.
// Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3.

typedef struct {
    uint32_t element, example, timestep, stream, draw;
    uint64_t seed;
} gen_draws;

typedef struct {
    uint32_t x0, x1, x2, x3;
} gen_words;

static inline gen_draws gen_first_draw(const gen_clock *now, int64_t stream, int64_t element, int64_t example) {
    return (gen_draws){(uint32_t)element, (uint32_t)example, (uint32_t)now->timestep, (uint32_t)stream << 16, 0, now->seed};
}

static inline gen_words gen_next_words(gen_draws *draws) {
    uint32_t x0 = draws->element, x1 = draws->example, x2 = draws->timestep, x3 = draws->stream | (draws->draw++ & 0xFFFFu);
    uint32_t key0 = (uint32_t)draws->seed, key1 = (uint32_t)(draws->seed >> 32);
#pragma GCC unroll 10 // else a loop around it does not vectorise
    for (int round = 0; round < 10; ++round) {
        const uint64_t product0 = (uint64_t)x0 * 0xD2511F53u, product1 = (uint64_t)x2 * 0xCD9E8D57u;
        x0 = (uint32_t)(product1 >> 32) ^ x1 ^ key0;
        x1 = (uint32_t)product1;
        x2 = (uint32_t)(product0 >> 32) ^ x3 ^ key1;
        x3 = (uint32_t)product0;
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
    return (gen_words){x0, x1, x2, x3};
}

// within (0, 1]
static inline float gen_unit_float(uint32_t x) { return (float)((x >> 8) + 1) * 0x1p-24f; }
static inline double gen_unit_double(uint32_t x0, uint32_t x1) {
    return (double)((((uint64_t)x0 << 21) | (x1 >> 11)) + 1) * 0x1p-53;
}

static inline uint32_t gen_nrand_uint32_t(gen_draws *draws) { return gen_next_words(draws).x0; }
static inline float gen_nrand_uniform_float(gen_draws *draws) { return gen_unit_float(gen_next_words(draws).x0); }
static inline double gen_nrand_uniform_double(gen_draws *draws) {
    const gen_words words = gen_next_words(draws);
    return gen_unit_double(words.x0, words.x1);
}

// F: the floating type, S: its suffix in <math.h>
#define GEN_DISTRIBUTIONS(F, S, UNIFORM_OF)                                                           \
    static inline F gen_nrand_normal_##F(gen_draws *draws) {                                          \
        const gen_words w = gen_next_words(draws);                                                    \
        const F u = UNIFORM_OF(w.x0, w.x1), v = UNIFORM_OF(w.x2, w.x3);                               \
        return sqrt##S((F)-2 * gen_log_of_unit_##F(u)) * gen_cos_of_turn_##F((F)6.283185307179586476925 * v); \
    }                                                                                                 \
    static inline F gen_nrand_exponential_##F(gen_draws *draws) {                                     \
        return -gen_log_of_unit_##F(gen_nrand_uniform_##F(draws));                                    \
    }                                                                                                 \
    static inline F gen_nrand_log_normal_##F(gen_draws *draws, F mean, F deviation) {                 \
        return exp##S(mean + deviation * gen_nrand_normal_##F(draws));                                \
    }                                                                                                 \
    static inline F gen_nrand_gamma_##F(gen_draws *draws, F shape) {                                  \
        if (!(shape > 0 && shape < (F)INFINITY)) {                                                    \
            return (F)NAN;                                                                            \
        }                                                                                             \
        const F d = (shape < 1 ? shape + 1 : shape) - (F)1 / 3, c = 1 / sqrt##S(9 * d);               \
        for (;;) {                                                                                    \
            F x, v;                                                                                   \
            do {                                                                                      \
                x = gen_nrand_normal_##F(draws);                                                      \
                v = 1 + c * x;                                                                        \
                v = v * v * v;                                                                        \
            } while (v <= 0);                                                                         \
            const F u = gen_nrand_uniform_##F(draws);                                                 \
            if (log##S(u) < (F)0.5 * x * x + d - d * v + d * log##S(v)) {                             \
                return shape < 1 ? d * v * pow##S(gen_nrand_uniform_##F(draws), 1 / shape) : d * v;   \
            }                                                                                         \
        }                                                                                             \
    }                                                                                                 \
    static inline uint32_t gen_binomial_##F(gen_draws *draws, uint32_t trials, F probability) {       \
        uint32_t count = 0;                                                                           \
        for (uint32_t trial = 0; trial < trials; ++trial) {                                           \
            count += gen_nrand_uniform_##F(draws) <= probability;                                     \
        }                                                                                             \
        return count;                                                                                 \
    }

#define GEN_FLOAT_OF(x0, x1) gen_unit_float(x0)
GEN_DISTRIBUTIONS(float, f, GEN_FLOAT_OF)
GEN_DISTRIBUTIONS(double, , gen_unit_double)

#define gen_nrand_binomial_uint32_t(draws, trials, probability)                                       \
    _Generic((probability), float: gen_binomial_float, double: gen_binomial_double)(draws, trials, probability)
