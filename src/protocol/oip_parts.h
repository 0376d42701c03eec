/* What reading and writing of the Open Inference Protocol share: tensors, and the outputs asked. */
#ifndef ML_PROTOCOL_OIP_PARTS_H
#define ML_PROTOCOL_OIP_PARTS_H

#include "base/json.h"
#include "protocol/protocol.h"

struct ml_oip_datatype;

/* An input whose data has been counted: rows x columns values, flat or one list a row. */
struct ml_oip_tensor {
    const char *name;
    const struct ml_oip_datatype *type;
    const struct ml_json *data;
    size_t rank; /* 1 or 2; columns is 1 for rank 1 */
    size_t rows;
    size_t columns;
};

/* Messages do not name the input. *out is filled as far as it could be read: name NULL, none. */
bool ml_oip_tensor_read(struct ml_oip_tensor *out, const struct ml_json *input,
                        struct ml_call_fault *fault) __attribute__((warn_unused_result));

/* Sets cells at .. at + columns - 1 of one record a row; names: of the columns. */
bool ml_oip_tensor_fill(const struct ml_oip_tensor *tensor, struct ml_call_record *records,
                        size_t at, const char *const *names, struct ml_call_fault *fault)
    __attribute__((warn_unused_result));

enum ml_oip_output_kind {
    ML_OIP_PREDICT,
    ML_OIP_PREDICT_PROBA,
    ML_OIP_CONTRIBUTIONS,
    ML_OIP_N_OUTPUTS,
};

extern const char *const ml_oip_output_names[ML_OIP_N_OUTPUTS];

/* An output that was asked for. */
struct ml_oip_output {
    enum ml_oip_output_kind kind;
    size_t classes; /* "classification": that many "value:index:label"; 0: the tensor itself */
};

/* call->wire */
struct ml_oip_wire {
    const char *id; /* the client's, or NULL */
    struct ml_oip_output outputs[ML_OIP_N_OUTPUTS];
    size_t n_outputs;
};

/* Fills the outputs: predict where none are asked for; contributions where explain is. */
bool ml_oip_read_outputs(struct ml_oip_wire *wire, struct ml_call *call,
                         const struct ml_json *outputs, const struct ml_model *model,
                         struct ml_call_fault *fault) __attribute__((warn_unused_result));

bool ml_oip_write(struct ml_wire_reply *reply, struct ml_arena *arena,
                  const struct ml_wire_request *q, const struct ml_call *call,
                  const struct ml_call_answer *answers, struct ml_call_fault *fault)
    __attribute__((warn_unused_result));

#endif
