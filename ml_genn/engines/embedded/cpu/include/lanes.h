// Sums in lanes of 64 bytes: see plan/arithmetic.py. Where registers are narrower, each takes several.

typedef float gen_wide_float __attribute__((vector_size(64), aligned(4), may_alias));
typedef double gen_wide_double __attribute__((vector_size(64), aligned(8), may_alias));

#define GEN_WIDE_OF(T) ((int64_t)(64 / sizeof(T)))
#define GEN_WIDE_AT(T, pointer) (*(gen_wide_##T *)(pointer))
#define GEN_ROWS_FIT(rows) (2 * (rows) * (64 / GEN_VECTOR_BYTES) <= GEN_REGISTERS)

// The first `count` numbers of an array in the first lanes, zeros in the others.
#if defined(__AVX512F__)
static inline gen_wide_float gen_some_float(const float *from, int64_t count) {
    return __builtin_ia32_loadups512_mask((const void *)from, (gen_wide_float){0}, (uint16_t)((1u << count) - 1));
}
static inline gen_wide_double gen_some_double(const double *from, int64_t count) {
    return __builtin_ia32_loadupd512_mask((const void *)from, (gen_wide_double){0}, (uint8_t)((1u << count) - 1));
}
#else
#define GEN_SOME(T)                                                                                   \
    static inline gen_wide_##T gen_some_##T(const T *from, int64_t count) {                          \
        gen_wide_##T some = {0};                                                                     \
        memcpy(&some, from, (size_t)count * sizeof(T));                                               \
        return some;                                                                                  \
    }
GEN_SOME(float)
GEN_SOME(double)
#endif

// The first `count` lanes of `x`, and -0.0 in the others; and the sum of all lanes, half by half.
#define GEN_WIDE_TYPE(T, ...)                                                                     \
    static inline gen_wide_##T gen_first_##T(int64_t count, gen_wide_##T x) {                       \
        typedef gen_mask_##T bits __attribute__((vector_size(64)));                                   \
        const bits kept = (bits){__VA_ARGS__} < (bits){0} + (gen_mask_##T)count;                      \
        const bits sign = (bits)(-(gen_wide_##T){0});                                                \
        return (gen_wide_##T)((((bits)x ^ sign) & kept) ^ sign);                                     \
    }                                                                                                 \
    static inline T gen_total_##T(gen_wide_##T x) {                                                  \
        T lanes[64 / sizeof(T)];                                                                      \
        memcpy(lanes, &x, sizeof x);                                                                  \
        for (int half = 32 / sizeof(T); half > 0; half /= 2) {                                        \
            for (int lane = 0; lane < half; ++lane) {                                                 \
                lanes[lane] += lanes[lane + half];                                                    \
            }                                                                                         \
        }                                                                                             \
        return lanes[0];                                                                              \
    }
GEN_WIDE_TYPE(float, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
GEN_WIDE_TYPE(double, 0, 1, 2, 3, 4, 5, 6, 7)
