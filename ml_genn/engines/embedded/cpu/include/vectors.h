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
