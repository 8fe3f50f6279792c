// Vectors as wide as the processor's registers, and such of 16 bytes for what is left; loads need no alignment.
#if defined(__AVX512F__)
#define GEN_VECTOR_BYTES 64
#elif defined(__AVX__)
#define GEN_VECTOR_BYTES 32
#else
#define GEN_VECTOR_BYTES 16
#endif
#if defined(__AVX512F__) || defined(__aarch64__)
#define GEN_REGISTERS 32
#else
#define GEN_REGISTERS 16
#endif

typedef float gen_vector_float __attribute__((vector_size(GEN_VECTOR_BYTES), aligned(4), may_alias));
typedef double gen_vector_double __attribute__((vector_size(GEN_VECTOR_BYTES), aligned(8), may_alias));
typedef float gen_small_float __attribute__((vector_size(16), aligned(4), may_alias));
typedef double gen_small_double __attribute__((vector_size(16), aligned(8), may_alias));

#define GEN_WIDTH(T) ((int64_t)(GEN_VECTOR_BYTES / sizeof(T)))
#define GEN_AT(T, pointer) (*(gen_vector_##T *)(pointer))
#define GEN_SMALL_WIDTH(T) ((int64_t)(16 / sizeof(T)))
#define GEN_SMALL_AT(T, pointer) (*(gen_small_##T *)(pointer))

// `x` where the mask, all bits or none, is set; else -0.0, which added to any number leaves it as it is.
typedef int32_t gen_mask_float;
typedef int64_t gen_mask_double;
#define GEN_WHERE(T)                                                                                  \
    static inline gen_vector_##T gen_where_##T(gen_mask_##T mask, gen_vector_##T x) {                 \
        typedef gen_mask_##T bits __attribute__((vector_size(GEN_VECTOR_BYTES)));                     \
        const bits kept = (bits){0} + mask, sign = (bits)(-(gen_vector_##T){0});                      \
        return (gen_vector_##T)((((bits)x ^ sign) & kept) ^ sign);                                    \
    }
GEN_WHERE(float)
GEN_WHERE(double)

// Percent of presynaptic neurons: where more spike, reading all weights once for several examples wins. Measured, dense
// 784 to 512: with 32 registers of 64 bytes both ways are equally fast at 46 %, with 16 of 32 bytes at 70 to 100 %.
#if GEN_REGISTERS == 32
#define GEN_DENSE_PERCENT 48
#else
#define GEN_DENSE_PERCENT 90
#endif
