// Vectors as wide as the processor's registers, and four of them at a time; loads need no alignment.
#if defined(__AVX512F__)
#define GEN_VECTOR_BYTES 64
#elif defined(__AVX__)
#define GEN_VECTOR_BYTES 32
#else
#define GEN_VECTOR_BYTES 16
#endif

typedef float gen_vector_float __attribute__((vector_size(GEN_VECTOR_BYTES), aligned(4), may_alias));
typedef double gen_vector_double __attribute__((vector_size(GEN_VECTOR_BYTES), aligned(8), may_alias));

#define GEN_WIDTH(T) ((int64_t)(GEN_VECTOR_BYTES / sizeof(T)))
#define GEN_AT(T, pointer) (*(gen_vector_##T *)(pointer))
