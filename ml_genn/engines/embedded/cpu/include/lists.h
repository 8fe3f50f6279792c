// Lists of spikes that threads keep for themselves: taken from the model, made one by a team, and given back.

static void gen_copy_list(uint32_t *to_count, uint32_t *to, const uint32_t *count, const uint32_t *from) {
    *to_count = *count;
    memcpy(to, from, (size_t)*count * sizeof(uint32_t));
}

// Takes the lists of all earlier steps that the model keeps for an item, or gives them back.
static void gen_move_lists(const gen_queue *queue, int64_t ring, int64_t item, bool take) {
    for (int64_t step = ring - queue->slots; step < ring; ++step) {
        const int64_t slot = gen_slot(step, queue->slots) * queue->examples + item;
        const int64_t own_slot = gen_slot(step, queue->own_slots);
        uint32_t *const count = queue->counts + slot, *const own_count = queue->own_counts + own_slot;
        uint32_t *const ids = queue->ids + slot * queue->neurons, *const own_ids = queue->own_ids + own_slot * queue->own_apart;
        if (take) {
            gen_copy_list(own_count, own_ids, count, ids);
        } else {
            gen_copy_list(count, ids, own_count, own_ids);
        }
    }
}

static const uint32_t *gen_team_list(const gen_queue *queue, const gen_clock *now, int64_t part) {
    return queue->team + (gen_slot(now->ring - 1, queue->own_slots) * now->parts + part) * queue->team_apart;
}

// Makes one list, in ascending order, of those that the threads of a team have made in the step before.
static void gen_join_list(const gen_queue *queue, const gen_clock *now) {
    const int64_t slot = gen_slot(now->ring - 1, queue->own_slots);
    uint32_t *const ids = queue->own_ids + slot * queue->own_apart;
    int64_t joined = 0;
    for (int64_t part = 0; part < now->parts; ++part) {
        const uint32_t *const list = gen_team_list(queue, now, part);
        gen_await((const uint64_t *)(list + 2), now->stamp - 1);
        memcpy(ids + joined, list + 4, list[0] * sizeof(uint32_t));
        joined += list[0];
    }
    queue->own_counts[slot] = (uint32_t)joined;
}

GEN_EXPORT void gen_join_lists(const void *record, const gen_clock *now, int64_t item) {
    const gen_lists *const lists = record;
    (void)item;
    for (int64_t queue = 0; queue < lists->num_queues; ++queue) {
        for (int64_t part = 0; part < now->parts; ++part) {
            __builtin_prefetch(gen_team_list(lists->queues[queue], now, part)); // far away: all together take as long as one
        }
    }
    for (int64_t queue = 0; queue < lists->num_queues; ++queue) {
        gen_join_list(lists->queues[queue], now);
    }
}
