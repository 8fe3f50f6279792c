// Functions of the language that C's library leaves open, or that must not be a call inside a vectorised loop.

#define GEN_FLOATS(F, SUFFIX)                                                                         \
    static inline F gen_minus_##F(F a, F b) { return a - b; }                                         \
    /* the processor's own instruction, then a question whose answer is always no: no branch to mispredict */ \
    static inline F gen_fmin_##F(F a, F b) {                                                          \
        const F less = b < a ? b : a;                                                                 \
        return a != a ? b : less;                                                                     \
    }                                                                                                 \
    static inline F gen_fmax_##F(F a, F b) {                                                          \
        const F more = a < b ? b : a;                                                                 \
        return a != a ? b : more;                                                                     \
    }                                                                                                 \
    static inline F gen_min_##F(F a, F b) { return gen_fmin_##F(a, b); }                              \
    static inline F gen_max_##F(F a, F b) { return gen_fmax_##F(a, b); }                              \
    static inline F gen_abs_##F(F a) { return fabs##SUFFIX(a); }                                      \
    static inline F gen_fdim_##F(F a, F b) { return a > b ? a - b : a <= b ? (F)0 : a + b; }          \
    static inline F gen_ldexp_##F(F a, int32_t n) { return ldexp##SUFFIX(a, n); }                     \
    static inline F gen_scalbn_##F(F a, int32_t n) { return scalbn##SUFFIX(a, n); }                   \
    static inline int32_t gen_ilogb_##F(F a) {                                                        \
        return !(fabs##SUFFIX(a) > 0) ? INT32_MIN : fabs##SUFFIX(a) == (F)INFINITY ? INT32_MAX : ilogb##SUFFIX(a); \
    }                                                                                                 \
    static inline bool gen_isnan_##F(F a) { return a != a; }                                           \
    static inline bool gen_isinf_##F(F a) { return fabs##SUFFIX(a) == (F)INFINITY; }                  \
    static inline bool gen_isfinite_##F(F a) { return fabs##SUFFIX(a) < (F)INFINITY; }

GEN_FLOATS(float, f)
GEN_FLOATS(double, )
