#include "ml/threshold.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/number.h"
#include "eval/operating_point.h"
#include "model/choose_threshold.h"
#include "model/judge.h"
#include "model/retrain.h"

static const struct {
    const char *name;
    enum ml_operating_criterion by;
    const char *meaning; /* %s: the number */
} criteria[] = {
    {"f1", ML_OPERATE_F1, "the largest F1"},
    {"fbeta", ML_OPERATE_FBETA, "the largest F-beta, beta %s"},
    {"accuracy", ML_OPERATE_ACCURACY, "the largest accuracy"},
    {"youden", ML_OPERATE_YOUDEN, "the largest recall - fpr (Youden)"},
    {"precision", ML_OPERATE_PRECISION, "a precision of at least %s, then the largest recall"},
    {"recall", ML_OPERATE_RECALL, "a recall of at least %s, then the largest precision"},
    {"top", ML_OPERATE_TOP_SHARE, "at most %s of the rows flagged"},
    {"cost", ML_OPERATE_COST, "the least cost"},
};

enum { N_CRITERIA = sizeof(criteria) / sizeof(criteria[0]) };

struct ml_threshold_choice {
    char *model;  /* owned: name@version */
    char *source; /* owned: which rows */
    size_t criterion;
    struct ml_operating_rule rule;
    size_t n_rows;
    size_t n_rejected;
    struct ml_operating_point chosen;
    double present; /* the model's threshold */
    struct ml_confusion present_confusion;
    struct ml_binary_rates present_rates;
};

static bool find_criterion(size_t *out, const char *name, struct ml_error *err)
{
    for (size_t i = 0; i < N_CRITERIA; i++) {
        if (strcmp(criteria[i].name, name) != 0)
            continue;
        *out = i;
        return true;
    }
    return ml_fail(err, ML_EINPUT, "unknown criterion '%.64s'", name);
}

static bool find_rule(struct ml_threshold_choice *c, const struct ml_threshold_options *o,
                      struct ml_error *err)
{
    if (!find_criterion(&c->criterion, o->by, err))
        return false;
    c->rule =
        (struct ml_operating_rule){criteria[c->criterion].by, o->number, o->cost_fp, o->cost_fn};
    return true;
}

bool ml_train_threshold(double *out, const struct ml_train_options *o,
                        const struct ml_fit_plan *plan, const struct ml_training *t,
                        const struct ml_calibrator *calibrator, const struct ml_talk *talk,
                        struct ml_error *err)
{
    size_t i = 0;
    struct ml_scored rows = {0};
    struct ml_operating_point chosen;
    if (!find_criterion(&i, o->threshold_by, err))
        return false;
    struct ml_operating_rule rule = {.by = criteria[i].by, .number = o->threshold_number};
    bool ok = ml_scored_out_of_fold(&rows, plan, t, calibrator, o->folds, talk, err) &&
              ml_operating_point_choose(&chosen, rows.score, rows.label, rows.n, &rule, err);
    ml_scored_release(&rows);
    if (!ok)
        return ml_fail_context(err, "choosing the threshold");
    *out = chosen.threshold;
    return true;
}

/* Takes the evaluation's rows. */
static bool judge_rows(struct ml_threshold_choice *c, struct ml_scored *rows,
                       const struct ml_model *m, const char *data,
                       const struct ml_threshold_options *o, const struct ml_talk *talk,
                       struct ml_error *err)
{
    struct ml_evaluation *e;
    if (!ml_evaluate(&e, m, data, &o->rows, talk, err))
        return false;
    *rows = (struct ml_scored){e->score, e->label, e->binary.rows};
    e->score = NULL;
    e->label = NULL;
    c->n_rejected = e->n_rejected;
    ml_evaluation_free(e);
    return true;
}

static bool find_rows(struct ml_threshold_choice *c, struct ml_scored *rows,
                      const struct ml_model *m, const char *data,
                      const struct ml_threshold_options *o, const struct ml_talk *talk,
                      struct ml_error *err)
{
    if (o->out_of_fold && data != NULL)
        return ml_fail(err, ML_EINPUT,
                       "out-of-fold scores are of the rows that trained, not of "
                       "other data");
    struct ml_strbuf source = {0};
    if (o->out_of_fold)
        ml_strbuf_addf(&source, "rows that trained, out of fold (%zu folds)", o->folds);
    else if (data != NULL)
        ml_strbuf_addf(&source, "rows of %s", data);
    else
        ml_strbuf_adds(&source, "held-out rows");
    c->source = ml_strbuf_take(&source);
    bool ok = o->out_of_fold ? ml_retrain_out_of_fold(rows, m, o->folds, talk, err)
                             : judge_rows(c, rows, m, data, o, talk, err);
    c->n_rows = rows->n;
    return ok;
}

static void measure_present(struct ml_threshold_choice *c, const struct ml_scored *rows)
{
    for (size_t i = 0; i < rows->n; i++)
        c->present_confusion.counts[rows->label[i]][rows->score[i] > c->present]++;
    ml_binary_rates_measure(&c->present_rates, &c->present_confusion);
}

bool ml_choose_threshold(struct ml_threshold_choice **out, const struct ml_model *m,
                         const char *data, const struct ml_threshold_options *o,
                         const struct ml_talk *talk, struct ml_error *err)
{
    if (m->problem != ML_BINARY_PROBLEM)
        return ml_fail(err, ML_EUNSUPPORTED, "'%s' is no binary model: it has no threshold",
                       m->name);
    struct ml_threshold_choice *c = ml_xcalloc(1, sizeof(*c));
    struct ml_scored rows = {0};
    struct ml_strbuf name = {0};
    ml_strbuf_addf(&name, "%s@%zu", m->name, m->version);
    c->model = ml_strbuf_take(&name);
    c->present = m->threshold;
    bool ok = find_rule(c, o, err) && find_rows(c, &rows, m, data, o, talk, err) &&
              ml_operating_point_choose(&c->chosen, rows.score, rows.label, rows.n, &c->rule, err);
    if (ok)
        measure_present(c, &rows);
    ml_scored_release(&rows);
    if (!ok) {
        ml_threshold_choice_free(c);
        return false;
    }
    *out = c;
    return true;
}

void ml_threshold_choice_free(struct ml_threshold_choice *c)
{
    if (c == NULL)
        return;
    free(c->model);
    free(c->source);
    free(c);
}

double ml_threshold_choice_value(const struct ml_threshold_choice *c)
{
    return c->chosen.threshold;
}

static double cost_of(const struct ml_threshold_choice *c, const struct ml_confusion *confusion)
{
    return (double)confusion->counts[0][1] * c->rule.cost_fp +
           (double)confusion->counts[1][0] * c->rule.cost_fn;
}

static void add_point(struct ml_strbuf *buf, const struct ml_threshold_choice *c, const char *key,
                      double threshold, const struct ml_confusion *confusion,
                      const struct ml_binary_rates *rates)
{
    ml_json_add_key(buf, key);
    ml_strbuf_addc(buf, '{');
    ml_json_key_number(buf, "threshold", threshold);
    ml_json_key_number(buf, "precision", rates->precision);
    ml_json_key_number(buf, "recall", rates->recall);
    ml_json_key_number(buf, "f1", rates->f1);
    ml_json_key_number(buf, "fpr", rates->fpr);
    ml_json_key_number(buf, "accuracy", rates->accuracy);
    ml_json_key_number(buf, "predicted_positive_rate", rates->predicted_positive_rate);
    ml_json_key_count(buf, "tp", confusion->counts[1][1]);
    ml_json_key_count(buf, "fp", confusion->counts[0][1]);
    ml_json_key_count(buf, "fn", confusion->counts[1][0]);
    ml_json_key_count(buf, "tn", confusion->counts[0][0]);
    if (c->rule.by == ML_OPERATE_COST)
        ml_json_key_number(buf, "cost", cost_of(c, confusion));
    ml_strbuf_addc(buf, '}');
}

char *ml_threshold_choice_json(const struct ml_threshold_choice *c)
{
    struct ml_strbuf buf = {0};
    bool has_number = strstr(criteria[c->criterion].meaning, "%s") != NULL;
    ml_strbuf_addc(&buf, '{');
    ml_json_key_string(&buf, "model", c->model);
    ml_json_key_string(&buf, "by", criteria[c->criterion].name);
    if (has_number)
        ml_json_key_number(&buf, "number", c->rule.number);
    ml_json_add_key(&buf, "chosen_on");
    ml_json_add_bytes(&buf, c->source, strlen(c->source));
    ml_json_key_count(&buf, "rows", c->n_rows);
    ml_json_key_count(&buf, "rows_rejected", c->n_rejected);
    ml_json_key_number(&buf, "value", c->chosen.value);
    add_point(&buf, c, "chosen", c->chosen.threshold, &c->chosen.confusion, &c->chosen.rates);
    add_point(&buf, c, "present", c->present, &c->present_confusion, &c->present_rates);
    ml_strbuf_adds(&buf, "}\n");
    return ml_strbuf_take(&buf);
}

static void add_share(struct ml_strbuf *buf, const char *name, double chosen, double present)
{
    ml_strbuf_addf(buf, "%-22s%12.4f%12.4f\n", name, chosen, present);
}

static void add_count(struct ml_strbuf *buf, const struct ml_threshold_choice *c, const char *name,
                      int truth, int answer)
{
    ml_strbuf_addf(buf, "%-22s%12zu%12zu\n", name, c->chosen.confusion.counts[truth][answer],
                   c->present_confusion.counts[truth][answer]);
}

/* "the largest F-beta, beta 2" */
static void add_meaning(struct ml_strbuf *buf, const struct ml_threshold_choice *c)
{
    const char *meaning = criteria[c->criterion].meaning;
    const char *gap = strstr(meaning, "%s");
    if (gap == NULL) {
        ml_strbuf_adds(buf, meaning);
        return;
    }
    ml_strbuf_add(buf, meaning, (size_t)(gap - meaning));
    ml_strbuf_add_double(buf, c->rule.number);
    ml_strbuf_adds(buf, gap + 2);
}

char *ml_threshold_choice_text(const struct ml_threshold_choice *c)
{
    struct ml_strbuf buf = {0};
    const struct ml_binary_rates *a = &c->chosen.rates;
    const struct ml_binary_rates *b = &c->present_rates;
    char chosen[ML_NUMBER_BYTES];
    char present[ML_NUMBER_BYTES];
    chosen[ml_number_format(chosen, c->chosen.threshold)] = '\0';
    present[ml_number_format(present, c->present)] = '\0';
    ml_strbuf_addf(&buf, "%s: ", c->model);
    add_meaning(&buf, c);
    ml_strbuf_addf(&buf, "\non %zu %s\n\n%-22s%12s%12s\n", c->n_rows, c->source, "", "chosen",
                   "present");
    ml_strbuf_addf(&buf, "%-22s%12s%12s\n", "threshold", chosen, present);
    add_share(&buf, "precision", a->precision, b->precision);
    add_share(&buf, "recall", a->recall, b->recall);
    add_share(&buf, "F1", a->f1, b->f1);
    add_share(&buf, "false positive rate", a->fpr, b->fpr);
    add_share(&buf, "accuracy", a->accuracy, b->accuracy);
    add_share(&buf, "share flagged", a->predicted_positive_rate, b->predicted_positive_rate);
    add_count(&buf, c, "true positives", 1, 1);
    add_count(&buf, c, "false positives", 0, 1);
    add_count(&buf, c, "false negatives", 1, 0);
    add_count(&buf, c, "true negatives", 0, 0);
    if (c->rule.by == ML_OPERATE_COST)
        ml_strbuf_addf(&buf, "%-22s%12g%12g\n", "cost", cost_of(c, &c->chosen.confusion),
                       cost_of(c, &c->present_confusion));
    return ml_strbuf_take(&buf);
}
