// Asks for memory that is needed soon; what lies beyond the first bytes the processor finds by itself.
#define GEN_PREFETCH_BYTES 8192
#define GEN_LINE_BYTES 64

static inline void gen_prefetch(const void *memory, int64_t bytes) {
    const int64_t needed = bytes < GEN_PREFETCH_BYTES ? bytes : GEN_PREFETCH_BYTES;
    for (int64_t at = 0; at < needed; at += GEN_LINE_BYTES) {
        __builtin_prefetch((const char *)memory + at);
    }
}
