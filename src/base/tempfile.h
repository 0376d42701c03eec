/*
 * Temporary files that must not outlive an interrupted process.
 *
 * A path is remembered from its creation until it is renamed into place or removed; a signal
 * handler or the out-of-memory handler removes what is still remembered. At most 16 at a time; a
 * seventeenth is simply not remembered. Thread-safe; the remover is async-signal-safe.
 */
#ifndef ML_BASE_TEMPFILE_H
#define ML_BASE_TEMPFILE_H

void ml_tempfile_remember(const char *path);
void ml_tempfile_forget(const char *path);
void ml_tempfile_remove_all(void);

#endif
