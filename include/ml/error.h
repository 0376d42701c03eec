/*
 * How a call says that it failed.
 *
 * Functions that can fail return bool and take a struct ml_error last, never NULL. On failure they
 * return false, fill the error with one complete message (lower case, no full stop, the place
 * first: "banking.csv:217: column 'age': not a number: 'abc'") and leave their other out-parameters
 * alone. On success the error is untouched. The struct lives on the caller's stack: nothing to
 * free, no hidden state, safe in any thread.
 */
#ifndef ML_ERROR_H
#define ML_ERROR_H

enum ml_err {
    ML_EINPUT = 1,   /* data, schema, option or model file that is wrong in itself */
    ML_ENOTFOUND,    /* a file, model, version or alias that does not exist */
    ML_ECONFLICT,    /* the state of things forbids it (alias in use, digest changed) */
    ML_ELIMIT,       /* a named limit was passed */
    ML_EUNSUPPORTED, /* understood, but this build cannot do it */
    ML_EIO,          /* the operating system refused: disk full, permission, broken pipe */
    ML_EINTERNAL,    /* a defect of ours, or a solver that died */
};

struct ml_error {
    enum ml_err code;
    char msg[1024];
};

#endif
