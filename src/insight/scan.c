#include "insight/scan.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "ml/describe.h"

void ml_scan_release(struct ml_scan *s)
{
    for (size_t c = 0; c < s->n_columns; c++)
        ml_gather_release(&s->columns[c]);
    free(s->columns);
    ml_dict_release(&s->classes);
    ml_row_sample_release(&s->sample);
    *s = (struct ml_scan){0};
}

static void begin(struct ml_scan *s)
{
    const struct ml_schema *schema = s->reading.table->schema;
    s->n_columns = schema->n_columns;
    s->columns = ml_xcalloc(s->n_columns, sizeof(*s->columns));
    s->n_classes = 1;
    for (size_t c = 0; c < s->n_columns; c++) {
        enum ml_type type = schema->columns[c].type;
        size_t limit = type == ML_TEXT ? ML_DESCRIBE_WORDS : ML_DESCRIBE_DISTINCT;
        ml_gather_init(&s->columns[c], type, s->is_unlimited ? SIZE_MAX : limit);
    }
}

/* More classes than a model can have: the target is no longer looked at. */
static void drop_classes(struct ml_scan *s)
{
    s->too_many_classes = true;
    s->n_classes = 1;
    ml_dict_release(&s->classes);
    for (size_t c = 0; c < s->n_columns; c++)
        ml_tally_collapse(&s->columns[c].tally);
}

/* The file's number of each class of the block; to be freed. */
static uint32_t *map_classes(struct ml_scan *s, const struct ml_block_sum *sum)
{
    uint32_t *map = ml_xcalloc(sum->n_classes, sizeof(*map));
    long target = s->reading.target;
    bool by_name = target >= 0 && s->reading.table->schema->columns[target].type == ML_CATEGORICAL;
    if (!by_name) {
        for (uint32_t k = 0; k < sum->n_classes; k++)
            map[k] = k;
        s->n_classes = sum->n_classes > s->n_classes ? sum->n_classes : s->n_classes;
        return map;
    }
    for (uint32_t k = 1; k < sum->n_classes && !s->too_many_classes; k++) {
        char buf[ML_DESCRIBE_KEY_BYTES];
        size_t n;
        const char *name = ml_dict_get(&sum->columns[target].values, k - 1, &n);
        name = ml_key_text(buf, name, &n);
        map[k] = n == 0 ? 0 : 1 + ml_dict_add(&s->classes, name, n);
    }
    s->n_classes = 1 + s->classes.count;
    if (!s->too_many_classes && (sum->too_many_classes || s->classes.count > ML_MAX_CLASSES))
        drop_classes(s);
    for (uint32_t k = 0; k < sum->n_classes && s->too_many_classes; k++)
        map[k] = 0;
    return map;
}

static void take_column(struct ml_scan *s, size_t c, const struct ml_block_sum *sum,
                        const uint32_t *map)
{
    const struct ml_block_column *from = &sum->columns[c];
    struct ml_gather *to = &s->columns[c];
    for (uint32_t i = 0; i < from->values.count; i++) {
        char buf[ML_DESCRIBE_KEY_BYTES];
        size_t n;
        const char *key = ml_dict_get(&from->values, i, &n);
        if (from->numbers == NULL) {
            key = ml_key_text(buf, key, &n);
        } else if (isnan(from->numbers[i])) {
            key = "?";
            n = from->is_invalid[i] ? ML_KEY_INVALID_BYTES : 0;
        } else {
            key = (const char *)&from->numbers[i];
            n = ML_KEY_NUMBER_BYTES;
        }
        ml_gather_add(to, key, n, from->counts + i * sum->n_classes, map, sum->n_classes,
                      s->n_classes);
    }
    if (to->type != ML_TEXT || sum->n_rows == 0)
        return;
    to->n_words += from->n_words;
    to->n_missing += from->n_without;
    for (size_t k = 0; k < 2; k++) {
        bool is_lower = k == 0;
        if ((from->row_words[k] < to->row_words[k]) == is_lower)
            to->row_words[k] = from->row_words[k];
        if ((from->word_length[k] < to->word_length[k]) == is_lower)
            to->word_length[k] = from->word_length[k];
    }
}

static bool take(void *ctx, void *product, struct ml_error *err)
{
    struct ml_scan *s = ctx;
    struct ml_block_sum *sum = product;
    (void)err;
    uint32_t *map = map_classes(s, sum);
    for (size_t c = 0; c < s->n_columns; c++)
        take_column(s, c, sum, map);
    free(map);
    s->n_rows += sum->n_rows;
    ml_row_sample_merge(&s->sample, &sum->sample, ML_DESCRIBE_SAMPLE_ROWS,
                        ML_DESCRIBE_SAMPLE_BYTES);
    atomic_store(&s->reading.level, s->sample.level);
    return true;
}

static void *worker_new(const void *ctx)
{
    const struct ml_reading *r = ctx;
    struct ml_block_reader *reader = ml_xcalloc(1, sizeof(*reader));
    reader->splitter = ml_splitter_new(r->table->delimiter);
    return reader;
}

static void worker_free(void *worker)
{
    ml_block_reader_release(worker);
    free(worker);
}

static void *product_new(const void *ctx)
{
    (void)ctx;
    return ml_xcalloc(1, sizeof(struct ml_block_sum));
}

static void product_free(void *product)
{
    ml_block_sum_release(product);
    free(product);
}

static void work(const void *ctx, void *worker, const struct ml_block *block, void *product,
                 struct ml_rejects *rejects)
{
    ml_block_sum_make(product, ctx, worker, block, rejects);
}

static const struct ml_pipeline_ops ops = {
    .worker_new = worker_new,
    .worker_free = worker_free,
    .product_new = product_new,
    .product_free = product_free,
    .work = work,
    .drain = take,
};

bool ml_scan_run(struct ml_scan *s, const struct ml_describe_options *options,
                 const struct ml_talk *talk, struct ml_error *err)
{
    begin(s);
    struct ml_pipeline pipeline = {
        .source = s->reading.table->source,
        .ops = &ops,
        .ctx = &s->reading,
        .drain_ctx = s,
        .jobs = options->jobs,
        .max_rejected = options->csv.max_rejected,
        .talk = talk,
        .stage = "reading",
    };
    return ml_pipeline_run(&pipeline, &s->n_rejected, err);
}

void ml_scan_rows(struct ml_scan *s, const struct ml_block *rows)
{
    begin(s);
    struct ml_block_reader *reader = worker_new(&s->reading);
    struct ml_block_sum *sum = product_new(NULL);
    struct ml_rejects none = {0}; /* rows that were split before */
    struct ml_error err;
    ml_block_sum_make(sum, &s->reading, reader, rows, &none);
    (void)take(s, sum, &err);
    worker_free(reader);
    product_free(sum);
}
