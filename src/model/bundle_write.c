#include "model/bundle.h"

#include <string.h>

#include "ml/version.h"

static void write_parameters(const struct ml_model *m, const struct ml_learner_options *o,
                             const char *tuning, const char *search, struct ml_strbuf *buf)
{
    ml_strbuf_addc(buf, '{');
    if (m->learner != &ml_learner_majority) {
        ml_json_key_number(buf, "c", o->c);
        ml_json_key_number(buf, "epsilon", o->epsilon);
    }
    if (m->learner == &ml_learner_logistic) {
        ml_json_key_string(buf, "penalty", o->penalty == ML_PENALTY_L1 ? "l1" : "l2");
        ml_json_key_bool(buf, "dual", o->dual);
    }
    if (m->learner == &ml_learner_svm) {
        ml_json_key_string(buf, "kernel", o->kernel == ML_KERNEL_RBF ? "rbf" : "linear");
        if (o->kernel == ML_KERNEL_RBF)
            ml_json_key_number(buf, "gamma", o->gamma);
    }
    if (o->class_weight != NULL)
        ml_json_key_numbers(buf, "class_weight", o->class_weight, m->n_labels);
    if (tuning != NULL) {
        ml_json_add_key(buf, "tuning");
        ml_strbuf_adds(buf, tuning);
    }
    if (search != NULL) {
        ml_json_add_key(buf, "search");
        ml_strbuf_adds(buf, search);
    }
    ml_strbuf_addc(buf, '}');
}

static void write_provenance(const struct ml_provenance *p, struct ml_strbuf *buf)
{
    const char delimiter[] = {p->csv.delimiter != '\0' ? p->csv.delimiter : ',', '\0'};
    ml_strbuf_addc(buf, '{');
    ml_json_key_string(buf, "program", "mlctl " ML_VERSION);
    ml_json_add_key(buf, "data");
    ml_json_add_bytes(buf, p->data_path, strlen(p->data_path));
    ml_json_key_string(buf, "data_sha256", p->data_digest);
    ml_json_key_string(buf, "delimiter", delimiter);
    ml_json_key_count(buf, "header", (size_t)p->csv.header);
    ml_json_key_count(buf, "max_rejected", p->csv.max_rejected);
    ml_json_key_count(buf, "rows", p->n_rows);
    ml_json_key_count(buf, "rows_trained", p->n_train);
    ml_json_key_count(buf, "rows_held_out", p->n_held_out);
    ml_json_key_count(buf, "rows_rejected", p->n_rejected);
    ml_json_key_string(buf, "strategy",
                       p->split.strategy == ML_SPLIT_RANDOM ? "random" : "sequential");
    if (p->split.begin > 0.0)
        ml_json_key_number(buf, "percent_begin", p->split.begin);
    ml_json_key_number(buf, "percent", p->split.end);
    if (p->split.complement)
        ml_json_key_bool(buf, "complement", true);
    if (p->seed_text != NULL) {
        ml_json_add_key(buf, "seed_text");
        ml_json_add_bytes(buf, p->seed_text, strlen(p->seed_text));
    }
    ml_json_add_key(buf, "seed");
    ml_strbuf_addf(buf, "\"%llu\"", (unsigned long long)p->split.seed);
    ml_strbuf_addc(buf, '}');
}

static void write_columns(const struct ml_model *m, const struct ml_dataset *data,
                          struct ml_strbuf *buf)
{
    ml_strbuf_addc(buf, '[');
    for (size_t c = 0; c < m->schema->n_columns; c++) {
        if (m->schema->columns[c].role != ML_ROLE_INPUT)
            continue;
        ml_json_add_comma(buf);
        ml_strbuf_addc(buf, '{');
        ml_json_key_string(buf, "name", m->schema->columns[c].name);
        ml_json_key_count(buf, "missing", data->columns[c].n_missing);
        ml_json_key_count(buf, "invalid", data->columns[c].n_invalid);
        ml_strbuf_addc(buf, '}');
    }
    ml_strbuf_addc(buf, ']');
}

/* One member a line, so that a person can read the small ones and diff two bundles. */
static void begin(struct ml_strbuf *buf, const char *key)
{
    ml_json_add_comma(buf);
    ml_strbuf_adds(buf, "\n");
    ml_json_adds(buf, key);
    ml_strbuf_addc(buf, ':');
}

static void write_labels(const struct ml_model *m, struct ml_strbuf *buf)
{
    begin(buf, "labels");
    ml_strbuf_addc(buf, '[');
    for (size_t i = 0; i < m->n_labels; i++) {
        ml_json_add_comma(buf);
        ml_json_add_bytes(buf, m->labels[i], strlen(m->labels[i]));
    }
    ml_strbuf_addc(buf, ']');
}

/* What is known of the target: threshold, labels and their shares, or the spread of its values. */
static void write_target(const struct ml_model *m, struct ml_strbuf *buf)
{
    if (m->problem == ML_REGRESSION_PROBLEM) {
        write_labels(m, buf);
        begin(buf, "target");
        ml_strbuf_addc(buf, '{');
        ml_json_key_number(buf, "mean", m->target.mean);
        ml_json_key_number(buf, "deviation", m->target.deviation);
        ml_json_key_number(buf, "min", m->target.min);
        ml_json_key_number(buf, "max", m->target.max);
        ml_strbuf_addc(buf, '}');
        return;
    }
    begin(buf, "threshold");
    ml_json_add_number(buf, m->threshold);
    write_labels(m, buf);
    ml_strbuf_adds(buf, ",\n");
    ml_json_key_numbers(buf, "prior", m->prior, m->n_labels);
}

void ml_bundle_write(const struct ml_model *m, const struct ml_dataset *data,
                     const struct ml_learner_options *options, const char *tuning,
                     const char *search, const char *metrics, struct ml_strbuf *buf)
{
    ml_strbuf_addc(buf, '{');
    begin(buf, "format");
    ml_strbuf_addf(buf, "%d", (int)ML_BUNDLE_FORMAT);
    begin(buf, "problem");
    ml_json_adds(buf, ml_problem_name(m->problem));
    begin(buf, "algorithm");
    ml_json_adds(buf, m->learner->name);
    begin(buf, "library");
    ml_json_adds(buf, m->learner == &ml_learner_logistic && m->schema->weight >= 0
                          ? "Newton's method, mlctl " ML_VERSION
                          : m->learner->solver_name);
    begin(buf, "parameters");
    write_parameters(m, options, tuning, search, buf);
    write_target(m, buf);
    if (m->calibration.method != ML_CALIBRATE_NONE) {
        begin(buf, "calibration");
        ml_calibrator_save(&m->calibration, buf);
    }
    if (m->reference.n_bins > 0) {
        begin(buf, "scores");
        ml_strbuf_addc(buf, '{');
        ml_reference_save(&m->reference, buf);
        ml_strbuf_addc(buf, '}');
    }
    begin(buf, "provenance");
    write_provenance(&m->provenance, buf);
    begin(buf, "columns");
    write_columns(m, data, buf);
    begin(buf, "schema");
    ml_schema_to_json(m->schema, buf);
    begin(buf, "recipe");
    ml_strbuf_adds(buf, m->recipe_text);
    begin(buf, "metrics");
    ml_strbuf_addf(buf, "{%s}", metrics);
    begin(buf, "encoder");
    ml_encoder_save(m->encoder, buf);
    ml_strbuf_adds(buf, "\n}\n");
}
