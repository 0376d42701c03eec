/* Training parameters as GetMLModel shows them: those that were given, and Amazon's defaults. */
#include <string.h>

#include "amazonml/control.h"
#include "base/number.h"

/* In the order that they are shown in. */
static const char *const parameters[][2] = {
    {"sgd.maxPasses", "10"},
    {"algorithm", "sgd"},
    {"sgd.l2RegularizationAmount", "1e-6"},
    {"sgd.shuffleType", "auto"},
    {"sgd.maxMLModelSizeInBytes", "104857600"},
    {"sgd.l1RegularizationAmount", "0.0"},
};

enum { N_PARAMETERS = sizeof(parameters) / sizeof(parameters[0]), L2 = 2, L1 = 5 };

/* One excludes the other. */
static bool is_l1_given(const struct ml_json *given)
{
    const char *s = ml_aml_string(given, parameters[L1][0]);
    double x = 0.0;
    return s != NULL && ml_number_parse(s, strlen(s), &x) == ML_NUMBER_OK && x > 0.0;
}

void ml_aml_write_parameters(struct ml_strbuf *buf, const char *text)
{
    struct ml_json *given = NULL;
    struct ml_error ignored;
    if (text != NULL && !ml_json_parse(&given, text, strlen(text), "parameters", &ignored))
        given = NULL;
    bool is_l1 = is_l1_given(given);
    ml_strbuf_addc(buf, '{');
    for (size_t i = 0; i < N_PARAMETERS; i++) {
        const char *value = ml_aml_string(given, parameters[i][0]);
        const char *fallback = i == L2 && is_l1 ? "0.0" : parameters[i][1];
        ml_json_key_string(buf, parameters[i][0], value != NULL ? value : fallback);
    }
    ml_strbuf_addc(buf, '}');
    ml_json_free(given);
}
