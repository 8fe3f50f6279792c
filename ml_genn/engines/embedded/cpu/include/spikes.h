// From one byte per neuron (0 or 1) to lists of ids and to recorded bits. `flags` holds GEN_BLOCK bytes.

#define GEN_BLOCK 1024
#define GEN_LANES 64 // divides GEN_BLOCK: neurons that run through a loop together

#if defined(__AVX512F__) && defined(__AVX512BW__)
typedef char gen_bytes __attribute__((vector_size(64), aligned(1), may_alias));
typedef int32_t gen_ids __attribute__((vector_size(64), aligned(4), may_alias));

// Stores 16 ids, or those of them that a mask names.
static inline void gen_store_ids(uint32_t *ids, gen_ids these, uint64_t there) {
    if (there == UINT64_MAX) {
        *(gen_ids *)ids = these;
    } else {
        __builtin_ia32_storedqusi512_mask((void *)ids, these, (uint16_t)there);
    }
}

// Appends the ids of the set bits of 64 in ascending order, without a branch but for more than 16 of them. Unless `exact`
// up to 64 are written, of which those that mean nothing are overwritten later.
#if defined(__AVX512VBMI2__)
typedef char gen_few_bytes __attribute__((vector_size(16)));

static const uint8_t gen_places[64] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                       16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
                                       32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,
                                       48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};

static inline gen_ids gen_widened(gen_few_bytes bytes) {
#if defined(__clang__)
    return __builtin_convertvector(bytes, gen_ids);
#else // which gcc 12 does byte by byte
    return __builtin_ia32_pmovzxbd512_mask(bytes, (gen_ids){0}, -1);
#endif
}

static inline uint32_t gen_push_bits(uint64_t mask, int64_t first, uint32_t *ids, uint32_t pushed, bool exact) {
    const uint32_t count = (uint32_t)__builtin_popcountll(mask);
    const union {
        gen_bytes all;
        gen_few_bytes quarters[4];
    } set = {__builtin_ia32_compressqi512_mask(*(const gen_bytes *)gen_places, (gen_bytes){0}, mask)};
    const uint64_t there = exact && count < 64 ? ((uint64_t)1 << count) - 1 : UINT64_MAX;
#define GEN_STORE_QUARTER(n)                                                                          \
    gen_store_ids(ids + pushed + 16 * n, gen_widened(set.quarters[n]) + (int32_t)first,               \
                  exact ? there >> 16 * n & 0xffff : UINT64_MAX)
    GEN_STORE_QUARTER(0);
    if (count > 16) {
        GEN_STORE_QUARTER(1);
        GEN_STORE_QUARTER(2);
        GEN_STORE_QUARTER(3);
    }
    return pushed + count;
}
#else
static inline uint32_t gen_push_bits(uint64_t mask, int64_t first, uint32_t *ids, uint32_t pushed, bool exact) {
    const gen_ids running = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    for (int64_t quarter = 0; quarter < 64; quarter += 16, mask >>= 16) {
        const uint32_t count = (uint32_t)__builtin_popcount(mask & 0xffff);
        const gen_ids set = __builtin_ia32_compresssi512_mask(running, running, (uint16_t)mask);
        gen_store_ids(ids + pushed, set + (int32_t)(first + quarter), exact ? (1u << count) - 1 : UINT64_MAX);
        pushed += count;
    }
    return pushed;
}
#endif

// Appends the ids of the set ones of 64 flags.
static inline uint64_t gen_set_64(const uint8_t *flags) {
    return __builtin_ia32_cmpb512_mask(*(const gen_bytes *)flags, (gen_bytes){0}, 4, -1); // not equal; also clang's name
}

static inline uint32_t gen_push_64(const uint8_t *flags, int64_t first, uint32_t *ids, uint32_t pushed) {
    const uint64_t mask = gen_set_64(flags);
    return mask == 0 ? pushed : gen_push_bits(mask, first, ids, pushed, false);
}
#else
static inline uint32_t gen_push_64(const uint8_t *flags, int64_t first, uint32_t *ids, uint32_t pushed) {
    for (int64_t k = 0; k < 64; k += 8) {
        uint64_t eight;
        memcpy(&eight, flags + k, 8);
        if (eight == 0) {
            continue;
        }
        // stores always and advances only where set: no branch to mispredict
        for (int64_t j = k; j < k + 8; ++j) {
            ids[pushed] = (uint32_t)(first + j);
            pushed += flags[j];
        }
    }
    return pushed;
}
#endif

// 32 flags as bits: a product gathers eight flags, which are 0 or 1, in its highest byte.
static inline uint32_t gen_bits_32(const uint8_t *flags) {
    uint32_t word = 0;
    for (int k = 0; k < 32; k += 8) {
        uint64_t eight;
        memcpy(&eight, flags + k, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        eight = __builtin_bswap64(eight);
#endif
        word |= (uint32_t)((eight * 0x0102040810204080u) >> 56) << k;
    }
    return word;
}

// The set ones of the first 64 flags, or of so many as are `left`, as bits; 64 bytes may be read.
static inline uint64_t gen_set_flags(const uint8_t *flags, int64_t left) {
#if defined(__AVX512F__) && defined(__AVX512BW__)
    const uint64_t set = gen_set_64(flags);
    return left < 64 ? set & (((uint64_t)1 << left) - 1) : set;
#else
    uint8_t last[64] = {0}; // what lies behind may be neither 0 nor 1, which gen_bits_32 needs
    if (left < 64) {
        memcpy(last, flags, (size_t)left);
        flags = last;
    }
    return gen_bits_32(flags) | (uint64_t)gen_bits_32(flags + 32) << 32;
#endif
}

// Appends the ids of the set flags in ascending order; ids[] has room for one id per neuron, `flags` holds GEN_BLOCK bytes.
static inline uint32_t gen_push(const uint8_t *flags, int64_t first, int64_t count, uint32_t *ids, uint32_t pushed) {
    int64_t k = 0;
    for (; k + 64 <= count; k += 64) {
        pushed = gen_push_64(flags + k, first + k, ids, pushed); // before neuron k at most k ids are stored
    }
    for (uint64_t set = k < count ? gen_set_flags(flags + k, count - k) : 0; set != 0; set &= set - 1) {
        ids[pushed++] = (uint32_t)(first + k + __builtin_ctzll(set));
    }
    return pushed;
}

// Lists the ids from `k` up to before `end` whose time has come, `due[id] <= now`, in ascending order.
#define GEN_PUSH_DUE(T)                                                                                   \
    static inline uint32_t gen_push_due_##T(const T *due, int64_t k, int64_t end, T now, uint32_t *ids) { \
        uint32_t pushed = 0;                                                                              \
        for (; k < end; ++k) {                                                                            \
            if (due[k] <= now) {                                                                          \
                ids[pushed++] = (uint32_t)k;                                                              \
            }                                                                                             \
        }                                                                                                 \
        return pushed;                                                                                    \
    }
GEN_PUSH_DUE(double)
#if defined(__AVX512F__) && defined(__AVX512BW__)
static inline uint32_t gen_push_due_float(const float *due, int64_t k, int64_t end, float now, uint32_t *ids) {
    typedef float times __attribute__((vector_size(64), aligned(4), may_alias));
    const times all = now - (times){0};
    uint32_t pushed = 0;
    for (; k + 64 <= end; k += 64) {
        uint64_t mask = 0;
        for (int64_t quarter = 0; quarter < 64; quarter += 16) {
            const times these = *(const times *)(due + k + quarter);
            mask |= (uint64_t)(uint16_t)__builtin_ia32_cmpps512_mask(these, all, 2, -1, 4) << quarter;
        }
        pushed = gen_push_bits(mask, k, ids, pushed, false);
    }
    uint64_t mask = 0;
    for (int64_t quarter = 0; k + quarter < end; quarter += 16) {
        const int64_t left = end - k - quarter;
        const uint16_t there = left < 16 ? (uint16_t)((1u << left) - 1) : UINT16_MAX;
        const times these = __builtin_ia32_loadups512_mask((const void *)(due + k + quarter), all, there);
        mask |= (uint64_t)(uint16_t)__builtin_ia32_cmpps512_mask(these, all, 2, there, 4) << quarter;
    }
    return mask == 0 ? pushed : gen_push_bits(mask, k, ids, pushed, true);
}
#else
GEN_PUSH_DUE(float)
#endif

// Ends a list of spikes. Other threads of a team wait for the stamp, which lies in the same cache line.
static inline void gen_publish(const gen_clock *now, uint32_t *count, uint32_t pushed) {
    count[0] = pushed;
    if (now->parts > 1) {
        __atomic_store_n((uint64_t *)(count + 2), now->stamp, __ATOMIC_RELEASE);
    }
}

// Stores the ids, all from `first` up to before `end`, as bits, neuron i in bit i % 32 of word i / 32.
static inline void gen_write_bits_of(const uint32_t *ids, uint32_t pushed, int64_t first, int64_t end, uint32_t *words) {
    memset(words + (first + 31) / 32, 0, (size_t)((end + 31) / 32 - (first + 31) / 32) * sizeof(uint32_t));
    for (uint32_t k = 0; k < pushed; ++k) {
        words[ids[k] >> 5] |= 1u << (ids[k] & 31);
    }
}

// Stores the flags as bits, neuron i in bit i % 32 of word i / 32; `first` is a multiple of 32.
static inline void gen_write_bits(const uint8_t *flags, int64_t first, int64_t count, uint32_t *words) {
    int64_t k = 0;
    for (; k + 32 <= count; k += 32) {
        words[(first + k) >> 5] = gen_bits_32(flags + k);
    }
    if (k < count) {
        uint8_t last[32] = {0};
        memcpy(last, flags + k, (size_t)(count - k));
        words[(first + k) >> 5] = gen_bits_32(last);
    }
}
