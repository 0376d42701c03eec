#include "serve/ulid.h"

#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/rng.h"

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* What this thread gave last. */
struct stream {
    bool is_seeded;
    struct ml_rng rng;
    uint64_t time_ms;
    uint16_t high; /* 80 bits of chance */
    uint64_t low;
};

static _Thread_local struct stream stream;

static void seed(struct stream *s)
{
    uint64_t state = (uint64_t)time(NULL);
    if (getrandom(&state, sizeof(state), 0) != (ssize_t)sizeof(state))
        state ^= (uint64_t)(uintptr_t)s; /* never seen: the kernel's pool is ready long before us */
    ml_rng_init(&s->rng, state);
    s->is_seeded = true;
}

static void draw(struct stream *s, uint64_t time_ms)
{
    s->time_ms = time_ms;
    /* The top bit stays free, so that adding 1 never runs over. */
    s->high = (uint16_t)(ml_rng_next(&s->rng) & 0x7fff);
    s->low = ml_rng_next(&s->rng);
}

static void step(struct stream *s)
{
    s->low++;
    if (s->low == 0)
        s->high++;
}

void ml_ulid_make(char to[ML_ULID_BYTES], int64_t time_ms)
{
    struct stream *s = &stream;
    uint64_t now = time_ms > 0 ? (uint64_t)time_ms & 0xffffffffffffu : 0;
    if (!s->is_seeded)
        seed(s);
    if (now > s->time_ms)
        draw(s, now);
    else /* the same millisecond, or a clock that was put back */
        step(s);
    for (int i = 9; i >= 0; i--)
        to[i] = digits[(s->time_ms >> (5 * (9 - i))) & 31];
    uint64_t low = s->low;
    for (int i = 25; i > 13; i--, low >>= 5) /* twelve digits take 60 of the low bits */
        to[i] = digits[low & 31];
    uint64_t rest = (uint64_t)s->high << 4 | low;
    for (int i = 13; i >= 10; i--, rest >>= 5)
        to[i] = digits[rest & 31];
    to[26] = '\0';
}
