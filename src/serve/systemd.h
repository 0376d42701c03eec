/* What a service manager is told and what it hands over: sd_notify(3) and sd_listen_fds(3). */
#ifndef ML_SERVE_SYSTEMD_H
#define ML_SERVE_SYSTEMD_H

/* "READY=1", "STOPPING=1", …; nothing happens when nobody listens. */
void ml_systemd_notify(const char *state);

/* The first listening socket that was passed to this process, or -1. */
int ml_systemd_socket(void);

#endif
