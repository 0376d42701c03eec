#include "protocol/json_answer.h"

#include <string.h>

#include "base/json.h"
#include "base/json_scan.h"

bool ml_label_is_number(const char *label)
{
    struct ml_error err;
    size_t n = strlen(label);
    bool begins = label[0] == '-' || (label[0] >= '0' && label[0] <= '9');
    return begins && n <= 15 && label[n - 1] >= '0' && label[n - 1] <= '9' &&
           ml_json_scan(label, n, "label", NULL, &err);
}

void ml_json_add_label(struct ml_strbuf *buf, const char *label)
{
    if (ml_label_is_number(label))
        ml_strbuf_adds(buf, label);
    else
        ml_json_adds(buf, label);
}

void ml_json_add_labels(struct ml_strbuf *buf, const struct ml_model *model, const char *separator)
{
    ml_strbuf_addc(buf, '[');
    for (size_t k = 0; k < ml_model_n_labels(model); k++) {
        ml_strbuf_adds(buf, k > 0 ? separator : "");
        ml_json_add_label(buf, ml_model_label(model, k));
    }
    ml_strbuf_addc(buf, ']');
}

void ml_json_add_probabilities(struct ml_strbuf *buf, const struct ml_call_answer *a,
                               const char *separator)
{
    ml_strbuf_addc(buf, '[');
    for (size_t k = 0; k < ml_model_n_labels(a->model); k++) {
        ml_strbuf_adds(buf, k > 0 ? separator : "");
        ml_json_add_number(buf, a->probability[k]);
    }
    ml_strbuf_addc(buf, ']');
}
