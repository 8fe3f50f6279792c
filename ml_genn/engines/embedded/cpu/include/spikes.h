// From one byte per neuron (0 or 1) to lists of ids and to recorded bits. `flags` holds GEN_BLOCK bytes.

#define GEN_BLOCK 1024
#define GEN_LANES 64 // divides GEN_BLOCK: neurons that run through a loop together

// Appends the ids of the set flags in ascending order; ids[] has room for one id per neuron.
static inline uint32_t gen_push(const uint8_t *flags, int64_t first, int64_t count, uint32_t *ids, uint32_t pushed) {
    int64_t k = 0;
    for (; k + 8 <= count; k += 8) {
        uint64_t eight;
        memcpy(&eight, flags + k, 8);
        if (eight == 0) {
            continue;
        }
        // stores always and advances only where set: no branch to mispredict. Before neuron k at most k ids are stored
        for (int64_t j = k; j < k + 8; ++j) {
            ids[pushed] = (uint32_t)(first + j);
            pushed += flags[j];
        }
    }
    for (; k < count; ++k) {
        if (flags[k]) {
            ids[pushed++] = (uint32_t)(first + k);
        }
    }
    return pushed;
}

// Stores the flags as bits, neuron i in bit i % 32 of word i / 32; `first` is a multiple of GEN_BLOCK.
static inline void gen_write_bits(const uint8_t *flags, int64_t first, int64_t count, uint32_t *words) {
    for (int64_t k = 0; k < count; k += 32) {
        const int64_t end = count - k < 32 ? count - k : 32;
        uint32_t word = 0;
        for (int64_t j = 0; j < end; ++j) {
            word |= (uint32_t)flags[k + j] << j;
        }
        words[(first + k) >> 5] = word;
    }
}
