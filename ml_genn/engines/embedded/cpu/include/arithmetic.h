// Integer arithmetic and conversions with a result for every operand (language/semantics.md).
// Signed overflow wraps by -fwrapv; narrowing conversions between integers wrap in gcc and clang.

#define GEN_UNSIGNED_DIVISION(T)                                                                      \
    static inline T gen_divide_##T(T a, T b) { return b == 0 ? (T)0 : (T)(a / b); }                   \
    static inline T gen_modulo_##T(T a, T b) { return b == 0 ? (T)0 : (T)(a % b); }
// dividing the smallest number by -1 traps on some processors
#define GEN_SIGNED_DIVISION(T)                                                                        \
    static inline T gen_divide_##T(T a, T b) { return b == 0 ? (T)0 : b == -1 ? (T)-a : (T)(a / b); } \
    static inline T gen_modulo_##T(T a, T b) { return b == 0 || b == -1 ? (T)0 : (T)(a % b); }
#define GEN_SHIFTS(T, U, BITS)                                                                        \
    static inline T gen_shift_left_##T(T a, uint32_t n) { return (T)((U)a << (n & (BITS - 1))); }     \
    static inline T gen_shift_right_##T(T a, uint32_t n) { return (T)(a >> (n & (BITS - 1))); }
// truncates, then saturates; NaN becomes 0. ABOVE is the power of two above MAX, exact in F; MIN - 1 is exact or rounds
// to MIN, which the last branch then yields. `whole` is asked for because gcc takes a conversion to integer and back
// for trunc, which keeps the sign of a zero (-0.0 and -0.3 must come back as +0.0)
#define GEN_OF_FLOAT(T, F, MIN, MAX, ABOVE)                                                           \
    static inline T gen_##T##_of_##F(F x) {                                                           \
        const T whole = x >= (F)1 || x <= (F)-1 ? (T)x : (T)0;                                        \
        return x >= (F)ABOVE ? MAX : x > (F)MIN - (F)1 ? whole : x < (F)0 ? MIN : (T)0;               \
    }
#define GEN_INTEGER(T, U, BITS, DIVISION, MIN, MAX, ABOVE)                                            \
    DIVISION(T)                                                                                       \
    GEN_SHIFTS(T, U, BITS)                                                                            \
    GEN_OF_FLOAT(T, float, MIN, MAX, ABOVE)                                                           \
    GEN_OF_FLOAT(T, double, MIN, MAX, ABOVE)                                                          \
    static inline T gen_min_##T(T a, T b) { return b < a ? b : a; }                                   \
    static inline T gen_max_##T(T a, T b) { return a < b ? b : a; }

GEN_INTEGER(int8_t, uint32_t, 8, GEN_SIGNED_DIVISION, INT8_MIN, INT8_MAX, 128)
GEN_INTEGER(int16_t, uint32_t, 16, GEN_SIGNED_DIVISION, INT16_MIN, INT16_MAX, 32768)
GEN_INTEGER(int32_t, uint32_t, 32, GEN_SIGNED_DIVISION, INT32_MIN, INT32_MAX, 2147483648.0)
GEN_INTEGER(int64_t, uint64_t, 64, GEN_SIGNED_DIVISION, INT64_MIN, INT64_MAX, 9223372036854775808.0)
GEN_INTEGER(uint8_t, uint32_t, 8, GEN_UNSIGNED_DIVISION, 0, UINT8_MAX, 256)
GEN_INTEGER(uint16_t, uint32_t, 16, GEN_UNSIGNED_DIVISION, 0, UINT16_MAX, 65536)
GEN_INTEGER(uint32_t, uint32_t, 32, GEN_UNSIGNED_DIVISION, 0, UINT32_MAX, 4294967296.0)
GEN_INTEGER(uint64_t, uint64_t, 64, GEN_UNSIGNED_DIVISION, 0, UINT64_MAX, 18446744073709551616.0)

// unsigned inside: of a < 0 ? -a : a gcc believes, in spite of -fwrapv, that it is never negative
static inline int32_t gen_abs_int32_t(int32_t a) { return (int32_t)(a < 0 ? -(uint32_t)a : (uint32_t)a); }
static inline int64_t gen_abs_int64_t(int64_t a) { return (int64_t)(a < 0 ? -(uint64_t)a : (uint64_t)a); }
static inline uint32_t gen_abs_uint32_t(uint32_t a) { return a; }
static inline uint64_t gen_abs_uint64_t(uint64_t a) { return a; }
