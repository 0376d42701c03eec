/* Pieces of JSON answers that several protocols share. */
#ifndef ML_PROTOCOL_JSON_ANSWER_H
#define ML_PROTOCOL_JSON_ANSWER_H

#include "base/strbuf.h"
#include "protocol/call.h"

/*
 * Whether a label's text is a JSON number of at most 15 digits' length, which every reader keeps
 * exactly: "1", "-2.5"; not "01", "yes", "".
 */
bool ml_label_is_number(const char *label);

/* A label as a JSON value: a plain number as that number, spelled as it is, else a string. */
void ml_json_add_label(struct ml_strbuf *buf, const char *label);

/* The model's labels, or an answer's probabilities, as an array in the order of the labels. */
void ml_json_add_labels(struct ml_strbuf *buf, const struct ml_model *model, const char *separator);
void ml_json_add_probabilities(struct ml_strbuf *buf, const struct ml_call_answer *answer,
                               const char *separator);

#endif
