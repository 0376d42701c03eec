#include "model/answer_line.h"

#include <string.h>

#include "base/number.h"

void ml_answer_add_field(struct ml_strbuf *out, const char *s, size_t n)
{
    bool plain = true;
    for (size_t i = 0; i < n && plain; i++)
        plain = s[i] != ',' && s[i] != '"' && s[i] != '\n' && s[i] != '\r';
    if (plain) {
        ml_strbuf_add(out, s, n);
        return;
    }
    ml_strbuf_addc(out, '"');
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '"')
            ml_strbuf_addc(out, '"');
        ml_strbuf_addc(out, s[i]);
    }
    ml_strbuf_addc(out, '"');
}

static void add_number(struct ml_strbuf *out, double x, enum ml_numbers numbers)
{
    char *to = ml_strbuf_reserve(out, ML_NUMBER_BYTES);
    out->length +=
        numbers == ML_NUMBERS_AMAZONML ? ml_number_format_amazonml(to, x) : ml_number_format(to, x);
}

/* The truth as the output names it: a known label's own spelling, else the cell as it is. */
static void add_truth(const struct ml_model *m, const struct ml_field *cell, struct ml_strbuf *out)
{
    long label = ml_model_find_label(m, cell->s, cell->n);
    if (label >= 0)
        ml_answer_add_field(out, m->labels[label], strlen(m->labels[label]));
    else
        ml_answer_add_field(out, cell->s, cell->n);
    ml_strbuf_addc(out, ',');
}

void ml_answer_header(const struct ml_model *m, bool has_tag, bool has_truth, struct ml_strbuf *out)
{
    ml_strbuf_adds(out, has_tag ? "tag," : "");
    ml_strbuf_adds(out, has_truth ? "trueLabel," : "");
    ml_strbuf_adds(out, m->problem == ML_REGRESSION_PROBLEM ? "score" : "bestAnswer");
    if (m->problem == ML_BINARY_PROBLEM)
        ml_strbuf_adds(out, ",score");
    for (size_t k = 0; m->problem == ML_MULTICLASS_PROBLEM && k < m->n_labels; k++) {
        ml_strbuf_addc(out, ',');
        ml_answer_add_field(out, m->labels[k], strlen(m->labels[k]));
    }
    ml_strbuf_addc(out, '\n');
}

static void add_answer(const struct ml_model *m, const double *probability, double threshold,
                       enum ml_numbers numbers, struct ml_strbuf *out)
{
    const char *answer = m->labels[ml_model_decide(m, probability, threshold)];
    ml_answer_add_field(out, answer, strlen(answer));
    bool is_binary = m->problem == ML_BINARY_PROBLEM;
    for (size_t k = is_binary ? 1 : 0; k < m->n_labels; k++) {
        ml_strbuf_addc(out, ',');
        add_number(out, probability[k], numbers);
    }
}

void ml_answer_line(const struct ml_model *m, const struct ml_field *tag,
                    const struct ml_field *truth, const double *scores, double threshold,
                    enum ml_numbers numbers, struct ml_strbuf *out)
{
    if (tag != NULL) {
        ml_answer_add_field(out, tag->s, tag->n);
        ml_strbuf_addc(out, ',');
    }
    if (truth != NULL)
        add_truth(m, truth, out);
    if (m->problem == ML_REGRESSION_PROBLEM)
        add_number(out, scores[0], numbers);
    else
        add_answer(m, scores, threshold, numbers, out);
    ml_strbuf_addc(out, '\n');
}
