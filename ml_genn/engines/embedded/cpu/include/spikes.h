// From one byte per neuron (0 or 1) to lists of ids and to recorded bits. `flags` holds GEN_BLOCK bytes.

#define GEN_BLOCK 1024
#define GEN_LANES 64 // divides GEN_BLOCK: neurons that run through a loop together

#if defined(__AVX512F__) && defined(__AVX512BW__)
typedef char gen_bytes __attribute__((vector_size(64), aligned(1), may_alias));
typedef int32_t gen_ids __attribute__((vector_size(64), aligned(4), may_alias));

static inline uint32_t gen_push_16(uint16_t mask, int64_t first, uint32_t *ids, uint32_t pushed) {
    gen_ids running = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    running += (int32_t)first;
    *(gen_ids *)(ids + pushed) = __builtin_ia32_compresssi512_mask(running, running, mask);
    return pushed + (uint32_t)__builtin_popcount(mask);
}

// Appends the ids of the set ones of 64 flags, a vector of ids at a time: no branch but for 64 flags of which none is set.
static inline uint32_t gen_push_64(const uint8_t *flags, int64_t first, uint32_t *ids, uint32_t pushed) {
    const gen_bytes all = *(const gen_bytes *)flags;
    uint64_t mask = __builtin_ia32_cmpb512_mask(all, (gen_bytes){0}, 4, -1); // not equal; clang knows this name too
    if (mask == 0) {
        return pushed;
    }
    for (int64_t quarter = 0; quarter < 64; quarter += 16, mask >>= 16) {
        pushed = gen_push_16((uint16_t)mask, first + quarter, ids, pushed);
    }
    return pushed;
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

// Appends the ids of the set flags in ascending order; ids[] has room for one id per neuron.
static inline uint32_t gen_push(const uint8_t *flags, int64_t first, int64_t count, uint32_t *ids, uint32_t pushed) {
    int64_t k = 0;
    for (; k + 64 <= count; k += 64) {
        pushed = gen_push_64(flags + k, first + k, ids, pushed); // before neuron k at most k ids are stored
    }
    for (; k < count; k += 32) {
        uint8_t last[32] = {0};
        memcpy(last, flags + k, (size_t)(count - k < 32 ? count - k : 32));
        for (uint32_t word = gen_bits_32(last); word != 0; word &= word - 1) {
            ids[pushed++] = (uint32_t)(first + k + __builtin_ctz(word));
        }
    }
    return pushed;
}

// Lists the ids from `k` up to before `end` whose time has come, `due[id] <= now`, in ascending order.
#define GEN_PUSH_DUE(T)                                                                                 \
    static inline uint32_t gen_push_due_##T(const T *due, int64_t k, int64_t end, T now, uint32_t *ids) { \
        uint32_t pushed = 0;                                                                            \
        for (k = GEN_PUSH_DUE_VECTORS_##T(due, k, end, now, ids, &pushed); k < end; ++k) {              \
            if (due[k] <= now) {                                                                        \
                ids[pushed++] = (uint32_t)k;                                                            \
            }                                                                                           \
        }                                                                                               \
        return pushed;                                                                                  \
    }
#define GEN_PUSH_DUE_VECTORS_double(due, k, end, now, ids, pushed) (k)
#if defined(__AVX512F__) && defined(__AVX512BW__)
// without a branch: a vector of 16 ids is stored for each 16 times, of which those that are due count
static inline int64_t gen_push_due_vectors(const float *due, int64_t k, int64_t end, float now, uint32_t *ids,
                                           uint32_t *pushed) {
    typedef float times __attribute__((vector_size(64), aligned(4), may_alias));
    const times all = now - (times){0};
    for (; k + 16 <= end; k += 16) {
        *pushed = gen_push_16(__builtin_ia32_cmpps512_mask(*(const times *)(due + k), all, 2, -1, 4), k, ids, *pushed);
    }
    return k;
}
#define GEN_PUSH_DUE_VECTORS_float gen_push_due_vectors
#else
#define GEN_PUSH_DUE_VECTORS_float(due, k, end, now, ids, pushed) (k)
#endif
GEN_PUSH_DUE(float)
GEN_PUSH_DUE(double)

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
