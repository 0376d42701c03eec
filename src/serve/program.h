/* mlserved's command line: also what `mlctl serve` is. */
#ifndef ML_SERVE_PROGRAM_H
#define ML_SERVE_PROGRAM_H

/* name: what the user called, for messages. argv[0] is not looked at. Returns the exit status. */
int ml_serve_main(const char *name, int argc, char **argv);

#endif
